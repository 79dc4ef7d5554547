// The interactive shell, as somebody uses it: on a terminal, one line after the other.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { pluginDir } from "../helpers/process-fixtures.ts";
import { untilGone, untilLine } from "../helpers/processes.ts";
import { openRepl } from "../helpers/repl.ts";
import { runCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";
import { writePlugin } from "../helpers/written-plugins.ts";

const home = makeTempHome();
afterAll(() => home.remove());

/** Of a process on Linux: T while it is halted. */
function stateOf(pid: number): string {
  return /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]!;
}

test("without a terminal it is refused, and the way to go on is named", async () => {
  const refused = await runCli([], { env: home.env, input: "plugins list\n" });
  expect(refused.code).toBe(2);
  expect(refused.stdout).toBe("");
  expect(refused.stderr).toContain('help: name a command; "osp --help" lists them');
  const help = await runCli([], { env: home.env, program: "osaurus" });
  expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining("usage: osaurus") });
});

test("it greets, runs commands and stages, shows the newest result again, tells how a line went, and leaves", async () => {
  await using repl = await openRepl(home, {
    args: ["--plugin-dir", pluginDir("scalar", "row-path", "refuses", "shows-call")],
    env: { OSP__REPL__INTRO: "full", OSP__REPL__EXIT_MESSAGE: "bye \u001b[31mnow" },
  });
  const { terminal, run } = repl;
  expect(terminal.screen()).toMatch(/^Welcome to Osprey [\d.]+\S*, anonymous\./);
  expect(await run("scalar")).toBe("42 kettles");
  expect(await run("osp scalar --json")).toBe('[\n  {\n    "value": "42 kettles"\n  }\n]');
  expect(await run("last --value")).toBe("42 kettles");
  // Plugins are told where they run.
  expect(await run("shows-call 'a b' '|' | P env.OSP_TERMINAL_KIND, args --json")).toContain(
    '"OSP_TERMINAL_KIND": "repl"',
  );
  expect(await run("last | VALUE args")).toMatch(/shows-call\n.*a b\n.*\|$/);
  expect(await run("nonsense")).toContain('unknown command "nonsense"');
  expect(terminal.screen()).toMatch(/exit 2 \S+$/m);
  const failed = repl.prompts();
  terminal.press("ctrl-c");
  await repl.prompted(failed);
  expect(terminal.screen(), "told once").not.toContain("exit 2");
  expect(await run("doctor last")).toContain("nonsense (exit code 2)");
  expect(await run("refuses")).toContain("error:");
  expect(await run("last --raw --json")).toContain('"args"');
  terminal.type("say 'x\r");
  await repl.typed("...");
  const before = repl.prompts();
  terminal.press("ctrl-c");
  await repl.prompted(before);
  expect(await run("last extra")).toContain('"extra" is too much');
  expect(await run("help last")).toContain("show the newest result once more");
  expect(await run("help help")).toContain("explains other commands");
  expect(await run("chat -")).toContain("standard input cannot be read here");
  terminal.type("exit\r");
  expect(await terminal.exited).toMatchObject({ code: 0, isRaw: false, echoes: true });
  expect(terminal.screen()).toContain("bye \u241b[31mnow");
});

test("Ctrl-C ends the command and not the shell, also one that will not listen; Ctrl-Z halts both, and they come back", async () => {
  const dir = tempDir();
  await using repl = await openRepl(home, {
    args: ["--plugin-dir", pluginDir("ignores-stop", "sleeps", "tells-signal", "scalar")],
  });
  const { terminal, run } = repl;
  const start = async (name: string) => {
    const before = repl.prompts();
    terminal.type(`${name} ${join(dir, name)}\r`);
    return { pid: Number(await untilLine(join(dir, name))), before };
  };

  const deaf = await start("ignores-stop");
  terminal.press("ctrl-c");
  await repl.prompted(deaf.before);
  await untilGone(deaf.pid);
  expect(terminal.screen()).toMatch(/interrupted \[interrupted\]\n.*exit 130 /);
  expect(await run("scalar")).toBe("42 kettles");

  const before = repl.prompts();
  terminal.type(`tells-signal ${join(dir, "told")}\r`);
  await terminal.until("waiting");
  terminal.press("ctrl-c");
  await repl.prompted(before);
  expect(await untilLine(join(dir, "told"))).toBe("INT");

  // The window became narrow while a command ran: the next lines keep to it.
  terminal.type("sleeps\r");
  await terminal.until("sleeping");
  terminal.resize(40, 24);
  terminal.press("ctrl-c");
  await repl.prompted(before + 1);
  expect(terminal.screen().split("\n").at(-1)).toMatch(/^default> {10,}exit 130 \S+$/);
  terminal.type(`scalar ${"x".repeat(60)}`);
  await repl.typed("x".repeat(27));
  expect(await run("")).toContain("42 kettles");
  terminal.resize(120, 24);

  const halted = await start("sleeps");
  terminal.press("ctrl-z");
  await terminal.stopped();
  expect(stateOf(halted.pid)).toBe("T");
  terminal.foreground();
  await eventually(() => expect(stateOf(halted.pid)).toBe("S"));
  terminal.press("ctrl-c");
  await repl.prompted(halted.before);
  await untilGone(halted.pid);

  // At the prompt as well, with what was typed so far.
  terminal.type("sca");
  await repl.typed("> sca");
  terminal.press("ctrl-z");
  expect(await terminal.stopped()).toMatchObject({ isRaw: false, echoes: true });
  terminal.foreground();
  await repl.typed("> sca");
  expect(await run("lar")).toBe("42 kettles");
  terminal.press("ctrl-d");
  expect(await terminal.exited).toMatchObject({ code: 0 });
});

