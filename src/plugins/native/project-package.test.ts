import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { libraryBytes } from "../../../test/helpers/library-bytes.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { LIBRARY_SUFFIX } from "../../base/library-suffix.ts";
import { openLocalPackage } from "./local-package.ts";
import { packPlugin } from "./pack-plugin.ts";
import { buildHint, builtLibrary, projectToPack } from "./project-package.ts";
import { stagePackage } from "./stage-package.ts";

const NAME = `hello${LIBRARY_SUFFIX}`;

interface Made {
  readonly library?: string | undefined;
  readonly file?: string;
  readonly text?: string;
}

/** A project; its library is built unless `library` is undefined. */
function project({ library = `build/${NAME}`, file = "osaurus-plugin.json", text }: Made = {}): string {
  const folder = tempDir();
  const dev = { library: "build/hello", executable: "build/hello", build: "make build" };
  writeFileSync(join(folder, file), text ?? JSON.stringify({ plugin_id: "a.b", version: "1.0.0", dev }));
  mkdirSync(join(folder, "build"));
  if (library !== "") writeFileSync(join(folder, library), libraryBytes());
  return folder;
}

const open = (path: string) =>
  openLocalPackage({ paths: { cache: path }, cwd: path, keyOf: async () => undefined }, path);
const says = (code: string, text: string) => expect.objectContaining({ code, hint: expect.stringContaining(text) });

test("a built project says which plugin and which library is packed", () => {
  const folder = project();
  const identity = { pluginId: "a.b", version: "1.0.0" };
  expect(projectToPack(folder)).toEqual({ identity, library: join(folder, "build", NAME) });
});

test("what cannot be packed is told what it lacks", () => {
  expect(() => projectToPack(project({ library: "" }))).toThrow(says("library_unknown", "build it first: make build"));
  expect(() => projectToPack(tempDir())).toThrow(says("project_unknown", "tools create"));
  const identity = JSON.stringify({ plugin_id: "a.b", version: "1.0.0" });
  expect(() => projectToPack(project({ text: identity }))).toThrow(says("project_invalid", "name plugin, version"));
  expect(() => projectToPack(project({ file: "osp-plugin.json" }))).toThrow(says("usage_invalid", "packaging-process"));
});

test("a project is installed with the library that its build made", async () => {
  const folder = project();
  const staged = await stagePackage(await open(folder), tempDir());
  expect(staged).toMatchObject({ identity: { pluginId: "a.b", version: "1.0.0" }, library: NAME });
  expect(readFileSync(join(staged.folder, NAME)).equals(libraryBytes())).toBe(true);
});

test("links that a build makes in its own folder are followed, those that lead out of it are not", async () => {
  const inside = project({ library: "build/hello.1.0" });
  symlinkSync("hello.1.0", join(inside, "build", NAME));
  const staged = await stagePackage(await open(inside), tempDir());
  expect(staged.library).toBe(NAME);
  const outside = project({ library: "" });
  symlinkSync(join(inside, "build/hello.1.0"), join(outside, "build", NAME));
  await expect(open(outside)).rejects.toMatchObject({ code: "package_invalid" });
});

test("a folder with its library at the root is a package as ever, whatever its project file says", async () => {
  const folder = project({ library: NAME });
  expect(builtLibrary(folder)).toBeUndefined();
  expect((await stagePackage(await open(folder), tempDir())).library).toBe(NAME);
});

test("a project that is not built is not installed, and told how to build it", async () => {
  const source = await open(project({ library: "" }));
  await expect(stagePackage(source, tempDir())).rejects.toThrow(says("package_invalid", "build it first: make build"));
  expect(buildHint(project({ text: "{" }))).toBeUndefined();
  expect(buildHint(project({ file: "osp-plugin.json" }))).toContain("process plugin");
});

test("a signature beside an archive that is packed anew is known to be of the one before", async () => {
  const folder = project({ library: NAME });
  const pack = async () => {
    const readManifest = async () => '{"plugin_id":"a.b","version":"1.0.0","capabilities":{}}';
    return await packPlugin({ identity: { pluginId: "a.b", version: "1.0.0" }, folder, readManifest });
  };
  const { path, leavesOldSignature } = await pack();
  expect(leavesOldSignature).toBe(false);
  writeFileSync(`${path}.minisig`, "signature");
  expect((await pack()).leavesOldSignature).toBe(false);
  writeFileSync(join(folder, "README.md"), "changed");
  expect((await pack()).leavesOldSignature).toBe(true);
});
