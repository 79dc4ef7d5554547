// Packing, installing, upgrading, going back and removing native plugins through the real program.

import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { libraryBytes, OTHER_ARCH } from "../helpers/library-bytes.ts";
import { makeSigningKey, signBytes } from "../helpers/minisign-keys.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { runCli, startCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";
import { zipBytes } from "../helpers/zips.ts";

const SUFFIX = process.platform === "darwin" ? "dylib" : "so";
const base = makeTempHome();
afterAll(() => base.remove());

interface Place {
  readonly env: Record<string, string>;
  readonly tools: string;
  run(...args: string[]): ReturnType<typeof runCli>;
}

/** A user without any plugin. */
function place(): Place {
  const data = tempDir();
  const env = { ...base.env, OSAURUS_HOME: data };
  const run = (...args: string[]) => runCli(args, { program: "osaurus", env, cwd: base.path });
  return { env, tools: join(data, "Tools"), run };
}

/** The folder of an author: one built library and some pages. */
function project(fixture = "echoes"): string {
  const folder = tempDir();
  cpSync(nativeFixture(fixture), join(folder, `${fixture}.${SUFFIX}`));
  mkdirSync(join(folder, "web"));
  writeFileSync(join(folder, "web/index.html"), "<p>hello</p>");
  writeFileSync(join(folder, "README.md"), "# Echoes");
  return folder;
}

/** A folder that can be installed, of any version, asking for anything. */
function packageFolder(version: string, requirements: readonly string[] = []): string {
  const folder = project();
  const tools = [{ id: "echo", description: "d", requirements }];
  const manifest = { plugin_id: "test.echoes", version, capabilities: { tools } };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  return folder;
}

const pack = (cwd: string, ...args: string[]) =>
  runCli(["tools", "package", ...args], { program: "osaurus", env: base.env, cwd });

test("a packed library is installed, called, and removed again", async () => {
  const { run, tools } = place();
  const folder = project();
  const packed = await pack(folder, "test.echoes", "1.0.0");
  expect(packed.stdout).toBe(`Created ${folder}/test.echoes-1.0.0.zip\n`);
  const zip = join(folder, "test.echoes-1.0.0.zip");
  const installed = await run("tools", "install", zip, "--consent", "--allow-unsigned");
  expect(installed).toMatchObject({
    code: 0,
    stdout: `Installed test.echoes @ 1.0.0 to ${join(tools, "test.echoes/1.0.0")}\n`,
  });
  expect(readdirSync(join(tools, "test.echoes/1.0.0"))).toEqual(
    expect.arrayContaining(["README.md", "manifest.json", "web", `echoes.${SUFFIX}`]),
  );
  const call = await run("tools", "call", "test.echoes", "echo", "--args", '{"ok":true,"result":1}', "--json", "--yes");
  expect(call).toMatchObject({ code: 0, stdout: '{"ok":true,"tool":"echo","result":1}\n' });
  expect(await run("tools", "verify")).toMatchObject({
    code: 0,
    stdout: `OK  test.echoes@1.0.0  echoes.${SUFFIX}  (unsigned)\n`,
  });
  expect(await run("tools", "uninstall", "test.echoes")).toMatchObject({
    code: 0,
    stdout: "Uninstalled test.echoes\n",
  });
  expect(existsSync(join(tools, "test.echoes"))).toBe(false);
  expect(await run("tools", "uninstall", "test.echoes")).toMatchObject({ code: 10 });
});

