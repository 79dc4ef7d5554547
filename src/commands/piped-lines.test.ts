// Whole command lines with stages behind them, run in this process; the plugins are real ones.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { recordedOutput } from "../../test/helpers/fake-terminal.ts";
import { pluginDir } from "../../test/helpers/process-fixtures.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { makeTempHome } from "../../test/helpers/temp-home.ts";
import { formatOrderedJson } from "../base/ordered-json.ts";
import type { CommandIo } from "../terminal/io.ts";
import { type LineContext, main } from "./main.ts";
import type { KeptResult, Session } from "./session.ts";

const home = makeTempHome();
afterAll(() => home.remove());

interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly plugins?: readonly string[];
  readonly context?: LineContext;
  readonly onTerminal?: boolean;
}

async function osp(args: readonly string[], { env, plugins, context, onTerminal = false }: Surroundings = {}) {
  const stdout = recordedOutput({ isTerminal: onTerminal, columns: onTerminal ? 80 : undefined });
  const stderr = recordedOutput();
  const OSP_PLUGIN_PATH = pluginDir(...(plugins ?? ["inventory"]));
  const io: CommandIo = {
    env: { ...home.env, OSP_PLUGIN_PATH, NO_COLOR: "1", ...env },
    cwd: home.path,
    stdout,
    stderr,
    stdinIsTerminal: false,
    signal: new AbortController().signal,
    readStdin: async () => "",
  };
  const code = await main("osp", args, io, context);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

async function json(args: readonly string[], surroundings?: Surroundings): Promise<unknown> {
  const { code, stdout, stderr } = await osp(args, surroundings);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

describe("stages behind a plugin's command", () => {
  const FLOOR_3 = [{ host: "web-02" }, { host: "db-01" }];

  test.each<[string[]]>([
    [["inventory", "hosts", "--json", "|", "F", "floor", ">", "2", "|", "P", "host"]],
    [["inventory", "hosts", "|", "F", "floor", ">", "2", "|", "P", "host", "--json"]],
    [["--json", "inventory", "hosts", "|", "F floor > 2 | P host"]],
    [["inventory hosts | F floor > 2 | P host", "--json"]],
    [["--json", "inventory hosts | F floor > 2 | P host"]],
    [["inventory 'hosts' | F floor > 2 | P host --json"]],
    [["inventory", "hosts", "|", "F", "floor > 2", "|", "P", "host", "--json"]],
  ])("%j", async (args) => {
    expect(await json(args)).toEqual(FLOOR_3);
  });

  test("work on what the plugin gave, with all digits, and its wish for a format holds until a stage shapes rows", async () => {
    const { stdout } = await osp(["inventory", "hosts", "--json", "|", "F", "host = db-01", "|", "P ram"]);
    expect(stdout).toBe('[\n  {\n    "ram": 1.0\n  }\n]\n');
    expect((await osp(["inventory", "hosts", "|", "F ram > 9007199254740992", "|", "VALUE host"])).stdout).toBe(
      "web-01\n",
    );
    // One row: the plugin wants a table. Behind P it is a block.
    expect((await osp(["inventory", "hosts", "|", "F host = db-01"])).stdout).toContain("| host  | floor |");
    expect((await osp(["inventory", "hosts", "|", "F host = db-01 | P host"])).stdout).toBe("host: db-01\n");
  });

  test("of a command that fails work on the data that it gave all the same", async () => {
    const shown = await osp(["inventory", "fails", "|", "F floor > 2", "|", "P host"]);
    expect(shown).toEqual({ code: 1, stdout: "host: db-01\n", stderr: "error: HALF: one site did not answer\n" });
    const { code, stdout } = await osp(["inventory", "fails", "--json", "|", "F floor > 2", "|", "P host"]);
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 1, ok: false, data: [{ host: "db-01" }] });
    expect(await osp(["inventory", "nothing", "|", "C"])).toMatchObject({
      code: 1,
      stdout: expect.not.stringContaining("count"),
    });
  });

  test("of its help leave the parts in which something was found", async () => {
    expect((await osp(["inventory", "--help", "|", "fails"])).stdout).toBe("Commands:\n  fails  fail\n");
    const [guide] = JSON.parse((await osp(["inventory", "--help", "--json", "|", "fails"])).stdout);
    expect(guide.commands).toEqual([{ name: "fails", short_help: "fail" }]);
    expect((await osp(["plugins", "--help", "|", "select-provider"])).stdout).toMatch(
      /^Commands:\n {2}plugins select-provider/,
    );
  });

  test("make of its help what they make of any data, once it is no more a list of names", async () => {
    expect((await osp(["inventory", "--help", "|", "C"])).stdout).toContain("count");
    expect((await osp(["help", "|", "VALUE name"])).stdout).toContain("plugins list");
    expect((await osp(["help", "|", "P commands", "|", "C"])).stdout).toMatch(/commands[\s\S]*count[\s\S]*\d/);
    expect((await osp(["--help", "|", "P commands | F name = intro"])).stdout).toMatch(/^Commands:\n {2}intro {2}/);
    expect(await osp(["--help", "|", "L x"])).toMatchObject({ code: 2, stdout: "" });
    expect(await osp(["--version", "|", "C"])).toMatchObject({ code: 2, stdout: "" });
    const shells = { OSP__REPL__SHELLABLE_COMMANDS: "inventory" };
    expect((await osp(["inventory"], { env: shells })).stdout).toContain("Commands:");
    expect((await osp(["inventory", "|", "C"], { env: shells })).stdout).toMatch(/^count: \d+\n$/);
  });

  test("of a setting that is explained take its own members before those of its sources", async () => {
    expect(await json(["config", "explain", "ui.width", "--json", "|", "P", "key,value"])).toEqual({
      key: "ui.width",
      value: 72,
    });
    expect((await osp(["config", "explain", "ui.width", "|", "VALUE", "value"])).stdout).toBe("72\n");
  });

  test("are not looked for behind --, nor in what a caller took apart", async () => {
    const ran = join(tempDir(), "ran");
    await osp(["inventory", "hosts", "--", "|", "X"], { env: { RAN: ran } });
    const session = shell();
    await osp(["inventory", "hosts", "|", "X"], { env: { RAN: ran }, context: { session } });
    expect(readFileSync(ran, "utf8")).toBe("inventory hosts -- | X\ninventory hosts | X\n");
  });
});

