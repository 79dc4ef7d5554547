// Tools of native plugins as commands: flags made from their schemas, values that are wrong, help, names.

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { secretFlagsOf } from "../../src/commands/native-secret-flags.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { openRepl } from "../helpers/repl.ts";
import { type CliResult, runCli } from "../helpers/run-cli.ts";
import { startServe } from "../helpers/serve.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";
import { openTerminal } from "../helpers/terminal.ts";
import { writePlugin } from "../helpers/written-plugins.ts";

const home = makeTempHome();
afterAll(() => home.remove());

const ID = "test.cli.words";
const SAY = {
  id: "say",
  description: "Says a word.\nOr several.",
  permission_policy: "auto",
  parameters: {
    type: "object",
    properties: {
      word: { type: "string", description: "What to \u202esay" },
      times: { type: "integer", minimum: 1, maximum: 9, default: 1 },
      pitch: { type: "number" },
      is_loud: { type: "boolean" },
      mood: { enum: ["glad", "sad"] },
      tags: { type: "array", items: { type: "string" } },
      filter: { type: "object", properties: { from: { type: "integer" } } },
      format: { type: "string" },
      value: { type: "string" },
    },
    required: ["word"],
    additionalProperties: false,
  },
};
const COPY = {
  id: "copy",
  description: "Copies.",
  permission_policy: "auto",
  parameters: {
    type: "object",
    properties: { from: { type: "string" }, to: { type: "string" } },
    required: ["from", "to"],
  },
};
const ERASE = { id: "erase", description: "Erases.", permission_policy: "ask" };
const UNLOCK = {
  id: "unlock",
  description: "Opens a vault.",
  permission_policy: "ask",
  parameters: {
    type: "object",
    properties: {
      vault: { type: "string" },
      password: { type: "string", format: "password", description: "Of the vault." },
      login: { type: "object", properties: { key: { type: "string", writeOnly: true } }, required: ["key"] },
      rooms: { type: "array", items: { type: "object", properties: { size: { type: "integer", minimum: 1 } } } },
    },
    required: ["vault", "password"],
  },
};
const FREE = { id: "free", description: "Takes anything.", permission_policy: "auto" };
const FAILS = { id: "fails", description: "Fails.", permission_policy: "auto" };

/** A data folder of its own, with a plugin whose tools return their arguments. */
function user({ ids = [ID], secrets = [] }: { ids?: readonly string[]; secrets?: readonly object[] } = {}) {
  const env = { ...home.env, OSAURUS_HOME: tempDir(), TMPDIR: tempDir(), XDG_CONFIG_HOME: tempDir() };
  const manifest = { plugin_id: ids[0], secrets, capabilities: { tools: [SAY, COPY, ERASE, UNLOCK, FREE, FAILS] } };
  writeFileSync(join(env.TMPDIR, "manifest.json"), JSON.stringify(manifest));
  for (const id of ids) installFixture(env.OSAURUS_HOME, "manifest-from-file", { id, consent: null });
  const cwd = tempDir();
  const osp = (...args: string[]) => runCli(args, { env, cwd });
  return {
    env,
    cwd,
    osp,
    /** The arguments that reached the tool. */
    async say(...args: string[]) {
      const { stdout, stderr, code } = await osp("--json", "words", "say", ...args);
      expect([code, stderr]).toEqual([0, ""]);
      return JSON.parse(stdout) as unknown;
    },
  };
}

const refusal = ({ code, stderr }: CliResult) => [code, stderr.split("\n")[0]];

test("flags are made from the schema: text, numbers, booleans, choices, lists, objects", async () => {
  const { say, osp } = user();
  const all = ["--word", "hey you", "--times=2", "--pitch", "-1.50", "--is-loud", "--mood", "sad"];
  expect(await say(...all, "--tags", "a", "--tags=b", "--filter", '{"from":3}')).toEqual({
    word: "hey you",
    times: 2,
    pitch: -1.5,
    is_loud: true,
    mood: "sad",
    tags: ["a", "b"],
    filter: { from: 3 },
  });
  expect(await say("--word=", "--no-is_loud")).toEqual({ word: "", is_loud: false });
  const exact = await osp(ID, "say", "--word", "--times", "--pitch", "12345678901234567890.10", "--json");
  expect(JSON.parse(exact.stdout)).toMatchObject({ word: "--times" });
  expect(exact.stdout).toContain("12345678901234567890.10");
});

