// Secrets in the keyring of the operating system, through the real program and with a real secret service.

import { existsSync, globSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { pluginDir } from "../helpers/process-fixtures.ts";
import { runCli } from "../helpers/run-cli.ts";
import { missingForSecretService, type SecretService, startSecretService } from "../helpers/secret-service.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const SERVICE = "osp-cli:secrets:v1";
const TOKEN = "extensions.plugins.shows-call.env.token";

const home = makeTempHome();
afterAll(() => home.remove());
const folder = join(home.env["XDG_CONFIG_HOME"]!, "osp");
const index = join(folder, "secrets.index.toml");

type Vars = Readonly<Record<string, string>>;

async function osp(line: string | readonly string[], vars: Vars = {}) {
  const args = typeof line === "string" ? line.split(" ") : line;
  const result = await runCli(args, { env: { ...home.env, ...vars } });
  expect(result.stderr, "a stack trace").not.toMatch(/\n\s+at |node:internal/);
  return result;
}

/** The code of the error that a line ends with, and its exit code. */
async function failure(line: string | readonly string[], vars: Vars = {}): Promise<readonly [string, number | null]> {
  const { code, stdout } = await osp(typeof line === "string" ? `${line} --json` : [...line, "--json"], vars);
  return [JSON.parse(stdout).error?.code, code];
}

/** Every file below a folder in which a text stands. */
function filesWith(text: string, below: string): string[] {
  return globSync("**/*", { cwd: below })
    .map((name) => join(below, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() && readFileSync(path).includes(text));
}

/** Processes that were given this home; on Linux, where they can be looked at. */
function processesOf(path: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, "latin1").includes(path);
    } catch {
      return false; // Gone, or somebody else's.
    }
  });
}

beforeEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  expect(await osp("config set secrets.backend keyring --global")).toMatchObject({ code: 0 });
});

test("an index that somebody spoilt is refused with line and column, whatever the keyring is like", async () => {
  for (const [text, place] of [
    ["version = 1\n[[entries]]\nkey = 5\n", "3:1"],
    ["version = 1\nentries = [[[\n", "3:1"],
    ["version = 7\n", "1:1"],
  ] as const) {
    writeFileSync(index, text);
    const { code, stderr } = await osp("config show");
    expect(stderr).toContain(`${index}:${place}: `);
    expect(stderr).toContain("[config_invalid]");
    expect(code).toBe(20);
    expect(await failure(`config set ${TOKEN} hunter2 --secrets --global`)).toEqual(["config_invalid", 20]);
    expect(readFileSync(index, "utf8")).toBe(text);
  }
});

// On macOS the program would ask the keychain of the person who runs the tests.
if (process.platform === "linux") {
  describe("without a secret service", () => {
    test("a secret is refused and written nowhere, and everything else works", async () => {
      expect(await failure(`config set ${TOKEN} hunter2 --secrets --global`)).toEqual(["keyring_failed", 20]);
      expect(await failure(`config unset ${TOKEN} --secrets --global`)).toEqual(["keyring_failed", 20]);
      expect(existsSync(index)).toBe(false);
      expect(filesWith("hunter2", home.path)).toEqual([]);
      expect(await osp("config set ui.format json --global")).toMatchObject({ code: 0 });
      expect((await osp("config get ui.format")).stdout).toContain("json");
    });

    test("secrets that are listed end every command that needs them, with a way out", async () => {
      writeFileSync(index, `version = 1\n[[entries]]\nkey = "${TOKEN}"\n`);
      const { code, stderr } = await osp("config show");
      expect(code).toBe(20);
      expect(stderr).toContain("[keyring_failed]");
      expect(stderr).toContain('"toml"');
      const plugin = ["--plugin-dir", pluginDir("shows-call"), "shows-call"];
      expect(await failure(plugin)).toEqual(["keyring_failed", 20]);
      const diagnosis = JSON.parse((await osp("config diagnostics --json")).stdout);
      expect(diagnosis).toMatchObject({ status: "problems", problem_count: 1, secrets_backend: "keyring" });
      expect(await osp("config set secrets.backend toml --global")).toMatchObject({ code: 0 });
      expect(await osp("config show")).toMatchObject({ code: 0 });
      expect(await osp(plugin)).toMatchObject({ code: 0 });
    });
  });
}

