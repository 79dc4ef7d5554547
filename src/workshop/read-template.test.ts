import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { readTemplate } from "./read-template.ts";

/** Templates of one language, with what lies beside their sources. */
function templates(files: readonly string[]): string {
  const root = tempDir();
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write("native/common/template.json", "{}");
  write("native/rust/template.json", JSON.stringify({ files: [{ from: "../../helper", to: "vendor" }] }));
  for (const path of files) write(path, "");
  return root;
}

test("what a build left in a template, or in the helpers that it copies, does not get into projects", () => {
  const root = templates([
    ...["native/rust/src/lib.rs", "native/rust/target/debug/x.o", "native/rust/Cargo.lock", "native/common/.DS_Store"],
    ...["helper/src/lib.rs", "helper/Cargo.toml.template", "helper/target/x.o", "helper/a/__pycache__/x.pyc"],
    ...["helper/src/targets.rs"],
  ]);
  const { files, vendored } = readTemplate("native", "rust", root);
  expect([...files.keys()]).toEqual(["src/lib.rs"]);
  expect([...vendored.keys()].sort()).toEqual(["vendor/Cargo.toml", "vendor/src/lib.rs", "vendor/src/targets.rs"]);
});
