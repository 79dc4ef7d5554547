import { expect, test } from "vitest";
import {
  INFERENCE_MESSAGES_MAX,
  INFERENCE_REQUEST_BYTES_MAX,
  INFERENCE_TOOLS_MAX,
  JSON_DEPTH_MAX,
  JSON_VALUES_MAX,
  MODEL_NAME_CHARS_MAX,
  RUN_ITERATIONS_MAX,
  SESSION_KEY_CHARS_MAX,
  STREAM_ID_CHARS_MAX,
} from "../protocol/limits.ts";
import { parseCompletion } from "./parse-completion.ts";

const HELLO = { role: "user", content: "Hello" };

const parse = (members: object, name: "complete" | "complete_stream" = "complete_stream") =>
  parseCompletion(JSON.stringify({ messages: [HELLO], ...members }), name);

const problemOf = (members: object): string => {
  try {
    parse(members);
  } catch (error) {
    return (error as Error).message;
  }
  return "none";
};

test.each([undefined, null, "", "  ", "default", " Default ", "DEFAULT"])(
  "the model %j is the one of the agent or the host",
  (model) => {
    expect(parse({ model }).model).toBeUndefined();
  },
);

test("any other model is itself, without the space around it", () => {
  expect(parse({ model: " local " }).model).toBe("local");
  expect(parse({ model: "demo/Some-Model" }).model).toBe("demo/Some-Model");
});

test("messages are read with their calls, names and parts, and what a model thought is left out", () => {
  const image = { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } };
  const messages = [
    { role: "system", content: "Be brief." },
    { role: "user", content: [{ type: "text", text: "What is this?" }, image], name: "ann" },
    {
      role: "assistant",
      content: null,
      reasoning_content: "a secret thought",
      tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: '{"at":1}' } }],
    },
    { role: "tool", tool_call_id: "c1", content: "a cat" },
  ];
  expect(parse({ messages }).messages).toEqual([
    { role: "system", content: "Be brief." },
    { role: "user", content: [{ type: "text", text: "What is this?" }, image], name: "ann" },
    { role: "assistant", content: null, toolCalls: [{ id: "c1", name: "look", arguments: '{"at":1}' }] },
    { role: "tool", content: "a cat", toolCallId: "c1" },
  ]);
});

test("arguments of an earlier call may be the object that they stand for", () => {
  const call = { id: "c", function: { name: "f", arguments: { a: 1 } } };
  const [message] = parse({ messages: [{ role: "assistant", tool_calls: [call] }] }).messages;
  expect(message?.toolCalls).toEqual([{ id: "c", name: "f", arguments: '{"a":1}' }]);
});

test.each<[string, object]>([
  ["messages is missing", { messages: undefined }],
  ["messages is missing", { messages: null }],
  ["messages is no list", { messages: "Hello" }],
  ["messages is empty", { messages: [] }],
  ["messages[0] is no object", { messages: ["Hello"] }],
  ["messages[1].role is none of system", { messages: [HELLO, { role: "function", content: "x" }] }],
  ["messages[0].role is none of system", { messages: [{ content: "x" }] }],
  ["messages[0].content is missing", { messages: [{ role: "user" }] }],
  ["messages[0].content is missing", { messages: [{ role: "user", content: null }] }],
  ["messages[0].content is neither", { messages: [{ role: "user", content: 5 }] }],
  ["messages[0].content[1] is no object with a type", { messages: [{ role: "user", content: [{ type: "text" }, 5] }] }],
  ["messages[0].name is no text", { messages: [{ ...HELLO, name: 5 }] }],
  ["messages[0].tool_call_id is missing", { messages: [{ role: "tool", content: "x" }] }],
  ["messages[0].tool_calls is no list", { messages: [{ role: "assistant", tool_calls: {} }] }],
  ["messages[0].tool_calls[0] is no object with a function", { messages: [{ role: "assistant", tool_calls: [{}] }] }],
  [
    "messages[0].tool_calls[0].function.name is missing",
    { messages: [{ role: "assistant", tool_calls: [{ id: "c", function: {} }] }] },
  ],
  [
    "messages[0].tool_calls[0].id is missing",
    { messages: [{ role: "assistant", tool_calls: [{ function: { name: "f" } }] }] },
  ],
  ["model is no text", { model: 5 }],
  ["max_tokens is no whole number", { max_tokens: 1.5 }],
  ["max_tokens is less than 1", { max_tokens: 0 }],
  ["temperature is no number", { temperature: "hot" }],
  ["top_p is no number", { top_p: true }],
  ["frequency_penalty is no number", { frequency_penalty: [] }],
  ["presence_penalty is no number", { presence_penalty: {} }],
  ["stop is neither a text nor a list of texts", { stop: [1] }],
  ["n is less than 1", { n: -1 }],
  ["seed is no whole number", { seed: 0.5 }],
  ["tool_choice is neither a text nor an object", { tool_choice: 1 }],
  ["parallel_tool_calls is neither true nor false", { parallel_tool_calls: 1 }],
  ["response_format is no object", { response_format: "json" }],
  ["enable_thinking is neither true nor false", { enable_thinking: "yes" }],
  ["reasoning_effort is no text", { reasoning_effort: 3 }],
  ["max_iterations is no number", { max_iterations: "many" }],
  ["session_id is no text", { session_id: 5 }],
  ["stream_id is no text", { stream_id: {} }],
  ["tools[0] is no object", { tools: ["f"] }],
  ['tools[0].type is not "function"', { tools: [{ type: "web", function: { name: "f" } }] }],
  ["tools[0].function is no object", { tools: [{ type: "function" }] }],
  ["tools[0].function.name is missing", { tools: [{ function: { name: "" } }] }],
  ["tools[0].function.description is no text", { tools: [{ function: { name: "f", description: 1 } }] }],
  ["tools[0].function.parameters is no object", { tools: [{ function: { name: "f", parameters: [] } }] }],
])("%s: the message names the member", (problem, members) => {
  expect(problemOf(members)).toContain(problem);
});

