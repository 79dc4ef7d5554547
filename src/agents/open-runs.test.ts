import { expect, test } from "vitest";
import { RUNS_OPEN_MAX, RUNS_PER_TRACE_MAX } from "../protocol/limits.ts";
import { OpenRuns } from "./open-runs.ts";

/** Opens so many runs that end together; gives what each came to. */
async function openMany(count: number, traceOf: (index: number) => string) {
  const open = new OpenRuns();
  const { promise, resolve } = Promise.withResolvers<void>();
  const runs = Array.from({ length: count }, (_, index) =>
    open
      .run(traceOf(index), () => promise)
      .then(
        () => "ran",
        (error: { code: string }) => error.code,
      ),
  );
  resolve();
  const results = await Promise.all(runs);
  await open.settled();
  return { refused: results.filter((one) => one !== "ran"), open };
}

test.each([
  ["of a host", RUNS_OPEN_MAX, (index: number) => String(index), "host_busy"],
  ["of a trace", RUNS_PER_TRACE_MAX, () => "one", "inference_refused"],
])("runs %s: as many as may be, and one more is refused", async (_title, max, traceOf, code) => {
  expect((await openMany(max, traceOf)).refused).toEqual([]);
  const { refused, open } = await openMany(max + 1, traceOf);
  expect(refused).toEqual([code]);
  // There is room again.
  expect(await open.run("one", async () => "ran")).toBe("ran");
});

test("whoever gives up waiting lets nobody past the one before", async () => {
  const open = new OpenRuns();
  const never = new AbortController().signal;
  const { promise, resolve } = Promise.withResolvers<void>();
  const order: string[] = [];
  const first = open.inTurn("s", never, async () => {
    await promise;
    order.push("first");
  });
  const stop = new AbortController();
  const second = open.inTurn("s", stop.signal, async () => void order.push("second"));
  const third = open.inTurn("s", never, async () => void order.push("third"));
  stop.abort();
  await expect(second).rejects.toMatchObject({ code: "interrupted" });
  expect(order).toEqual([]);
  resolve();
  await Promise.all([first, third]);
  expect(order).toEqual(["first", "third"]);
});

test("a run that fails lets the next one go on", async () => {
  const open = new OpenRuns();
  const never = new AbortController().signal;
  const failing = open.inTurn("s", never, () => Promise.reject(new Error("no")));
  const next = open.inTurn("s", never, async () => "ran");
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("ran");
});
