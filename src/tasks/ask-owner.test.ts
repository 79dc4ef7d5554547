import { expect, onTestFinished, test, vi } from "vitest";
import { TASK_WISH_MS_MAX } from "../protocol/limits.ts";
import { askOwner } from "./ask-owner.ts";

const WISH = { kind: "cancel" } as const;
const store = { wish: async () => {} } as never;

test("another host has TASK_WISH_MS_MAX to do what it is asked for, by a clock that no calendar moves, and not longer", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const begun = performance.now();
  const lookedAt: number[] = [];
  const isDone = async () => {
    lookedAt.push(performance.now() - begun);
    vi.advanceTimersByTime(lookedAt.length === 1 ? TASK_WISH_MS_MAX - 1 : 1);
    return false;
  };
  const asking = askOwner({ store, taskId: "T", wish: WISH, isDone, signal: new AbortController().signal });
  await expect(asking).rejects.toMatchObject({ code: "host_busy" });
  expect(lookedAt).toEqual([0, TASK_WISH_MS_MAX - 1]);
});

test("whoever asks may leave, and what is done is found at once", async () => {
  const facts = { store, taskId: "T", wish: WISH };
  await askOwner({ ...facts, isDone: async () => true, signal: AbortSignal.abort() });
  const left = askOwner({ ...facts, isDone: async () => false, signal: AbortSignal.abort() });
  await expect(left).rejects.toMatchObject({ code: "interrupted" });
});