test("packing the same files twice makes the same archive, and --json tells what is in it", async () => {
  const folder = project();
  await pack(folder, "test.echoes", "1.0.0");
  const first = readFileSync(join(folder, "test.echoes-1.0.0.zip"));
  const result = await pack(folder, "test.echoes", "1.0.0", `echoes.${SUFFIX}`, "--json");
  expect(JSON.parse(result.stdout)).toEqual({
    path: join(folder, "test.echoes-1.0.0.zip"),
    plugin_id: "test.echoes",
    version: "1.0.0",
    files: ["README.md", `echoes.${SUFFIX}`, "manifest.json", "osaurus-plugin.json", "web/index.html"],
  });
  expect(readFileSync(join(folder, "test.echoes-1.0.0.zip")).equals(first)).toBe(true);
  expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test.each<[string, string[], number, string]>([
  ["another id than the library's", ["test.other", "1.0.0"], 1, "package_invalid"],
  ["another version than the library's", ["test.echoes", "1.0.1"], 1, "package_invalid"],
  ["an id that is none", ["../x", "1.0.0"], 2, "usage_invalid"],
  ["a version that is none", ["test.echoes", "abc"], 2, "usage_invalid"],
  ["a library that is not there", ["test.echoes", "1.0.0", "nothing.so"], 10, "library_unknown"],
])("packing %s fails, and makes no archive", async (_what, args, code, error) => {
  const folder = project();
  const result = await pack(folder, ...args, "--json");
  expect(result.code).toBe(code);
  expect(JSON.parse(result.stdout).error.code).toBe(error);
  expect(readdirSync(folder).filter((name) => /zip|tmp/.test(name))).toEqual([]);
});

test("without a library, or with several of which none is named, nothing is packed", async () => {
  const folder = tempDir();
  expect(await pack(folder, "a.b", "1.0.0")).toMatchObject({ code: 1, stderr: expect.stringContaining("no library") });
  for (const name of ["a.so", "b.so"]) writeFileSync(join(folder, name), "x");
  expect(await pack(folder, "a.b", "1.0.0")).toMatchObject({ code: 1, stderr: expect.stringContaining("several") });
});

test("what is no library is not packed; one for another processor is, without its manifest, and that is said", async () => {
  const folder = tempDir();
  for (const [text, says] of [
    ["hello", "a text"],
    ["", "empty"],
  ] as const) {
    writeFileSync(join(folder, "a.so"), text);
    const refused = await pack(folder, "a.b", "1.0.0", "a.so");
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(says) });
    expect(refused.stderr).toContain("package_invalid");
    expect(existsSync(join(folder, "a.b-1.0.0.zip"))).toBe(false);
  }
  writeFileSync(join(folder, "a.so"), libraryBytes("", OTHER_ARCH));
  const packed = await pack(folder, "a.b", "1.0.0", "a.so");
  expect(packed).toMatchObject({ code: 0, stderr: expect.stringContaining("not for this machine") });
  const installed = await place().run("tools", "install", join(folder, "a.b-1.0.0.zip"), "--allow-unsigned");
  if (SUFFIX === "so") expect(installed).toMatchObject({ code: 30, stderr: expect.stringContaining(OTHER_ARCH) });
});

test("after going back there is a way forward, for the highest version and for a named one", async () => {
  const { run, tools } = place();
  const current = () => readlinkSync(join(tools, "test.echoes/current"));
  for (const version of ["1.0.0", "1.1.0", "1.2.0"]) {
    await run("tools", "install", packageFolder(version), "--allow-unsigned", "--consent");
  }
  for (const [args, version] of [
    [["test.echoes@1.1.0"], "1.1.0"],
    [["test.echoes"], "1.2.0"],
    [["test.echoes", "--consent"], "1.2.0"],
  ] as const) {
    await run("tools", "install", "test.echoes@1.0.0");
    expect(current()).toBe("1.0.0");
    expect(await run("tools", "install", ...args)).toMatchObject({
      code: 0,
      stdout: `Installed test.echoes @ ${version} to ${join(tools, "test.echoes", version)}\n`,
    });
    expect(current()).toBe(version);
  }
  await run("tools", "rollback", "test.echoes");
  writeFileSync(join(tools, "test.echoes/1.2.0/.user_consent"), "garbage");
  const waiting = await run("tools", "install", "test.echoes", "--json");
  expect(waiting.code).toBe(20);
  expect(JSON.parse(waiting.stdout).error).toMatchObject({ code: "consent_required", details: { requirements: [] } });
  expect(current()).toBe("1.1.0");
  expect(await run("tools", "install", "test.echoes@1.3.0")).toMatchObject({ code: 10 });
});

test("consent alone is called that, and is not recorded for what was changed", async () => {
  const { run, tools } = place();
  const folder = packageFolder("1.0.0", ["network", "disk"]);
  expect(await run("tools", "install", folder, "--allow-unsigned")).toMatchObject({
    code: 20,
    stderr: expect.stringContaining("it asks for: disk, network"),
  });
  const [row] = JSON.parse((await run("tools", "list", "--json")).stdout);
  expect(row.error).toMatchObject({ details: { requirements: ["disk", "network"] } });
  expect(await run("tools", "call", "test.echoes", "echo", "--yes")).toMatchObject({
    code: 20,
    stderr: expect.stringContaining("it asks for: disk, network"),
  });
  expect(await run("tools", "install", "test.echoes", "--consent")).toMatchObject({
    code: 0,
    stdout: "Recorded consent to test.echoes @ 1.0.0\n",
  });
  const again = await run("tools", "install", "test.echoes", "--consent", "--json");
  expect(JSON.parse(again.stdout)).toMatchObject({ plugin_id: "test.echoes", consent_recorded: true });
  writeFileSync(join(tools, `test.echoes/1.0.0/echoes.${SUFFIX}`), "changed");
  const changed = await run("tools", "install", "test.echoes", "--consent");
  expect(changed).toMatchObject({ code: 20, stdout: "", stderr: expect.stringContaining("library_changed") });
  expect(changed.stderr).toContain(folder);
  writeFileSync(join(tools, "test.echoes/1.0.0/receipt.json"), "{");
  const [broken] = JSON.parse((await run("tools", "list", "--json")).stdout);
  expect(broken.error.code).toBe("receipt_invalid");
});

