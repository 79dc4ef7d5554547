// What plugins keep is encrypted: through the real program, with a key file and with a real secret service.

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { DataKeys } from "../../src/store/data-keys.ts";
import { SecretStore } from "../../src/store/secret-store.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { runCli } from "../helpers/run-cli.ts";
import { missingForSecretService, type SecretService, startSecretService } from "../helpers/secret-service.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const OSAURUS = join(import.meta.dirname, "../../bin/osaurus");
const SECRET = "hunter2 that nobody may see";
const name = { pluginId: "org.example.p", agentId: DEFAULT_AGENT_ID, key: "token" };
const KEY = /OSPR(-[0-9A-Z]{4}){9}/;

const home = makeTempHome();
afterAll(() => home.remove());
const data = home.env["OSAURUS_HOME"]!;
const folder = join(data, "Secrets");
const keysFile = join(folder, "keys.json");
const keyFile = join(folder, "key-file");

type Vars = Readonly<Record<string, string>>;

async function osaurus(line: string, { vars = {}, input }: { vars?: Vars; input?: string } = {}) {
  const env = { ...home.env, ...NO_KEYCHAIN, ...vars };
  const result = await runCli(line.split(" "), { program: "osaurus", env, ...(input === undefined ? {} : { input }) });
  expect(result.stderr, "a stack trace").not.toMatch(/\n\s+at |node:internal/);
  return result;
}

/** On macOS the program would ask the keychain of the person who runs the tests. */
const NO_KEYCHAIN: Vars = process.platform === "linux" ? {} : { OSAURUS_KEY_PROTECTION: "key-file" };

/** The code of the error that a line ends with, and its exit code. */
async function failure(line: string, how: { vars?: Vars; input?: string } = {}) {
  const { code, stdout } = await osaurus(`${line} --json`, how);
  return [JSON.parse(stdout).error?.code, code];
}

/** A host's own store on the same folder. */
function storeWith(vars: Vars = NO_KEYCHAIN): { secrets: SecretStore; given: string[] } {
  const given: string[] = [];
  const env = { ...home.env, ...vars };
  const keys = new DataKeys({ folder, env, onRecoveryKey: (text) => given.push(text) });
  return { secrets: new SecretStore(folder, keys), given };
}

async function findings(vars: Vars = {}) {
  const { stdout, code } = await osaurus("doctor --json", { vars });
  const rows = JSON.parse(stdout) as { code: string; status: string; label: string; detail: string; hint: string }[];
  for (const row of rows) expect(Object.keys(row)).toEqual(["code", "status", "label", "detail", "hint"]);
  expect(code).toBe(rows.some(({ status }) => status === "fail") ? 1 : 0);
  return (wanted: string) => rows.find((row) => row.code === wanted);
}

/** Every file below a folder in which a text stands. */
function filesWith(text: string, below: string): string[] {
  return globSync("**/*", { cwd: below })
    .map((path) => join(below, path))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() && readFileSync(path).includes(text));
}

beforeEach(() => {
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { mode: 0o700 });
});

test("nothing that was kept, and no key, can be read on the disk", async () => {
  const { secrets, given } = storeWith();
  await secrets.set(name, SECRET);
  const { stdout } = await osaurus("secrets export");
  expect(JSON.parse(stdout)).toEqual([
    { plugin_id: "org.example.p", agent_id: DEFAULT_AGENT_ID, key: "token", value: SECRET },
  ]);
  for (const text of [SECRET, "org.example.p", given[0]!, given[0]!.replaceAll("-", "")]) {
    expect(filesWith(text, home.path)).toEqual([]);
  }
});