test("sampling is passed on as it is, and what is null was left out", () => {
  const sampling = {
    max_tokens: 10,
    temperature: 0.5,
    top_p: 0.9,
    frequency_penalty: -1,
    presence_penalty: 1,
    stop: ["a", "b"],
    n: 1,
    seed: -7,
    tool_choice: { type: "function", function: { name: "f" } },
    parallel_tool_calls: false,
    response_format: { type: "json_object" },
    enable_thinking: false,
    reasoning_effort: "low",
  };
  expect(parse(sampling).sampling).toEqual(sampling);
  expect(parse({ temperature: null, stop: null, max_tokens: null }).sampling).toEqual({});
});

test("stream, preflight and what nobody knows are ignored, whatever they are", () => {
  const { sampling, ...rest } = parse({ stream: 5, preflight: {}, something: "else" });
  expect(sampling).toEqual({});
  expect(rest).not.toHaveProperty("something");
});

test("tools are a list of definitions, the agent's with true, and none otherwise", () => {
  const parameters = { type: "object", properties: { a: { type: "string" } } };
  const tools = [
    { type: "function", function: { name: "f", description: "does f", parameters } },
    { function: { name: "g" } },
  ];
  expect(parse({ tools }).tools).toEqual([
    { name: "f", description: "does f", parameters },
    { name: "g", description: "", parameters: { type: "object", properties: {} } },
  ]);
  expect(parse({ tools: true }).tools).toBe(true);
  for (const none of [false, "true", 1, {}, [], null, undefined]) expect(parse({ tools: none }).tools).toBeUndefined();
});

test.each([
  [1, 1],
  [0, 1],
  [-5, 1],
  [0.5, 1],
  [2.9, 2],
  [RUN_ITERATIONS_MAX, RUN_ITERATIONS_MAX],
  [RUN_ITERATIONS_MAX + 1, RUN_ITERATIONS_MAX],
  [1e300, RUN_ITERATIONS_MAX],
])("max_iterations %d is brought to %d", (given, taken) => {
  expect(parse({ max_iterations: given }).maxIterations).toBe(taken);
});

test("max_iterations that is too large for any number is the most that there may be", () => {
  const json = `{"messages":[${JSON.stringify(HELLO)}],"max_iterations":1e999}`;
  expect(parseCompletion(json, "complete").maxIterations).toBe(RUN_ITERATIONS_MAX);
});

test("a stream's name has no space around it, a blank one is none, and complete takes none", () => {
  expect(parse({ stream_id: " s 1 " }).streamId).toBe("s 1");
  expect(parse({ stream_id: " \n" }).streamId).toBeUndefined();
  expect(parse({ stream_id: "s" }, "complete").streamId).toBeUndefined();
  expect(parse({ stream_id: {} }, "complete").streamId).toBeUndefined();
});

test("a session's name is taken as it is, and a blank one is none", () => {
  expect(parse({ session_id: " a " }).sessionKey).toBe(" a ");
  expect(parse({ session_id: "  " }).sessionKey).toBeUndefined();
});

