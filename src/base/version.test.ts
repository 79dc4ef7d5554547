import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "./package-root.ts";
import { VERSION } from "./version.ts";

test("the version is that of the package", () => {
  expect(VERSION).toBe(JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")).version);
});
