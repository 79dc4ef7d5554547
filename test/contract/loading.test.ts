// What stands between an installed library and its load. Each refusal has a code and a next step, and runs no code of the
// plugin.

import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { VERSION } from "../../src/base/version.ts";
import { createHost } from "../../src/host/create-host.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { LOAD_CRASHES_MAX, QUARANTINE_BYTES_MAX } from "../../src/protocol/limits.ts";
import { type InstallFixtureOptions, installFixture } from "../helpers/installed-plugin.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const call = { tool: "echo", input: '{"ok":true,"result":1}', agentId: DEFAULT_AGENT_ID };

function openHost(data: string) {
  const env = { OSAURUS_HOME: data, HOME: data, PATH: process.env["PATH"] };
  const lines: string[] = [];
  const host = createHost({
    paths: resolvePaths({ env, platform: "linux" }),
    env,
    cwd: data,
    onPluginLine: ({ text }) => lines.push(text),
  });
  onTestFinished(() => host.stop());
  return { host, lines, native: () => host.native() };
}

/** A data folder with one plugin in it, the plugin's id, and the folder of its version. */
function withInstalled(fixture: string, options: InstallFixtureOptions = {}) {
  const data = tempDir();
  const folder = installFixture(data, fixture, options);
  return { data, folder, id: options.id ?? `test.${fixture}`, tools: join(data, "Tools") };
}

async function loadError(data: string, id: string): Promise<unknown> {
  const native = await openHost(data).native();
  return await native.plugin(id).then(
    () => undefined,
    (error: unknown) => error,
  );
}

const library = (folder: string) => join(folder, process.platform === "darwin" ? "plugin.dylib" : "plugin.so");

test("a plugin that was installed and consented to is loaded, from a copy that leaves nothing behind", async () => {
  const { data, id } = withInstalled("echoes");
  const native = await openHost(data).native();
  const plugin = await native.plugin(id);
  expect((await native.callTool(plugin, call)).envelope).toEqual({ ok: true, tool: "echo", result: 1 });
  expect(readdirSync(join(data, "run"))).toEqual([]);
  expect(readdirSync(join(data, "Tools")).sort()).toEqual([id]);
});

test("without a receipt, or with one that is broken, for another plugin or version, nothing is loaded", async () => {
  const none = withInstalled("echoes", { receipt: false });
  expect(await loadError(none.data, none.id)).toMatchObject({ code: "receipt_missing", exitCode: 20 });
  for (const receipt of [{ dylib_sha256: "abc" }, { plugin_id: "other" }, { version: "9.0.0" }, { artifact: 1 }]) {
    const wrong = withInstalled("echoes", { receipt });
    expect(await loadError(wrong.data, wrong.id)).toMatchObject({ code: "receipt_invalid" });
  }
  const text = withInstalled("echoes");
  writeFileSync(join(text.folder, "receipt.json"), "{");
  expect(await loadError(text.data, text.id)).toMatchObject({
    code: expect.stringMatching(/^(receipt_invalid|install_broken)$/),
  });
});

test("receipts of other hosts are read: a hash with its name in front, in capitals; a time since 2001", async () => {
  const { data, id, folder } = withInstalled("echoes");
  const path = join(folder, "receipt.json");
  const receipt = JSON.parse(readFileSync(path, "utf8"));
  const dylib_sha256 = `sha256-${receipt.dylib_sha256.toUpperCase()}`;
  writeFileSync(path, JSON.stringify({ ...receipt, dylib_sha256, installed_at: 785_000_000.5, more: true }));
  expect(await loadError(data, id)).toBeUndefined();
});

test("a library that was changed after it was installed is not loaded; not one bit", async () => {
  const { data, id, folder } = withInstalled("echoes");
  const bytes = readFileSync(library(folder));
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(library(folder), bytes);
  expect(await loadError(data, id)).toMatchObject({
    code: "library_changed",
    exitCode: 20,
    details: { expected: expect.any(String), found: expect.any(String) },
  });
});

