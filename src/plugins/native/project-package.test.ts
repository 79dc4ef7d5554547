import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { libraryBytes } from "../../../test/helpers/library-bytes.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { LIBRARY_SUFFIX } from "../../base/library-suffix.ts";
import { readProject } from "../../projects/project.ts";
import { choosePlugin, stagePlugin } from "../../testkit/stage-plugin.ts";
import { openLocalPackage } from "./local-package.ts";
import { packPlugin } from "./pack-plugin.ts";
import { buildHint, builtLibrary, libraryToInstall, projectToPack } from "./project-package.ts";
import { stagePackage } from "./stage-package.ts";

const NAME = `hello${LIBRARY_SUFFIX}`;

interface Made {
  readonly dev?: Readonly<Record<string, string>>;
  readonly library?: string | undefined;
  readonly file?: string;
  readonly text?: string;
}

/** A project; its library is built unless `library` is undefined. */
function project({ library = `build/${NAME}`, file = "osaurus-plugin.json", text, dev: more }: Made = {}): string {
  const folder = tempDir();
  const dev = { library: "build/hello", executable: "build/hello", build: "make build", ...more };
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
  expect(projectToPack(folder)).toEqual({ identity, library: { path: join(folder, "build", NAME), name: NAME } });
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

/** What each command that takes a project's library makes of it: how it is called, or why it is refused. */
async function takenBy(folder: string) {
  const of = async (take: () => unknown) =>
    await Promise.resolve()
      .then(take)
      .catch(({ code }) => code);
  const own = readProject(folder);
  const identity = { pluginId: "a.b", version: "1.0.0" };
  const readManifest = async () => JSON.stringify({ plugin_id: "a.b", version: "1.0.0", capabilities: {} });
  return {
    install: await of(async () => (await stagePackage(await open(folder), tempDir())).library),
    dev: await of(() => builtLibrary(own).name),
    test: await of(async () => {
      const to = tempDir();
      await stagePlugin(to, choosePlugin({ project: folder }), readManifest);
      return readdirSync(to).find((name) => name === NAME);
    }),
    package: await of(async () => {
      const { library } = projectToPack(folder);
      const { files } = await packPlugin({ identity, folder, library, readManifest });
      return files.find((name) => name === NAME);
    }),
  };
}

const all = (what: string) => ({ install: what, dev: what, test: what, package: what });

test.each([
  ["in the build's folder", "build", "build"],
  ["from the root into the build's folder", "", "build"],
])("links %s are followed by whoever takes the library, under its own name", async (_where, from, to) => {
  const folder = project({ library: `${to}/hello.1.0`, dev: { library: join(from, "hello") } });
  symlinkSync(join(folder, to, "hello.1.0"), join(folder, from, NAME));
  expect(await takenBy(folder)).toEqual(all(NAME));
});

test.each(["build", ""])("a link in %j that leads out of the project is refused by all of them", async (from) => {
  const folder = project({ library: "", dev: { library: join(from, "hello") } });
  symlinkSync(join(project(), "build", NAME), join(folder, from, NAME));
  expect(await takenBy(folder)).toEqual(all("package_invalid"));
});

test("a folder of the build that is a link out of the project is refused as well", async () => {
  const folder = project({ library: "", dev: { library: "out/hello" } });
  symlinkSync(join(project(), "build"), join(folder, "out"));
  expect(await takenBy(folder)).toEqual(all("package_invalid"));
});

test("the only library of a folder is held to the same where nobody names one", async () => {
  const folder = project({ library: "" });
  symlinkSync(join(project(), "build", NAME), join(folder, NAME));
  const request = { identity: { pluginId: "a.b", version: "1.0.0" }, folder, readManifest: async () => "{}" };
  await expect(packPlugin(request)).rejects.toMatchObject({ code: "package_invalid" });
});

test("a pipe in the place of the library is waited for by none of them", async () => {
  const folder = project({ library: "" });
  execFileSync("mkfifo", [join(folder, "build", NAME)]);
  expect(await takenBy(folder)).toEqual(all("library_unknown"));
  expect(() => choosePlugin({ library: join(folder, "build", NAME) })).toThrow(says("library_unknown", "build"));
});

test("a folder with its library at the root is a package as ever, whatever its project file says", async () => {
  const folder = project({ library: NAME });
  expect(libraryToInstall(folder)).toBeUndefined();
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
