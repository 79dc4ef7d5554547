// What a person sees of commands on a real terminal: that something is waited for, colours, help, and nothing that a plugin
// would like the terminal to do.

import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { pluginDir } from "../helpers/process-fixtures.ts";
import { programFolder } from "../helpers/program.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";
import { openTerminal } from "../helpers/terminal.ts";

const home = makeTempHome();
afterAll(() => home.remove());
const OSP = join(programFolder(), "osp");

/** A plugin that answers once somebody writes into its pipe. */
function waitingPlugin(): { readonly dir: string; answer(): void } {
  const dir = tempDir();
  const pipe = join(dir, "pipe");
  execFileSync("mkfifo", [pipe]);
  const describe = '{"protocol_version":1,"plugin_id":"waits","plugin_version":"1.0.0","commands":[{"name":"waits"}]}';
  const lines = [
    "#!/bin/sh",
    `[ "$1" = --describe ] && { echo '${describe}'; exit; }`,
    "echo begun >&2",
    `cat '${pipe}' >/dev/null`,
    `echo '{"protocol_version":1,"ok":true,"data":"it came","messages":[],"meta":{}}'`,
  ];
  writeFileSync(join(dir, "osp-waits"), `${lines.join("\n")}\n`);
  chmodSync(join(dir, "osp-waits"), 0o755);
  return { dir, answer: () => writeFileSync(pipe, "now\n") };
}

test("what takes long is named on the terminal, below what the plugin says, and gone when the answer comes", async () => {
  const plugin = waitingPlugin();
  await using terminal = await openTerminal({ command: [OSP, "--plugin-dir", plugin.dir, "waits"], env: home.env });
  await terminal.until(/^begun\n. waiting for waits … 1 s/);
  plugin.answer();
  expect(await terminal.exited).toMatchObject({ code: 0 });
  expect(terminal.everything()).toBe("begun\nit came");
});

test("Ctrl-C ends what is waited for, and the line is gone", async () => {
  const command = [OSP, "--plugin-dir", pluginDir("sleeps"), "sleeps"];
  await using terminal = await openTerminal({ command, env: home.env });
  await terminal.until("waiting for sleeps");
  terminal.press("ctrl-c");
  expect(await terminal.exited).toMatchObject({ code: 130 });
  expect(terminal.everything()).not.toContain("waiting for");
  expect(terminal.everything()).toMatch(/^sleeping\n/);
});

test("a terminal gets the theme's colours, and none of the orders that a plugin sends", async () => {
  const command = [OSP, "--theme", "dracula", "--plugin-dir", pluginDir("control-bytes"), "control-bytes", "--table"];
  const env = { ...home.env, COLORTERM: "truecolor", COLORFGBG: "15;0" };
  await using terminal = await openTerminal({ command, env });
  expect(await terminal.exited).toMatchObject({ code: 0 });
  expect(terminal.raw()).toContain("\u001b[38;2;255;121;198mna␛[2Jme\u001b[0m");
  // Ours are colours, and on a busy machine the line that something is waited for is taken away.
  const others = terminal.raw().replaceAll(/\u001b\[(?:[0-9;]*m|K)/g, "");
  expect(others.match(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f]/g)).toBe(null);
  expect(terminal.screen()).toContain("a␛[31mred␇␡�");
});

test("a dumb terminal gets no escape byte, from nobody", async () => {
  const command = [OSP, "--plugin-dir", pluginDir("control-bytes"), "control-bytes", "--table"];
  await using terminal = await openTerminal({ command, env: { ...home.env, TERM: "dumb", COLORTERM: "truecolor" } });
  expect(await terminal.exited).toMatchObject({ code: 0 });
  expect(terminal.raw()).toContain("| a␛[31mred␇␡");
  expect(terminal.raw()).not.toContain("\u001b");
});

test("help is readable on 40 columns", async () => {
  const env = { ...home.env, NO_COLOR: "1", PAGER: "" };
  await using terminal = await openTerminal({ command: [OSP, "theme", "use", "--help"], env, columns: 40, rows: 60 });
  expect(await terminal.exited).toMatchObject({ code: 0 });
  const text = terminal.raw().replaceAll("\r", "");
  expect(text).toMatch(/^─ Options ─{30}$/m);
  expect(text).toMatch(/^ {2}--global\n {6}for all profiles$/m);
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBe(40);
});
