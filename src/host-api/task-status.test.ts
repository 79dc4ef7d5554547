import { expect, test } from "vitest";
import { openHostApi } from "../../test/helpers/host-api.ts";
import { toldInference } from "../../test/helpers/told-inference.ts";
import { OTHER_TASK, reportOf, TASK, toldTasks } from "../../test/helpers/told-tasks.ts";
import { TASK_FEED_ENTRIES_MAX, TASK_OUTPUT_CHARS_MAX, TASKS_REPORTED_CHARS_MAX } from "../protocol/limits.ts";
import type { TaskActivity } from "../protocol/task.ts";
import type { TaskReport } from "./plugin-tasks.ts";

function open(...reports: TaskReport[]) {
  const api = openHostApi({ inference: toldInference(), tasks: toldTasks({ reports }) });
  return {
    ...api,
    status: async (id = TASK) => JSON.parse((await api.call("task_status", [id]))!),
    list: async () => JSON.parse((await api.call("list_active_tasks"))!),
  };
}

const entry = (detail: string): TaskActivity => ({
  kind: "tool",
  title: "Tool",
  detail,
  timestamp: "2026-01-01T00:00:00Z",
  metadata: { tool_name: detail },
});

test("a task that runs is told with what it does, on one line, members in the order of their names", async () => {
  const { call, rows } = open(reportOf({ output: "So far" }, { currentStep: "Writing", activity: [entry("reply")] }));
  expect(await call("task_status", [TASK])).toBe(
    `{"activity":[{"detail":"reply","kind":"tool","timestamp":"2026-01-01T00:00:00Z","title":"Tool"}],` +
      `"current_step":"Writing","id":"${TASK}","output":"So far","status":"running","title":"Chat"}`,
  );
  expect(rows).toMatchObject([{ method: "GET", path: `/host-api/tasks/${TASK}`, status: 200 }]);
});

test("before it does anything there is only what is always there", async () => {
  const { status } = open(reportOf());
  expect(await status()).toEqual({ activity: [], id: TASK, status: "running", title: "Chat" });
});

test("a task that waits for an answer says so, and does nothing meanwhile", async () => {
  const { status } = open(
    reportOf({ status: "awaitingClarification", output: "Well" }, { currentStep: "Writing", activity: [entry("a")] }),
  );
  expect(await status()).toEqual({ id: TASK, output: "Well", status: "awaitingClarification", title: "Chat" });
});

test.each([
  ["completed", true],
  ["failed", false],
] as const)("a task that is %s is told with how it ended", async (state, success) => {
  const { status } = open(
    reportOf({ status: state, summary: "It ended", sessionKey: "chat-7" }, { activity: [entry("a")] }),
  );
  expect(await status()).toEqual({
    id: TASK,
    session_id: "chat-7",
    status: state,
    success,
    summary: "It ended",
    title: "Chat",
  });
});

test("a session without a key of the plugin's is told by its id", async () => {
  const report = reportOf({ status: "completed", summary: "It ended" });
  expect((await open(report).status()).session_id).toBe(report.task.sessionId);
});

test("a task that was cancelled says that, and nothing of success", async () => {
  const { status } = open(reportOf({ status: "cancelled", summary: "Cancelled" }));
  expect(await status()).toEqual({ id: TASK, status: "cancelled", title: "Chat" });
});

test("the last draft is told as the object that it was", async () => {
  expect((await open(reportOf({ draft: '{"text":"dear","n":[1]}' })).status()).draft).toEqual({ text: "dear", n: [1] });
  for (const draft of ["[1]", "no", '"text"', null])
    expect(await open(reportOf({ draft })).status()).not.toHaveProperty("draft");
});

test.each(["", "x", `${TASK}0`, "../tasks", "%s"])("%j is no id of a task", async (id) => {
  const { status, rows } = open(reportOf());
  expect(await status(id)).toEqual({ error: "invalid_task_id", message: expect.any(String) });
  expect(rows).toMatchObject([{ status: 400 }]);
});

