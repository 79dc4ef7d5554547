// What is left of a native plugin when it was removed: nothing that another plugin of the same id could find.

import { execFile } from "node:child_process";
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost } from "../../src/host/create-host.ts";
import { createInstallHost } from "../../src/host/install-host.ts";
import { openStores } from "../../src/host/stores.ts";
import { SecretStore } from "../../src/store/secret-store.ts";
import { bundledProgram } from "../helpers/bundled-program.ts";
import { eventually } from "../helpers/eventually.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { runCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome, type TempHome } from "../helpers/temp-home.ts";

let home: TempHome;
beforeAll(() => {
  home = makeTempHome();
});
afterAll(() => home.remove());

const ID = "test.keeps-settings";

function place() {
  const data = tempDir();
  installFixture(data, "keeps-settings");
  const env = { ...home.env, OSAURUS_HOME: data };
  const osaurus = (...args: string[]) => runCli(args, { program: "osaurus", env });
  const setting = async (tool: string) =>
    (await osaurus("tools", "call", ID, tool, "--args", '{"a":"colour","b":"blue"}', "--json", "--yes")).stdout;
  return { data, osaurus, setting };
}

test("uninstalling forgets settings and decisions: the next plugin of that id begins anew", async () => {
  const { data, osaurus, setting } = place();
  await setting("set");
  expect((await osaurus("permissions", "set", `${ID}/get`, "deny")).code).toBe(0);
  expect(JSON.parse((await osaurus("permissions", "list", "--json")).stdout)).toHaveLength(1);
  expect((await osaurus("tools", "uninstall", ID)).code).toBe(0);
  installFixture(data, "keeps-settings");
  expect(JSON.parse((await osaurus("permissions", "list", "--json")).stdout)).toEqual([]);
  expect(JSON.parse(await setting("get"))).toMatchObject({ ok: true, result: "null" });
});

test("with --keep-data both are still there", async () => {
  const { data, osaurus, setting } = place();
  await setting("set");
  await osaurus("permissions", "set", `${ID}/delete`, "deny");
  expect((await osaurus("tools", "uninstall", ID, "--keep-data")).code).toBe(0);
  installFixture(data, "keeps-settings");
  expect(JSON.parse(await setting("get"))).toMatchObject({ ok: true, result: "blue" });
  expect(JSON.parse((await osaurus("permissions", "list", "--json")).stdout)).toHaveLength(1);
});

test("a library that is called by its path and claims the id of an installed plugin gets neither", async () => {
  const { nativeFixture } = await import("../helpers/native-plugins.ts");
  const { osaurus, setting } = place();
  await setting("set");
  await osaurus("permissions", "set", `${ID}/get`, "deny");
  const library = ["tools", "call", "--library", nativeFixture("keeps-settings")];
  const read = await osaurus(...library, "get", "--args", '{"a":"colour"}', "--json");
  expect(JSON.parse(read.stdout)).toMatchObject({ ok: true, result: "null" });
  // Its own settings are kept apart, from one call to the next.
  await osaurus(...library, "set", "--args", '{"a":"colour","b":"red"}');
  const again = await osaurus(...library, "get", "--args", '{"a":"colour"}', "--json");
  expect(JSON.parse(again.stdout)).toMatchObject({ ok: true, result: "red" });
  await osaurus("permissions", "reset", "--json");
  expect(JSON.parse(await setting("get"))).toMatchObject({ ok: true, result: "blue" });
});

const AGENT = "00000000-0000-4000-8000-000000000001";
const DIES = await bundledProgram("uninstall-and-die");
/** As another process sees them. */
const secretOf = (data: string, pluginId: string) =>
  new SecretStore(join(data, "Secrets")).get({ pluginId, agentId: AGENT, key: "token" });
const keepSecret = (data: string, pluginId: string) =>
  new SecretStore(join(data, "Secrets")).set({ pluginId, agentId: AGENT, key: "token" }, `that of ${pluginId}`);