test("what was hashed is what is loaded, whatever is put in the library's place meanwhile", async () => {
  const { data, id, folder } = withInstalled("tells-its-pid");
  const { copyVerified } = await import("../../src/plugins/native/verified-copy.ts");
  const receipt = JSON.parse(readFileSync(join(folder, "receipt.json"), "utf8"));
  const copy = await copyVerified(library(folder), receipt.dylib_sha256, join(data, "run"));
  // Between the check and the load: written over in place, which also a descriptor of the file itself would show.
  writeFileSync(library(folder), readFileSync(nativeFixture("segfaults")));
  const { openPlugin } = await import("../helpers/native-plugins.ts");
  const { plugin } = openPlugin("segfaults", { library: library(folder), prepare: async () => copy });
  expect((await plugin.load()).manifest.plugin_id).toBe("test.tells-its-pid");
  // The test would notice: without the copy it is the other library that is loaded.
  const { plugin: naive } = openPlugin("segfaults", { library: library(folder) });
  expect((await naive.load()).manifest.plugin_id).toBe("test.segfaults");
  expect(await loadError(data, id)).toMatchObject({ code: "library_changed" });
});

test("a plugin is loaded by its descriptor on Linux: no name of the copy exists that could be written to", async () => {
  if (process.platform !== "linux") return expect(process.platform).toBe("darwin");
  const { data, folder } = withInstalled("echoes");
  const { copyVerified } = await import("../../src/plugins/native/verified-copy.ts");
  const receipt = JSON.parse(readFileSync(join(folder, "receipt.json"), "utf8"));
  const copy = await copyVerified(library(folder), receipt.dylib_sha256, join(data, "run"));
  expect(readdirSync(join(data, "run"))).toEqual([]);
  expect(readFileSync(`/proc/self/fd/${copy.descriptor}`)).toEqual(readFileSync(library(folder)));
  expect(() => writeFileSync(copy.descriptor!, "x")).toThrow(/EBADF/);
  copy.release();
  copy.release();
});

test("a library that is cut short, or for another machine, is named as that", async () => {
  const cut = withInstalled("echoes", { library: cutShort() });
  expect(await loadError(cut.data, cut.id)).toMatchObject({ code: "library_wrong_machine" });
  const other = withInstalled("echoes", { library: forOtherMachine() });
  expect(await loadError(other.data, other.id)).toMatchObject({
    code: "library_wrong_machine",
    message: expect.stringMatching(/arm64|aarch64|x64/),
  });
  const text = join(tempDir(), "text.so");
  writeFileSync(text, "#!/bin/sh\n");
  const script = withInstalled("echoes", { library: text });
  expect(await loadError(script.data, script.id)).toMatchObject({ code: "library_wrong_machine" });
});

function cutShort(): string {
  const path = join(tempDir(), "cut.so");
  copyFileSync(nativeFixture("echoes"), path);
  truncateSync(path, 5000);
  return path;
}

/** The same library with another processor in its header. */
function forOtherMachine(): string {
  const path = join(tempDir(), "other.so");
  const bytes = readFileSync(nativeFixture("echoes"));
  const X64 = 62;
  const ARM64 = 183;
  bytes.writeUInt16LE(bytes.readUInt16LE(18) === X64 ? ARM64 : X64, 18);
  writeFileSync(path, bytes);
  return path;
}

test("a library without a signature is loaded only when somebody allowed that, and is marked", async () => {
  const refused = withInstalled("echoes", { receipt: { allow_unsigned: undefined } });
  expect(await loadError(refused.data, refused.id)).toMatchObject({
    code: "unsigned_refused",
    hint: expect.stringContaining("--allow-unsigned"),
  });
  const allowed = withInstalled("echoes");
  const [row] = await (await openHost(allowed.data).native()).list();
  expect(row).toMatchObject({ state: "loaded", unsigned: true });
  const minisign = { signature: "four lines" };
  const signed = withInstalled("echoes", {
    receipt: {
      allow_unsigned: undefined,
      public_keys: { minisign: "RW" },
      artifact: { url: "x", sha256: "x", minisign },
    },
  });
  expect((await (await openHost(signed.data).native()).list())[0]).toMatchObject({ state: "loaded", unsigned: false });
});

