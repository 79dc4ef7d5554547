import { globSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readScript } from "./model-script.ts";

const EXAMPLES = join(import.meta.dirname, "../../examples/scripts");

test("the example scripts are scripts", () => {
  const files = globSync("*.json", { cwd: EXAMPLES });
  expect(files.length).toBeGreaterThan(1);
  for (const file of files) expect(readScript(join(EXAMPLES, file)).turns.length, file).toBeGreaterThan(0);
});