test("who is at a terminal is asked about an installed plugin whose consent is pending", async () => {
  const { run, env, tools } = place();
  await run("tools", "install", packageFolder("1.0.0", ["network"]), "--allow-unsigned");
  const root = join(import.meta.dirname, "../..");
  const answer = async (word: string) => {
    const terminal = join(root, "test/fixtures/terminal/answers-questions.py");
    const args = [terminal, join(root, "bin/osaurus"), "tools", "install", "test.echoes"];
    const child = spawn("python3", args, { env: { ...env, QUESTION: "Install it?", ANSWERS: word }, cwd: base.path });
    let screen = "";
    child.stdout.on("data", (chunk: Buffer) => {
      screen += chunk;
    });
    const [code] = await once(child, "close");
    return { code, screen };
  };
  const consent = join(tools, "test.echoes/1.0.0/.user_consent");
  expect(await answer("n")).toMatchObject({ code: 20, screen: expect.stringContaining("network") });
  expect(existsSync(consent)).toBe(false);
  expect(await answer("y")).toMatchObject({ code: 0, screen: expect.stringContaining("Recorded consent") });
  expect(JSON.parse(readFileSync(consent, "utf8"))).toMatchObject({ how: "prompt", requirements: ["network"] });
});

test("a library that calls itself another version than its archive did is a warning", async () => {
  const { run } = place();
  const zip = join(tempDir(), "test.echoes-2.0.0.zip");
  writeFileSync(zip, zipBytes([{ name: `echoes.${SUFFIX}`, data: readFileSync(nativeFixture("echoes")) }]));
  await run("tools", "install", zip, "--allow-unsigned", "--consent");
  expect(await run("tools", "verify")).toMatchObject({ code: 0, stderr: "" });
  const call = await run("tools", "call", "test.echoes", "echo", "--args", '{"ok":true,"result":1}', "--json", "--yes");
  expect(call.code).toBe(0);
  expect(await run("tools", "verify")).toMatchObject({ code: 0, stderr: expect.stringContaining("version 1.0.0") });
  expect((await run("tools", "doctor", "test.echoes")).stdout).toContain("installed as 2.0.0");
});

test("each refusal exits 20 and names the flag; what is installed without consent waits for it", async () => {
  const { run } = place();
  const folder = packageFolder("1.0.0", ["network"]);
  expect(await run("tools", "install", folder)).toMatchObject({
    code: 20,
    stderr: expect.stringContaining("--allow-unsigned"),
  });
  const unasked = await run("tools", "install", folder, "--allow-unsigned", "--json");
  expect(unasked).toMatchObject({ code: 20, stderr: expect.stringContaining("--consent") });
  expect(JSON.parse(unasked.stdout).error.code).toBe("consent_required");
  const [waiting] = JSON.parse((await run("tools", "list", "--json")).stdout);
  expect(waiting).toMatchObject({ plugin_id: "test.echoes", state: "consent_required" });
  expect(await run("tools", "install", "test.echoes", "--consent")).toMatchObject({ code: 0 });
  const [loaded] = JSON.parse((await run("tools", "list", "--json")).stdout);
  expect(loaded).toMatchObject({ state: "loaded", unsigned: true });
});

