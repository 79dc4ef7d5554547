import { EventEmitter } from "node:events";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recordedOutput } from "../../test/helpers/fake-terminal.ts";
import { untilGone, untilLine } from "../../test/helpers/processes.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { runPager } from "./run-pager.ts";

const REST = { env: process.env, screen: recordedOutput() };
const signals = () => new EventEmitter() as unknown as Parameters<typeof runPager>[0];

test("a pager is ended when the program is asked to end, and not started afterwards", async () => {
  const stop = new AbortController();
  const shown = runPager(signals(), "text", {
    command: "cat >/dev/null; exec sleep 3600",
    signal: stop.signal,
    ...REST,
  });
  stop.abort();
  expect(await shown).toBe(true);
  expect(await runPager(signals(), "text", { command: "cat >/dev/null", signal: stop.signal, ...REST })).toBe(false);
});

test("whatever a pager is made of is ended with it, and its screen is left", async () => {
  for (const command of ["less-like", "cat | less-like", "(less-like; true)"]) {
    const dir = tempDir();
    const program = join(dir, "less-like");
    writeFileSync(program, `#!/bin/sh\necho $$ > '${dir}/new'; mv '${dir}/new' '${dir}/pid'; exec sleep 3600\n`);
    chmodSync(program, 0o755);
    const stop = new AbortController();
    const screen = recordedOutput();
    const shown = runPager(signals(), "text", {
      command: command.replace("less-like", program),
      signal: stop.signal,
      ...REST,
      screen,
    });
    const pid = Number(await untilLine(join(dir, "pid")));
    stop.abort();
    await shown;
    await untilGone(pid);
    expect(screen.text).toBe("\u001b[?1047l\u001b[?25h");
  }
});

test("less gets options to show colours, unless the user has chosen some", async () => {
  const file = join(tempDir(), "options");
  const options = async (LESS: string | undefined) => {
    const { LESS: _, ...others } = process.env;
    const env = { ...others, ...(LESS === undefined ? {} : { LESS }) };
    const signal = new AbortController().signal;
    await runPager(signals(), "text", {
      command: `cat >/dev/null; printf %s "$LESS" > '${file}'`,
      signal,
      ...REST,
      env,
    });
    return readFileSync(file, "utf8");
  };
  expect([await options(undefined), await options("-i"), await options("")]).toEqual(["FRX", "-i", ""]);
});

test("what Ctrl-C does is put back when the pager ends, also when it could not start", async () => {
  for (const command of ["cat >/dev/null", "/no/such/pager 2>/dev/null"]) {
    const host = signals();
    let count = 0;
    host.on("SIGINT", () => {
      count++;
    });
    const shown = runPager(host, "text", { command, signal: new AbortController().signal, ...REST });
    (host as unknown as EventEmitter).emit("SIGINT");
    expect(count).toBe(0);
    expect(await shown).toBe(command.startsWith("cat"));
    (host as unknown as EventEmitter).emit("SIGINT");
    expect(count).toBe(1);
    expect(host.listeners("SIGINT")).toHaveLength(1);
  }
});
