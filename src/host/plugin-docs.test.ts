import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { PLUGIN_DOC_BYTES_MAX } from "../protocol/limits.ts";
import { readPluginDocs } from "./plugin-docs.ts";

let outside: string;
let folder: string;
beforeEach(() => {
  outside = tempDir();
  folder = join(outside, "1.0.0");
  mkdirSync(folder);
  writeFileSync(join(outside, "secret.md"), "secret");
});
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

test("README.md comes before readme.md, and both before what the manifest says", async () => {
  expect(await readPluginDocs(folder, undefined)).toEqual({ readme: undefined, changelog: undefined });
  const said = { readme: "# Said", changelog: "docs/changes.md" };
  expect((await readPluginDocs(folder, said)).readme).toEqual({ text: "# Said", isCut: false });
  write("readme.md", "lower");
  expect((await readPluginDocs(folder, said)).readme?.text).toBe("lower");
  mkdirSync(join(folder, "docs"));
  write("docs/changes.md", "changes");
  expect((await readPluginDocs(folder, said)).changelog?.text).toBe("changes");
  write("CHANGELOG.md", "upper");
  expect((await readPluginDocs(folder, said)).changelog?.text).toBe("upper");
});

test("links within the folder are followed, and those that lead out of it are not", async () => {
  write("text.md", "inside");
  symlinkSync("text.md", join(folder, "README.md"));
  symlinkSync("../secret.md", join(folder, "CHANGELOG.md"));
  const { readme, changelog } = await readPluginDocs(folder, undefined);
  expect([readme?.text, changelog]).toEqual(["inside", undefined]);
});

test("a name in the manifest leads to nothing outside of the folder, nor does a file that is none", async () => {
  symlinkSync(outside, join(folder, "up"));
  for (const readme of ["../secret.md", join(outside, "secret.md"), "up/secret.md", "missing.md"]) {
    expect((await readPluginDocs(folder, { readme })).readme, readme).toBeUndefined();
  }
  mkdirSync(join(folder, "README.md"));
  expect((await readPluginDocs(folder, undefined)).readme).toBeUndefined();
});

test("as much as there may be is read, and of more the beginning without half a character", async () => {
  const longest = "a".repeat(PLUGIN_DOC_BYTES_MAX);
  write("README.md", longest);
  write("CHANGELOG.md", `${"a".repeat(PLUGIN_DOC_BYTES_MAX - 1)}é`);
  const { readme, changelog } = await readPluginDocs(folder, undefined);
  expect(readme).toEqual({ text: longest, isCut: false });
  expect(changelog).toEqual({ text: "a".repeat(PLUGIN_DOC_BYTES_MAX - 1), isCut: true });
});
