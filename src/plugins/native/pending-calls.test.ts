import { getEventListeners } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type PendingCall, PendingCalls } from "./pending-calls.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

function call(id: number, deadlineMs: number, countsHostCalls = false): PendingCall {
  return {
    id,
    agentId: undefined,
    traceId: undefined,
    what: `call ${id}`,
    deadlineMs,
    countsHostCalls,
    resolve() {},
    reject() {},
    signal: undefined,
    deadlineAt: performance.now() + deadlineMs,
    hostCallsOpen: 0,
    hostCallsSince: 0,
    abandonment: undefined,
  };
}

function watched() {
  const expired: number[] = [];
  return { expired, pending: new PendingCalls((one) => expired.push(one.id)) };
}

test("each call expires at its own deadline, whatever the order in which they came", () => {
  const { expired, pending } = watched();
  pending.add(call(1, 1000));
  pending.add(call(2, 100));
  pending.add(call(3, 500));
  vi.advanceTimersByTime(99);
  expect(expired).toEqual([]);
  vi.advanceTimersByTime(2);
  expect(expired).toEqual([2]);
  vi.advanceTimersByTime(400);
  expect(expired).toEqual([2, 3]);
  vi.advanceTimersByTime(500);
  expect(expired).toEqual([2, 3, 1]);
  expect(pending.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test("a call that was answered does not expire", () => {
  const { expired, pending } = watched();
  pending.add(call(1, 100));
  expect(pending.take(1)?.id).toBe(1);
  expect(pending.take(1)).toBeUndefined();
  vi.advanceTimersByTime(1000);
  expect(expired).toEqual([]);
});

test("a call's clock stands still while it waits for its host", () => {
  const { expired, pending } = watched();
  const one = call(1, 100);
  pending.add(one);
  vi.advanceTimersByTime(60);
  pending.enterHost(one);
  vi.advanceTimersByTime(10_000);
  pending.leaveHost(one);
  vi.advanceTimersByTime(39);
  expect(expired).toEqual([]);
  vi.advanceTimersByTime(3);
  expect(expired).toEqual([1]);
});

test("host calls side by side count once, from the first to the last", () => {
  const { expired, pending } = watched();
  const one = call(1, 100);
  pending.add(one);
  pending.enterHost(one);
  vi.advanceTimersByTime(500);
  pending.enterHost(one);
  vi.advanceTimersByTime(500);
  pending.leaveHost(one);
  vi.advanceTimersByTime(500);
  pending.leaveHost(one);
  vi.advanceTimersByTime(98);
  expect(expired).toEqual([]);
  vi.advanceTimersByTime(5);
  expect(expired).toEqual([1]);
});

test("a bound on the whole call counts host calls too", () => {
  const { expired, pending } = watched();
  const one = call(1, 100, true);
  pending.add(one);
  pending.enterHost(one);
  vi.advanceTimersByTime(101);
  expect(expired).toEqual([1]);
});

test("a call is abandoned when its caller leaves, and is open and has its deadline all the same", () => {
  const { expired, pending } = watched();
  const caller = new AbortController();
  const one = { ...call(1, 100), signal: caller.signal };
  pending.add(one);
  const signal = pending.abandonmentOf(one);
  expect(pending.abandonmentOf(one)).toBe(signal);
  expect(signal.aborted).toBe(false);
  caller.abort();
  expect(signal.aborted).toBe(true);
  vi.advanceTimersByTime(101);
  expect(expired).toEqual([1]);
});

test("a call whose caller left before it asked anything is abandoned when it asks", () => {
  const { pending } = watched();
  const one = { ...call(1, 100), signal: AbortSignal.abort() };
  pending.add(one);
  expect(pending.abandonmentOf(one).aborted).toBe(true);
});

test("a call is abandoned when its time is over, for whoever asked before and whoever asks then", () => {
  const { pending } = watched();
  const [one, other] = [call(1, 100), call(2, 100)];
  pending.add(one);
  pending.add(other);
  const signal = pending.abandonmentOf(one);
  vi.advanceTimersByTime(101);
  expect(signal.aborted).toBe(true);
  expect(pending.abandonmentOf(other).aborted).toBe(true);
});

test("a call that is over is not abandoned, and nothing of it is left at its caller's signal", () => {
  const { pending } = watched();
  const caller = new AbortController();
  const calls = [1, 2, 3].map((id) => ({ ...call(id, 100), signal: caller.signal }));
  for (const one of calls) pending.add(one);
  const signals = calls.map((one) => pending.abandonmentOf(one));
  expect(getEventListeners(caller.signal, "abort")).toHaveLength(3);
  pending.take(1);
  pending.takeAll();
  expect(getEventListeners(caller.signal, "abort")).toEqual([]);
  pending.abandonmentOf({ ...calls[0]!, abandonment: undefined });
  expect(getEventListeners(caller.signal, "abort")).toEqual([]);
  caller.abort();
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, false, false]);
});

test("taking all calls stops the timer", () => {
  const { expired, pending } = watched();
  pending.add(call(1, 100));
  pending.add(call(2, 200));
  expect(pending.takeAll().map((one) => one.id)).toEqual([1, 2]);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(1000);
  expect(expired).toEqual([]);
});

test("ids grow, and a call that stays open keeps its place however many come and go", () => {
  const { pending } = watched();
  const first = pending.nextId();
  pending.add(call(first, 60_000));
  let last = first;
  for (let round = 0; round < 5000; round++) {
    const id = pending.nextId();
    expect(id).toBeGreaterThan(last);
    last = id;
    pending.add(call(id, 60_000));
    expect(pending.take(id)?.id).toBe(id);
    expect(pending.get(id)).toBeUndefined();
  }
  expect(pending.take(first)?.id).toBe(first);
  expect(pending.size).toBe(0);
});

test("thousands of calls may be open at once", () => {
  const { pending } = watched();
  const ids = Array.from({ length: 5000 }, () => {
    const id = pending.nextId();
    pending.add(call(id, 60_000));
    return id;
  });
  expect(new Set(ids).size).toBe(5000);
  expect(ids.every((id) => pending.get(id)?.id === id)).toBe(true);
  expect(pending.takeAll().map((one) => one.id)).toEqual(ids);
});
