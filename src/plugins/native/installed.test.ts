import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { findInstalled, listInstalled } from "./installed.ts";

/** Lays out one version of a plugin: a library, and a receipt when one is given. */
function install(tools: string, id: string, version: string, receipt?: string): string {
  const folder = join(tools, id, version);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "lib.so"), "");
  if (receipt !== undefined) writeFileSync(join(folder, "receipt.json"), receipt);
  return folder;
}

test("a folder that does not exist holds no plugins", async () => {
  expect(await listInstalled(join(tempDir(), "Tools"))).toEqual([]);
});

test("the version is the one that the link names, and without a link the highest", async () => {
  const tools = tempDir();
  for (const version of ["1.9.0", "1.10.0", "1.10.0-rc.1"]) install(tools, "a.b", version);
  expect((await findInstalled(tools, "a.b"))?.version).toBe("1.10.0");
  symlinkSync("1.9.0", join(tools, "a.b", "current"));
  expect((await findInstalled(tools, "a.b"))?.version).toBe("1.9.0");
});

test("a link that leads nowhere counts as none", async () => {
  const tools = tempDir();
  install(tools, "a.b", "1.0.0");
  symlinkSync("2.0.0", join(tools, "a.b", "current"));
  expect((await findInstalled(tools, "a.b"))?.version).toBe("1.0.0");
});

test("the receipt names the library; without one there must be exactly one", async () => {
  const tools = tempDir();
  const named = install(tools, "a.named", "1.0.0", '{"dylib_filename":"lib.so"}');
  writeFileSync(join(named, "other.so"), "");
  expect((await findInstalled(tools, "a.named"))?.library).toBe(join(named, "lib.so"));
  const two = install(tools, "a.two", "1.0.0");
  writeFileSync(join(two, "other.so"), "");
  expect((await findInstalled(tools, "a.two"))?.library).toMatchObject({ code: "install_broken" });
  mkdirSync(join(tools, "a.none", "1.0.0"), { recursive: true });
  expect((await findInstalled(tools, "a.none"))?.library).toMatchObject({ code: "install_broken" });
});

test.each(["not json", '{"dylib_filename":7}', '{"dylib_filename":"../../evil.so"}', '{"dylib_filename":""}'])(
  "the receipt %s is called invalid, and leads to no file elsewhere",
  async (receipt) => {
    const tools = tempDir();
    install(tools, "a.b", "1.0.0", receipt);
    expect((await findInstalled(tools, "a.b"))?.library).toMatchObject({ code: "receipt_invalid" });
  },
);

test.each(["..", ".", "", "../a.b", "a/b", ".hidden"])("the id %j finds nothing", async (id) => {
  const tools = join(tempDir(), "Tools");
  install(tools, "a.b", "1.0.0");
  install(join(tools, ".."), ".hidden", "1.0.0");
  expect(await findInstalled(tools, id)).toBeUndefined();
});

test("plugins are listed by id; hidden folders, files and folders without a version are not plugins", async () => {
  const tools = tempDir();
  for (const id of ["z.z", "a.a", ".staging-1"]) install(tools, id, "1.0.0");
  writeFileSync(join(tools, ".quarantine"), "[]");
  writeFileSync(join(tools, "a-file"), "");
  mkdirSync(join(tools, "empty"));
  expect((await listInstalled(tools)).map((plugin) => plugin.pluginId)).toEqual(["a.a", "z.z"]);
});

test.each(["library:x", "process:x"])(
  "a folder with the name %s is no plugin, whose decisions it would share",
  async (id) => {
    const tools = tempDir();
    install(tools, id, "1.0.0");
    install(tools, "x", "1.0.0");
    expect((await listInstalled(tools)).map((plugin) => plugin.pluginId)).toEqual(["x"]);
    expect(await findInstalled(tools, id)).toBeUndefined();
  },
);
