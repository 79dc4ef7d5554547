import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nativeFixture } from "../../test/helpers/native-plugins.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { LIBRARY_SUFFIX } from "../base/library-suffix.ts";
import { resolvePaths } from "../base/paths.ts";
import { openDoctorHost } from "./doctor-host.ts";

const LIBRARY = `build/echoes${LIBRARY_SUFFIX}`;

/** A project folder with this file. */
function project(file: object | string): string {
  const folder = tempDir();
  const about = { plugin_id: "test.echoes", version: "1.0.0", dev: { build: "make build", library: "build/echoes" } };
  const text = typeof file === "string" ? file : JSON.stringify({ ...about, ...file });
  writeFileSync(join(folder, "osaurus-plugin.json"), text);
  return folder;
}

async function examine(cwd: string, target?: string) {
  const env = { OSAURUS_HOME: tempDir() };
  const paths = resolvePaths({ env, platform: process.platform });
  return await openDoctorHost({ paths, env, cwd, signal: new AbortController().signal }).examine(target);
}

test.each([
  ["is no JSON", "{", "not JSON"],
  ["has a version that is none", { version: "one" }, "version"],
  ["leaves its folder", { dev: { library: "../other" } }, "outside of the project"],
  ["does not say what is built", { dev: undefined }, "does not say what is built"],
])("a project file that %s is the finding, with what to do", async (_, file, detail) => {
  const found = await examine(project(file));
  expect(found).toMatchObject([{ code: "project_file", status: "fail", detail: expect.stringContaining(detail) }]);
  expect(found[0]?.hint).toBeTruthy();
});

test("a project is examined from elsewhere by its folder", async () => {
  const folder = project({});
  expect(await examine("/", folder)).toEqual(await examine(folder));
  mkdirSync(join(folder, "build"));
  copyFileSync(nativeFixture("echoes"), join(folder, LIBRARY));
  const codes = (await examine("/", folder)).map(({ code, pluginId }) => [code, pluginId]);
  expect(codes).toContainEqual(["build_output", "test.echoes"]);
  expect(codes).toContainEqual(["entry_symbol", "test.echoes"]);
});

test("what nobody would take as the library of a project is said, and not examined", async () => {
  const folder = project({});
  mkdirSync(join(folder, "build"));
  const says = (detail: string) => [
    { code: "project_file", status: "ok" },
    { code: "build_output", status: "fail", detail: expect.stringContaining(detail), hint: expect.any(String) },
  ];
  symlinkSync(nativeFixture("echoes"), join(folder, LIBRARY));
  expect(await examine(folder)).toMatchObject(says("leads out of the project"));
  rmSync(join(folder, LIBRARY));
  execFileSync("mkfifo", [join(folder, LIBRARY)]);
  expect(await examine(folder)).toMatchObject(says("is no file"));
});

test("in a project, all installed plugins are examined when asked for", async () => {
  expect(await examine(project({}), "all")).toEqual([]);
});