test("an upgrade that asks for more waits; rolling back and forth works; every step is a document with --json", async () => {
  const { run, tools } = place();
  const install = (...args: string[]) => run("tools", "install", ...args, "--allow-unsigned", "--json");
  await install(packageFolder("1.0.0"), "--consent");
  expect(JSON.parse((await install(packageFolder("1.1.0"))).stdout)).toEqual({
    plugin_id: "test.echoes",
    version: "1.1.0",
    path: join(tools, "test.echoes/1.1.0"),
    previous: "1.0.0",
    unsigned: true,
    consent: "flag",
    requirements: [],
  });
  expect(await install(packageFolder("2.0.0", ["network"]))).toMatchObject({ code: 20 });
  expect(readlinkSync(join(tools, "test.echoes/current"))).toBe("1.1.0");
  expect(await run("tools", "install", "test.echoes@2.0.0", "--consent")).toMatchObject({ code: 0 });
  expect(await run("tools", "rollback", "test.echoes")).toMatchObject({ stdout: "Rolled back test.echoes to 1.1.0\n" });
  const back = await run("tools", "rollback", "test.echoes", "--json");
  expect(JSON.parse(back.stdout)).toEqual({ plugin_id: "test.echoes", version: "1.0.0", previous: "1.1.0" });
  expect(await run("tools", "rollback", "test.echoes")).toMatchObject({ code: 1 });
  expect(await run("tools", "rollback", "no.such")).toMatchObject({ code: 10 });
  const removed = await run("tools", "uninstall", "test.echoes", "--keep-data", "--json");
  expect(JSON.parse(removed.stdout)).toEqual({ plugin_id: "test.echoes", data_kept: true });
});

test("verify exits 1 and names what was changed", async () => {
  const { run, tools } = place();
  await run("tools", "install", packageFolder("1.0.0"), "--allow-unsigned", "--consent");
  writeFileSync(join(tools, `test.echoes/1.0.0/echoes.${SUFFIX}`), "changed");
  const text = await run("tools", "verify");
  expect(text).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^FAIL {2}test\.echoes@1\.0\.0 {2}.*library_changed/),
  });
  const [row] = JSON.parse((await run("tools", "verify", "--json")).stdout);
  expect(row).toMatchObject({ ok: false, error: { code: "library_changed" } });
});

test.each<[string, string[], number]>([
  ["a path where nothing is", ["./nothing.zip"], 10],
  ["a name of an archive that is not there", ["nothing-1.0.0.zip"], 10],
  ["an id that nobody offers", ["no.such"], 10],
  ["a path that is named with a version", ["./x.zip", "--version", "1.0.0"], 2],
  ["two versions", ["a.b@1.0.0", "--version", "1.0.0"], 2],
  ["nothing", [], 2],
  ["an address that is neither http nor https", ["ftp://x"], 2],
  ["a version that is none", ["a.b@abc"], 2],
  ["a version that is none, named by itself,", ["a.b", "--version", "abc"], 2],
])("installing %s fails with the right code", async (_what, args, code) => {
  expect((await place().run("tools", "install", ...args, "--allow-unsigned", "--consent")).code).toBe(code);
});

