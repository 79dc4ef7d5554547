// The line editor on a real terminal: its modes, job control, pastes, and its end.

import { join } from "node:path";
import { expect, test } from "vitest";
import { openTerminal, type TerminalOptions } from "../helpers/terminal.ts";

const FIXTURE = join(import.meta.dirname, "../fixtures/terminal/edits-lines.mjs");
const MARKS_PASTES = "\x1b[?2004h";
const MARKS_PASTES_NO_MORE = "\x1b[?2004l";

async function openEditor(options: Partial<TerminalOptions> = {}, ...args: readonly string[]) {
  const terminal = await openTerminal({
    command: [process.execPath, FIXTURE, ...args],
    env: { LANG: "C.UTF-8", NO_COLOR: "1", NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] },
    columns: 40,
    rows: 10,
    ...options,
  });
  await terminal.until("lines> ");
  return terminal;
}

test("the terminal is the editor's only while it asks, and stops as any program does", async () => {
  await using terminal = await openEditor();
  terminal.type("one \\\rtwo\r");
  await terminal.until('got "one \\\\\\ntwo"\ntwo\nlines> ');
  terminal.type("keep th");
  await terminal.until("keep th");
  terminal.press("ctrl-z");
  expect(await terminal.stopped()).toMatchObject({ isRaw: false, echoes: true });
  expect(terminal.raw().endsWith(MARKS_PASTES_NO_MORE)).toBe(true);
  terminal.foreground();
  await terminal.until(/keep th\n(?:.*\n)*lines> keep th$/);
  process.kill(terminal.pid, "SIGTSTP");
  expect(await terminal.stopped()).toMatchObject({ isRaw: false, echoes: true });
  expect(terminal.raw().endsWith(MARKS_PASTES_NO_MORE)).toBe(true);
  terminal.foreground();
  await terminal.until(/keep th\n(?:.*\n)*lines> keep th\n(?:.*\n)*lines> keep th$/);
  terminal.resize(60, 20);
  terminal.type("is\r");
  await terminal.until('got "keep this"\ntwo\nlines> ');
  process.kill(-terminal.pid, "SIGSTOP");
  await terminal.stopped();
  terminal.foreground();
  // Meanwhile a shell has put the terminal into its own mode: the keys are the editor's again.
  terminal.type("wit");
  terminal.press("left", "left");
  terminal.type("a");
  await terminal.until("lines> wait");
  terminal.type("\rahead\r");
  await terminal.until('got "ahead"\ntwo\nlines> ');
  terminal.type("x");
  terminal.press("ctrl-c");
  await terminal.until("x^C\ninterrupt\ntwo\nlines> ");
  terminal.press("ctrl-d");
  expect(await terminal.exited).toMatchObject({ code: 0, isRaw: false, echoes: true });
  expect(terminal.raw().lastIndexOf(MARKS_PASTES)).toBeLessThan(terminal.raw().lastIndexOf(MARKS_PASTES_NO_MORE));
});

test("a hundred questions leave no listener and no handle behind, and the end of the process no raw terminal", async () => {
  await using terminal = await openEditor({ rows: 50 });
  terminal.type("count\r");
  await terminal.until(/count \[.*\n(?:.*\n)*lines> $/);
  terminal.type(`${"\r".repeat(100)}`);
  terminal.type("count\r");
  await terminal.until(() => (terminal.everything().match(/^count .*$/gm) ?? []).length === 2);
  const [before, after] = terminal.everything().match(/^count .*$/gm) ?? [];
  expect(after).toBe(before);
  terminal.type("exit\r");
  expect(await terminal.exited).toMatchObject({ code: 3, isRaw: false, echoes: true });
  expect(terminal.raw().endsWith(MARKS_PASTES_NO_MORE)).toBe(true);
});

test("a paste of a megabyte arrives whole, and nothing of it runs", async () => {
  await using terminal = await openEditor();
  const line = "it is pasted and not run\n";
  const count = Math.ceil(1_000_000 / line.length);
  terminal.paste(`${line.repeat(count)}\x03the end`);
  await terminal.until("the end");
  terminal.press("enter");
  // With the prompt behind it, the terminal is the editor's again: before that, the terminal itself would take the keys.
  await terminal.until(`got ${line.length * count + "the end".length} characters\ntwo\nlines> `);
  expect(terminal.everything().match(/got/g)).toHaveLength(1);
  // From a terminal that lets the mark at the end through, far from what it is to let run.
  terminal.type(`\x1b[200~safe\x1b[201~${"\x15".repeat(70_000)}\rexit\r\x1b[201~`);
  await terminal.until(/lines> safe\nmore> exit/);
  expect(terminal.everything().match(/got/g)).toHaveLength(1);
});

test("a terminal that vanishes ends the question", async () => {
  await using terminal = await openEditor();
  terminal.type("half");
  await terminal.until("half");
  terminal.hangUp();
  const { code, signal, isHungUp } = await terminal.exited;
  expect(isHungUp).toBe(true);
  // The program ends by itself. In its last moments nothing listens any more, and the terminal's signal may be what ends it.
  expect(signal ?? code).toBe(signal === null ? 0 : "SIGHUP");
});

test("a dumb terminal gets lines and no escape sequence", async () => {
  await using terminal = await openEditor({ env: { TERM: "dumb", LANG: "C.UTF-8" } }, "basic");
  terminal.type("one\\\r");
  await terminal.until("more> ");
  terminal.type("two\rwait\rahead\r");
  await terminal.until('got "ahead"\ntwo\nlines> ');
  expect(terminal.everything()).toContain('got "one\\\\\\ntwo"');
  terminal.type("x");
  await terminal.until("lines> x");
  terminal.press("ctrl-c");
  await terminal.until("interrupt\ntwo\nlines> ");
  terminal.press("ctrl-d");
  expect(await terminal.exited).toMatchObject({ code: 0, isRaw: false });
  expect(terminal.raw()).not.toContain("\x1b");
});
