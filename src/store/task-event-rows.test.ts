import { expect, test } from "vitest";
import { openTasksAt, wishOf } from "../../test/helpers/task-store.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import {
  TASK_DRAFTS_WAITING_MAX,
  TASK_EVENTS_FORGOTTEN_EVERY,
  TASK_EVENTS_KEPT_MAX,
  TASK_EVENTS_PAGE_BYTES_MAX,
} from "../protocol/limits.ts";
import type { NewTaskEvent } from "./tasks.ts";

const OWNER = "host a";

async function openWithTask() {
  const opened = await openTasksAt(tempDir());
  const { task } = await opened.tasks.dispatch(wishOf({ sessionKey: "k", owner: OWNER }));
  const tell = async (...events: NewTaskEvent[]) => void (await opened.tasks.change(task.id, OWNER, {}, events));
  const page = async (after: number, limit = 100) =>
    (await opened.tasks.events(task.id, after, limit)).map(({ seq }) => seq);
  return { ...opened, task, tell, page };
}

/** An event whose payload has so many bytes, in characters of two. */
function ofBytes(bytes: number): NewTaskEvent {
  const text = "é".repeat(Math.floor((bytes - 8) / 2));
  const event = { kind: "activity" as const, payload: { x: `${text}${bytes % 2 === 0 ? "" : "e"}` } };
  expect(Buffer.byteLength(JSON.stringify(event.payload))).toBe(bytes);
  return event;
}

test("a page has TASK_EVENTS_PAGE_BYTES_MAX bytes of payloads; with one more, the rest is on the next", async () => {
  const { tasks, task, tell, page } = await openWithTask();
  const half = TASK_EVENTS_PAGE_BYTES_MAX / 2;
  await tell(ofBytes(half), ofBytes(half), ofBytes(half + 1), ofBytes(10));
  expect(await page(1)).toEqual([2, 3]);
  expect(await page(2)).toEqual([3]);
  expect(await page(3)).toEqual([4, 5]);
  expect(await page(3, 1)).toEqual([4]);
  expect(await page(0, 0)).toEqual([]);
  expect([await tasks.hasEvents(task.id.toLowerCase(), 4), await tasks.hasEvents(task.id, 5)]).toEqual([true, false]);
});

test("an event that is longer than a page is a page by itself", async () => {
  const { tell, page } = await openWithTask();
  await tell(ofBytes(TASK_EVENTS_PAGE_BYTES_MAX + 1), ofBytes(10));
  expect(await page(1)).toEqual([2]);
  expect(await page(2)).toEqual([3]);
  expect(await page(3)).toEqual([]);
});

const draft: NewTaskEvent = { kind: "draft", payload: { title: "Chat", draft: { text: "x" } } };

test("drafts of a task that goes on for long make room, those that wait do not, and the numbers go on", async () => {
  const { tasks, task, tell, page } = await openWithTask();
  await tasks.markTold(task.id, 1, OWNER);
  const all = TASK_EVENTS_KEPT_MAX + TASK_EVENTS_FORGOTTEN_EVERY;
  await tell(...new Array<NewTaskEvent>(all - 2).fill(draft));
  expect(await page(0, 2)).toEqual([1, 2]);
  await tell(draft);
  expect(await page(0, 1)).toEqual([TASK_EVENTS_FORGOTTEN_EVERY + 1]);
  expect(await tasks.nextUntold(task.id)).toMatchObject({ seq: all - TASK_DRAFTS_WAITING_MAX + 1 });
  await tell(draft);
  expect(await page(all)).toEqual([all + 1]);
});

test("what was not told is not forgotten, however long the task goes on", async () => {
  const { tell, page } = await openWithTask();
  await tell(...new Array<NewTaskEvent>(TASK_EVENTS_KEPT_MAX + TASK_EVENTS_FORGOTTEN_EVERY).fill(draft));
  expect((await page(0, 2))[0]).toBe(1);
});
