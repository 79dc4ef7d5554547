// Completion as a person at a real shell has it: the script is loaded, Tab is pressed, and what was completed is run by the
// shell, to see what it makes of it.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { programFolder } from "../helpers/program.ts";
import { rememberPlugins } from "../helpers/remembered-plugins.ts";
import { runCli } from "../helpers/run-cli.ts";
import { makeTempHome, type TempHome } from "../helpers/temp-home.ts";
import { openTerminal, type TestTerminal } from "../helpers/terminal.ts";

const HOSTILE = [
  "$(touch run)",
  "`touch run`",
  ";touch run;",
  "'\";touch run;'\"",
  "!touch run",
  "\u001b[2Jtouch run\n",
  "&touch run\n&",
];

const COMMAND = {
  name: "inventory",
  about: "Looks after hosts.",
  args: [{ suggestions: HOSTILE.map((value) => ({ value, meta: "\u001b[2Jhostile\n" })) }],
  flags: {
    "--floor": { about: "Which floor", suggestions: [{ value: "two words" }] },
    "--file": { value_type: "path" },
    "--it": { suggestions: [{ value: "'s; touch run" }] },
  },
};

interface Shell {
  readonly command: readonly string[];
  readonly load: string;
  /** What a shell shows of a command besides its name. */
  readonly about: string;
}

const SHELLS: Readonly<Record<string, Shell>> = {
  bash: {
    command: ["bash", "--norc", "--noprofile", "-i"],
    load: `PS1='ready> '; eval "$(osp completions bash)"`,
    about: "inventory",
  },
  zsh: {
    command: ["zsh", "-f", "-i"],
    load: `PS1='ready> '; eval "$(osp completions zsh)"`,
    about: "Looks after hosts.",
  },
  fish: {
    command: ["fish", "--no-config", "-i"],
    load: "set -g fish_autosuggestion_enabled 0; function fish_prompt; echo -n 'ready> '; end; osp completions fish | source",
    about: "Looks after hosts.",
  },
};

let home: TempHome;
let cwd: string;
let wasRun: () => boolean;

beforeAll(() => {
  home = makeTempHome();
  ({ wasRun } = rememberPlugins(home, [{ id: "hosts", commands: [COMMAND, { name: "invite" }] }]));
  cwd = join(home.path, "here");
  mkdirSync(join(cwd, "sub one"), { recursive: true });
  writeFileSync(join(cwd, "sub one/it's $x"), "");
  writeFileSync(join(home.env["HOME"]!, "at-home"), "");
});

afterAll(() => home.remove());

/** Types a line, presses Tab, waits for what that shows, and then has the shell say what it makes of the words behind "osp". */
async function completed(terminal: TestTerminal, line: string, shown: RegExp): Promise<string[]> {
  terminal.type(line);
  terminal.press("tab");
  await terminal.until((screen) => shown.test(screen));
  // In the place of the program, one that prints its words.
  terminal.press("ctrl-a", "ctrl-d", "ctrl-d", "ctrl-d");
  terminal.type('printf "[%s]"');
  terminal.press("ctrl-e");
  terminal.type("; echo; echo done");
  terminal.press("enter");
  await terminal.until(/^done$/m);
  const lines = terminal.screen().split("\n");
  const said = lines[lines.indexOf("done") - 1]!;
  await cleared(terminal);
  return [...said.matchAll(/\[(.*?)\]/g)].map((match) => match[1]!);
}

async function cleared(terminal: TestTerminal): Promise<void> {
  await terminal.until(/^ready> ?$/m);
  terminal.press("ctrl-l");
  await terminal.until(/^ready> ?$/);
}

test.each(Object.keys(SHELLS))(
  "in %s, Tab completes commands, values and files, and what is accepted is just itself",
  async (name) => {
    const { command, load, about } = SHELLS[name]!;
    if (spawnSync(command[0]!, ["--version"]).error) throw new Error(`${name} is missing: install it to run this test`);
    const env = { ...home.env, PATH: `${programFolder()}:${home.env["PATH"]}` };
    await using terminal = await openTerminal({ command, env, cwd, columns: 100, rows: 30 });
    terminal.type(load);
    terminal.press("enter");
    await cleared(terminal);

    expect(await completed(terminal, "osp inve", /inventory/)).toEqual(["inventory"]);
    expect(await completed(terminal, "osp inventory \\$", /touch/)).toEqual(["inventory", "$(touch run)"]);
    expect(await completed(terminal, "osp inventory \"'", /touch/)).toEqual(["inventory", HOSTILE[3]]);
    expect(await completed(terminal, "osp inventory '!", /touch/)).toEqual(["inventory", "!touch run"]);
    // In bash and zsh, a "!" in these quotes calls the history, which has such a line.
    terminal.type("touch ran-before");
    terminal.press("enter");
    await cleared(terminal);
    expect(await completed(terminal, 'osp inventory "!', /touch/)).toEqual(["inventory", "!touch run"]);
    expect(await completed(terminal, "osp inventory --it '", /touch/)).toEqual(["inventory", "--it", "'s; touch run"]);
    // A quote that is closed is a part of the word.
    expect(await completed(terminal, "osp inventory --floor t'w'o", /words/)).toEqual([
      "inventory",
      "--floor",
      "two words",
    ]);
    expect(await completed(terminal, "osp inventory --floor=t", /words/)).toEqual(["inventory", "--floor=two words"]);
    expect(await completed(terminal, "osp inventory --file ~/at", /at-home/)).toEqual([
      "inventory",
      "--file",
      join(home.env["HOME"]!, "at-home"),
    ]);
    expect(await completed(terminal, "osp inventory --file 'sub one/", /it/)).toEqual([
      "inventory",
      "--file",
      "sub one/it's $x",
    ]);

    // More than one fits: what they have in common is typed, and the shell shows them.
    terminal.type("osp in");
    terminal.press("tab", "tab");
    await terminal.until((screen) => screen.includes("invite") && screen.includes(about));
    expect([existsSync(join(cwd, "run")), wasRun()]).toEqual([false, false]);
  },
);

test("the script of a shell is printed; of any other, it is said which there are", async () => {
  const { code, stderr } = await runCli(["completions", "zsch"], { env: home.env });
  expect(code).toBe(2);
  expect(stderr).toContain('did you mean "zsh"?');
});
