// An author's own build in the place of an installed plugin: what it changes, what it must never change, and what is left
// when the author is done.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost } from "../../src/host/create-host.ts";
import { readConsent } from "../../src/plugins/native/consent.ts";
import { devInUse, devVersionOf } from "../../src/plugins/native/dev-version.ts";
import { endDev, installDev } from "../../src/plugins/native/install-dev.ts";
import { installPackage } from "../../src/plugins/native/install-store.ts";
import { activeVersion, versionsIn } from "../../src/plugins/native/installed.ts";
import type { PackageSource } from "../../src/plugins/native/package-source.ts";
import { quarantine, readQuarantine } from "../../src/plugins/native/quarantine.ts";
import { readReceipt } from "../../src/plugins/native/receipt.ts";
import { consentTarget, installedTarget, recordConsent } from "../../src/plugins/native/record-consent.ts";
import { rollbackPlugin } from "../../src/plugins/native/rollback.ts";
import { verifyInstalled } from "../../src/plugins/native/verify-installed.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { HostError } from "../../src/protocol/errors.ts";
import { RememberedDefinitions } from "../../src/tools/definition-guard.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { mountSmallDisk } from "../helpers/small-disk.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const ID = "test.echoes";
const SUFFIX = process.platform === "darwin" ? ".dylib" : ".so";
const signal = new AbortController().signal;

/** A data folder, and a project whose build made the library of a fixture. */
function author() {
  const data = tempDir();
  const [tools, project] = [join(data, "Tools"), tempDir()];
  const plugin = join(tools, ID);
  const source = (fixture: string): PackageSource => {
    const name = `hello${SUFFIX}`;
    const path = join(project, "build", name);
    mkdirSync(join(project, "build"), { recursive: true });
    cpSync(nativeFixture(fixture), path);
    return { kind: "folder", path: project, label: project, library: { path, name }, fromRegistry: false };
  };
  const build = async (
    version = "1.0.0",
    more: { requirements?: readonly string[]; manifestText?: string; accept?: () => Promise<void> } = {},
  ) => {
    writeFileSync(join(project, "osaurus-plugin.json"), JSON.stringify({ plugin_id: ID, version }));
    return await installDev(tools, { source: source("echoes"), manifestText: "{}", requirements: [], signal, ...more });
  };
  return { data, tools, project, plugin, build, source };
}

function openHost(data: string) {
  const env = { OSAURUS_HOME: data, HOME: data };
  const host = createHost({ paths: resolvePaths({ env, platform: process.platform }), env, cwd: data });
  onTestFinished(() => host.stop());
  return host;
}

/** A package of the plugin in a folder, with what it asks for. */
function packageOf(version: string, requirements: readonly string[]): PackageSource {
  const folder = tempDir();
  cpSync(nativeFixture("echoes"), join(folder, `plugin${SUFFIX}`));
  const tools = [{ id: "echo", description: "echo", requirements }];
  const manifest = { plugin_id: ID, version, capabilities: { tools } };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  return { kind: "folder", path: folder, label: folder, fromRegistry: false };
}

test("a build is in use under the plugin's id, is marked, and is gone again without a trace", async () => {
  const { data, tools, plugin, project, build } = author();
  expect(await build()).toMatchObject({ pluginId: ID, version: "1.0.0+dev", before: undefined });
  expect((await readReceipt(join(plugin, "1.0.0+dev"))).dev).toMatchObject({ project, before: null });
  expect(await readConsent(join(plugin, "1.0.0+dev"))).toMatchObject({ how: "dev", requirements: [] });
  const native = await openHost(data).native();
  expect(await native.list()).toMatchObject([{ pluginId: ID, version: "1.0.0+dev", state: "loaded", dev: true }]);
  expect(await verifyInstalled(tools)).toMatchObject([{ error: undefined, warning: undefined, dev: true }]);
  expect(await endDev(tools, ID)).toEqual({ from: "1.0.0+dev", to: undefined });
  expect(existsSync(plugin)).toBe(false);
  expect(await endDev(tools, ID)).toBeUndefined();
});

