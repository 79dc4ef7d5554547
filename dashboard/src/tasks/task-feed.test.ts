import { expect, test } from "vitest";
import { EMPTY_FEED, EVENTS_SHOWN_MAX, type TaskEvent, withEvents } from "./task-feed.ts";

const event = (seq: number, kind: TaskEvent["kind"], payload: TaskEvent["payload"] = {}): TaskEvent => ({
  task_id: "T",
  seq,
  kind,
  type: 0,
  payload,
  at: "2026-11-21T08:15:02.000Z",
});

test("each event is there once and in order, whether it came with a page or with the stream", () => {
  const page = withEvents(EMPTY_FEED, [event(1, "started"), event(2, "activity")]);
  const both = withEvents(page, [event(2, "activity"), event(3, "draft")]);
  expect(both.events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect(both.lastSeq).toBe(3);
});

test("what passes is shown until it is over, and is no entry", () => {
  const begun = withEvents(EMPTY_FEED, [event(1, "started")]);
  const writes = withEvents(begun, [
    event(1, "progress", { current_step: "Writing" }),
    event(1, "output", { text: "Hel" }),
    event(1, "output", { text: "Hello" }),
  ]);
  expect(writes).toMatchObject({ step: "Writing", text: "Hello", events: [{ seq: 1 }] });
  expect(withEvents(writes, [event(2, "activity")])).toMatchObject({ step: "Writing", text: "Hello" });
  const over = withEvents(writes, [event(2, "completed")]);
  expect([over.step, over.text]).toEqual([undefined, undefined]);
});

test("a page keeps so many of them, the newest, and says that there were more", () => {
  const many = Array.from({ length: EVENTS_SHOWN_MAX }, (_, at) => event(at + 1, "activity"));
  const full = withEvents(EMPTY_FEED, many);
  expect([full.events.length, full.isCut]).toEqual([EVENTS_SHOWN_MAX, false]);
  const more = withEvents(full, [event(EVENTS_SHOWN_MAX + 1, "activity")]);
  expect([more.events.length, more.isCut, more.events[0]!.seq]).toEqual([EVENTS_SHOWN_MAX, true, 2]);
});