test("members that name an agent are told, also where they are null", () => {
  expect(parse({ agent_id: "x", agent_address: null }).agentMembers).toEqual(["agent_id", "agent_address"]);
  expect(parse({}).agentMembers).toEqual([]);
});

test.each<[string, (length: number) => object, number]>([
  ["model", (length) => ({ model: "x".repeat(length) }), MODEL_NAME_CHARS_MAX],
  ["session_id", (length) => ({ session_id: "x".repeat(length) }), SESSION_KEY_CHARS_MAX],
  ["stream_id", (length) => ({ stream_id: "x".repeat(length) }), STREAM_ID_CHARS_MAX],
  ["messages", (length) => ({ messages: Array.from({ length }, () => HELLO) }), INFERENCE_MESSAGES_MAX],
  ["tools", (length) => ({ tools: Array.from({ length }, () => ({ function: { name: "f" } })) }), INFERENCE_TOOLS_MAX],
])("%s may be as long as the limit, and no longer", (name, members, max) => {
  expect(problemOf(members(max))).toBe("none");
  expect(problemOf(members(max + 1))).toContain(`${name} has more than ${max}`);
});

const around = JSON.stringify({ messages: [{ role: "user", content: "" }] });
const ofBytes = (bytes: number, char: string) => {
  const text = char.repeat(Math.floor((bytes - around.length) / Buffer.byteLength(char)));
  const json = around.replace('""', `"${text}"`);
  return `${json}${" ".repeat(bytes - Buffer.byteLength(json))}`;
};

test.each(["a", "ü", "€"])("a request of %s has as many bytes as the limit, and no more", (char) => {
  expect(() => parseCompletion(ofBytes(INFERENCE_REQUEST_BYTES_MAX, char), "complete")).not.toThrow();
  expect(() => parseCompletion(ofBytes(INFERENCE_REQUEST_BYTES_MAX + 1, char), "complete")).toThrow(
    expect.objectContaining({ code: "request_too_large" }),
  );
});

test("brackets are nested as deep as the limit, and no deeper", () => {
  const nested = (depth: number) => {
    // The object itself and the list of messages around it are there already.
    const deep = `${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}`;
    return `{"messages":[${JSON.stringify(HELLO)}],"x":${deep}}`;
  };
  expect(() => parseCompletion(nested(JSON_DEPTH_MAX), "complete")).not.toThrow();
  expect(() => parseCompletion(nested(JSON_DEPTH_MAX + 1), "complete")).toThrow(/nested deeper/);
  expect(() => parseCompletion("[".repeat(1_000_000), "complete")).toThrow(/nested deeper/);
});

test("a request with more values than anybody needs is not even built", () => {
  const json = `{"messages":[${JSON.stringify(HELLO)}],"x":[${"0,".repeat(JSON_VALUES_MAX)}0]}`;
  expect(() => parseCompletion(json, "complete")).toThrow(/more than \d+ values/);
});

test.each(["", "{", "null", "[]", '"text"', "5", "undefined", '{"messages":[],}', "\u0000"])(
  "%j is refused, not thrown about",
  (json) => {
    expect(() => parseCompletion(json, "complete")).toThrow(expect.objectContaining({ code: "invalid_request" }));
  },
);

test("of a member that is there twice the last one counts, for the check and for what is sent", () => {
  const json = '{"messages":"first","model":"a","messages":[{"role":"user","content":"x","content":"y"}],"model":"b"}';
  expect(parseCompletion(json, "complete")).toMatchObject({ model: "b", messages: [{ content: "y" }] });
});

test("members with the names of an object's own parts are members like any other", () => {
  const json =
    '{"__proto__":{"model":"stolen"},"constructor":1,"messages":[{"role":"user","content":[{"type":"x","__proto__":{"a":1}}]}]}';
  const { model, messages } = parseCompletion(json, "complete");
  expect(model).toBeUndefined();
  expect(({} as { a?: unknown }).a).toBeUndefined();
  expect(JSON.stringify(messages)).toContain('"__proto__":{"a":1}');
});

test("half a character is replaced wherever it is, whole ones stay", () => {
  const json =
    '{"messages":[{"role":"user","content":[{"type":"text","text":"a\\ud83d b \\ud83d\\ude00","\\udc00":"\\udfff"}]}],"session_id":"\\ud800"}';
  const { messages, sessionKey } = parseCompletion(json, "complete");
  expect(messages[0]?.content).toEqual([{ type: "text", text: "a\ufffd b \u{1f600}", "\ufffd": "\ufffd" }]);
  expect(sessionKey).toBe("\ufffd");
});