describe("stages behind other commands", () => {
  test("get the members that only programs see; rows that are left as they were look as ever", async () => {
    const [row] = (await json(["plugins", "list", "--json", "|", "P path, healthy"])) as [Record<string, unknown>];
    expect(row).toEqual({ path: expect.stringContaining("osp-inventory"), healthy: true });
    const { stdout } = await osp(["plugins", "list", "|", "F healthy = true"]);
    expect(stdout).toContain("| plugin_id | version | source | enabled |");
    expect((await osp(["plugins", "list", "|", "C"])).stdout).toBe("count: 1\n");
  });

  test("get the document of a command that prints one only with --json", async () => {
    expect((await osp(["config", "set", "ui.width", "90", "--dry-run", "|", "VALUE", "key"])).stdout).toBe(
      "ui.width\n",
    );
    expect((await osp(["keys", "create", "--name", "n", "|", "P name"])).stdout).toBe("name: n\n");
  });

  test.each([
    [["serve"]],
    [["mcp"]],
    [["relay"]],
    [["registry", "serve", "x"]],
    [["tasks", "follow", "x"]],
    [["tools", "dev"]],
    [["insights", "--follow"]],
    [["tools", "logs", "x", "-f"]],
  ])("%j runs on, and takes none", async (command) => {
    const { code, stderr } = await osp([...command, "|", "C"]);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("runs on and gives no data") });
  });
});