test("nothing is loaded before somebody consented, and nothing that asks for more than that", async () => {
  const without = withInstalled("requires-network", { consent: false });
  expect(await loadError(without.data, without.id)).toMatchObject({
    code: "consent_required",
    message: expect.stringContaining("not known before it is loaded"),
    hint: expect.stringContaining(`tools install ${without.id}@1.0.0 --consent`),
  });
  const less = withInstalled("requires-network", { consent: ["filesystem"] });
  expect(await loadError(less.data, less.id)).toMatchObject({
    code: "consent_required",
    message: expect.stringContaining("network"),
    details: { requirements: ["network"] },
  });
  const more = withInstalled("requires-network", { consent: ["network", "filesystem", "calendar"] });
  expect(await loadError(more.data, more.id)).toBeUndefined();
  const [row] = await (await openHost(less.data).native()).list();
  expect(row).toMatchObject({ state: "consent_required", pid: undefined });
});

test("consent that was given before anybody knew what for is filled in at the first load", async () => {
  const { data, id, folder } = withInstalled("requires-network", { consent: null });
  expect(await loadError(data, id)).toBeUndefined();
  expect(JSON.parse(readFileSync(join(folder, ".user_consent"), "utf8")).requirements).toEqual([
    "filesystem",
    "network",
  ]);
  // The empty file of other hosts counts the same.
  const old = withInstalled("requires-network");
  writeFileSync(join(old.folder, ".user_consent"), "");
  expect(await loadError(old.data, old.id)).toBeUndefined();
  expect(JSON.parse(readFileSync(join(old.folder, ".user_consent"), "utf8")).requirements).toHaveLength(2);
});

test("what the plugin says of itself is kept beside it, and rewritten only when it changed", async () => {
  const { data, id, folder } = withInstalled("echoes");
  await loadError(data, id);
  expect(JSON.parse(readFileSync(join(folder, ".manifest.json"), "utf8")).plugin_id).toBe(id);
});

// ---- quarantine -----------------------------------------------------------------------------------------------------

const quarantineOf = (tools: string) =>
  existsSync(join(tools, ".quarantine")) ? JSON.parse(readFileSync(join(tools, ".quarantine"), "utf8")) : [];

test("a plugin that crashes while it is loaded is quarantined at once and not started again", async () => {
  const { data, id, tools } = withInstalled("load-init-crashes");
  const native = await openHost(data).native();
  await expect(native.plugin(id)).rejects.toMatchObject({ code: "load_crashed" });
  const [row] = await native.list();
  expect(row).toMatchObject({ state: "quarantined", error: { code: "plugin_quarantined" } });
  expect(quarantineOf(tools)).toMatchObject([{ id, version: "1.0.0", build: VERSION }]);
  expect(existsSync(join(tools, ".currently_loading"))).toBe(false);
  // Also for the next host.
  expect(await loadError(data, id)).toMatchObject({
    code: "plugin_quarantined",
    message: expect.stringContaining("SIGSEGV"),
    hint: expect.stringContaining("tools retry"),
  });
});

test("exit() in a load is a crash too, a refusal by the plugin is not", async () => {
  const exits = withInstalled("load-init-exits");
  await loadError(exits.data, exits.id);
  expect(quarantineOf(exits.tools)).toHaveLength(1);
  for (const fixture of ["load-init-null", "load-manifest-wrong", "load-no-entry"]) {
    const refuses = withInstalled(fixture);
    expect(await loadError(refuses.data, refuses.id)).toBeDefined();
    expect(quarantineOf(refuses.tools)).toEqual([]);
  }
});

test("a plugin that crashes in its probe is quarantined", async () => {
  const { data, id, tools } = withInstalled("probe-crashes");
  expect(await loadError(data, id)).toMatchObject({ code: "load_crashed", details: { entry: "on_config_changed" } });
  expect(quarantineOf(tools)).toMatchObject([{ id }]);
});