test.each(["a terminal that is hung up", "SIGTERM"])(
  "%s ends the shell and its command; nothing is left",
  async (what) => {
    const file = join(tempDir(), "pid");
    await using repl = await openRepl(home, { args: ["--plugin-dir", pluginDir("ignores-stop")] });
    const { terminal } = repl;
    terminal.type(`ignores-stop ${file}\r`);
    const pid = Number(await untilLine(file));
    if (what === "SIGTERM") process.kill(terminal.pid, "SIGTERM");
    else terminal.hangUp();
    expect(await terminal.exited).toMatchObject({ code: what === "SIGTERM" ? 143 : 129 });
    await untilGone(pid);
  },
);

test("a terminal that goes away at the prompt is no Ctrl-D", async () => {
  await using repl = await openRepl(home, { env: { OSP__REPL__EXIT_MESSAGE: "bye" } });
  repl.terminal.hangUp();
  const { code, signal } = await repl.terminal.exited;
  // The signal that says so may still come while the shell is ending: its number is the same.
  expect(signal ?? code).toBe(signal === null ? 129 : "SIGHUP");
});

test("two shells share a history; a corrupt line costs nobody anything, and secrets never get there", async () => {
  const args = ["--user", "shared"];
  await using one = await openRepl(home, { args });
  await using two = await openRepl(home, { args });
  await one.run("config get ui.format");
  await two.run("config get ui.width");
  const path = join(home.env["XDG_STATE_HOME"]!, "osp/history/shared@default.history");
  writeFileSync(path, `${readFileSync(path, "utf8")}{"id":3,"comm`);
  await one.run("mail login --password hunter2");
  await one.run("config set extensions.mail.api_key hunter2");
  await one.run(" config get ui.mode");
  await one.run("config get ui.indent");
  const text = readFileSync(path, "utf8");
  expect(text).not.toContain("hunter2");
  expect(text).not.toContain("ui.mode");
  expect(await two.run("history list --value")).toMatch(/^config get ui.format\n?/m);
  expect(await two.run("history list | VALUE command")).toBe(
    "config get ui.format\nconfig get ui.width\nconfig get ui.indent",
  );
  // Its own line comes first, then those of the other shell.
  two.terminal.press("up");
  await two.typed("> config get ui.width");
  two.terminal.press("up");
  await two.typed("> config get ui.indent");
  const dropped = two.prompts();
  two.terminal.press("ctrl-c");
  await two.prompted(dropped);
  const bang = two.prompts();
  two.terminal.type("!1\r");
  await two.typed("> config get ui.format");
  two.terminal.press("enter");
  await two.prompted(bang);
  const list = await runCli(["--user", "shared", "history", "list", "--json", "--limit", "2"], { env: home.env });
  expect(JSON.parse(list.stdout)).toEqual([
    { id: 3, command: "config get ui.indent", timestamp_ms: expect.any(Number) },
    { id: 4, command: "config get ui.format", timestamp_ms: expect.any(Number) },
  ]);
  expect(await one.run("history prune 1")).toContain("3 lines forgotten");
  expect(await two.run("history clear")).toContain("1 line forgotten");
  expect(readFileSync(path, "utf8")).toBe("");
  await one.run("x\u202ey");
  expect(await one.run("history list --value")).toContain("x<U+202E>y");
});

