import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { FrameError } from "../../base/frame-layout.ts";
import { FrameReader } from "../../base/frame-reader.ts";
import { FrameWriter } from "../../base/frame-writer.ts";
import { CHECK_REPORT_MS_MAX } from "../../protocol/limits.ts";
import { CheckDesk } from "./check-desk.ts";
import { mergeCheckReports, readCheckReport } from "./check-report.ts";
import { KIND } from "./frames.ts";

afterEach(() => vi.useRealTimers());

const EMPTY = { not_counted: [], unreleased: [], wrong_releases: [], foreign_calls: [] };
const leak = (count: number, bytes: number) => ({ name: "config_get", count, bytes });

test("a report is read, and one that no runner makes is refused", () => {
  const text = JSON.stringify({
    ...EMPTY,
    unreleased: [leak(2, 10)],
    wrong_releases: [{ name: null, count: 1 }],
    foreign_calls: [{ name: "log", count: 3, in_context: true }],
  });
  expect(readCheckReport(text)).toEqual({
    unreleased: [leak(2, 10)],
    wrongReleases: [{ count: 1 }],
    foreignCalls: [{ name: "log", count: 3, inContext: true }],
    notCounted: [],
  });
  for (const odd of [
    null,
    "",
    "[]",
    JSON.stringify({ ...EMPTY, more: 1 }),
    JSON.stringify({ ...EMPTY, unreleased: [{ ...leak(1, 1), name: "evil\u001b[2J" }] }),
    JSON.stringify({ ...EMPTY, unreleased: [leak(-1, 1)] }),
    JSON.stringify({ ...EMPTY, unreleased: Array.from({ length: 51 }, () => leak(1, 1)) }),
  ]) {
    expect(() => readCheckReport(odd), String(odd)).toThrow(FrameError);
  }
  expect(
    readCheckReport(JSON.stringify({ ...EMPTY, unreleased: Array.from({ length: 50 }, () => leak(1, 1)) })),
  ).toBeDefined();
});

test("whatever a plugin writes in the place of a report, it is refused or has the form of one", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        expect(readCheckReport(text)).toHaveProperty("unreleased");
      } catch (error) {
        expect(error).toBeInstanceOf(FrameError);
      }
    }),
  );
});

test("reports of several runners are added up, each function and kind of thread by itself", () => {
  const report = readCheckReport(
    JSON.stringify({
      ...EMPTY,
      unreleased: [leak(1, 5)],
      foreign_calls: [
        { name: "log", count: 1, in_context: true },
        { name: "log", count: 2, in_context: false },
      ],
    }),
  );
  expect(mergeCheckReports([undefined, undefined])).toBeUndefined();
  expect(mergeCheckReports([undefined, report])).toEqual(report);
  expect(mergeCheckReports([report, undefined, report])).toEqual({
    unreleased: [leak(2, 10)],
    wrongReleases: [],
    foreignCalls: [
      { name: "log", count: 2, inContext: true },
      { name: "log", count: 4, inContext: false },
    ],
    notCounted: [],
  });
});

/** A desk whose frames go nowhere; `answer` is what the runner would send for the question with that number. */
function desk() {
  const sent: Uint8Array[] = [];
  const writer = new FrameWriter({ write: (bytes) => sent.push(bytes), cork() {}, uncork() {} }, KIND.call);
  const one = new CheckDesk(writer);
  const answer = (id: number, report: object) => {
    const parts: Uint8Array[] = [];
    const runner = new FrameWriter({ write: (bytes) => parts.push(bytes), cork() {}, uncork() {} }, KIND.call);
    runner.write(KIND.report, 0, id, 0, [JSON.stringify(report)]);
    runner.flush();
    new FrameReader((frame) => one.take(frame)).push(Buffer.concat(parts));
  };
  return { desk: one, sent, answer, flush: () => writer.flush() };
}

test("a runner that is no checked one is not asked", async () => {
  const { desk: one, sent, flush } = desk();
  expect(await one.ask()).toBeUndefined();
  flush();
  expect(sent).toEqual([]);
});

test("a runner that does not answer is waited for as long as it may take, and no longer; what it said before counts", async () => {
  vi.useFakeTimers();
  const { desk: one, answer } = desk();
  one.opened();
  const first = one.ask();
  answer(1, { ...EMPTY, unreleased: [leak(1, 1)] });
  expect(await first).toMatchObject({ unreleased: [leak(1, 1)] });
  let said: unknown = "nothing yet";
  const second = one.ask().then((report) => {
    said = report;
  });
  await vi.advanceTimersByTimeAsync(CHECK_REPORT_MS_MAX - 1);
  expect(said).toBe("nothing yet");
  await vi.advanceTimersByTimeAsync(1);
  await second;
  expect(said).toMatchObject({ unreleased: [leak(1, 1)] });
  expect(vi.getTimerCount()).toBe(0);
});

test("nobody waits for a runner that is gone", async () => {
  vi.useFakeTimers();
  const { desk: one, answer } = desk();
  one.opened();
  let said: unknown = "nothing yet";
  void one.ask().then((report) => {
    said = report;
  });
  one.close();
  // At once, not when it took too long.
  await vi.advanceTimersByTimeAsync(0);
  expect([said, vi.getTimerCount()]).toEqual([undefined, 0]);
  answer(1, EMPTY);
  expect(await one.ask()).toMatchObject({ unreleased: [] });
});