test("retry releases one plugin: it loads, or is quarantined again", async () => {
  const { data, id, tools } = withInstalled("load-init-crashes");
  const other = installFixture(data, "probe-crashes");
  const native = await openHost(data).native();
  await native.list();
  expect(quarantineOf(tools)).toHaveLength(2);
  await expect(native.retry(id)).rejects.toMatchObject({ code: "load_crashed" });
  expect(
    quarantineOf(tools)
      .map((entry: { id: string }) => entry.id)
      .sort(),
  ).toEqual([id, "test.probe-crashes"].sort());
  // The plugin is mended in place of its version, as an author does.
  rmSync(other, { recursive: true });
  installFixture(data, "echoes", { id: "test.probe-crashes", library: nativeFixture("echoes") });
  await expect(native.retry("test.probe-crashes")).rejects.toMatchObject({ code: "plugin_id_mismatch" });
  expect(quarantineOf(tools)).toMatchObject([{ id }]);
  expect(await native.resetQuarantine()).toBe(1);
  expect(quarantineOf(tools)).toEqual([]);
  await expect(native.retry("not.installed")).rejects.toMatchObject({ code: "plugin_unknown" });
});

test("another version of the plugin, or of the host, gets one try; an entry without a stamp stays", async () => {
  const cases = [
    { entry: (id: string) => ({ id, version: "1.0.0", build: VERSION }), held: true },
    { entry: (id: string) => ({ id, version: "0.9.0", build: VERSION }), held: false },
    { entry: (id: string) => ({ id, version: "1.0.0", build: "0.0.1" }), held: false },
    { entry: (id: string) => ({ id }), held: true },
    { entry: (id: string) => id, held: true },
  ];
  for (const { entry, held } of cases) {
    const { data, id, tools } = withInstalled("echoes");
    writeFileSync(join(tools, ".quarantine"), JSON.stringify([entry(id)]));
    const error = await loadError(data, id);
    if (held) expect(error).toMatchObject({ code: "plugin_quarantined" });
    else expect(error).toBeUndefined();
  }
});

test("a marker that a host left behind quarantines the plugin; one of a host that is loading now does not", async () => {
  const { data, id, tools } = withInstalled("echoes");
  writeFileSync(join(tools, ".currently_loading"), id);
  const [row] = await (await openHost(data).native()).list();
  expect(row).toMatchObject({ state: "quarantined" });
  expect(existsSync(join(tools, ".currently_loading"))).toBe(false);

  const live = withInstalled("echoes");
  const { processMark } = await import("../../src/base/process-mark.ts");
  writeFileSync(join(live.tools, ".currently_loading"), `${live.id}\n${processMark()}\n`);
  expect((await (await openHost(live.data).native()).list())[0]).toMatchObject({ state: "loaded" });
  expect(existsSync(join(live.tools, ".currently_loading"))).toBe(true);
});

test("the marker is there while a plugin is loaded, and gone when the host is stopped in the middle of it", async () => {
  const { data, id, tools } = withInstalled("load-init-hangs");
  const { host, native } = openHost(data);
  const loading = expect((await native()).plugin(id)).rejects.toMatchObject({ code: "plugin_stopped" });
  await expect.poll(() => existsSync(join(tools, ".currently_loading"))).toBe(true);
  expect(readFileSync(join(tools, ".currently_loading"), "utf8").split("\n")[0]).toBe(id);
  await host.stop();
  await loading;
  expect(readdirSync(tools)).toEqual([id]);
  expect(quarantineOf(tools)).toEqual([]);
});