test("what was installed stays as it is beside the build, and is in use again afterwards, also after several builds", async () => {
  const { data, tools, plugin, build } = author();
  installFixture(data, "echoes", { version: "0.9.0" });
  const folder = installFixture(data, "echoes", { version: "1.0.0" });
  const before = readFileSync(join(folder, "receipt.json"), "utf8");
  for (const version of ["1.0.0", "1.0.0", "2.0.0"]) expect((await build(version)).before).toBe("1.0.0");
  expect(await versionsIn(plugin)).toEqual(["0.9.0", "1.0.0", "2.0.0+dev"]);
  expect(readFileSync(join(folder, "receipt.json"), "utf8")).toBe(before);
  expect(await endDev(tools, ID)).toEqual({ from: "2.0.0+dev", to: "1.0.0" });
  expect(await versionsIn(plugin)).toEqual(["0.9.0", "1.0.0"]);
});

test("the version of before is in use again also where the link to it is a whole path", async () => {
  const { data, tools, plugin, build } = author();
  installFixture(data, "echoes", { version: "1.0.0" });
  installFixture(data, "echoes", { version: "2.0.0" });
  rmSync(join(plugin, "current"));
  symlinkSync(join(plugin, "1.0.0"), join(plugin, "current"));
  expect((await build("3.0.0")).before).toBe("1.0.0");
  expect(await endDev(tools, ID)).toEqual({ from: "3.0.0+dev", to: "1.0.0" });
});

test("permissions set auto during a build approves nothing of the plugin that it stands in for", async () => {
  const { data, tools, build } = author();
  installFixture(data, "echoes", { version: "1.0.0" });
  const host = openHost(data);
  await (await host.native()).plugin(ID);
  const approved = () =>
    readdirSync(join(data, "Definitions")).map((file) => readFileSync(join(data, "Definitions", file), "utf8"));
  const before = approved().map((text) => text.replaceAll(/"hash":"\w+"/g, '"hash":"0"'));
  for (const [index, file] of readdirSync(join(data, "Definitions")).entries()) {
    writeFileSync(join(data, "Definitions", file), before[index]!);
  }
  await build("1.0.0");
  await (await openHost(data).permissions()).set(`${ID}/echo`, "auto", null);
  expect(approved()).toEqual(before);
  await endDev(tools, ID);
});

test("when the version of before is removed meanwhile, the highest that is left is in use", async () => {
  const { data, tools, plugin, build } = author();
  installFixture(data, "echoes", { version: "0.9.0" });
  installFixture(data, "echoes", { version: "1.0.0" });
  await build("1.0.0");
  rmSync(join(plugin, "1.0.0"), { recursive: true });
  expect(await endDev(tools, ID)).toEqual({ from: "1.0.0+dev", to: "0.9.0" });
});

test("a build that does not come up where it serves gives way to what was in use before it", async () => {
  const { data, tools, plugin, build } = author();
  const accept = async () => {
    expect(devInUse(plugin)).toBeDefined();
    await quarantine(tools, ID, devInUse(plugin)!.version, "it crashed");
    throw new HostError("init_failed", "no");
  };
  const fails = async (version: string) =>
    await expect(build(version, { accept, manifestText: "no" })).rejects.toMatchObject({ code: "init_failed" });
  const inUse = () => [devInUse(plugin)?.version, readFileSync(join(plugin, "current/.manifest.json"), "utf8")];
  await fails("1.0.0");
  expect(existsSync(plugin)).toBe(false);

  installFixture(data, "echoes", { version: "0.9.0" });
  await fails("1.0.0");
  expect([await activeVersion(plugin), await versionsIn(plugin)]).toEqual(["0.9.0", ["0.9.0"]]);

  await build("1.0.0", { manifestText: "yes" });
  for (const version of ["1.0.0", "2.0.0"]) {
    await fails(version);
    expect(inUse()).toEqual(["1.0.0+dev", "yes"]);
    expect(await versionsIn(plugin)).toEqual(["0.9.0", "1.0.0+dev"]);
    expect(readQuarantine(tools)).toEqual([]);
  }
  expect(await endDev(tools, ID)).toEqual({ from: "1.0.0+dev", to: "0.9.0" });
});

test("a build goes from a full disk, too, and what was installed is in use again", async ({ skip }) => {
  const { data, tools, plugin, build } = author();
  const fill = mountSmallDisk(tools);
  if (fill === undefined) return skip("a small file system cannot be mounted here");
  installFixture(data, "echoes", { version: "0.9.0" });
  await build("1.0.0");
  fill();
  await expect(build("1.0.0")).rejects.toMatchObject({ code: "install_failed", hint: "make room on the disk" });
  expect(await endDev(tools, ID)).toEqual({ from: "1.0.0+dev", to: "0.9.0" });
  expect([await activeVersion(plugin), await versionsIn(plugin)]).toEqual(["0.9.0", ["0.9.0"]]);
});