test("words are the required arguments in their order, and --args gives arguments whole", async () => {
  const { say, osp } = user();
  expect(await say("hey", "--times", "3")).toEqual({ word: "hey", times: 3 });
  expect(await say("--", "--times")).toEqual({ word: "--times" });
  expect(await say("--args", '{"word":"a","times":2}', "--times", "4")).toEqual({ word: "a", times: 4 });
  const copied = await osp("--json", "words", "copy", "--to", "b", "a");
  expect(JSON.parse(copied.stdout)).toEqual({ from: "a", to: "b" });
  expect(refusal(await osp("words", "say"))).toEqual([
    2,
    "error: --word is missing: the tool needs it [usage_invalid]",
  ]);
});

test("a wrong value is refused with exit code 2 and the flag's name, and so is an unknown flag", async () => {
  const { osp } = user();
  const wrong = async (...args: string[]) => refusal(await osp("words", "say", "--word", "a", ...args));
  expect(await wrong("--times", "two")).toEqual([2, 'error: --times takes a whole number, not "two" [usage_invalid]']);
  expect(await wrong("--times", "0")).toEqual([2, expect.stringContaining('error: --times: Property "times"')]);
  expect(await wrong("--filter", '{"from":"x"}')).toEqual([2, expect.stringContaining("--filter: ")]);
  expect(await wrong("--profile", "x")).toEqual([2, expect.stringContaining("--profile is no flag of this tool")]);
  const unknown = await osp("words", "say", "--word", "a", "--tims", "2", "--json");
  expect(refusal(unknown)).toEqual([2, "error: unknown option --tims [usage_invalid]"]);
  expect(JSON.parse(unknown.stdout)).toMatchObject({ error: { code: "usage_invalid", hint: "did you mean --times?" } });
});

test("a property with the name of a host's flag has a spelling of its own", async () => {
  const { say, osp } = user();
  expect(await say("a", "--arg.format", "wide", "--value", "7")).toEqual({ word: "a", format: "wide", value: "7" });
  const table = await osp("words", "say", "a", "--format", "md");
  expect(table.stdout).toContain("word");
});

test("the help names the flags with what they are for, hidden characters spelled out", async () => {
  const { osp } = user();
  for (const args of [
    ["words", "say", "--help"],
    ["help", "words", "say"],
    ["words", "say", "--word", "a", "-h"],
  ]) {
    const { code, stdout } = await osp(...args);
    expect([args, code]).toEqual([args, 0]);
    expect(stdout).toContain("Says a word.\nOr several.");
    expect(stdout).toMatch(/--word TEXT +What to <U\+202E>say \(required\)/);
    expect(stdout).toMatch(/--times INTEGER +\(default 1\)/);
    expect(stdout).toContain("--is_loud, --no-is_loud");
    expect(stdout).toContain("--mood glad|sad");
    expect(stdout).toContain("--arg.format TEXT");
  }
  const all = await osp("words", "--help");
  expect(all.stdout).toMatch(/say +Says a word\.\n/);
  expect(JSON.parse((await osp("words", "--json")).stdout)).toContainEqual({ tool: "copy", about: "Copies." });
  expect((await osp("words")).stdout).toContain("copy");
});

test("a plugin goes by its whole id, and by its last part while that is its alone", async () => {
  const { osp, say } = user({ ids: [ID, "other.speech"] });
  expect(await say("a")).toEqual({ word: "a" });
  expect(refusal(await osp("test.cli", "say", "a"))[0]).toBe(2);
  const twice = user({ ids: [ID, "other.words"] });
  const ambiguous = await twice.osp("words", "say", "a");
  expect(refusal(ambiguous)).toEqual([20, expect.stringMatching(/other\.words, test\.cli\.words/)]);
  expect((await twice.osp(ID, "say", "a")).code).toBe(0);
  expect(refusal(await osp("words", "shout"))).toEqual([10, expect.stringContaining('has no tool "shout"')]);
  expect(refusal(await osp("wrds", "say"))).toEqual([2, expect.stringContaining("[command_unknown]")]);
});

