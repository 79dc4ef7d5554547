import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { REGISTRY_RULES } from "./registry-finding.ts";

test("the page about publishing has every rule that a registry is examined by", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/publishing.md"), "utf8");
  const table = page.slice(page.indexOf("## What `registry validate` looks at"));
  const listed = [...table.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, code]) => code);
  expect(listed).toEqual([...REGISTRY_RULES]);
});
