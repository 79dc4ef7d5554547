import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AGENT } from "../../../test/helpers/mcp-shelf.ts";
import { reportProgress } from "./progress.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function start(token: unknown) {
  const told: { progress: number; progressToken: unknown }[] = [];
  const notify = (text: string) => void told.push(JSON.parse(text).params);
  const stop = reportProgress(token, { era: "session", agent: AGENT, signal: new AbortController().signal, notify });
  return { told, stop };
}

test("progress is told soon at first and then rarely, and not after the end", () => {
  const { told, stop } = start("t");
  vi.advanceTimersByTime(20_000);
  expect(told.map(({ progress }) => progress)).toEqual([0, 0.5, 1.5, 3.5, 7.5, 12.5, 17.5]);
  stop!();
  vi.advanceTimersByTime(60_000);
  expect(told.length).toBe(7);
  expect(vi.getTimerCount()).toBe(0);
});

test("a token is kept as it is; without one nothing is told", () => {
  expect(start(7).told[0]!.progressToken).toBe(7);
  for (const token of [undefined, null, {}, true]) expect(start(token)).toEqual({ told: [], stop: undefined });
});