test("a lost key file is told with a way out, and the recovery key opens everything again", async () => {
  const { secrets, given } = storeWith();
  await secrets.set(name, SECRET);
  rmSync(keyFile);
  expect(await failure("secrets export")).toEqual(["data_key_missing", 20]);
  expect((await osaurus("secrets export")).stderr).toContain("osaurus secrets recover");
  expect((await findings())("data_keys")).toMatchObject({ status: "fail", hint: expect.stringContaining("recover") });

  const unlocked = await osaurus("secrets export --recovery-key", { input: given[0]! });
  expect(JSON.parse(unlocked.stdout)).toMatchObject([{ value: SECRET }]);
  expect(unlocked.stderr).toContain("not encrypted");
  expect(existsSync(keyFile)).toBe(false);

  const wrong = "OSPR-7777-7777-7777-7777-7777-7777-7777-7777-7777";
  expect(await failure("secrets recover", { input: wrong })).toEqual(["recovery_key_wrong", 20]);
  expect(await failure("secrets recover", { input: "" })).toEqual(["recovery_key_wrong", 20]);
  const done = await osaurus("secrets recover --json", { input: `${given[0]!.toLowerCase()}\n` });
  expect(JSON.parse(done.stdout)).toEqual({ protected_by: "key_file" });
  expect(done.stderr).not.toMatch(KEY);
  expect(await storeWith().secrets.get(name)).toBe(SECRET);
  expect((await findings())("data_keys")).toMatchObject({ status: "ok" });
});

test("a rekey prints one new recovery key on stderr, and the old one opens nothing any more", async () => {
  const { secrets, given } = storeWith();
  await secrets.set(name, SECRET);
  const { code, stdout, stderr } = await osaurus("secrets rekey --json -q");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ settings: 1, databases: 0, waiting: [], older_keys: 0 });
  expect(stdout).not.toMatch(KEY);
  const [printed] = KEY.exec(stderr)!;
  expect(printed).not.toBe(given[0]);
  expect(await failure("secrets export --recovery-key", { input: given[0]! })).toEqual(["recovery_key_wrong", 20]);
  const exported = await osaurus("secrets export --recovery-key", { input: printed });
  expect(JSON.parse(exported.stdout)).toMatchObject([{ value: SECRET }]);
  expect(await secrets.get(name)).toBe(SECRET);
});

test("a rekey where nothing was kept yet makes keys, and prints one recovery key", async () => {
  const { code, stderr } = await osaurus("secrets rekey");
  expect(code).toBe(0);
  const printed = stderr.match(new RegExp(KEY, "g"))!;
  expect(printed).toHaveLength(1);
  expect(await osaurus("secrets recover", { input: printed[0]! })).toMatchObject({ code: 0 });
});

test("a rekey whose recovery key cannot be shown changes nothing, and the old recovery key stays valid", async () => {
  const { secrets, given } = storeWith();
  await secrets.set(name, SECRET);
  const { keys: before, current } = JSON.parse(readFileSync(keysFile, "utf8"));
  for (const stderr of ["2>&-", "2>/dev/null", ...(process.platform === "linux" ? ["2>/dev/full"] : [])]) {
    const { status, stdout } = spawnSync("sh", ["-c", `exec "${OSAURUS}" secrets rekey --json ${stderr}`], {
      env: { ...home.env, ...NO_KEYCHAIN },
      encoding: "utf8",
    });
    expect([JSON.parse(stdout).error.code, status], stderr).toEqual(["output_failed", 20]);
    expect(JSON.parse(readFileSync(keysFile, "utf8"))).toEqual({ version: 1, current, keys: before });
  }
  const { stdout } = await osaurus("secrets export --recovery-key", { input: given[0]! });
  expect(JSON.parse(stdout)).toMatchObject([{ value: SECRET }]);
});

test("the first recovery key does not speak of an older one, and the next one says when that ends", async () => {
  const first = await osaurus("secrets rekey");
  expect(first.stderr).toMatch(KEY);
  expect(first.stderr).not.toContain("older");
  const next = await osaurus("secrets rekey");
  expect(next.stderr).toContain("an older one is not valid any more");
});

test("a damaged keys.json is reported by every command that needs it, and overwritten by none", async () => {
  installFixture(data, "keeps-config");
  const id = "test.keeps-config";
  const { secrets, given } = storeWith();
  await secrets.set({ ...name, pluginId: id }, SECRET);
  writeFileSync(keysFile, "{ half");
  for (const [line, input] of [
    [`secrets list ${id}`],
    [`secrets set ${id} token`, "another"],
    [`secrets unset ${id} token`],
    ["secrets rekey"],
    ["secrets recover", given[0]],
    ["secrets export"],
    ["secrets export --recovery-key", given[0]],
  ] as const) {
    expect(await failure(line, input === undefined ? {} : { input }), line).toEqual(["store_broken", 20]);
  }
  const called = await osaurus(`tools call ${id} get --args {"key":"token"} --json`);
  expect([called.code, called.stdout]).toEqual([20, expect.stringContaining("store_broken")]);
  expect((await findings())("data_keys")).toMatchObject({ status: "fail", detail: expect.stringContaining("damaged") });
  expect(readFileSync(keysFile, "utf8")).toBe("{ half");
});

