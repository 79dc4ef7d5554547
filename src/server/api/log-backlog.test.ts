import { expect, test } from "vitest";
import type { LogRecord } from "../../protocol/plugin-log.ts";
import { LogBacklog } from "./log-backlog.ts";

const line = (text: string): LogRecord => ({ time: "2026-01-01T00:00:00.000Z", kind: "output", text });
const texts = (taken: Awaited<ReturnType<LogBacklog["take"]>>) => taken?.lines.map(({ text }) => text);

test("lines come in order, to whoever waits for them too, and then it is over", async () => {
  const backlog = new LogBacklog(10);
  const waiting = backlog.take();
  backlog.add(line("a"));
  expect(texts(await waiting)).toEqual(["a"]);
  backlog.add(line("b"));
  backlog.add(line("c"));
  backlog.end();
  expect(await backlog.take()).toMatchObject({ lines: [{ text: "b" }, { text: "c" }], leftOut: 0 });
  expect(await backlog.take()).toBeUndefined();
  expect(await backlog.take()).toBeUndefined();
});

test("nothing is left out of as many as there is room for; of more, the oldest, and they are counted", async () => {
  const backlog = new LogBacklog(4);
  for (const text of ["a", "b", "c", "d"]) backlog.add(line(text));
  expect(await backlog.take()).toMatchObject({ lines: { length: 4 }, leftOut: 0 });
  for (const text of ["a", "b", "c", "d", "e"]) backlog.add(line(text));
  const taken = await backlog.take();
  expect([texts(taken), taken?.leftOut]).toEqual([["c", "d", "e"], 2]);
  backlog.add(line("f"));
  expect(await backlog.take()).toMatchObject({ lines: [{ text: "f" }], leftOut: 0 });
});