test("what the plugin itself keeps outlives the build", async () => {
  const { tools, plugin, build } = author();
  await build();
  mkdirSync(join(plugin, "data"));
  await endDev(tools, ID);
  expect(readdirSync(plugin)).toEqual(["data"]);
});

test("the consent to a build counts for no package", async () => {
  const { tools, plugin, build } = author();
  await build("1.0.0", { requirements: ["network"] });
  const unasked = installPackage(tools, packageOf("1.0.0", ["network"]), { allowUnsigned: true });
  await expect(unasked).rejects.toMatchObject({ code: "consent_required" });
  expect(await readConsent(join(plugin, "1.0.0"))).toBeUndefined();

  const other = author();
  installFixture(other.data, "echoes", { version: "1.0.0", consent: [] });
  await other.build("1.0.0", { requirements: ["network"] });
  const more = installPackage(other.tools, packageOf("2.0.0", ["network"]), { allowUnsigned: true });
  await expect(more).rejects.toMatchObject({ code: "consent_required" });
  // No more than what was consented to before the build needs no question.
  const same = await installPackage(other.tools, packageOf("3.0.0", []), { allowUnsigned: true });
  expect(same).toMatchObject({ version: "3.0.0", consent: { how: "flag", requirements: [] } });
});

test("a build stands in for a signed plugin, and an unsigned package still does not", async () => {
  const { data, tools, plugin, build } = author();
  const signed = {
    public_keys: { minisign: "RWkey1" },
    artifact: { url: "file:///x", sha256: "0", minisign: { signature: "s" } },
    allow_unsigned: undefined,
  };
  installFixture(data, "echoes", { version: "1.0.0", receipt: signed });
  await build("1.0.0");
  const unsigned = installPackage(tools, packageOf("1.1.0", []), { allowUnsigned: true, consentGiven: true });
  await expect(unsigned).rejects.toMatchObject({ code: "unsigned_refused" });
  expect(devInUse(plugin)?.version).toBe("1.0.0+dev");
  await endDev(tools, ID);
  expect(await activeVersion(plugin)).toBe("1.0.0");
});

test("an installation, a consent to an installed version and a rollback each end a build", async () => {
  const { tools, plugin, build } = author();
  await build("1.0.0");
  await installPackage(tools, packageOf("1.0.0", []), { allowUnsigned: true, consentGiven: true });
  expect([await activeVersion(plugin), await versionsIn(plugin)]).toEqual(["1.0.0", ["1.0.0"]]);

  await build("2.0.0");
  expect(await consentTarget(tools, ID)).toMatchObject({ version: "1.0.0" });
  expect(await installedTarget(tools, ID)).toMatchObject({ version: "1.0.0" });
  await recordConsent(tools, (await consentTarget(tools, ID))!);
  expect([await activeVersion(plugin), await versionsIn(plugin)]).toEqual(["1.0.0", ["1.0.0"]]);

  await build("2.0.0");
  expect(await rollbackPlugin(tools, ID)).toEqual({ from: "2.0.0+dev", to: "1.0.0" });
  expect(await versionsIn(plugin)).toEqual(["1.0.0"]);
});

test("a rollback never leads to a build, and from one that stands for nothing it leads nowhere", async () => {
  const { data, tools, plugin, build } = author();
  await build("1.0.0");
  await expect(rollbackPlugin(tools, ID)).rejects.toMatchObject({ code: "rollback_impossible" });
  expect(devInUse(plugin)?.version).toBe("1.0.0+dev");
  // A build that a killed process left behind, beside a version that is in use by now.
  installFixture(data, "echoes", { version: "2.0.0" });
  await expect(rollbackPlugin(tools, ID)).rejects.toMatchObject({ code: "rollback_impossible" });
  expect(await endDev(tools, ID)).toBeUndefined();
  expect(await versionsIn(plugin)).toEqual(["2.0.0"]);
});

