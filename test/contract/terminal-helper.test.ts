// The terminal that other tests stand on: it shows what a person would see, has job control, and leaves nothing behind.

import { expect, test } from "vitest";
import { isRunning, untilGone } from "../helpers/processes.ts";
import { openTerminal } from "../helpers/terminal.ts";

const env = { PATH: process.env["PATH"], LANG: "C.UTF-8", HOME: "/nonexistent" };
const shell = {
  command: ["sh", "-c", `while printf '# '; read -r line; do eval "$line"; done`],
  env,
  columns: 60,
  rows: 8,
};

test("what is typed at a shell on it is seen, its size is known, and its end is told", async () => {
  await using terminal = await openTerminal(shell);
  await terminal.until("# ");
  terminal.type("stty size; printf '\\033[31m東\\033[0m e\u0301'\r");
  await terminal.until("東 e\u0301");
  expect(terminal.screen()).toContain("\n8 60\n");
  terminal.resize(50, 9);
  terminal.type("clear; stty size\r");
  await terminal.until(/9 50\n.*# /);
  expect(terminal.cursor()).toEqual({ column: 2, row: 1 });
  terminal.press("ctrl-d");
  expect(await terminal.exited).toMatchObject({ code: 0, signal: null });
  expect(terminal.raw()).not.toContain("7777");
});

test("a program is stopped and brought back, and a signal ends it", async () => {
  await using terminal = await openTerminal({
    ...shell,
    command: ["bash", "-c", "trap 'echo back' CONT; echo go; while read line; do echo got $line; done"],
  });
  await terminal.until("go");
  terminal.press("ctrl-z");
  expect(await terminal.stopped()).toEqual({ kind: "stopped", isRaw: false, echoes: true });
  terminal.foreground();
  await terminal.until("back");
  terminal.type("x\r");
  await terminal.until("got x");
  terminal.press("ctrl-c");
  expect(await terminal.exited).toMatchObject({ code: null, signal: "SIGINT" });
});

test("questions are answered, and not answered by a terminal that is told not to", async () => {
  const ask = [
    "bash",
    "-c",
    "stty raw -echo; printf '\\033[6n'; read -t 0.2 -d R answer; stty sane; echo got ${answer#*[}",
  ];
  await using answering = await openTerminal({ ...shell, command: ask });
  await using silent = await openTerminal({ ...shell, command: ask, answers: false });
  await answering.until("got 1;1");
  await silent.exited;
  expect(silent.screen()).toMatch(/got$/);
});

test("a terminal that is hung up ends what ran on it; a test that gives up leaves no process", async () => {
  await using hungUp = await openTerminal({ ...shell, command: ["sleep", "60"] });
  hungUp.hangUp();
  expect(await hungUp.exited).toMatchObject({ code: null, signal: "SIGHUP" });
  let pid = 0;
  {
    await using left = await openTerminal({
      ...shell,
      command: ["bash", "-c", "trap '' HUP INT TERM; echo deaf; sleep 60"],
    });
    await left.until("deaf");
    pid = left.pid;
    expect(isRunning(pid)).toBe(true);
  }
  await untilGone(pid);
});

test("what never appears is said with the screen that there is", async () => {
  await using terminal = await openTerminal({ ...shell, command: ["echo", "something else"] });
  await expect(terminal.until("a prompt")).rejects.toThrow(
    /ended before its screen showed a prompt\s+[\s\S]*│something else/,
  );
});