test("what is set counts for the session alone unless it is saved; a broken file ends nothing and can be mended", async () => {
  await using repl = await openRepl(home, { args: ["lab"], env: { OSP__PROFILE__LAB__UI__INDENT: "3" } });
  const { terminal, run } = repl;
  const path = join(home.env["XDG_CONFIG_HOME"]!, "osp/config.toml");
  expect(terminal.screen()).toBe("lab>");
  expect(await run("config set ui.format json")).toContain("set ui.format (profile:lab, this session)");
  expect(existsSync(path)).toBe(false);
  expect(await run("config get ui.format")).toContain('"value": "json"');
  expect(await run("config get ui.format --sources | P source --value")).toBe("session");
  expect(await run("config unset ui.format --json")).toContain('"changed": true');
  expect(await run("config set ui.format mreg --save --terminal")).toContain("terminal:repl");
  expect(readFileSync(path, "utf8")).toContain("[terminal.repl.profile.lab]");
  expect(await run("config set ui.format nonsense")).toContain("[config_value_invalid]");
  // Another program changes the file while the shell is open.
  writeFileSync(path, "[default]\nui.format = \n");
  expect(await run("config get ui.mode")).toContain("[config_invalid]");
  expect(await run("help last")).toContain("usage: last");
  writeFileSync(path, '[default]\nui.format = "value"\nui.nonsense = 1\n');
  expect(await run("config unset --save --global ui.nonsense")).toContain("removed ui.nonsense");
  expect(await run("config get ui.mode")).toBe("ui.mode\nauto");
  expect(await run("config set profile.default default --global")).toContain("this session");
  expect(terminal.screen()).toMatch(/\ndefault>/);
  rmSync(path);
});

test("a plugin that appears, changes or vanishes is noticed by the next line; a kept result need not be asked for again", async () => {
  const dir = tempDir();
  await using repl = await openRepl(home, { args: ["--plugin-dir", dir] });
  const { run } = repl;
  expect(await run("kettle")).toContain("[command_unknown]");
  writePlugin({ dir, name: "kettle", id: "first" });
  expect(await run("kettle")).toBe("first");
  writePlugin({ dir, name: "kettle", id: "second", version: "2.0.0" });
  expect(await run("kettle")).toBe("second");
  rmSync(join(dir, "osp-kettle"));
  expect(await run("kettle")).toContain("[command_unknown]");
  expect(await run("last")).toBe("second");

  writeFileSync(join(dir, "osp-counts"), COUNTS, { mode: 0o755 });
  expect(await run("counts --cache")).toBe("1");
  expect(await run("counts --cache | VALUE | L 1")).toBe("1");
  expect(await run("counts")).toBe("2");
  expect(await run("counts --cache")).toBe("1");
  expect(await run("counts more --cache")).toBe("3");
  // What is configured now may change what the plugin says, whichever way it came there, and so may the plugin itself.
  await run("config set ui.width 100");
  expect(await run("counts --cache")).toBe("4");
  expect(await run("--user ada counts --cache")).toBe("5");
  expect(await run("--user ada counts --cache")).toBe("5");
  expect(await run("counts --cache")).toBe("4");
  writeFileSync(join(dir, "twice"), "config set extensions.mail.a b --save\ncounts --cache | VALUE\n");
  expect(await run(`source ${join(dir, "twice")}`)).toMatch(/^6$/m);
  writeFileSync(join(dir, "osp-counts"), `${COUNTS}# changed`, { mode: 0o755 });
  expect(await run("counts --cache")).toBe("7");
  rmSync(join(home.env["XDG_CONFIG_HOME"]!, "osp/config.toml"));
});

test.each([80, 40])("the greeting and the help fit a screen of %d columns", async (columns) => {
  const env = { OSP__REPL__INTRO: "full", OSP__UI__PAGER: "never" };
  await using repl = await openRepl(home, { columns, rows: 60, env });
  const greeting = /\n\n([\s\S]*?)\n\n/.exec(repl.terminal.screen())?.[1];
  const lines = /\nLines:\n([\s\S]*?)\n\n/.exec(await repl.run("help"))?.[1];
  expect(`${greeting}\n\n${lines}\n`).toBe(columns === 80 ? AT_80 : AT_40);
});