describe("a pipeline that cannot be read", () => {
  test("is pointed at, and nothing is run", async () => {
    const ran = join(tempDir(), "ran");
    const { code, stdout, stderr } = await osp(["inventory", "hosts", "|", "F", "floor", "|", "X", "a"], {
      env: { RAN: ran },
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: .*"X".* \[pipeline_invalid\]\n {2}\| F floor \| X a\n {14}\^\nhelp: /);
    expect(() => readFileSync(ran)).toThrow("ENOENT");
  });

  test("or a command in front of it that is not whole, is pointed at in the line", async () => {
    const { code, stderr } = await osp(["inventory 'hosts"]);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("\n  inventory 'hosts\n            ^\n"),
    });
    expect((await osp(["inventory hosts\\"])).stderr).toContain("help: write \\\\ for the character itself");
  });

  test("is told to programs with its place", async () => {
    const { code, stdout } = await osp(["inventory", "hosts", "--json", "|", "L x"]);
    expect({ code, ...JSON.parse(stdout).error }).toMatchObject({
      code: "pipeline_invalid",
      details: { pipeline: "L x", at: 2, to: 3 },
    });
  });

  test("or does not fit the data has exit code 2, and prints no data", async () => {
    expect(await osp(["inventory", "hosts", "|", "Z"])).toMatchObject({ code: 2, stdout: "" });
  });

  test("H explains the verbs instead of running anything", async () => {
    const ran = join(tempDir(), "ran");
    const all = await osp(["inventory", "hosts", "|", "H"], { env: { RAN: ran } });
    expect(all).toMatchObject({ code: 0, stdout: expect.stringContaining("VALUE"), stderr: "" });
    const [guide] = (await json(["nobody", "--json", "|", "H F"], { env: { RAN: ran } })) as [Record<string, unknown>];
    expect(guide).toHaveProperty("usage");
    expect(() => readFileSync(ran)).toThrow("ENOENT");
    expect(await osp(["|", "F", "x"])).toMatchObject({ code: 2 });
  });
});

test("nothing that a plugin sends through stages gives a terminal orders", async () => {
  const formats = ["table", "md", "mreg", "value", "guide"];
  const lines = [
    ...formats.flatMap((format) => ["na", "P *", "G note | A count"].map((stages) => ({ format, stages }))),
    { format: "auto", stages: "JQ ." },
  ];
  for (const { format, stages } of lines) {
    for (const words of [["control-bytes"], ["inventory", "hosts"]]) {
      const plugins = [words[0]!];
      const { stdout, stderr } = await osp([...words, "--format", format, "|", stages], { plugins, onTerminal: true });
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    }
  }
});

test("Y copies what is shown, harmless and without a line break that would run it, and a clipboard that is not there is a warning", async () => {
  const asked = ["inventory", "hosts", "|", "F host = web-01", "|", "VALUE note", "|", "Y"];
  const { code, stdout } = await osp(asked, { onTerminal: true, env: { TERM: "xterm" } });
  const [, copied = ""] = /\u001b\]52;c;([^\u0007\u001b]*)/.exec(stdout) ?? [];
  expect({ code, copied: Buffer.from(copied, "base64").toString() }).toEqual({ code: 0, copied: "␛[31mred" });
  expect(await osp(asked, { env: { PATH: "" } })).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("not copied"),
  });
});