test("one damaged setting is named by everybody, and keeps nothing else back", async () => {
  installFixture(data, "keeps-config");
  const id = "test.keeps-config";
  const { secrets } = storeWith();
  await secrets.set({ ...name, pluginId: id, key: "bad" }, "lost");
  const [path = ""] = globSync("*/*/*/*", { cwd: folder }).map((one) => join(folder, one));
  await secrets.set({ ...name, pluginId: id }, SECRET);
  writeFileSync(path, "");
  const listed = await osaurus(`secrets list ${id} --json`);
  expect([listed.code, listed.stderr]).toEqual([0, expect.stringContaining(path)]);
  expect(listed.stdout).toContain('"token"');
  const called = await osaurus(`tools call ${id} get --args {"key":"token"} --json`);
  expect([called.code, called.stderr]).toEqual([0, expect.stringContaining(path)]);
  const exported = await osaurus("secrets export");
  expect([exported.code, exported.stderr]).toEqual([20, expect.stringContaining(path)]);
  expect(JSON.parse(exported.stdout)).toMatchObject([{ key: "token", value: SECRET }]);
  expect((await findings())("settings_damaged")).toMatchObject({
    status: "warn",
    detail: expect.stringContaining(path),
  });
  const rekeyed = await osaurus("secrets rekey");
  const aside = join(folder, "damaged");
  expect([rekeyed.code, rekeyed.stderr]).toEqual([0, expect.stringContaining(aside)]);
  expect((await findings())("settings_aside")).toMatchObject({
    status: "warn",
    detail: expect.stringContaining(aside),
  });
  expect(await osaurus("secrets export")).toMatchObject({ code: 0 });
});

test("the doctor makes nothing, and says that all is well", async () => {
  rmSync(data, { recursive: true });
  const find = await findings();
  expect(existsSync(data)).toBe(false);
  for (const code of ["node_version", "runner", "database_program", "data_folder", "data_keys", "quarantine"]) {
    expect(find(code), code).toMatchObject({ status: "ok" });
  }
  const { stdout, code } = await osaurus("doctor");
  expect(stdout).toContain("database program");
  expect(code).toBe(0);
});

test("the doctor finds what is open to others, put aside and left alone", async () => {
  await storeWith().secrets.set(name, SECRET);
  chmodSync(folder, 0o755);
  chmodSync(keyFile, 0o644);
  const place = join(data, "Tools/org.example.p/data");
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "data.db.damaged-20260102T030405Z"), "x");
  writeFileSync(join(data, "Tools/.quarantine"), '["org.example.crashes"]');
  const find = await findings();
  expect(find("secrets_private")).toMatchObject({ status: "fail", hint: expect.stringContaining("chmod") });
  expect(find("key_file_private")).toMatchObject({ status: "fail" });
  expect(find("databases_damaged")).toMatchObject({
    status: "warn",
    detail: expect.stringContaining("20260102T030405Z"),
  });
  expect(find("quarantine")).toMatchObject({ status: "warn", detail: expect.stringContaining("org.example.crashes") });
});

test("the doctor survives a data folder in which nothing is what it should be", async () => {
  for (const path of ["Secrets", "Tools", "Libraries"]) writeFileSync(join(data, path), "a file");
  mkdirSync(join(data, "insights.db"));
  const find = await findings();
  expect(find("insights_size")).toMatchObject({ status: "fail" });
  rmSync(data, { recursive: true });
  writeFileSync(data, "a file");
  expect((await findings())("data_folder")).toMatchObject({ status: "fail" });
  rmSync(data);
  mkdirSync(join(keysFile, "x"), { recursive: true });
  mkdirSync(join(keyFile, "x"), { recursive: true });
  expect((await findings())("data_keys")).toMatchObject({ status: "fail" });
});

