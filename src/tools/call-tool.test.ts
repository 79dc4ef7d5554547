import { expect, test } from "vitest";
import { JsonNumber } from "../base/ordered-json.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { type ErrorCode, HostError } from "../protocol/errors.ts";
import { CALL_MS_MAX, JSON_VALUES_MAX } from "../protocol/limits.ts";
import { type CallablePlugin, callTool } from "./call-tool.ts";

/** A plugin with three tools that answers with the given text, or fails with the given error. */
function plugin(answer: string | null | HostError, seen: unknown[] = []): CallablePlugin {
  const tool = { description: "" };
  return {
    manifest: {
      plugin_id: "p",
      capabilities: {
        tools: [
          { ...tool, id: "free", permission_policy: "auto" },
          { ...tool, id: "asks" },
          { ...tool, id: "denied", permission_policy: "deny" },
        ],
      },
    },
    async invokeTool(...args) {
      seen.push(args);
      if (answer instanceof HostError) throw answer;
      return answer;
    },
  };
}

const call = { tool: "free", input: '{"a":1}', agentId: DEFAULT_AGENT_ID };

test("the plugin gets the arguments byte for byte, the agent, and the usual deadline", async () => {
  const seen: unknown[] = [];
  await callTool(plugin('{"ok":true}', seen), call);
  const usual = { agentId: DEFAULT_AGENT_ID, deadlineMs: CALL_MS_MAX, countsHostCalls: false };
  expect(seen).toEqual([["free", '{"a":1}', usual]]);
});

test("a bound of the caller's counts everything", async () => {
  const seen: unknown[] = [];
  await callTool(plugin('{"ok":true}', seen), { ...call, timeoutMs: 7 });
  expect(seen).toEqual([["free", call.input, { agentId: DEFAULT_AGENT_ID, deadlineMs: 7, countsHostCalls: true }]]);
});

test("a tool that is not there, and one that is denied, are never called", async () => {
  const seen: unknown[] = [];
  await expect(callTool(plugin("", seen), { ...call, tool: "fre" })).rejects.toMatchObject({
    code: "tool_unknown",
    hint: "it has: free, asks, denied",
  });
  await expect(callTool(plugin("", seen), { ...call, tool: "denied" })).rejects.toMatchObject({ code: "tool_denied" });
  expect(seen).toEqual([]);
});

test.each<[ErrorCode, string, boolean]>([
  ["plugin_crashed", "execution_error", true],
  ["plugin_exited", "execution_error", true],
  ["plugin_timeout", "timeout", true],
  ["plugin_overloaded", "unavailable", true],
  ["plugin_restarting", "unavailable", true],
  ["output_too_large", "execution_error", false],
])("%s becomes an envelope of the kind %s", async (code, kind, retryable) => {
  const error = new HostError(code, "what happened");
  const { envelope, breakdown, exactResult } = await callTool(plugin(error), call);
  expect(envelope).toEqual({ ok: false, tool: "free", kind, code, message: "what happened", retryable });
  expect(breakdown).toBe(error);
  expect(exactResult()).toBeUndefined();
});

test("what the caller got wrong is thrown, and so is a mistake of ours", async () => {
  const tooLarge = new HostError("input_too_large", "m");
  await expect(callTool(plugin(tooLarge), call)).rejects.toBe(tooLarge);
  const broken = { ...plugin(""), invokeTool: () => Promise.reject(new TypeError("a bug")) };
  await expect(callTool(broken, call)).rejects.toThrow("a bug");
});

test("the exact result keeps numbers and the order of members, and prefers result over data", async () => {
  const { exactResult } = await callTool(
    plugin('{"ok":true,"data":1,"result":{"2":12345678901234567890,"1":1.0}}'),
    call,
  );
  const result = exactResult() as Map<string, JsonNumber>;
  expect([...result].map(([name, value]) => [name, value.text])).toEqual([
    ["2", "12345678901234567890"],
    ["1", "1.0"],
  ]);
  const withNull = await callTool(plugin('{"ok":true,"result":null,"data":5}'), call);
  expect(withNull.exactResult()).toBeNull();
});

test("a result of more values than anybody should read is an error when it is shown", async () => {
  const values = (count: number) => `{"ok":true,"result":[${"0,".repeat(count - 1)}0]}`;
  const { exactResult } = await callTool(plugin(values(JSON_VALUES_MAX + 1)), call);
  expect(exactResult).toThrow(expect.objectContaining({ code: "output_too_large" }));
  expect((await callTool(plugin(values(1000)), call)).exactResult()).toHaveLength(1000);
});

test("an answer that is a plain number is text, not a number of JSON", async () => {
  const { exactResult } = await callTool(plugin("42"), call);
  expect(exactResult()).toBe("42");
  expect(exactResult()).not.toBeInstanceOf(JsonNumber);
});