test("a process plugin's command of the same name comes first, and nothing of the native side is touched for it", async () => {
  const { env, osp } = user();
  writePlugin({ dir: join(env.XDG_CONFIG_HOME, "osp", "plugins"), name: "words" });
  expect(await osp("words", "say", "a", "--json")).toMatchObject({ code: 0, stdout: expect.stringContaining("words") });
  expect(existsSync(join(env.OSAURUS_HOME, "Definitions"))).toBe(false);
});

test("who may run a tool, and what it says of a failure, is as with tools call", async () => {
  const { osp } = user();
  const refused = await osp("words", "erase", "--approval-timeout", "0", "--json");
  expect(refused.code).toBe(20);
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: "approval_missing", hint: expect.any(String) } });
  expect(await osp("words", "erase", "--yes", "--json")).toMatchObject({ code: 0, stdout: "{}\n" });
  const failed = await osp("words", "fails", "--json");
  expect(failed.code).toBe(1);
  expect(JSON.parse(failed.stdout)).toEqual({ error: { code: "execution_error", message: "it did not work" } });
  expect(failed.stderr).toContain("error: it did not work");
});

test("process plugins that are broken keep nobody from native commands, and are named where a word is nobody's", async () => {
  const { env, osp, say } = user();
  const plugins = join(env.XDG_CONFIG_HOME, "osp", "plugins");
  writePlugin({ dir: plugins, name: "kettle", before: "exit 3" });
  expect(await say("a")).toEqual({ word: "a" });
  const unknown = await osp("nobodys", "say", "--json");
  expect(unknown.code).toBe(2);
  const hint = expect.stringContaining('the plugin "kettle", which cannot be used: ');
  expect(JSON.parse(unknown.stdout)).toMatchObject({ error: { code: "command_unknown", hint } });
  expect((await osp("kettle")).code).toBe(30);
});

test("a word that is nearly the name of a native plugin is answered with that name", async () => {
  const { osp } = user();
  expect((await osp("wrds", "say")).stderr).toContain('did you mean "words"?');
  expect((await osp("test.cli.wrds", "say")).stderr).toContain('did you mean "test.cli.words"?');
  expect((await osp("toools", "list")).stderr).toContain('did you mean "tools"?');
});

test("a tool that says nothing of its arguments takes any flag, as JSON where its value is JSON", async () => {
  const { osp } = user();
  const free = async (...args: string[]) => {
    const { code, stdout, stderr } = await osp("--json", "words", "free", ...args);
    expect([code, stderr]).toEqual([0, ""]);
    return JSON.parse(stdout) as unknown;
  };
  const all = [
    "--name",
    "hey you",
    "--times=2",
    "--id",
    "007",
    "--list",
    "[1]",
    "--at",
    "-1.5",
    "--loud",
    "--arg.format",
    "wide",
  ];
  expect(await free(...all)).toEqual({
    name: "hey you",
    times: 2,
    id: "007",
    list: [1],
    at: -1.5,
    loud: true,
    format: "wide",
  });
  expect(await free("--args", '{"a":1,"b":2}', "--a", "3", "--hushed")).toEqual({ a: 3, b: 2, hushed: true });
  expect(refusal(await osp("words", "free", "--a", "1", "--a", "2"))[0]).toBe(2);
  expect(refusal(await osp("words", "free", "word"))).toEqual([2, expect.stringContaining('"word" is too much')]);
  expect((await osp("words", "free", "--help")).stdout).toContain("--NAME VALUE gives any of them");
});