const missing = missingForSecretService();
if (process.platform !== "linux") {
  process.stderr.write("keys in a keychain are tested with a secret service on Linux only\n");
} else if (missing.length > 0) {
  process.stderr.write(`keys in a keychain are not tested: ${missing.join(", ")} not found\n`);
} else {
  describe("with a secret service", () => {
    let service: SecretService;
    beforeAll(async () => {
      service = await startSecretService();
    });
    afterAll(async () => await service.close());
    afterEach(() => service.thaw());

    /** The accounts of the keychain's keys that the file names. */
    const accounts = () => [
      ...new Set(
        (JSON.parse(readFileSync(keysFile, "utf8")).keys as { wraps: { by: string; key: string }[] }[])
          .flatMap(({ wraps }) => wraps)
          .flatMap(({ by, key }) => (by === "keychain" ? [key] : [])),
      ),
    ];

    test("the keychain protects the keys, and there is no key file", async () => {
      await storeWith(service.env).secrets.set(name, SECRET);
      expect(existsSync(keyFile)).toBe(false);
      const [account] = accounts();
      expect(service.lookup("osprey", account!)).toMatch(/^[0-9a-f]{64}$/);
      expect((await findings(service.env))("data_keys")).toMatchObject({
        status: "ok",
        detail: expect.stringContaining("keychain"),
      });
      const { stdout } = await osaurus("secrets export", { vars: service.env });
      expect(JSON.parse(stdout)).toMatchObject([{ value: SECRET }]);
      expect(filesWith(service.lookup("osprey", account!)!, home.path)).toEqual([]);
    });

    test("a rekey leaves one entry in the keychain, and takes the old one away", async () => {
      await storeWith(service.env).secrets.set(name, SECRET);
      const before = accounts();
      expect(await osaurus("secrets rekey", { vars: service.env })).toMatchObject({ code: 0 });
      expect(accounts()).toHaveLength(1);
      expect(accounts()).not.toEqual(before);
      expect(service.lookup("osprey", before[0]!)).toBeUndefined();
      expect(await storeWith(service.env).secrets.get(name)).toBe(SECRET);
    });

    test("without the keychain, or with a silent one, nothing is opened but with the recovery key", async () => {
      const { secrets, given } = storeWith(service.env);
      await secrets.set(name, SECRET);
      const input = given[0]!;
      expect(await failure("secrets export")).toEqual(["keyring_failed", 20]);
      service.freeze();
      expect(await failure("secrets export", { vars: service.env })).toEqual(["keyring_failed", 20]);
      service.thaw();
      const { stdout } = await osaurus("secrets export --recovery-key", { input });
      expect(JSON.parse(stdout)).toMatchObject([{ value: SECRET }]);
      expect((await osaurus("secrets export")).stderr).toContain("osaurus secrets recover");

      // As on a computer without a keychain: the key file takes over.
      const recovered = await osaurus("secrets recover --json", { input });
      expect(JSON.parse(recovered.stdout)).toEqual({ protected_by: "key_file" });
      expect(await storeWith().secrets.get(name)).toBe(SECRET);
      const back = await osaurus("secrets recover --json", { input, vars: service.env });
      expect(JSON.parse(back.stdout)).toEqual({ protected_by: "keychain" });
      expect(existsSync(keyFile)).toBe(false);
      expect(await storeWith(service.env).secrets.get(name)).toBe(SECRET);
    });

    test("an entry that somebody removed from the keychain is told as a lost key", async () => {
      const { secrets, given } = storeWith(service.env);
      await secrets.set(name, SECRET);
      const json = JSON.parse(readFileSync(keysFile, "utf8"));
      json.keys[0].wraps[0].key = "0".repeat(32);
      writeFileSync(keysFile, JSON.stringify(json));
      expect(await failure("secrets export", { vars: service.env })).toEqual(["data_key_missing", 20]);
      const done = await osaurus("secrets recover", { input: given[0]!, vars: service.env });
      expect(done).toMatchObject({ code: 0 });
      expect(await storeWith(service.env).secrets.get(name)).toBe(SECRET);
    });

    test("a keychain that refuses at the first use is none: the key file protects the keys", async () => {
      service.lock();
      const { secrets } = storeWith(service.env);
      await secrets.set(name, SECRET);
      expect(existsSync(keyFile)).toBe(true);
      await service.stop();
      await service.start();
      expect(await storeWith(service.env).secrets.get(name)).toBe(SECRET);
      expect((await findings(service.env))("data_keys")).toMatchObject({ detail: expect.stringContaining("key file") });
    });
  });
}
