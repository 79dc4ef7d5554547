import { expect, test } from "vitest";
import { hangs } from "../../test/helpers/told-runs.ts";
import { openToldTasks, PLUGIN } from "../../test/helpers/told-tasks-host.ts";
import { TASK_DRAFT_CHARS_MAX } from "../protocol/limits.ts";

test("whoever follows gets all events of a task also where a page holds but one of them", async () => {
  const it = await openToldTasks({ turns: [(_, signal) => hangs("Hm", signal)] });
  const { id } = await it.dispatch();
  const long = (at: number) => `{"at":${at},"x":"${"x".repeat(TASK_DRAFT_CHARS_MAX - 20)}"}`;
  for (let at = 0; at < 3; at++) expect(await it.host.draft(PLUGIN, id, long(at))).toBe(true);
  await it.host.cancel(id);
  const seqs: number[] = [];
  for await (const { seq } of it.host.follow(id, 0, new AbortController().signal)) seqs.push(seq);
  expect(seqs).toEqual([1, 2, 3, 4, 5]);
  expect((await it.host.events(id, 0, 100)).map(({ seq }) => seq)).toEqual([1]);
  expect((await it.host.events(id, 1, 100)).map(({ seq }) => seq)).toEqual([2]);
});