const missing = missingForSecretService();
if (process.platform !== "linux") {
  process.stderr.write("the keyring is tested with a secret service on Linux only\n");
} else if (missing.length > 0) {
  process.stderr.write(`the keyring is not tested with a real secret service: ${missing.join(", ")} not found\n`);
} else {
  describe("with a secret service", () => {
    let service: SecretService;
    beforeAll(async () => {
      service = await startSecretService();
    });
    afterAll(async () => {
      await service.close();
      expect(processesOf(service.path)).toEqual([]);
    });
    afterEach(async () => {
      await osp(`config unset ${TOKEN} --secrets --global`, service.env);
      expect(processesOf(home.path)).toEqual([]);
    });

    const account = (key: string, profile: string | null = null) => JSON.stringify([profile, null, key]);

    test("a secret is kept there and nowhere else, hidden on the screen, and handed to its plugin", async () => {
      const set = await osp(`config set ${TOKEN} hunter2 --secrets --global`, service.env);
      expect(set).toMatchObject({ code: 0 });
      expect(service.lookup(SERVICE, account(TOKEN))).toBe("hunter2");
      expect(readFileSync(index, "utf8")).toContain(TOKEN);
      expect(statSync(index).mode & 0o777).toBe(0o600);

      const got = await osp(`config get ${TOKEN} --sources --json`, service.env);
      expect(JSON.parse(got.stdout)).toMatchObject([{ value: "[REDACTED]", source: "secrets", origin: "keyring" }]);
      const all = await osp("config show", service.env);
      expect(set.stdout + set.stderr + all.stdout + all.stderr).not.toContain("hunter2");

      const plugin = ["--plugin-dir", pluginDir("shows-call"), "shows-call", "--json"];
      const { env } = JSON.parse((await osp(plugin, service.env)).stdout);
      expect(env).toMatchObject({ OSP_PLUGIN_CFG_TOKEN: "hunter2" });

      expect(filesWith("hunter2", home.path)).toEqual([]);
      expect(filesWith("hunter2", service.path)).toEqual([]);
    });

    test("a secret that is removed is gone from the service and from the list", async () => {
      await osp(`config set ${TOKEN} hunter2 --secrets --global`, service.env);
      expect(await osp(`config unset ${TOKEN} --secrets --global --dry-run`, service.env)).toMatchObject({ code: 0 });
      expect(service.lookup(SERVICE, account(TOKEN))).toBe("hunter2");
      expect(await osp(`config unset ${TOKEN} --secrets --global`, service.env)).toMatchObject({ code: 0 });
      expect(service.lookup(SERVICE, account(TOKEN))).toBeUndefined();
      expect(readFileSync(index, "utf8")).not.toContain(TOKEN);
      expect(await failure(`config get ${TOKEN}`, service.env)).toEqual(["config_key_unknown", 10]);
    });

    test("one key may have a value for each profile", async () => {
      const plugin = ["--plugin-dir", pluginDir("shows-call"), "shows-call", "--json"];
      for (const profile of ["lab", "prod"]) {
        await osp(`config set ${TOKEN} of-${profile} --secrets --profile ${profile}`, service.env);
      }
      for (const profile of ["lab", "prod"]) {
        expect(service.lookup(SERVICE, account(TOKEN, profile))).toBe(`of-${profile}`);
        const { env } = JSON.parse((await osp(["--profile", profile, ...plugin], service.env)).stdout);
        expect(env).toMatchObject({ OSP_PLUGIN_CFG_TOKEN: `of-${profile}` });
      }
      await osp(`config unset ${TOKEN} --secrets --profile lab`, service.env);
      expect(service.lookup(SERVICE, account(TOKEN, "lab"))).toBeUndefined();
      expect(service.lookup(SERVICE, account(TOKEN, "prod"))).toBe("of-prod");
      await osp(`config unset ${TOKEN} --secrets --profile prod`, service.env);
    });

    test("a value comes back as it was, whatever is in it", async () => {
      const plugin = ["--plugin-dir", pluginDir("shows-call"), "shows-call", "--json"];
      const value = `two\nlines, "quotes", '[1, 2]' and $HOME, hünter 🗝 ${"x".repeat(50_000)}`;
      const set = ["config", "set", TOKEN, value, "--secrets", "--global"];
      expect(await osp(set, service.env)).toMatchObject({ code: 0 });
      const { env } = JSON.parse((await osp(plugin, service.env)).stdout);
      expect(env.OSP_PLUGIN_CFG_TOKEN).toBe(value);
    });

    test("a secret that somebody else removed there counts as not set", async () => {
      writeFileSync(index, `version = 1\n[[entries]]\nkey = "${TOKEN}"\n`);
      expect(await failure(`config get ${TOKEN}`, service.env)).toEqual(["config_key_unknown", 10]);
    });

    test("a secret outlives the service, and cannot be had while that is gone, silent or locked", async () => {
      await osp(`config set ${TOKEN} hunter2 --secrets --global`, service.env);
      await service.stop();
      expect(await failure(`config get ${TOKEN}`, service.env)).toEqual(["keyring_failed", 20]);
      await service.start();
      expect(await osp(`config get ${TOKEN}`, service.env)).toMatchObject({ code: 0 });
      service.freeze();
      expect(await failure(`config get ${TOKEN}`, service.env)).toEqual(["keyring_failed", 20]);
      service.thaw();
      expect(await osp(`config get ${TOKEN}`, service.env)).toMatchObject({ code: 0 });
      service.lock();
      expect(await failure(`config get ${TOKEN}`, service.env)).toEqual(["keyring_failed", 20]);
      expect(await failure(`config set ${TOKEN} other --secrets --global`, service.env)).toEqual([
        "keyring_failed",
        20,
      ]);
      await service.stop();
      await service.start();
      expect(service.lookup(SERVICE, account(TOKEN))).toBe("hunter2");
    });
  });
}