test("the tools of an agent are those of its selection, also when it is the default agent's", async () => {
  const { env, osp, say } = user();
  const osaurus = (...args: string[]) => runCli(args, { program: "osaurus", env });
  await osaurus("agents", "create", "--name", "poet", "--tool", `${ID}/copy`);
  expect((await osp("words", "copy", "a", "b", "--agent", "poet")).code).toBe(0);
  const refused = await osp("words", "say", "a", "--agent", "poet");
  expect(refusal(refused)).toEqual([10, expect.stringContaining('the agent "poet" does not have the tool "say"')]);
  expect(refused.stderr).toContain("osaurus agents update poet");
  expect(await say("a")).toEqual({ word: "a" });
  await osaurus("agents", "update", "default", "--without-tool", `${ID}/say`);
  expect(refusal(await osp("words", "say", "a"))).toEqual([10, expect.stringContaining("[tool_unknown]")]);
  expect((await osaurus("tools", "call", ID, "say", "--args", '{"word":"a"}')).code).toBe(10);
  expect((await osp("words", "copy", "a", "b")).code).toBe(0);
});

const OSP = join(import.meta.dirname, "../../bin/osp");

test("values come from files of the caller and from standard input, with and without a host that runs on", async () => {
  const { env, cwd } = user();
  writeFileSync(join(cwd, "word.txt"), "hey\nyou\n");
  writeFileSync(join(cwd, "filter.json"), '{"from": 3}\n');
  writeFileSync(join(cwd, "image"), Buffer.from([0xff, 0xd8, 0x00]));
  const say = (...args: string[]) => runCli(["words", "say", ...args, "--json"], { env, cwd, input: "glad\n" });
  const runs = async () => [
    await say("@word.txt", "--filter", "@filter.json", "--mood", "@-", "--tags", "@@a", "--tags=@word.txt"),
    await say("--word", "@image"),
    await say("--word", "@-", "--args", "-"),
    await say("a", "--filter.from", "@word.txt"),
  ];
  const alone = await runs();
  expect(alone.map(({ code }) => code)).toEqual([0, 2, 2, 2]);
  expect(JSON.parse(alone[0]!.stdout)).toEqual({
    word: "hey\nyou\n",
    filter: { from: 3 },
    mood: "glad",
    tags: ["@a", "hey\nyou\n"],
  });
  expect(alone[1]!.stderr).toContain('error: --word: cannot use the file "image": it is no text (UTF-8)');
  expect(alone[2]!.stderr).toContain("error: --args and --word both read standard input");
  expect(alone[3]!.stderr).toContain("error: --filter.from takes a whole number, and what was given is something else");
  // Its own working folder has no such files.
  await startServe(env);
  expect(await runs()).toEqual(alone);
});

test("what is inside of an argument has a flag, and a wrong value of one is refused by its name", async () => {
  const { osp } = user();
  const unlock = (...args: string[]) => osp("words", "unlock", "v", "--password=p", "--yes", "--json", ...args);
  const nested = await unlock("--rooms.0.size", "2", "--login.key", "k");
  expect(JSON.parse(nested.stdout)).toMatchObject({ rooms: [{ size: 2 }], login: { key: "k" } });
  expect(refusal(await unlock("--rooms.0.size", "0"))).toEqual([2, expect.stringContaining("error: --rooms.0.size: ")]);
  const help = await osp("words", "unlock", "--help");
  expect(help.stdout).toMatch(/--password TEXT +Of the vault\. \(required; secret\)/);
  expect(help.stdout).toMatch(/--rooms\.0\.size INTEGER/);
  expect(help.stdout).toContain("Examples:\n  osp words unlock --vault TEXT\n");
});