describe("an alias", () => {
  const ALIASES = {
    OSP__ALIAS__UP: "inventory hosts | F floor > ${1:2}",
    OSP__ALIAS__TOP: "up ${@} | L 1",
  };
  const OWN_NAME = { OSP__ALIAS__INVENTORY: "inventory hosts | P host" };
  const CIRCLE = { OSP__ALIAS__A: "b", OSP__ALIAS__B: "a" };

  test("runs its line: its stages come before those that were typed", async () => {
    expect(await json(["up", "--json", "|", "P host"], { env: ALIASES })).toEqual([
      { host: "web-02" },
      { host: "db-01" },
    ]);
    expect(await json(["up 0 | C --json"], { env: ALIASES })).toEqual([{ count: 3 }]);
    expect(await json(["top", "0", "--json", "|", "P host"], { env: ALIASES })).toEqual([{ host: "web-01" }]);
  });

  test("comes behind built-in commands and before plugins, and stands for the plugin within itself", async () => {
    expect((await osp(["inventory"], { env: OWN_NAME })).stdout).not.toContain("floor");
    expect((await osp(["inventory", "--plugin-provider", "inventory"], { env: OWN_NAME })).stdout).toContain("floor");
    expect((await osp(["plugins", "list"], { env: { OSP__ALIAS__PLUGINS: "inventory" } })).stdout).toContain(
      "plugin_id",
    );
    const [, row] = (await json(["plugins", "doctor", "--json"], { env: OWN_NAME })) as Record<string, unknown>[];
    expect(row).toMatchObject({
      code: "command_hidden",
      command: "inventory",
      issue: expect.stringContaining("alias"),
    });
  });

  test("that goes in a circle is an error of the configuration", async () => {
    expect(await osp(["a"], { env: CIRCLE })).toMatchObject({
      code: 20,
      stderr: expect.stringContaining("a → b → a"),
    });
  });

  test("is kept in config.toml by alias add, listed, and removed", async () => {
    expect(await osp(["alias", "add", "Web", "inventory hosts | web", "--global"])).toMatchObject({ code: 0 });
    expect(await json(["web", "--json", "|", "C"])).toEqual([{ count: 2 }]);
    expect((await osp(["alias", "add", "web", "inventory", "--global"])).stderr).not.toContain("hides");
    expect((await osp(["alias", "add", "inventory", "plugins list", "--global"])).stderr).toContain(
      "hides a plugin's command",
    );
    await osp(["alias", "remove", "inventory"]);
    await osp(["alias", "add", "web", "inventory hosts | web", "--global"]);
    expect(await json(["alias", "list", "--json", "--sources"])).toMatchObject([
      { name: "web", template: "inventory hosts | web", source: "file", scope_profile: null },
    ]);
    expect((await osp(["--help"])).stdout).toMatch(/Aliases:\n {2}web +inventory hosts \| web\n/);
    expect(await osp(["alias", "remove", "web"])).toMatchObject({ code: 0 });
    expect(await osp(["alias", "remove", "web"])).toMatchObject({ code: 10 });
    expect(await osp(["web"])).toMatchObject({ code: 2 });
  });

  test.each([
    ["plugins", "inventory", "built-in"],
    ["two words", "inventory", "one word"],
    ["-x", "inventory", "unknown option"],
    ["x", "inventory | L x", "whole number"],
    ["x", "inventory ${HOME}", "means nothing"],
    ["x", "| L 1", "has no command"],
  ])("alias add %j %j is refused", async (name, template, message) => {
    expect(await osp(["alias", "add", name, template])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(message),
    });
  });
});

function shell(): Session {
  const results = new Map<string, KeptResult>();
  return {
    overrides: [],
    last: undefined,
    thrown: undefined,
    failure: undefined,
    results: {
      get: (key) => results.get(key),
      set: (key, result) => void results.set(key, result),
    },
  };
}

describe("in an interactive shell", () => {
  test("the newest result is kept as it came, with its stages; a failure leaves it", async () => {
    const session = shell();
    await osp(["inventory", "hosts"], { context: { session, pipeline: " P host --json" } });
    expect(session.last?.pipeline).toBe(" P host");
    expect(formatOrderedJson(session.last!.data)).toContain('"ram":9007199254740993');
    await osp(["inventory", "fails"], { context: { session } });
    await osp(["inventory", "hosts"], { context: { session, pipeline: "Z" } });
    expect(session.last?.pipeline).toBe(" P host");
    await osp(["plugins", "list"], { context: { session } });
    expect(session.last).toMatchObject({ columns: expect.arrayContaining(["plugin_id"]), pipeline: "" });
  });

  test("--cache shows the result of the same words again, until the configuration or the plugin changes", async () => {
    const ran = join(tempDir(), "ran");
    const session = shell();
    const line = async (words: readonly string[], pipeline?: string, env = {}) =>
      (await osp(words, { context: { session, pipeline }, env: { RAN: ran, OSP_PLUGIN_PATH: folder, ...env } })).stdout;
    const folder = pluginDir("inventory");
    const runs = () => readFileSync(ran, "utf8").split("\n").length - 1;
    await line(["inventory", "hosts", "--cache"]);
    expect(await line(["inventory", "--json", "hosts", "--cache"], "C")).toContain('"count": 3');
    expect(runs()).toBe(1);
    await line(["inventory", "hosts"]);
    await line(["inventory", "hosts", "--cache", "--site", "x"]);
    await line(["inventory", "fails", "--cache"]);
    await line(["inventory", "fails", "--cache"]);
    expect(runs()).toBe(5);
    const config = join(home.env["XDG_CONFIG_HOME"]!, "osp/config.toml");
    mkdirSync(dirname(config), { recursive: true });
    writeFileSync(config, "[default]\nui.margin = 0\n", { mode: 0o600 });
    await line(["inventory", "hosts", "--cache"]);
    expect(runs()).toBe(6);
  });

  test("without one there is no cache", async () => {
    expect(await osp(["inventory", "hosts", "--cache"])).toMatchObject({ code: 2 });
  });
});