/** Uninstalls; gives whether it was killed at its n-th change. */
function uninstallAndDie(data: string, step: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [DIES, data, ID, String(step)], (error, stdout) => {
      if (error && error.signal !== "SIGKILL") reject(error);
      else resolve(error !== null || (JSON.parse(stdout) as { reached: boolean }).reached);
    });
  });
}

test("whenever it is killed meanwhile, a plugin that is gone has left no secret", async () => {
  let kills = 0;
  let isReached = true;
  for (let step = 1; isReached && step < 100; step++) {
    const data = tempDir();
    installFixture(data, "keeps-settings");
    await keepSecret(data, ID);
    isReached = await uninstallAndDie(data, step);
    if (isReached) kills++;
    if (!existsSync(join(data, "Tools", ID))) expect(await secretOf(data, ID), `killed at ${step}`).toBeUndefined();
    else expect(isReached).toBe(true);
  }
  expect(isReached).toBe(false);
  // At the secrets, at the lock, at the folder of the plugin, and at what is removed in the end.
  expect(kills).toBeGreaterThan(5);
});

test("a plugin whose folder was renamed leaves nothing under either name", async () => {
  const data = tempDir();
  installFixture(data, "echoes", { id: "a.one" });
  renameSync(join(data, "Tools/a.one"), join(data, "Tools/a.two"));
  for (const id of ["a.one", "a.two", "a.three"]) await keepSecret(data, id);
  const result = await runCli(["tools", "uninstall", "a.one"], {
    program: "osaurus",
    env: { ...home.env, OSAURUS_HOME: data },
  });
  expect(result).toMatchObject({ code: 0, stdout: "Uninstalled a.two\n" });
  expect([await secretOf(data, "a.one"), await secretOf(data, "a.two")]).toEqual([undefined, undefined]);
  expect(await secretOf(data, "a.three")).toBe("that of a.three");
});

test("what is kept goes first; a plugin that cannot be removed after that is said to have been forgotten", async () => {
  const data = tempDir();
  const folder = join(data, "Tools", ID);
  installFixture(data, "keeps-settings");
  await keepSecret(data, ID);
  const env = { OSAURUS_HOME: data, HOME: data };
  const paths = resolvePaths({ env, platform: "linux" });
  const installs = createInstallHost({
    paths,
    stores: async () => openStores({ paths, env, warn: () => undefined }),
    cwd: data,
    signal: new AbortController().signal,
    readManifest: () => Promise.reject(new Error("not asked for")),
    async forget() {
      expect(existsSync(folder)).toBe(true);
      rmSync(folder, { recursive: true });
    },
  });
  await expect(installs.uninstall(ID, {})).rejects.toMatchObject({
    code: "plugin_unknown",
    message: expect.stringContaining("are gone already"),
  });
  expect(await secretOf(data, ID)).toBeUndefined();
});

function hostOn(data: string) {
  const env = { OSAURUS_HOME: data, HOME: data };
  return createHost({ paths: resolvePaths({ env, platform: "linux" }), env, cwd: data });
}

test("what was allowed for a session ends with the plugin, in every host", async () => {
  const data = tempDir();
  const hosts = [hostOn(data), hostOn(data)];
  const tool = { pluginId: "test.echoes", toolId: "echo" };
  try {
    const [here, there] = await Promise.all(hosts.map(async (host) => (await host.permissions()).grants));
    // The first time there is no database yet, the second time there is.
    for (const _ of [1, 2]) {
      installFixture(data, "echoes");
      await here!.setForSession(tool, AGENT, "auto");
      await there!.setForSession(tool, AGENT, "auto");
      await (await hosts[0]!.installs()).uninstall("test.echoes", {});
      expect(await here!.policyOf(tool, AGENT)).toBeUndefined();
      await eventually(async () => expect(await there!.policyOf(tool, AGENT)).toBeUndefined());
    }
  } finally {
    for (const host of hosts) await host.stop();
  }
});