test("a secret is asked for at a terminal and never shown, refused elsewhere by its name, and known to who keeps lines", async () => {
  const { env, osp } = user();
  const secret = "hunter2 \\ü";
  const unlock = async () => {
    await using terminal = await openTerminal({ command: [OSP, "words", "unlock", "v", "--json"], env, columns: 60 });
    await terminal.until("--password (Of the vault.), not shown: ");
    terminal.type(`${secret}\r`);
    await terminal.until("may it run?");
    expect(terminal.screen()).toContain('| {"vault":"v","password":"[hidden]"}');
    terminal.type("o\r");
    expect(await terminal.exited).toMatchObject({ code: 0, echoes: true });
    // What the tool answers is the only place.
    expect(terminal.raw().split(JSON.stringify(secret))).toHaveLength(2);
    expect(terminal.raw().split("hunter2")).toHaveLength(2);
  };
  await unlock();
  const piped = ["words", "unlock", "v", "--password", "@-", "--yes", "--json"];
  expect(JSON.parse((await runCli(piped, { env, input: `${secret}\n` })).stdout)).toMatchObject({ password: secret });
  const refused = await osp("words", "unlock", "v", "--login", "{}");
  expect(refusal(refused)).toEqual([2, expect.stringContaining("error: --password is missing")]);
  expect(refused.stderr).toContain("--password @FILE");
  // A word is seen by others and kept: none is the secret.
  expect(refusal(await osp("words", "unlock", "v", secret))).toEqual([2, expect.stringContaining("is too much")]);
  const secretFlags = (...words: string[]) => secretFlagsOf({ data: env.OSAURUS_HOME }, words);
  expect([...(await secretFlags("-v", "words", "unlock", "--vault", "v", "--password=x", "--login.key", "k"))]).toEqual(
    ["--password", "--login.key"],
  );
  expect([...(await secretFlags("home", ID, "unlock", "--arg.login", "{}", "--args", "{}"))]).toEqual([
    "--arg.login",
    "--args",
  ]);
  expect([...(await secretFlags("tools", "call", ID, "unlock", "--args", "{}"))]).toEqual(["--args"]);
  expect([...(await secretFlags("words", "unlokc", "--login={}", "--", "--times", "2"))]).toEqual(["--login"]);
  for (const line of [["words", "say", "--args", "{}"], ["words"], ["words", "no", "--times", "2"], [], ["--login"]]) {
    expect(await secretFlags(...line)).toEqual(new Set());
  }
  // Whichever way such a line is written, and whatever became of it.
  await using repl = await openRepl(
    { ...home, env },
    {
      env: {
        OSP__REPL__SHELLABLE_COMMANDS: "words",
        OSP__ALIAS__LET: "words unlock",
        OSP__ALIAS__CALL: "tools call ${config.extensions.plugin}",
        OSP__ALIAS__KEEP: "config set --dry-run --secrets",
        OSP__ALIAS__AGAIN: "again again let",
        OSP__EXTENSIONS__PLUGIN: ID,
      },
    },
  );
  for (const line of [
    "words unlock v --login {} --nonsense",
    "let v --login {} --nonsense",
    "again --login {}",
    "call unlock --args {",
    "call unlock --args {} | F (",
    "keep extensions.mail.value hunter2",
    "--format nonsense words unlock --login {}",
    "say 'words unlock --login {}'",
  ]) {
    await repl.run(line);
  }
  repl.terminal.paste("words\nunlock v --login {} --nonsense");
  await repl.typed("--nonsense");
  await repl.run("");
  await repl.run("exit");
  await repl.run("words say --nonsense");
  expect(await repl.run("history list | VALUE command")).toBe("words say --nonsense");
  await startServe(env);
  await unlock();
});

test("a plugin's own required secrets are asked for once at a terminal, kept, and never asked for elsewhere", async () => {
  const { env, osp } = user({
    secrets: [
      { id: "api_key", label: "Key" },
      { id: "extra", label: "extra", required: false },
    ],
  });
  expect((await osp("words", "fails")).code).toBe(1);
  const fails = async (...answers: string[]) => {
    await using terminal = await openTerminal({ command: [OSP, "words", "fails"], env });
    for (const answer of answers) {
      await terminal.until(/needs "api_key" \(Key\), not shown, empty to go on without: $/);
      terminal.type(answer);
    }
    expect(await terminal.exited).toMatchObject({ code: 1, echoes: true });
    return terminal.everything();
  };
  expect(await fails("\r")).toContain("it did not work");
  const screen = await fails("hunter2\r");
  expect(screen).toContain('"api_key" of "test.cli.words" is set');
  expect(screen).not.toContain("hunter2");
  expect(await fails()).not.toContain("needs");
});
