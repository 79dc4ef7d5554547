import { describe, expect, onTestFinished, test, vi } from "vitest";
import { JsonNumber } from "../base/ordered-json.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { type ErrorCode, HostError } from "../protocol/errors.ts";
import { CALL_MS_MAX, HOST_FIELDS_BYTES_MAX, JSON_VALUES_MAX } from "../protocol/limits.ts";
import type { PermissionPolicy } from "../protocol/manifest.ts";
import { type CallablePlugin, callTool, type ToolCall } from "./call-tool.ts";
import type { AskConsent, ConsentAnswer, ConsentQuestion } from "./permissions.ts";
import { ungrantable } from "./tool-facts.ts";

/** A plugin with three tools that answers with the given text, or fails with the given error. */
function plugin(answer: string | null | HostError, seen: unknown[] = []): CallablePlugin {
  const tool = { description: "what it does" };
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
  await callTool(plugin('{"ok":true}', seen), { ...call, timeoutMs: 60_000 });
  const bound = { agentId: DEFAULT_AGENT_ID, deadlineMs: expect.any(Number), countsHostCalls: true };
  expect(seen).toEqual([["free", call.input, bound]]);
  const [[, , { deadlineMs }]] = seen as [[string, string, { deadlineMs: number }]];
  expect(deadlineMs > 0 && deadlineMs <= 60_000).toBe(true);
});

test("a tool that is not there is never called", async () => {
  const seen: unknown[] = [];
  await expect(callTool(plugin("", seen), { ...call, tool: "fre" })).rejects.toMatchObject({
    code: "tool_unknown",
    hint: "it has: free, asks, denied",
  });
  expect(seen).toEqual([]);
});

test("a tool that is held back is not called, whatever its policy, its arguments and the caller's consent; else it is", async () => {
  const refusal = new HostError("definition_changed", "it changed");
  for (const refusalOf of [() => refusal, async () => refusal]) {
    for (const tool of ["free", "asks", "denied"]) {
      const seen: unknown[] = [];
      const held = { ...plugin('{"ok":true}', seen), definitions: { refusalOf, notice: async () => new Map() } };
      const outcome = await callTool(held, { ...call, tool, input: "no json", consent: "given" });
      expect(outcome.envelope).toMatchObject({ ok: false, kind: "rejected", code: "definition_changed" });
      expect(outcome.breakdown).toBe(refusal);
      expect(seen).toEqual([]);
    }
  }
  // The same plugin without a guard: what keeps the calls above from it is the guard alone.
  const seen: unknown[] = [];
  const free = {
    ...plugin('{"ok":true}', seen),
    definitions: { refusalOf: () => undefined, notice: async () => new Map() },
  };
  for (const guarded of [free, plugin('{"ok":true}', seen)]) await callTool(guarded, call);
  expect(seen).toHaveLength(2);
});

