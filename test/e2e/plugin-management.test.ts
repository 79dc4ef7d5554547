// What users decide about process plugins, through the real program.

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { pluginDir } from "../helpers/process-fixtures.ts";
import { runCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());
const file = join(home.env["XDG_CONFIG_HOME"]!, "osp", "config.toml");

beforeEach(() => {
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, "");
});

async function osp(dir: string, line: string, env: Record<string, string> = {}) {
  const result = await runCli(line.split(" "), { env: { ...home.env, OSP_PLUGIN_PATH: dir, ...env } });
  expect(result.stderr, "a stack trace").not.toMatch(/\n\s+at |node:internal/);
  return result;
}

async function rows(dir: string, line: string): Promise<Record<string, unknown>[]> {
  return JSON.parse((await osp(dir, `${line} --json`)).stdout);
}

/** A plugin that offers the given commands and answers each with its id. */
function writePlugin(dir: string, id: string, commands: unknown[], version = "1.0.0"): string {
  const path = join(dir, `osp-${id}`);
  const description = { protocol_version: 1, plugin_id: id, plugin_version: version, commands };
  writeFileSync(
    path,
    `#!/bin/sh\nif [ "$1" = --describe ]; then cat <<'END'\n${JSON.stringify(description)}\nEND\nexit; fi\n` +
      `echo '{"protocol_version":1,"ok":true,"data":"${id}","meta":{}}'\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

describe("a command", () => {
  test("that is disabled says so and how to enable it; enabling and clearing bring it back", async () => {
    const dir = pluginDir("scalar");
    const off = await osp(dir, "plugins disable scalar");
    expect([off.code, off.stdout]).toEqual([0, ""]);
    expect(off.stderr).toContain('success: "scalar" is disabled');
    expect(readFileSync(file, "utf8")).toBe('[profile.default.plugins.scalar]\nstate = "disabled"\n');
    const refused = await osp(dir, "scalar");
    expect(refused.code).toBe(20);
    expect(refused.stderr).toContain("plugins enable scalar");
    expect(await rows(dir, "plugins list")).toMatchObject([{ plugin_id: "scalar", healthy: true, enabled: false }]);
    expect(await rows(dir, "plugins commands")).toMatchObject([{ name: "scalar", state: "disabled" }]);
    expect((await osp(dir, "plugins enable scalar")).code).toBe(0);
    expect((await osp(dir, "scalar")).code).toBe(0);
    await osp(dir, "plugins disable scalar");
    expect((await osp(dir, "plugins clear-state scalar")).code).toBe(0);
    expect((await osp(dir, "scalar")).code).toBe(0);
    const again = await osp(dir, "plugins clear-state scalar");
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining("warning: ")]);
  });

  test("may be disabled for one profile, for all, or for one kind of terminal", async () => {
    const dir = pluginDir("scalar");
    await osp(dir, "plugins disable scalar --profile lab");
    expect((await osp(dir, "scalar")).code).toBe(0);
    expect((await osp(dir, "--profile lab scalar")).code).toBe(20);
    await osp(dir, "plugins disable scalar --global");
    expect((await osp(dir, "scalar")).code).toBe(20);
    await osp(dir, "plugins enable scalar --terminal");
    expect((await osp(dir, "scalar")).code).toBe(0);
    expect(readFileSync(file, "utf8")).toContain("[terminal.cli.profile.default.plugins.scalar]");
    expect((await osp(dir, "plugins disable scalar --global --profile lab")).code).toBe(2);
  });

  test("that nobody offers can be cleared, and neither enabled nor disabled", async () => {
    const dir = pluginDir("scalar");
    expect((await osp(dir, "plugins disable nonesuch")).code).toBe(2);
    expect((await osp(dir, "plugins enable ../x")).code).toBe(2);
    expect((await osp(dir, "plugins clear-state nonesuch")).code).toBe(0);
    expect(readFileSync(file, "utf8")).toBe("");
  });

  test("that several offer is served by the selected plugin, until that choice is cleared", async () => {
    const dir = pluginDir("twin-a", "twin-b");
    expect((await osp(dir, "twin")).stderr).toContain("select-provider");
    expect(await rows(dir, "plugins commands")).toMatchObject([
      { name: "twin", conflict: true, requires_selection: true, provider: null },
    ]);
    expect((await osp(dir, "plugins select-provider twin twin-c")).code).toBe(10);
    expect((await osp(dir, "plugins select-provider twin twin-b")).code).toBe(0);
    expect((await osp(dir, "twin")).stdout).toBe("b\n");
    expect((await osp(dir, "twin --plugin-provider twin-a")).stdout).toBe("a\n");
    expect(await rows(dir, "plugins commands")).toMatchObject([
      { name: "twin", requires_selection: false, provider: "twin-b", providers: ["twin-a (env)", "twin-b (env)"] },
    ]);
    expect((await osp(dir, "plugins clear-provider twin")).code).toBe(0);
    expect((await osp(dir, "twin")).code).toBe(20);
  });

  test("whose chosen plugin is gone is served by the one that is left, with a warning", async () => {
    await osp(pluginDir("twin-a", "twin-b"), "plugins select-provider twin twin-b");
    const left = await osp(pluginDir("twin-a"), "twin");
    expect([left.code, left.stdout]).toEqual([0, "a\n"]);
    expect(left.stderr).toMatch(/warning: .*twin-b/);
  });

  test("that is called like a built-in one is reached by naming its plugin, and the doctor says so", async () => {
    const dir = tempDir();
    writePlugin(dir, "mine", [{ name: "config" }]);
    expect((await osp(dir, "config --plugin-provider mine")).stdout).toBe("mine\n");
    expect((await osp(dir, "--plugin-provider mine config")).stdout).toBe("mine\n");
    expect(
      (await rows(dir, "plugins doctor")).some((row) => row["kind"] === "hidden" && row["command"] === "config"),
    ).toBe(true);
  });

  test("that is written over by another layer is reported as such", async () => {
    const env = { OSP__PLUGINS__SCALAR__STATE: "disabled" };
    const { code, stderr } = await osp(pluginDir("scalar"), "plugins enable scalar", env);
    expect(code).toBe(0);
    expect(stderr).toMatch(/warning: .*still "disabled".*OSP__PLUGINS__SCALAR__STATE/);
  });
});

test("the doctor names what is broken, shadowed, in conflict, and why; --strict makes that a failure", async () => {
  const dir = pluginDir("twin-a", "twin-b", "describe-fails", "scalar");
  const all = await rows(`${dir}:${pluginDir("scalar")}`, "plugins doctor");
  expect(all.find((row) => row["kind"] === "summary")).toMatchObject({ plugins: 5, conflicts: 1 });
  expect(all.find((row) => row["kind"] === "conflict")).toMatchObject({ command: "twin" });
  const broken = all.filter((row) => row["kind"] === "plugin");
  expect(broken.map((row) => row["plugin_id"]).sort()).toEqual(["describe-fails", "scalar"]);
  expect(broken.every((row) => typeof row["issue"] === "string" && typeof row["path"] === "string")).toBe(true);
  expect((await osp(dir, "plugins doctor")).code).toBe(0);
  expect((await osp(dir, "plugins doctor --strict")).code).toBe(1);
  expect((await osp(pluginDir("scalar"), "plugins doctor --strict")).code).toBe(0);
});

test("refresh asks a plugin again although its file is the same", async () => {
  const dir = tempDir();
  const outside = join(dir, "commands.json");
  const say = (name: string) =>
    writeFileSync(
      outside,
      `{"protocol_version":1,"plugin_id":"p","plugin_version":"1.0.0","commands":[{"name":"${name}"}]}`,
    );
  writeFileSync(join(dir, "osp-p"), `#!/bin/sh\ncat ${outside}\n`, { mode: 0o755 });
  say("one");
  expect(await rows(dir, "plugins commands")).toMatchObject([{ name: "one" }]);
  say("two");
  expect(await rows(dir, "plugins commands")).toMatchObject([{ name: "one" }]);
  expect(await osp(dir, "plugins refresh")).toMatchObject({ code: 0 });
  expect(await rows(dir, "plugins commands")).toMatchObject([{ name: "two" }]);
});

test("a plugin on PATH is not run by a listing, and is found by the first command that needs it", async () => {
  const dir = tempDir();
  const ran = join(dir, "ran");
  const path = writePlugin(dir, "echoes", [{ name: "echoes" }]);
  writeFileSync(path, readFileSync(path, "utf8").replace("\n", `\necho x >> ${ran}\n`), { mode: 0o755 });
  const env = { PATH: `${dir}:${home.env["PATH"]}` };
  const none = tempDir();
  const unknown = await osp(none, "echoes", env);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("discovery.path true")]);
  writeFileSync(file, "[default]\nextensions.plugins.discovery.path = true\n");
  const list = await osp(none, "plugins list --json", env);
  expect(JSON.parse(list.stdout)).toContainEqual(
    expect.objectContaining({ plugin_id: "echoes", source: "path", healthy: false }),
  );
  await osp(none, "--help", env);
  expect(() => readFileSync(ran)).toThrow("ENOENT");
  expect(await osp(none, "echoes", env)).toMatchObject({ code: 0, stdout: "echoes\n" });
  const after = JSON.parse((await osp(none, "plugins list --json", env)).stdout);
  expect(after).toContainEqual(expect.objectContaining({ plugin_id: "echoes", source: "path", healthy: true }));
});