test("texts of a hostile package reach no terminal unseen", async () => {
  const { run } = place();
  const zip = join(tempDir(), "x.zip");
  writeFileSync(
    zip,
    zipBytes([
      { name: `a.${SUFFIX}` },
      { name: "plugin.json", data: JSON.stringify({ plugin_id: "\u001b[2J\u0007", version: "1.0.0" }) },
    ]),
  );
  const result = await run("tools", "install", zip, "--allow-unsigned", "--consent");
  expect(result.code).toBe(1);
  expect(result.stderr).toContain("package");
  expect(result.stdout + result.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

test("a signature beside an archive is held against the key that is known, and against none else", async () => {
  const { run, tools } = place();
  const key = makeSigningKey();
  const signedZip = (version: string, by = key) => {
    const path = join(tempDir(), `test.echoes-${version}.zip`);
    writeFileSync(path, zipBytes([{ name: `echoes.${SUFFIX}`, data: readFileSync(nativeFixture("echoes")) }]));
    writeFileSync(`${path}.minisig`, signBytes(by, readFileSync(path)));
    return path;
  };
  const first = signedZip("1.0.0");
  expect(await run("tools", "install", first, "--consent")).toMatchObject({
    code: 20,
    stderr: expect.stringContaining("unsigned_refused"),
  });
  await run("tools", "install", first, "--consent", "--allow-unsigned");
  const receiptPath = join(tools, "test.echoes/1.0.0/receipt.json");
  const receipt = JSON.parse(readFileSync(receiptPath, "utf8"));
  const minisign = { signature: readFileSync(`${first}.minisig`, "utf8") };
  const trusted = { ...receipt, public_keys: { minisign: key.publicKey }, artifact: { ...receipt.artifact, minisign } };
  writeFileSync(receiptPath, JSON.stringify(trusted));
  expect(await run("tools", "install", signedZip("1.1.0"), "--consent")).toMatchObject({ code: 0 });
  const [row] = JSON.parse((await run("tools", "verify", "--json")).stdout);
  expect(row).toMatchObject({ version: "1.1.0", ok: true, unsigned: false, public_key: key.publicKey });
  for (const flags of [[], ["--allow-unsigned"]]) {
    const forged = await run("tools", "install", signedZip("1.2.0", makeSigningKey()), "--consent", ...flags);
    expect(forged).toMatchObject({ code: 20, stderr: expect.stringContaining("signature_invalid") });
  }
  expect(readlinkSync(join(tools, "test.echoes/current"))).toBe("1.1.0");
  expect(readdirSync(join(base.env["XDG_CACHE_HOME"]!, "osp/downloads"))).toEqual([]);
});

test("two installs at once both end well, and one whole version is in use", async () => {
  const { run, tools } = place();
  const folders = [packageFolder("1.0.0"), packageFolder("2.0.0")];
  const done = await Promise.all(folders.map((one) => run("tools", "install", one, "--allow-unsigned", "--consent")));
  expect(done.map(({ code }) => code)).toEqual([0, 0]);
  expect((await run("tools", "verify")).code).toBe(0);
  expect(readdirSync(tools).filter((name) => name.startsWith(".staging"))).toEqual([]);
});

test("a program that is killed while it installs leaves the old version, and the next install leaves nothing of it", async () => {
  const { run, env, tools } = place();
  await run("tools", "install", packageFolder("1.0.0"), "--allow-unsigned", "--consent");
  const large = packageFolder("2.0.0");
  for (let n = 0; n < 3000; n += 1) writeFileSync(join(large, `web/${n}`), String(n));
  const args = ["tools", "install", large, "--allow-unsigned", "--consent"];
  const started = startCli(args, { program: "osaurus", env, cwd: base.path });
  // The folder itself, and not only the file that names its owner: one that was not written yet is left alone for a while.
  const isStaging = () => readdirSync(tools).some((name) => /^\.staging-[^.]*$/.test(name));
  await expect.poll(isStaging, { interval: 1 }).toBe(true);
  started.child.kill("SIGKILL");
  expect((await started.result).code).toBeNull();
  expect(readdirSync(tools).some((name) => name.startsWith(".staging"))).toBe(true);
  const call = await run("tools", "call", "test.echoes", "echo", "--args", '{"ok":true}', "--json", "--yes");
  expect(call.code).toBe(0);
  expect((await run(...args)).code).toBe(0);
  expect(readlinkSync(join(tools, "test.echoes/current"))).toBe("2.0.0");
  expect(readdirSync(tools).some((name) => name.startsWith(".staging"))).toBe(false);
});

test("Ctrl-C while it installs exits 130 and leaves nothing", async () => {
  const { env, tools } = place();
  const large = packageFolder("2.0.0");
  for (let n = 0; n < 3000; n += 1) writeFileSync(join(large, `web/${n}`), String(n));
  const args = ["tools", "install", large, "--allow-unsigned", "--consent"];
  const started = startCli(args, { program: "osaurus", env, cwd: base.path });
  const isStaging = () => existsSync(tools) && readdirSync(tools).some((name) => /^\.staging-[^.]*$/.test(name));
  await expect.poll(isStaging, { interval: 1 }).toBe(true);
  started.child.kill("SIGINT");
  expect((await started.result).code).toBe(130);
  expect(readdirSync(tools)).toEqual([]);
});

test("where the folder may not be written, the error says so and what was there stays", async () => {
  const { env, tools, run } = place();
  await run("tools", "install", packageFolder("1.0.0"), "--allow-unsigned", "--consent");
  const isRoot = process.getuid?.() === 0;
  // The tests may run as root, who may write everywhere: then the program runs as somebody else, who owns nothing here.
  const nobody = isRoot ? { uid: 65534, gid: 65534 } : {};
  const home = tempDir();
  if (isRoot) for (const path of [home]) chownSync(path, 65534, 65534);
  chmodSync(join(tools, ".."), 0o755);
  chmodSync(tools, isRoot ? 0o755 : 0o555);
  const folder = packageFolder("2.0.0");
  for (const path of [folder, join(folder, "..")]) if (isRoot) chmodSync(path, 0o755);
  const program = join(import.meta.dirname, "../../bin/osaurus");
  const args = ["tools", "install", folder, "--allow-unsigned", "--consent"];
  const own = Object.fromEntries(
    Object.keys(base.env)
      .filter((name) => /HOME|XDG|TMP/.test(name))
      .map((name) => [name, home]),
  );
  const child = spawn(program, args, { env: { ...env, ...own, OSAURUS_HOME: join(tools, "..") }, cwd: "/", ...nobody });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  const [code] = await once(child, "close");
  chmodSync(tools, 0o755);
  expect(stderr).toContain("install_failed");
  expect(code).toBe(20);
  expect((await run("tools", "verify")).code).toBe(0);
});