test("an id is found in any case of letters", async () => {
  expect((await open(reportOf()).status(TASK.toLowerCase())).id).toBe(TASK);
});

test("a task that there is not and one of another plugin are told alike", async () => {
  const { status, rows } = open(reportOf({ id: OTHER_TASK, pluginId: "another" }));
  const unknown = await status(TASK);
  expect(unknown).toEqual({ error: "not_found", message: expect.any(String) });
  expect(await status(OTHER_TASK)).toEqual(unknown);
  expect(rows).toMatchObject([{ status: 404 }, { status: 404 }]);
});

test("NULL is answered with NULL", async () => {
  expect(await open().call("task_status", [null])).toBeNull();
});

test("no more is told of the feed than TASK_FEED_ENTRIES_MAX, the newest", async () => {
  const feed = (count: number) => Array.from({ length: count }, (_, i) => entry(`${i}`));
  const shown = async (count: number) =>
    (await open(reportOf({}, { activity: feed(count) })).status()).activity.map(({ detail }: TaskActivity) => detail);
  expect(await shown(TASK_FEED_ENTRIES_MAX)).toHaveLength(TASK_FEED_ENTRIES_MAX);
  expect(await shown(TASK_FEED_ENTRIES_MAX + 1)).toEqual(
    feed(TASK_FEED_ENTRIES_MAX + 1)
      .slice(1)
      .map((one) => one.detail),
  );
});

test("of a text of more than TASK_OUTPUT_CHARS_MAX characters the end is told", async () => {
  const output = async (text: string) => (await open(reportOf({ output: text })).status()).output;
  const most = `a${"b".repeat(TASK_OUTPUT_CHARS_MAX - 1)}`;
  expect((await output(most)) === most).toBe(true);
  expect((await output(`${most}c`)) === `${most}c`.slice(1)).toBe(true);
});

test("the list has the plugin's own tasks that are not over, as task_status has them", async () => {
  const own = reportOf({ output: "So far" }, { activity: [entry("a")] });
  const { status, list, rows } = open(
    own,
    reportOf({ id: OTHER_TASK, status: "awaitingClarification" }),
    reportOf({ id: OTHER_TASK, status: "completed" }),
    reportOf({ id: OTHER_TASK, pluginId: "another" }),
  );
  expect(await list()).toEqual({
    tasks: [await status(), { id: OTHER_TASK, status: "awaitingClarification", title: "Chat" }],
  });
  expect(rows[0]).toMatchObject({ method: "GET", path: "/host-api/tasks", status: 200 });
});

test("a plugin without a task has an empty list", async () => {
  expect(await open().call("list_active_tasks")).toBe('{"tasks":[]}');
});

test("a list has TASKS_REPORTED_CHARS_MAX characters of texts and drafts; behind that, tasks are in it without", async () => {
  const draft = `"${"d".repeat(TASKS_REPORTED_CHARS_MAX / 4 - 2)}"`;
  const large = (id: string, more = "") =>
    reportOf({ id, output: "o".repeat(TASKS_REPORTED_CHARS_MAX / 4), draft: draft + more });
  const outputs = async (...reports: TaskReport[]) =>
    (await open(...reports).list()).tasks.map(({ output }: { output?: string }) => output !== undefined);
  expect(await outputs(large(TASK), large(OTHER_TASK))).toEqual([true, true]);
  expect(await outputs(large(TASK), large(OTHER_TASK, " "), reportOf({ output: "o" }))).toEqual([true, false, false]);
});

test.each(["task_status", "list_active_tasks"] as const)("%s waits for room before it reads anything", async (name) => {
  const { call } = open(reportOf());
  const answer = await call(name, [TASK], { room: async () => false });
  expect(JSON.parse(answer!)).toMatchObject({ error: "context_unavailable" });
});