const AT_80 = `  plugins commands        what your plugins offer
  COMMAND --help          how a command is used
  COMMAND | F name=x      filter, sort and group it; "| H" lists the verbs
  last                    the newest result once more

  COMMAND | STAGES             filter, sort and group the data; "| H" lists
                               the verbs
  !!, !-2, !17, !text, !?text  an earlier line, for you to look at and run
  --cache                      take the result that the same command gave
                               before
`;
const AT_40 = `  plugins commands
      what your plugins offer
  COMMAND --help
      how a command is used
  COMMAND | F name=x
      filter, sort and group it; "| H"
      lists the verbs
  last
      the newest result once more

  COMMAND | STAGES
      filter, sort and group the data;
      "| H" lists the verbs
  !!, !-2, !17, !text, !?text
      an earlier line, for you to look
      at and run
  --cache
      take the result that the same
      command gave before
`;
/** Answers with how often it was run. */
const COUNTS = `#!/bin/sh
if [ "$1" = --describe ]; then
  echo '{"protocol_version":1,"plugin_id":"counts","plugin_version":"1.0.0","commands":[{"name":"counts"}]}'
  exit
fi
echo run >>"$0.runs"
echo "{\\"protocol_version\\":1,\\"ok\\":true,\\"data\\":$(grep -c run "$0.runs"),\\"meta\\":{}}"
`;

test("on a terminal that can do nothing, lines are read as they come, and no escape sequence is written", async () => {
  await using repl = await openRepl(home, {
    args: ["--plugin-dir", pluginDir("scalar", "sleeps")],
    env: { TERM: "dumb" },
  });
  const { terminal, run } = repl;
  expect(await run("scalar")).toBe("42 kettles");
  expect(await run("!!")).toContain("scalar");
  terminal.type("scal");
  await repl.typed("scal");
  const dropped = repl.prompts();
  terminal.press("ctrl-c");
  await repl.prompted(dropped);
  terminal.type("sleeps\r");
  await terminal.until("sleeping");
  terminal.press("ctrl-c");
  await repl.prompted(dropped + 1);
  terminal.press("ctrl-d");
  expect(await terminal.exited).toMatchObject({ code: 0 });
  expect(terminal.raw()).not.toContain("\u001b");
});

test("an entered command stands in front of what is typed; files of commands run up to the first that fails", async () => {
  const dir = tempDir();
  await using repl = await openRepl(home, {
    args: ["--plugin-dir", pluginDir("shows-call", "scalar")],
    env: { OSP__REPL__SHELLABLE_COMMANDS: "shows-call,deep" },
    cwd: dir,
  });
  const { terminal, run } = repl;
  const said = async (line: string) => await run(`${line} | VALUE args`);
  expect(await run("shows-call")).toContain('what you type now goes to shows-call; "exit" leaves it');
  expect(terminal.screen()).toMatch(/\ndefault \[shows-call\]>/);
  expect(await said("one --limit 2")).toBe("shows-call\none\n--limit\n2");
  expect(await run("deep")).toContain("goes to deep");
  expect(await said("two")).toBe("shows-call\ndeep\ntwo");
  expect(await run("config get ui.mode | VALUE value")).toBe("auto");
  expect(await run("help")).toContain("usage: shows-call deep --help");
  expect(await run("exit")).toContain("left deep");
  expect(await run("exit")).toContain("left shows-call");

  mkdirSync(join(dir, "with space"));
  writeFileSync(join(dir, "with space/good"), "\ufeff# a comment's line\n\nscalar --json\r\nscalar | K x\n");
  writeFileSync(join(dir, "bad"), "scalar\nnonsense\nscalar\n");
  writeFileSync(join(dir, "nested"), "source bad\n");
  writeFileSync(join(dir, "bang"), "!!\n");
  expect(await run("source 'with space/good'")).toContain('"value": "42 kettles"');
  const stopped = await run("source bad");
  expect(stopped.match(/42 kettles/g)).toHaveLength(1);
  expect(stopped).toContain("bad:2: stopped here, with exit code 2");
  expect((await run("source --ignore-errors bad")).match(/42 kettles/g)).toHaveLength(2);
  expect(await run("source nested")).toContain("cannot run another one");
  expect(await run("source bang")).toContain("only where it is typed");
  expect(await run("source nowhere")).toContain("[file_unknown]");
  expect(await run("source /dev/zero")).toContain("[file_unreadable]");
  terminal.paste("scalar\nnonsense\nscalar");
  await terminal.until(/> scalar .*\n\.\.\. nonsense\n\.\.\. scalar$/);
  expect(await run("")).toContain("the line behind it did not run");
  terminal.type("quit\r");
  expect(await terminal.exited).toMatchObject({ code: 0 });
  expect(readdirSync(dir).sort()).toEqual(["bad", "bang", "nested", "with space"]);
});
