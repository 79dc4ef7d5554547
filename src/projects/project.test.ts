import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { readProject } from "./project.ts";

function read(dev: object, file = "osaurus-plugin.json") {
  const folder = tempDir();
  writeFileSync(join(folder, file), JSON.stringify({ plugin_id: "a.b", version: "1.0.0", dev }));
  return readProject(folder);
}

test.each([
  ["dev.build", { build: "make\0", library: "build/x" }],
  ["dev.library", { library: "build/\0x" }],
  ["dev.library", { library: "build/\u001b[31mx" }],
  ["dev.library", { library: "build/x\n" }],
  ["dev.library", { library: "build/\u009bx" }],
])("%s with a control character is refused by its name, and no failure inside", (member, dev) => {
  const says = { code: "project_invalid", message: expect.stringContaining(member) };
  expect(() => read(dev)).toThrow(expect.objectContaining(says));
});

test("an executable with a control character is refused as well", () => {
  const says = { code: "project_invalid", message: expect.stringContaining("dev.executable") };
  for (const executable of ["osp-\0x", "osp-x\u007f"]) {
    expect(() => read({ executable }, "osp-plugin.json")).toThrow(expect.objectContaining(says));
  }
});

test("a command line may have several lines, and a path any letters", () => {
  expect(read({ build: "make a\n\tmake b", library: "build/caf\u00e9 \u{1f980}" }).build).toBe("make a\n\tmake b");
});
