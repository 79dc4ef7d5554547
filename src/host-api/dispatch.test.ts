import { expect, test } from "vitest";
import { AGENT, OTHER_AGENT, openHostApi } from "../../test/helpers/host-api.ts";
import { toldInference } from "../../test/helpers/told-inference.ts";
import { TASK, toldTasks } from "../../test/helpers/told-tasks.ts";
import { HostError } from "../protocol/errors.ts";
import type { HostCall } from "../protocol/host-slots.ts";
import { OWN_TOOLS } from "../protocol/own-tools.ts";

function open(told: Parameters<typeof toldTasks>[0] = {}, deps: Parameters<typeof openHostApi>[0] = {}) {
  const tasks = toldTasks(told);
  const api = openHostApi({ inference: toldInference(), tasks, toolIds: () => ["reply", "clarify"], ...deps });
  return {
    ...api,
    tasks,
    dispatch: async (members: object, context?: Partial<HostCall>) =>
      JSON.parse((await api.call("dispatch", [JSON.stringify(members)], context))!),
  };
}

const fails = (...args: ConstructorParameters<typeof HostError>) => ({
  dispatch: () => {
    throw new HostError(...args);
  },
});

test("a dispatch is answered with the id of its task, on one line, and goes to the agent of the call", async () => {
  const { call, tasks, rows } = open({}, { instructions: () => "be kind" });
  const request = { prompt: "do it", title: "T", session_id: "chat-7", tools: ["reply"], id: TASK.toLowerCase() };
  expect(await call("dispatch", [JSON.stringify(request)])).toBe(`{"id":"${TASK}","status":"running"}`);
  expect(tasks.dispatched).toEqual([
    {
      pluginId: "p",
      agent: expect.objectContaining({ id: AGENT }),
      prompt: "do it",
      title: "T",
      id: TASK.toLowerCase(),
      sessionKey: "chat-7",
      tools: ["reply"],
      instructions: "be kind",
    },
  ]);
  expect(rows).toMatchObject([{ method: "POST", path: "/host-api/dispatch", status: 202, agentId: AGENT }]);
});

test("NULL is answered with NULL", async () => {
  const { call, tasks } = open();
  expect(await call("dispatch", [null])).toBeNull();
  expect(tasks.dispatched).toEqual([]);
});

test.each([
  ["{}", "invalid_request", "Missing required field: prompt"],
  ['{"prompt":" "}', "invalid_request", "Prompt is empty"],
  ["no", "invalid_request", "the request is no valid JSON"],
])("%s is refused, and nothing is started", async (json, error, message) => {
  const { call, tasks, rows } = open();
  expect(JSON.parse((await call("dispatch", [json]))!)).toEqual({ error, message });
  expect(tasks.dispatched).toEqual([]);
  expect(rows).toMatchObject([{ status: 400, errorCode: "invalid_request", request: json }]);
});

test("where no agent is bound nothing is started, with a warning, once", async () => {
  const { dispatch, tasks, warnings } = open();
  for (let i = 0; i < 2; i++) {
    const answer = await dispatch({ prompt: "do it" }, { agentId: undefined });
    expect(answer).toEqual({ error: "missing_agent_context", message: expect.any(String) });
  }
  expect(tasks.dispatched).toEqual([]);
  expect(warnings).toEqual([expect.stringMatching(/^\[PluginHostAPI\] dispatch was called where no agent is bound/)]);
});

test("for an agent that is not there any more nothing is started", async () => {
  const { dispatch, tasks, warnings } = open({}, { inference: toldInference({ agent: async () => undefined }) });
  expect(await dispatch({ prompt: "do it" })).toMatchObject({ error: "missing_agent_context" });
  expect(tasks.dispatched).toEqual([]);
  expect(warnings).toHaveLength(1);
});

test("a request that is wrong is told before an agent that is missing", async () => {
  expect(await open().dispatch({}, { agentId: undefined })).toMatchObject({ error: "invalid_request" });
});

test("an agent that the request names is ignored, with a warning, once", async () => {
  const { dispatch, tasks, warnings } = open();
  for (let i = 0; i < 2; i++) await dispatch({ prompt: "do it", agent_id: OTHER_AGENT, agent_address: "0x0" });
  expect(tasks.dispatched.map(({ agent }) => agent.id)).toEqual([AGENT, AGENT]);
  expect(warnings).toEqual([expect.stringMatching(/^\[PluginHostAPI\] dispatch was given agent_id and agent_address/)]);
});

test("tools of the plugin's own go along; those of the host need not; others leave a warning each, once", async () => {
  const { dispatch, tasks, warnings } = open({}, { toolIds: () => ["reply"] });
  const tools = ["web_search", "reply", ...OWN_TOOLS, "p__reply"];
  for (let i = 0; i < 2; i++) await dispatch({ prompt: "do it", tools });
  expect(tasks.dispatched.map((request) => request.tools)).toEqual([["reply"], ["reply"]]);
  expect(warnings).toEqual([
    "[PluginHostAPI] Plugin 'p' requested tool 'web_search' on dispatch but it is not in the allowed set",
    "[PluginHostAPI] Plugin 'p' requested tool 'p__reply' on dispatch but it is not in the allowed set",
  ]);
});

test("a tool of the plugin's own that has the name of one of the host's is its own", async () => {
  const { dispatch, tasks } = open();
  await dispatch({ prompt: "do it", tools: ["clarify"] });
  expect(tasks.dispatched[0]!.tools).toEqual(["clarify"]);
});

test("too many dispatches are told with how long to wait", async () => {
  const { dispatch, rows } = open(fails("rate_limited", "too often", { details: { retry_after_ms: 1_234 } }));
  expect(await dispatch({ prompt: "do it" })).toEqual({
    error: "rate_limit_exceeded",
    message: "Dispatch rate limit (10/min) exceeded",
    retry_after_ms: 1_234,
  });
  expect(rows).toMatchObject([{ status: 429, errorCode: "rate_limit_exceeded" }]);
});

test.each([
  ["task_limit_reached", "task_limit_reached", 429],
  ["agent_unknown", "missing_agent_context", 500],
  ["request_invalid", "invalid_request", 400],
] as const)("%s is told as %s", async (code, error, status) => {
  const { dispatch, rows } = open(fails(code, "it is so"));
  expect(await dispatch({ prompt: "do it" })).toEqual({ error, message: "It is so." });
  expect(rows).toMatchObject([{ status, errorCode: error }]);
});

test("what nobody foresaw is told without its message", async () => {
  const { dispatch, warnings } = open({
    dispatch: () => {
      throw new Error("the secret is 42");
    },
  });
  expect(JSON.stringify(await dispatch({ prompt: "do it" }))).not.toContain("42");
  expect(warnings).toEqual([expect.stringContaining("dispatch failed")]);
});

test.each([true, false])("a task is told of once the plugin has its id, or never will: %s", async (isTaken) => {
  const { dispatch, tasks } = open();
  const taken = Promise.withResolvers<boolean>();
  await dispatch({ prompt: "do it" }, { taken: () => taken.promise });
  expect(tasks.released).toEqual([]);
  taken.resolve(isTaken);
  await taken.promise;
  await undefined;
  expect(tasks.released).toEqual([TASK]);
});

test("a dispatch that is refused asks for no word of its answer", async () => {
  const { dispatch } = open(fails("task_limit_reached", "it is so"));
  await dispatch({ prompt: "do it" }, { taken: () => expect.fail("it asked") });
});
