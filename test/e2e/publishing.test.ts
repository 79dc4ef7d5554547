// What an author does with a finished plugin, and what its users then get, with the real program: from a key to an upgrade
// that is signed with another one. And what somebody gets through who is not the author: nothing.

import { execFile, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, readlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { packPlugin } from "../../src/plugins/native/pack-plugin.ts";
import { makeKeyPair } from "../../src/plugins/native/secret-key.ts";
import { unpackZip } from "../../src/plugins/native/zip-read.ts";
import { validateRegistry } from "../../src/workshop/validate-registry.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { type CliResult, runCli } from "../helpers/run-cli.ts";
import { startServer } from "../helpers/start-server.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const ID = "test.echoes";
const SUFFIX = process.platform === "darwin" ? "dylib" : "so";
const ROOT = join(import.meta.dirname, "../..");
const PASSWORD = "a passwörd";

/** An author, who is a user as well. */
function author() {
  const home = makeTempHome();
  onTestFinished(() => home.remove());
  const folder = tempDir();
  const at = (...names: string[]) => join(folder, ...names);
  const runIn = (cwd: string, ...args: string[]) => runCli(args, { program: "osaurus", env: home.env, cwd });
  const run = (...args: string[]) => runIn(folder, ...args);
  return { env: home.env, data: home.env["OSAURUS_HOME"]!, folder, at, run, runIn };
}

function done(result: CliResult): CliResult {
  expect(result, result.stderr).toMatchObject({ code: 0 });
  return result;
}

function refused(result: CliResult, code: number, error: string): void {
  expect(result, result.stderr).toMatchObject({ code, stderr: expect.stringContaining(`[${error}]`) });
}

/** A project whose build is done: a library that says of itself which version it is. */
function project(version = "1.0.0", folder = tempDir()): string {
  mkdirSync(join(folder, "build"), { recursive: true });
  mkdirSync(join(folder, "web"), { recursive: true });
  const library = readFileSync(nativeFixture("echoes"), "latin1").replaceAll(
    '"version":"1.0.0"',
    `"version":"${version}"`,
  );
  writeFileSync(join(folder, `build/echoes.${SUFFIX}`), library, "latin1");
  for (const name of ["b.html", "a.html"]) writeFileSync(join(folder, "web", name), name);
  const dev = { library: "build/echoes", build: "make build" };
  writeFileSync(join(folder, "osaurus-plugin.json"), JSON.stringify({ plugin_id: ID, version, dev }));
  return folder;
}

/** What "tools package" makes of a project of that version: making it once with the program is enough. */
async function packed(version: string, manifest: string): Promise<string> {
  const folder = project(version);
  const name = `echoes.${SUFFIX}`;
  const library = { path: join(folder, "build", name), name };
  const readManifest = async () => manifest.replace('"1.0.0"', `"${version}"`);
  return (await packPlugin({ identity: { pluginId: ID, version }, folder, library, readManifest })).path;
}

test("a plugin goes from its author to its users, with every version and every key, and nothing else gets through", async () => {
  const { at, run, runIn, data, env } = author();
  const zip = (folder: string, version: string) => join(folder, `${ID}-${version}.zip`);
  const current = () => readlinkSync(join(data, "Tools", ID, "current"));
  const receipt = () => JSON.parse(readFileSync(join(data, "Tools", ID, current(), "receipt.json"), "utf8"));

  // The author makes a key, signs the first package and publishes it.
  const { stdout: made } = done(await run("registry", "keygen", "csv.key", "--no-password"));
  const publicKey = made.trim();
  const first = project();
  done(await runIn(first, "tools", "package", "--sign", at("csv.key")));
  expect(readdirSync(first)).toEqual(expect.arrayContaining([`${ID}-1.0.0.zip`, `${ID}-1.0.0.zip.minisig`]));
  if (spawnSync("minisign", ["-v"]).error === undefined) {
    expect(spawnSync("minisign", ["-V", "-m", zip(first, "1.0.0"), "-p", at("csv.key.pub")]).status).toBe(0);
  }
  done(await run("registry", "publish", zip(first, "1.0.0"), "registry", "--key", "csv.key.pub"));
  const validated = done(await run("registry", "validate", "registry", "--json"));
  expect(JSON.parse(validated.stdout)).toMatchObject([{ path: `plugins/${ID}.json`, status: "ok", code: "entry" }]);

  // Users find and install it; its signature is the consent.
  const { line: url, child, result } = await startServer(["registry", "serve", at("registry"), "--port", "0"], env);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  done(await run("registry", "add", url));
  expect(done(await run("tools", "search", "echoes")).stdout).toContain(`${ID}\tlatest: 1.0.0`);
  done(await run("tools", "install", ID));
  expect(receipt()).toMatchObject({
    public_keys: { minisign: publicKey },
    artifact: { minisign: { key_id: expect.any(String) } },
  });
  expect(readdirSync(join(data, "Tools", ID, "1.0.0"))).toContain("web");
  const call = await run("tools", "call", ID, "echo", "--args", '{"ok":true,"result":1}', "--json", "--yes");
  expect(done(call).stdout).toContain('"result":1');

  // A new version, which somebody exchanges on the server.
  const unpacked = tempDir();
  await unpackZip(zip(first, "1.0.0"), unpacked);
  const manifest = readFileSync(join(unpacked, "manifest.json"), "utf8");
  const second = await packed("1.1.0", manifest);
  done(await run("registry", "publish", second, "registry", "--sign", "csv.key"));
  expect(done(await run("tools", "outdated")).stdout).toBe(`${ID}\tinstalled: 1.0.0\tavailable: 1.1.0\n`);
  const entryPath = at(`registry/plugins/${ID}.json`);
  const entry = readFileSync(entryPath, "utf8");
  const [artifact] = JSON.parse(entry).versions[0].artifacts;
  const archive = readFileSync(at("registry", artifact.url));
  const stays = async (code: string) => {
    refused(await run("tools", "upgrade", ID), 20, code);
    expect(current()).toBe("1.0.0");
  };
  const tampered = Buffer.from(archive);
  tampered[tampered.length >> 1]! ^= 1;
  writeFileSync(at("registry", artifact.url), tampered);
  await stays("download_mismatch");
  // With the entry made to fit.
  writeFileSync(entryPath, entry.replace(artifact.sha256, createHash("sha256").update(tampered).digest("hex")));
  await stays("signature_invalid");
  writeFileSync(at("registry", artifact.url), archive);
  writeFileSync(entryPath, entry);
  expect(done(await run("tools", "upgrade")).stdout).toBe(`Upgraded ${ID} to 1.1.0\n`);

  // Another key takes over, which takes the old one.
  writeFileSync(at("new.key"), (await makeKeyPair(undefined)).secretText);
  const third = await packed("2.0.0", manifest);
  const keys = ["--sign", "new.key", "--rotate", "csv.key"];
  done(await run("registry", "publish", third, "registry", ...keys));
  const findings = await validateRegistry(at("registry"), new AbortController().signal);
  expect(findings.filter(({ status }) => status !== "ok")).toEqual([]);
  const rotated = readFileSync(entryPath, "utf8");
  const without = JSON.parse(rotated);
  delete without.public_keys.rotation_signature;
  writeFileSync(entryPath, JSON.stringify(without));
  refused(await run("tools", "upgrade", ID), 20, "signing_key_changed");
  expect(current()).toBe("1.1.0");
  writeFileSync(entryPath, rotated);
  done(await run("tools", "upgrade", ID));
  expect(current()).toBe("2.0.0");
  expect(receipt().public_keys.minisign).not.toBe(publicKey);
  // What the old key had signed can be had still.
  done(await run("tools", "install", `${ID}@1.0.0`));
  expect(current()).toBe("1.0.0");

  child.kill("SIGTERM");
  expect(await result).toMatchObject({ code: 0, stderr: "" });
}, 60_000);

test("the same files make the same archive, whoever packs them, where, when and how", async () => {
  const { env, at } = author();
  const packed: Buffer[] = [];
  for (const [index, how] of [
    { umask: "022", TZ: "UTC", LC_ALL: "C", order: 1 },
    { umask: "077", TZ: "America/St_Johns", LC_ALL: "tr_TR.UTF-8", order: -1 },
  ].entries()) {
    const folder = project("1.0.0", at(`folder ${index} ü`));
    // In another order on the disk, of another age, with other rights.
    for (const name of how.order === 1 ? ["ä.txt", "Z.txt", "z.txt"] : ["z.txt", "Z.txt", "ä.txt"]) {
      const path = join(folder, "web", name);
      writeFileSync(path, "same");
      utimesSync(path, 1e9 * (index + 1), 1e9 * (index + 1));
      chmodSync(path, index === 0 ? 0o755 : 0o600);
    }
    chmodSync(join(folder, `build/echoes.${SUFFIX}`), index === 0 ? 0o644 : 0o700);
    const { umask, TZ, LC_ALL } = how;
    const words = ["-c", `umask ${umask}; exec "$0" "$@"`, join(ROOT, "bin/osaurus"), "tools", "package"];
    await promisify(execFile)("sh", words, { cwd: folder, env: { ...env, TZ, LC_ALL } });
    packed.push(readFileSync(join(folder, `${ID}-1.0.0.zip`)));
  }
  expect(packed[0]!.equals(packed[1]!)).toBe(true);
});

test("a project is packed and installed as its file says; how it is built is nobody's business but its author's", async () => {
  const { runIn, run } = author();
  const folder = project();
  const result = done(await runIn(folder, "tools", "package", "--json"));
  const { path, files } = JSON.parse(result.stdout);
  expect(path).toBe(join(folder, `${ID}-1.0.0.zip`));
  expect(files).toContain(`echoes.${SUFFIX}`);
  const unpacked = tempDir();
  await unpackZip(path, unpacked);
  const said = JSON.parse(readFileSync(join(unpacked, "osaurus-plugin.json"), "utf8"));
  expect(said).toEqual({ plugin_id: ID, version: "1.0.0" });
  done(await run("tools", "install", folder, "--allow-unsigned", "--consent"));
  done(await run("tools", "call", ID, "echo", "--args", '{"ok":true,"result":1}', "--yes"));
  refused(await runIn(folder, "tools", "package", ID), 2, "usage_invalid");
});

test("a key with a password signs at a terminal only, with the right one; what goes wrong leaves no package", async () => {
  const { at, runIn, env } = author();
  const { secretText, publicKey } = await makeKeyPair(PASSWORD, { steps: 32_768n, memoryBytes: 1_048_576n });
  writeFileSync(at("locked.key"), secretText);
  const folder = project();
  const zips = () => readdirSync(folder).filter((name) => name.includes(".zip"));
  refused(await runIn(folder, "tools", "package", "--sign", at("locked.key")), 20, "signing_key_locked");
  expect(zips()).toEqual([]);
  const atTerminal = async (password: string, args = ["tools", "package", "--sign", at("locked.key")]) => {
    const words = [join(ROOT, "bin/osaurus"), ...args];
    const terminal = join(ROOT, "test/fixtures/terminal/answers-questions.py");
    const told = { ...env, QUESTION: "(not shown): ", ANSWERS: password };
    const child = spawn("python3", [terminal, ...words], {
      cwd: folder,
      env: told,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const screen = await text(child.stdout);
    expect(screen).not.toContain(password);
    expect(screen).not.toContain(secretText.split("\n")[1]);
    return screen;
  };
  expect(await atTerminal("wrong one")).toContain("[signing_key_invalid]");
  expect(zips()).toEqual([]);
  const signed = await atTerminal(PASSWORD);
  expect(signed).toContain(`--key ${publicKey}`);
  expect(signed).not.toContain("--allow-unsigned");
  expect(zips().length).toBe(2);
  // A new key's is asked for twice.
  const twice = await atTerminal("one\nother", ["registry", "keygen", at("new.key")]);
  expect(twice).toContain("the two passwords are not the same");
  expect(readdirSync(at())).toEqual(["locked.key"]);
});