test("a package of the very version that builds have is not overwritten", async () => {
  const { data, tools, plugin, build } = author();
  installFixture(data, "echoes", { version: "1.0.0+dev" });
  await expect(build("1.0.0")).rejects.toMatchObject({ code: "project_invalid" });
  expect(devInUse(plugin)).toBeUndefined();
  expect(readdirSync(tools).filter((name) => name.startsWith(".staging"))).toEqual([]);
  expect(devVersionOf("1.0.0+abc")).toBe("1.0.0+abc.dev");
});

test("no package brings along that it is somebody's own build", async () => {
  const { tools, plugin } = author();
  const source = packageOf("1.0.0", []);
  const dev = { project: "/x", built_at: "", before: null };
  writeFileSync(join(source.path, "receipt.json"), JSON.stringify({ dev }));
  writeFileSync(join(source.path, "plugin.json"), JSON.stringify({ plugin_id: ID, version: "1.0.0", dev }));
  await installPackage(tools, source, { allowUnsigned: true, consentGiven: true });
  expect((await readReceipt(join(plugin, "1.0.0"))).dev).toBeUndefined();
  expect(devInUse(plugin)).toBeUndefined();
});

test("a build that was left alone because it crashed is tried anew with the next one, and what else is quarantined stays so", async () => {
  const { tools, build } = author();
  await build();
  await quarantine(tools, ID, "1.0.0+dev", "it crashed");
  await quarantine(tools, "another", "1.0.0", "it crashed");
  await build();
  expect(readQuarantine(tools).map(({ id }) => id)).toEqual(["another"]);
  await quarantine(tools, ID, "0.9.0", "it crashed");
  await build();
  expect(readQuarantine(tools)).toHaveLength(2);
});

test("a library that crashes while it is tried harms nobody: nothing is quarantined or kept, and its stack is told", async () => {
  const { data, tools } = author();
  const native = await openHost(data).native();
  await expect(native.tryLibrary(nativeFixture("load-init-crashes"))).rejects.toMatchObject({
    code: "load_crashed",
    details: { stack: expect.arrayContaining([expect.stringContaining(basename(nativeFixture("load-init-crashes")))]) },
  });
  expect(readQuarantine(tools)).toEqual([]);
  expect(existsSync(join(data, "Libraries"))).toBe(false);
  expect(await native.tryLibrary(nativeFixture("echoes"))).toMatchObject({ manifest: { plugin_id: ID } });
});

test("tools of a build may change without approval, and those of the plugin that it stands in for still may not", async () => {
  const { data, tools, build } = author();
  installFixture(data, "echoes", { version: "1.0.0" });
  const native = await openHost(data).native();
  const call = async () => {
    const plugin = await native.plugin(ID);
    return await native.callTool(plugin, { tool: "echo", input: "{}", agentId: DEFAULT_AGENT_ID });
  };
  expect((await call()).envelope).toMatchObject({ ok: true });
  // Another definition was approved than the one that the library has: as if the library had changed since.
  const [file] = readdirSync(join(data, "Definitions"));
  const path = join(data, "Definitions", file!);
  const approved = JSON.parse(readFileSync(path, "utf8")) as { tools: { approved: { hash: string } }[] };
  for (const tool of approved.tools) tool.approved.hash = "0".repeat(64);
  const changed = JSON.stringify(approved);
  writeFileSync(path, changed);
  await native.reload(ID);
  await build("1.0.0");
  await native.catchUp();
  expect((await call()).envelope).toMatchObject({ ok: true });
  // Nothing that the build says counts for the plugin itself.
  expect(readFileSync(path, "utf8")).toBe(changed);
  await endDev(tools, ID);
  await native.catchUp();
  expect((await call()).envelope).toMatchObject({ ok: false, code: "definition_changed" });
});

test("the guard holds back what is nobody's own build: without the exception the test before this one would show nothing", async () => {
  const approved = new Map([["echo", { approved: { hash: "0", text: "" } }]]);
  const store = { tools: () => approved, look: () => approved };
  const approvals = { put: async () => ["id"] };
  const tool = { pluginId: ID, toolId: "echo", definition: () => ({ hash: "1", text: "" }) };
  const guard = (isOwn: boolean) => new RememberedDefinitions(store as never, approvals as never, () => isOwn);
  expect(await guard(false).refusalOf(tool)).toMatchObject({ code: "definition_changed" });
  expect(await guard(true).refusalOf(tool)).toBeUndefined();
});
