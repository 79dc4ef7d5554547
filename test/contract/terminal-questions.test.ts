// What becomes of questions and of long output when the terminal stops the program, goes away, or is not read any more.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { programFolder } from "../helpers/program.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";
import { openTerminal } from "../helpers/terminal.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures/terminal");
const { PATH, NODE_COMPILE_CACHE } = process.env;
const env = { PATH, NODE_COMPILE_CACHE };

async function asking(...ways: readonly string[]) {
  return await openTerminal({ command: [process.execPath, join(FIXTURES, "asks-questions.mjs"), ...ways], env });
}

test("Ctrl-Z at a question, and a stop from outside, give the terminal back; in front again, it is answered", async () => {
  const ways = ["plain", "hidden", "talk"];
  await using terminal = await asking(...ways, ...ways);
  for (const [index, way] of [...ways, ...ways].entries()) {
    await terminal.until(new RegExp(`^${way}\\? $`, "m"));
    terminal.type("be");
    if (way !== "hidden") await terminal.until(`${way}? be`);
    if (index < ways.length) terminal.press("ctrl-z");
    else process.kill(terminal.pid, "SIGTSTP");
    expect(await terminal.stopped()).toMatchObject({ isRaw: false, echoes: true });
    const asked = () => terminal.raw().split(`${way}? `).length;
    const before = asked();
    terminal.foreground();
    await terminal.until(() => asked() > before);
    terminal.type("fore\r");
    await terminal.until((screen) => screen.split(`${way}: told before`).length > (index < ways.length ? 1 : 2));
  }
  expect(await terminal.exited).toMatchObject({ code: 0, isRaw: false, echoes: true });
  // What was hidden is shown by whoever was told, and by nobody else.
  expect(terminal.everything().match(/before/g)).toHaveLength(10);
});

test.each(["plain", "hidden", "talk"])("a terminal that goes away at a %s question is told as such", async (way) => {
  await using terminal = await asking(way);
  await terminal.until(`${way}? `);
  terminal.hangUp();
  const { code, signal } = await terminal.exited;
  // The signal that says so may still come while the program is ending: a shell has the same number for that.
  expect(signal ?? code).toBe(signal === null ? 129 : "SIGHUP");
});

test("Ctrl-D at a question is an answer, and no terminal that went away", async () => {
  await using terminal = await asking("plain", "hidden", "talk");
  for (const way of ["plain", "hidden", "talk"]) {
    await terminal.until(new RegExp(`^${way}\\? $`, "m"));
    terminal.press("ctrl-d");
  }
  await terminal.until("talk: told undefined");
  expect(await terminal.exited).toMatchObject({ code: 0 });
});

/** Prints 8 MB on a terminal that is not read behind its first bytes. */
async function unread(what: "term" | "ctrl-c") {
  const home = makeTempHome();
  const data = `"'; head -c 8000000 /dev/zero | tr '\\0' x; printf '%s' '"`;
  const answer = `printf '%s' '{"protocol_version":1,"ok":true,"meta":{},"data":${data}}'`;
  const dir = tempDir();
  const description = '{"protocol_version":1,"plugin_id":"much","plugin_version":"1.0.0","commands":[{"name":"much"}]}';
  const script = `#!/bin/sh\nif [ "$1" = --describe ]; then printf '%s' '${description}'; else ${answer}; fi\n`;
  writeFileSync(join(dir, "osp-much"), script, { mode: 0o755 });
  const program = [join(programFolder(), "osp"), "--plugin-dir", dir];
  const child = spawn("python3", [join(FIXTURES, "reads-no-more.py"), what, ...program], {
    env: {
      ...home.env,
      TERM: "xterm",
      NO_COLOR: "1",
      LINE: "much --json",
      OSP__REPL__SIMPLE_PROMPT: "true",
      OSP__REPL__INTRO: "none",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [printed] = await Promise.all([text(child.stdout), once(child, "close")]);
  home.remove();
  const [status, bytes] = printed.trim().split(" ");
  return { status, bytes: Number(bytes) };
}

test("a terminal that nobody reads keeps no signal from ending the program", async () => {
  expect(await unread("term")).toMatchObject({ status: "143" });
});

test("Ctrl-C ends a long output, and not only what comes behind it", async () => {
  const { status, bytes } = await unread("ctrl-c");
  expect(status).toBe("0");
  expect(bytes).toBeLessThan(1_000_000);
});