test("a tool answers to its own id, to the name with its plugin in front, and to both ids", async () => {
  for (const tool of ["asks", "p__asks", "p/asks"]) {
    const seen: unknown[][] = [];
    const outcome = await callTool(plugin('{"ok":true}', seen), { ...call, tool, consent: "given" });
    expect(outcome.envelope).toMatchObject({ ok: true, tool: "asks" });
    expect(seen[0]![0]).toBe("asks");
  }
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

test("a call for what is no agent's id is refused before anything is looked up or asked", async () => {
  const seen: unknown[] = [];
  const asked = { ...plugin('{"ok":true}', seen), ...policyOf("auto"), hostFields: () => void seen.push("fields") };
  const lower = "aaaaaaaa-0000-0000-0000-000000000001";
  // The last one would be another agent than the one that decisions were made for.
  for (const agentId of [
    "",
    " ",
    "default",
    "nobody",
    `${DEFAULT_AGENT_ID}\n`,
    lower,
    undefined as unknown as string,
  ]) {
    await expect(callTool(asked, { ...call, agentId })).rejects.toMatchObject({ code: "agent_unknown" });
  }
  expect(seen).toEqual([]);
  expect((await callTool(asked, { ...call, agentId: lower.toUpperCase() })).envelope.ok).toBe(true);
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

const policyOf = (policy: PermissionPolicy | undefined) => ({ grants: { policyOf: () => policy } });
const policyLater = (policy: PermissionPolicy | undefined) => ({ grants: { policyOf: async () => policy } });
const answering =
  (answer: ConsentAnswer | undefined, questions: ConsentQuestion[] = []): AskConsent =>
  async (question) => {
    questions.push(question);
    return answer;
  };
const YES: ConsentAnswer = { allow: true, remembered: true };
const NO: ConsentAnswer = { allow: false, remembered: false };

/** Calls a tool of a plugin with these decisions; gives what came of it and whether the plugin was called. */
async function gated(more: Partial<CallablePlugin>, given: Partial<ToolCall> = {}) {
  const seen: unknown[] = [];
  const notes: string[] = [];
  const gate = { ...plugin('{"ok":true}', seen), note: (text: string) => void notes.push(text), ...more };
  const { envelope, breakdown } = await callTool(gate, { ...call, ...given });
  const kind = envelope.ok ? "ran" : envelope.kind;
  expect(seen.length).toBe(envelope.ok ? 1 : 0);
  if (breakdown) expect(envelope).toMatchObject({ code: breakdown.code, message: breakdown.message, retryable: false });
  return { verdict: breakdown ? `${kind} ${breakdown.code}` : kind, hint: breakdown?.hint, notes };
}

test.each<[string, string, Partial<CallablePlugin>, Partial<ToolCall>]>([
  ["the manifest's auto", "ran", {}, { tool: "free" }],
  ["the manifest's deny", "rejected tool_denied", {}, { tool: "denied" }],
  [
    "the manifest's deny, although the caller consents",
    "rejected tool_denied",
    {},
    { tool: "denied", consent: "given" },
  ],
  ["the manifest's ask with nobody to be asked", "rejected approval_missing", {}, { tool: "asks" }],
  ["the manifest's ask with the caller's consent", "ran", {}, { tool: "asks", consent: "given" }],
  [
    "a question that nobody is to be asked",
    "rejected approval_missing",
    { ask: answering(YES) },
    { tool: "asks", consent: "refused" },
  ],
  ["a yes", "ran", { ask: answering(YES) }, { tool: "asks" }],
  ["a no", "user_denied approval_denied", { ask: answering(NO) }, { tool: "asks" }],
  ["no answer", "rejected approval_missing", { ask: answering(undefined) }, { tool: "asks" }],
  ["a grant over the manifest's ask", "ran", policyOf("auto"), { tool: "asks" }],
  ["a grant that has to be looked up", "ran", policyLater("auto"), { tool: "asks" }],
  ["a grant over the manifest's deny", "ran", policyOf("auto"), { tool: "denied" }],
  ["a refusal over the manifest's auto", "rejected tool_denied", policyOf("deny"), { tool: "free" }],
  [
    "a refusal although the caller consents",
    "rejected tool_denied",
    policyOf("deny"),
    { tool: "asks", consent: "given" },
  ],
  ["a wish to be asked over the manifest's auto", "rejected approval_missing", policyOf("ask"), { tool: "free" }],
  ["no decision", "ran", policyOf(undefined), { tool: "free" }],
])("%s: %s", async (_name, verdict, more, given) => {
  const result = await gated(more, given);
  expect(result.verdict).toBe(verdict);
  expect(result.notes).toEqual(verdict === "ran" ? [] : [`[Osaurus][Tool] permission denied: ${given.tool}`]);
});

test("what is missing is named with what would give it", async () => {
  const { hint } = await gated({}, { tool: "asks" });
  expect(hint).toContain("--yes");
  expect(hint).toContain("osaurus approvals allow");
  const remembered = await gated({ ask: answering({ allow: false, remembered: true }) }, { tool: "asks" });
  expect(remembered.hint).toContain("osaurus permissions reset p/asks");
});

test("a question has the arguments as the plugin will get them, without what the host adds", async () => {
  const questions: ConsentQuestion[] = [];
  const seen: unknown[][] = [];
  const asking = {
    ...plugin('{"ok":true}', seen),
    ask: answering(YES, questions),
    hostFields: () => ({ secrets: new Map([["token", "s3cret"]]) }),
  };
  await callTool(asking, { ...call, tool: "asks", input: '{"_secrets":{"token":"fake"}, "a":1.0}' });
  expect(questions).toEqual([
    {
      pluginId: "p",
      toolId: "asks",
      agentId: DEFAULT_AGENT_ID,
      description: "what it does",
      requirements: [],
      input: '{"a":1.0}',
    },
  ]);
  expect(seen[0]![1]).toBe('{"a":1.0,"_secrets":{"token":"s3cret"}}');
});

test("nobody is asked about arguments that are wrong, or about a tool that cannot run here", async () => {
  const questions: ConsentQuestion[] = [];
  const tools = [
    { id: "strict", description: "", parameters: { type: "object", required: ["a"] } },
    { id: "calendar", description: "", requirements: ["network", "calendar"] },
  ];
  const asking = {
    ...plugin('{"ok":true}'),
    manifest: { plugin_id: "p", capabilities: { tools } },
    ask: answering(YES, questions),
  } as unknown as CallablePlugin;
  expect((await callTool(asking, { ...call, tool: "strict", input: "{}" })).envelope).toMatchObject({ field: "a" });
  if (process.platform !== "darwin") {
    const { envelope } = await callTool(asking, { ...call, tool: "calendar", consent: "given" });
    expect(envelope).toMatchObject({
      kind: "unavailable",
      retryable: false,
      message: expect.stringContaining("calendar"),
    });
  }
  expect(questions).toEqual([]);
});

test("what only macOS can grant is out of reach elsewhere, and what is unknown is not", () => {
  expect(ungrantable(["network", "calendar", "my-own"], "linux")).toEqual(["calendar"]);
  expect(ungrantable(["calendar"], "darwin")).toEqual([]);
});

/** Waits until it is told to stop. */
const waitsForEver: AskConsent = (_question, signal) =>
  new Promise((resolve) => signal!.addEventListener("abort", () => resolve(undefined), { once: true }));

test("a question ends with the caller's time, and the caller is told that consent is missing", async () => {
  expect((await gated({ ask: waitsForEver }, { tool: "asks", timeoutMs: 1 })).verdict).toBe(
    "rejected approval_missing",
  );
  // Also when whoever asks does not listen.
  const deaf: AskConsent = () => new Promise(() => {});
  expect((await gated({ ask: deaf }, { tool: "asks", timeoutMs: 1 })).verdict).toBe("rejected approval_missing");
});

test("a caller who goes away takes the question back", async () => {
  for (const before of [true, false]) {
    const leaving = new AbortController();
    if (before) leaving.abort();
    const asked = callTool({ ...plugin(""), ask: waitsForEver }, { ...call, tool: "asks", signal: leaving.signal });
    leaving.abort();
    await expect(asked).rejects.toMatchObject({ code: "interrupted" });
  }
});

test("the time in which somebody is asked counts against the caller's bound only", async () => {
  const seen: { deadlineMs: number }[] = [];
  let askedMs = 0;
  const now = performance.now.bind(performance);
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now() + askedMs);
  onTestFinished(() => clock.mockRestore());
  const slowly: AskConsent = async () => {
    askedMs += 20_000;
    return YES;
  };
  const asking: CallablePlugin = {
    ...plugin(""),
    ask: slowly,
    async invokeTool(_tool, _input, options) {
      seen.push(options);
      return '{"ok":true}';
    },
  };
  await callTool(asking, { ...call, tool: "asks" });
  await callTool(asking, { ...call, tool: "asks", timeoutMs: 60_000 });
  expect(seen[0]!.deadlineMs).toBe(CALL_MS_MAX);
  expect(seen[1]!.deadlineMs).toBeLessThanOrEqual(40_000);
});

test("settings that cannot be read, or do not fit, are why a call breaks down", async () => {
  const unreadable = { hostFields: () => Promise.reject(new HostError("store_broken", "m")) };
  const tooMuch = { hostFields: () => ({ secrets: new Map([["k", "x".repeat(HOST_FIELDS_BYTES_MAX)]]) }) };
  for (const more of [unreadable, tooMuch]) {
    const { envelope, breakdown } = await callTool({ ...plugin('{"ok":true}'), ...more }, call);
    expect(envelope).toMatchObject({ ok: false, code: "store_broken" });
    expect(breakdown).toMatchObject({ code: "store_broken" });
  }
});

test("what an author should know is noted once, and what looks like a failure is marked", async () => {
  const notes: string[] = [];
  const both = { ...plugin('{"ok":true,"result":1,"data":2}'), note: (text: string) => void notes.push(text) };
  const outcomes = [await callTool(both, call), await callTool(both, call)];
  expect(outcomes.map(({ suspected }) => suspected)).toEqual([undefined, undefined]);
  expect(notes).toEqual([expect.stringContaining('"free" answers with "result" and "data"')]);
  expect(await callTool(plugin('{"error":"no token"}'), call)).toMatchObject({
    suspected: true,
    envelope: { ok: true },
  });
});

describe("arguments that whoever allows the call changed", () => {
  const parameters = { type: "object", properties: { n: { type: "integer" } }, additionalProperties: false };
  const tool = { id: "asks", description: "what it does", parameters };

  async function callEdited(edited: string, more: Partial<CallablePlugin> = {}) {
    const seen: unknown[][] = [];
    const questions: ConsentQuestion[] = [];
    const ask: AskConsent = async (question) => {
      questions.push(question);
      return { allow: true, remembered: false, edited };
    };
    const asking = { ...plugin('{"ok":true,"result":1}', seen), ask, ...more };
    const manifest = { plugin_id: "p", capabilities: { tools: [tool] } };
    const outcome = await callTool({ ...asking, manifest }, { ...call, tool: "asks", input: '{"n":1}' });
    return { outcome, seen, questions };
  }

  test("are what the plugin gets, with what the host adds, and the outcome says so", async () => {
    const hostFields = () => ({ secrets: new Map([["key", "value"]]) });
    const { outcome, seen, questions } = await callEdited('{"n":2}', { hostFields });
    expect(questions).toMatchObject([{ input: '{"n":1}', schema: parameters }]);
    expect(seen.map((one) => one.slice(0, 2))).toEqual([["asks", '{"n":2,"_secrets":{"key":"value"}}']]);
    expect(outcome).toMatchObject({ envelope: { ok: true, result: 1 }, edited: '{"n":2}' });
  });

  test("are checked as those of the model are: what is wrong never reaches the plugin", async () => {
    for (const edited of ['{"n":"two"}', '{"m":1}', "no json", "[1]"]) {
      const { outcome, seen } = await callEdited(edited);
      expect(outcome.envelope).toMatchObject({ ok: false, kind: "invalid_args" });
      expect(seen).toEqual([]);
    }
  });

  test("have nothing in them that only the host may say", async () => {
    const hostFields = () => ({ secrets: new Map([["key", "value"]]) });
    const free = { ...tool, parameters: { type: "object" } };
    const seen: unknown[][] = [];
    const ask: AskConsent = async () => ({
      allow: true,
      remembered: false,
      edited: '{"n":2,"_secrets":{"key":"mine"}}',
    });
    const manifest = { plugin_id: "p", capabilities: { tools: [free] } };
    await callTool({ ...plugin("{}", seen), ask, hostFields, manifest }, { ...call, tool: "asks" });
    expect(seen.map((one) => one.slice(0, 2))).toEqual([["asks", '{"n":2,"_secrets":{"key":"value"}}']]);
  });

  test("that are the same as before are no change", async () => {
    const { outcome, seen } = await callEdited('{"n":1}');
    expect(seen.map((one) => one.slice(0, 2))).toEqual([["asks", '{"n":1}']]);
    expect(outcome).not.toHaveProperty("edited");
  });
});