test("entries of plugins that are gone are dropped, and a broken list holds nobody", async () => {
  const { data, id, tools } = withInstalled("echoes");
  writeFileSync(join(tools, ".quarantine"), JSON.stringify(["gone.plugin", { id: "gone.too", version: "1" }]));
  writeFileSync(join(tools, ".currently_loading"), "gone.third");
  await (await openHost(data).native()).list();
  expect(quarantineOf(tools)).toEqual([]);
  for (const text of ["{", "[1]", " ".repeat(QUARANTINE_BYTES_MAX + 1)]) {
    writeFileSync(join(tools, ".quarantine"), text);
    expect(await loadError(data, id)).toBeUndefined();
  }
  const padded = `${JSON.stringify([id])}`.padEnd(QUARANTINE_BYTES_MAX);
  writeFileSync(join(tools, ".quarantine"), padded);
  expect(await loadError(data, id)).toMatchObject({ code: "plugin_quarantined" });
});

test.each(["crash-in-init", "crash-in-probe"])(
  "a plugin that had been loaded is tried again when its next load crashes (%s), but not for ever",
  async (where) => {
    const data = tempDir();
    mkdirSync(join(data, "state"));
    installFixture(data, "dies-when-told");
    const native = await openHost(data).native();
    const plugin = await native.plugin("test.dies-when-told");
    writeFileSync(join(data, where), "");
    await native.callTool(plugin, { ...call, tool: "misbehave" });
    await expect.poll(() => plugin.state, { timeout: 10_000 }).toBe("failed");
    const crashes = readFileSync(join(data, "crashes"), "utf8").length;
    expect(crashes).toBe(LOAD_CRASHES_MAX);
    await expect.poll(() => quarantineOf(join(data, "Tools")).length).toBe(1);
  },
);

test("a pipe in the place of the library is refused, and nobody waits for it", async () => {
  const { data, id, folder } = withInstalled("echoes");
  rmSync(library(folder));
  execFileSync("mkfifo", [library(folder)]);
  expect(await loadError(data, id)).toMatchObject({ code: "install_broken" });
});

test("what a killed host left of its copies is removed, once nobody can need it", async () => {
  const { data, id } = withInstalled("echoes");
  const left = (name: string, ageMs: number) => {
    mkdirSync(join(data, "run", name), { recursive: true });
    writeFileSync(join(data, "run", name, "plugin.so"), "x");
    const then = (Date.now() - ageMs) / 1000;
    utimesSync(join(data, "run", name), then, then);
  };
  left("library-old", 3_600_000);
  left("library-new", 1_000);
  left("others", 3_600_000);
  expect(await loadError(data, id)).toBeUndefined();
  expect(readdirSync(join(data, "run")).sort()).toEqual(["library-new", "others"]);
});

test("a failed look at the quarantine keeps no other plugin from being loaded", async () => {
  const { data, id, tools } = withInstalled("echoes");
  writeFileSync(join(tools, ".quarantine"), JSON.stringify(["gone.plugin"]));
  // Nothing of ours: it is never broken, so the list cannot be changed.
  mkdirSync(join(tools, ".quarantine.lock"));
  expect(await loadError(data, id)).toBeUndefined();
});

test("an entry of the quarantine that cannot be understood sets no other one free", async () => {
  const { data, id, tools } = withInstalled("echoes");
  writeFileSync(join(tools, ".quarantine"), JSON.stringify([{ nonsense: 1 }, 7, id]));
  expect(await loadError(data, id)).toMatchObject({ code: "plugin_quarantined" });
});

test.runIf(process.platform === "linux")(
  "a runner that is ended from outside while it loads did not crash",
  async () => {
    const { data, id, tools } = withInstalled("load-init-hangs");
    const { native } = openHost(data);
    const loading = (await native()).plugin(id).catch((error: { code: string }) => error.code);
    await expect.poll(() => runnersOf(id).length).toBe(1);
    process.kill(runnersOf(id)[0]!, "SIGTERM");
    expect(await loading).toBe("load_crashed");
    expect(quarantineOf(tools)).toEqual([]);
  },
);

/** Runners are named after their plugin in the list of processes. */
function runnersOf(id: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        return words[0]?.endsWith("osprey-runner") && words.includes(id);
      } catch {
        return false;
      }
    })
    .map(Number);
}
