import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { runPager } from "./run-pager.ts";

const signals = () => new EventEmitter() as unknown as Parameters<typeof runPager>[0];

test("a pager is ended when the program is asked to end, and not started afterwards", async () => {
  const stop = new AbortController();
  const shown = runPager(signals(), "text", { command: "cat >/dev/null; exec sleep 3600", signal: stop.signal });
  stop.abort();
  expect(await shown).toBe(true);
  expect(await runPager(signals(), "text", { command: "cat >/dev/null", signal: stop.signal })).toBe(false);
});

test("what Ctrl-C does is put back when the pager ends, also when it could not start", async () => {
  for (const command of ["cat >/dev/null", "/no/such/pager 2>/dev/null"]) {
    const host = signals();
    let count = 0;
    host.on("SIGINT", () => {
      count++;
    });
    const shown = runPager(host, "text", { command, signal: new AbortController().signal });
    (host as unknown as EventEmitter).emit("SIGINT");
    expect(count).toBe(0);
    expect(await shown).toBe(command.startsWith("cat"));
    (host as unknown as EventEmitter).emit("SIGINT");
    expect(count).toBe(1);
    expect(host.listeners("SIGINT")).toHaveLength(1);
  }
});
