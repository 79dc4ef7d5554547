import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../test/helpers/temp-dir.ts";
import { findImportProblems } from "./import-directions.ts";

/** Problems in a source tree made of these files. */
function problems(files: Record<string, string>): string[] {
  const src = tempDir();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(src, name)), { recursive: true });
    writeFileSync(join(src, name), text);
  }
  return findImportProblems(src);
}

test("imports along the table are fine, also dynamic ones and those of a folder's own files", () => {
  expect(
    problems({
      "base/a.ts": 'import { b } from "./b.ts";\nimport { limit } from "../protocol/limits.ts";\n',
      "base/b.ts": "export const b = 1;\n",
      "protocol/limits.ts": "export const limit = 1;\n",
      "host/h.ts": 'export const load = () => import("../plugins/native/n.ts");\n',
      "plugins/native/n.ts": 'import { readFile } from "node:fs";\n',
    }),
  ).toEqual([]);
});

test.each([
  ["upwards", { "base/a.ts": 'import { h } from "../host/h.ts";\n', "host/h.ts": "export const h = 1;\n" }],
  ["upwards for a type", { "base/a.ts": 'import type { H } from "../host/h.ts";\n', "host/h.ts": "" }],
  ["upwards when it runs", { "base/a.ts": 'await import("../host/h.ts");\n', "host/h.ts": "" }],
  ["upwards over several lines", { "base/a.ts": 'import {\n  a,\n  b,\n} from "../host/h.ts";\n', "host/h.ts": "" }],
  ["sideways", { "plugins/native/n.ts": 'import "x";\nimport { t } from "../../tools/t.ts";\n', "tools/t.ts": "" }],
  ["from a folder that nobody knows", { "utils/u.ts": "export const u = 1;\n" }],
])("an import %s is refused", (_name, files) => expect(problems(files)).toHaveLength(1));

test("a cycle of files is refused, named once; a cycle of types only is none", () => {
  const cycle = (from: string, kind: string, to: string) => ({
    [`base/${from}.ts`]: `${kind} { x } from "./${to}.ts";\n`,
  });
  expect(
    problems({ ...cycle("a", "import", "b"), ...cycle("b", "import", "c"), ...cycle("c", "import", "a") }),
  ).toEqual(["a cycle of imports: base/a.ts → base/b.ts → base/c.ts"]);
  expect(problems({ ...cycle("a", "import", "b"), ...cycle("b", "import type", "a") })).toEqual([]);
});
