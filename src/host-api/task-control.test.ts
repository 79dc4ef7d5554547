import { expect, test } from "vitest";
import { openHostApi } from "../../test/helpers/host-api.ts";
import { toldInference } from "../../test/helpers/told-inference.ts";
import { OTHER_TASK, reportOf, TASK, toldTasks } from "../../test/helpers/told-tasks.ts";
import { TASK_DRAFT_CHARS_MAX, TASK_MESSAGE_CHARS_MAX } from "../protocol/limits.ts";

/** One task of the plugin runs; another one is another plugin's. */
function open(task: Parameters<typeof reportOf>[0] = {}) {
  const tasks = toldTasks({ reports: [reportOf(task), reportOf({ id: OTHER_TASK, pluginId: "another" })] });
  return { ...openHostApi({ inference: toldInference(), tasks }), tasks };
}

const CONTROLS = [
  ["dispatch_cancel", []],
  ["dispatch_interrupt", ["wait"]],
  ["send_draft", ["{}"]],
] as const;

test("each function does what it says to the task, and answers nothing", async () => {
  const { call, tasks, rows, warnings } = open();
  for (const [name, more] of CONTROLS) expect(await call(name, [TASK, ...more])).toBeNull();
  expect(tasks.asked).toEqual([
    ["cancel", "p", TASK],
    ["interrupt", "p", TASK, "wait"],
    ["draft", "p", TASK, "{}"],
  ]);
  expect(rows).toMatchObject([
    { method: "DELETE", path: `/host-api/tasks/${TASK}`, status: 204, errorCode: undefined },
    { method: "POST", path: `/host-api/tasks/${TASK}/interrupt`, status: 200, request: "wait" },
    { method: "POST", path: `/host-api/tasks/${TASK}/draft`, status: 200, request: "{}" },
  ]);
  expect(warnings).toEqual([]);
});

test.each(CONTROLS)("%s of what is no id does nothing, with a warning, once", async (name, more) => {
  const { call, tasks, rows, warnings } = open();
  for (const id of ["", "mine", "x"]) expect(await call(name, [id, ...more])).toBeNull();
  expect(tasks.asked).toEqual([]);
  expect(warnings).toEqual([`[PluginHostAPI] ${name} was given an id of a task that is no UUID; nothing was done`]);
  expect(rows.filter(({ kind }) => kind === "host")).toMatchObject(Array(3).fill({ errorCode: "invalid_task_id" }));
});

test.each(CONTROLS)(
  "%s of another plugin's task is that of none: nothing, with a warning, once",
  async (name, more) => {
    const { call, rows, warnings } = open();
    const unknown = "FFFFFFFF-0000-0000-0000-000000000006";
    for (const id of [OTHER_TASK, unknown]) expect(await call(name, [id, ...more])).toBeNull();
    expect(warnings).toEqual([expect.stringMatching(`^\\[PluginHostAPI\\] ${name} was given the id of no task`)]);
    const [foreign, none] = rows.filter(({ kind }) => kind === "host");
    const same = ({ status, errorCode, response }: NonNullable<typeof foreign>) => ({ status, errorCode, response });
    expect(same(foreign!)).toEqual({ ...same(none!), errorCode: "not_found" });
  },
);

test("a draft for a task that is over leaves a warning; cancelling or interrupting one does not", async () => {
  const { call, warnings } = open({ status: "completed" });
  await call("dispatch_cancel", [TASK]);
  await call("dispatch_interrupt", [TASK, "wait"]);
  expect(warnings).toEqual([]);
  await call("send_draft", [TASK, "{}"]);
  expect(warnings).toEqual([expect.stringContaining("send_draft")]);
});

test.each([
  [" wait \n", "wait"],
  [" ", null],
  ["", null],
  [null, null],
])("a message %j interrupts with %j", async (message, told) => {
  const { call, tasks } = open();
  await call("dispatch_interrupt", [TASK, message]);
  expect(tasks.asked).toEqual([["interrupt", "p", TASK, told]]);
});

test("a message may have TASK_MESSAGE_CHARS_MAX characters; with one more, nothing is interrupted", async () => {
  const { call, tasks, warnings } = open();
  const most = "x".repeat(TASK_MESSAGE_CHARS_MAX);
  await call("dispatch_interrupt", [TASK, `${most}x`]);
  expect([tasks.asked.length, warnings.length]).toEqual([0, 1]);
  await call("dispatch_interrupt", [TASK, ` ${most} `]);
  expect([tasks.asked.length, warnings.length]).toEqual([1, 1]);
});

test("a draft is handed on as it is, whatever is in it", async () => {
  const { call, tasks } = open();
  const drafts = ['{"no_text":1}', "[1]", "no JSON", ""];
  for (const draft of drafts) await call("send_draft", [TASK, draft]);
  expect(tasks.asked.map((asked) => asked[3])).toEqual(drafts);
});

test("a draft that is NULL is none, and nobody is warned", async () => {
  const { call, tasks, warnings } = open();
  await call("send_draft", [TASK, null]);
  expect([tasks.asked, warnings]).toEqual([[], []]);
});

test("a draft may have TASK_DRAFT_CHARS_MAX characters and not one more", async () => {
  const { call, tasks, warnings } = open();
  const most = JSON.stringify("x".repeat(TASK_DRAFT_CHARS_MAX - 2));
  await call("send_draft", [TASK, `${most} `]);
  expect([tasks.asked.length, warnings.length]).toEqual([0, 1]);
  await call("send_draft", [TASK, most]);
  expect([tasks.asked.length, warnings.length]).toEqual([1, 1]);
});

test("dispatch_clarify is only there for its place: nothing happens, and its row says so", async () => {
  const { call, tasks, rows, warnings } = open();
  expect(await call("dispatch_clarify", [TASK, "the blue one"])).toBeNull();
  expect(tasks.asked).toEqual([]);
  expect(warnings).toEqual([]);
  expect(rows).toMatchObject([
    { method: "POST", path: `/host-api/tasks/${TASK}/clarify`, status: 410, errorCode: "not_supported" },
  ]);
  expect(JSON.parse(rows[0]!.response!)).toMatchObject({ error: "not_supported" });
});

test("dispatch_add_issue is only there for its place: it answers not_supported", async () => {
  const { call, rows } = open();
  expect(JSON.parse((await call("dispatch_add_issue", [TASK, "{}"]))!)).toEqual({
    error: "not_supported",
    message: expect.any(String),
  });
  expect(rows).toMatchObject([{ path: `/host-api/tasks/${TASK}/issues`, status: 501, errorCode: "not_supported" }]);
});
