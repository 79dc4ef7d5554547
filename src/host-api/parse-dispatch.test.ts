import { expect, test } from "vitest";
import {
  SESSION_KEY_CHARS_MAX,
  TASK_REQUEST_CHARS_MAX,
  TASK_TITLE_CHARS_MAX,
  TASK_TOOLS_MAX,
} from "../protocol/limits.ts";
import { parseDispatch } from "./parse-dispatch.ts";

const parse = (members: object) => parseDispatch(JSON.stringify({ prompt: "do it", ...members }));

test.each([
  ["", "the request is no valid JSON"],
  ["{", "the request is no valid JSON"],
  ["[]", "the request is no JSON object"],
  ['"do it"', "the request is no JSON object"],
  ["{}", "Missing required field: prompt"],
  ['{"prompt":null}', "Missing required field: prompt"],
  ['{"prompt":5}', "Missing required field: prompt"],
  ['{"__proto__":{"prompt":"do it"}}', "Missing required field: prompt"],
  ['{"prompt":""}', "Prompt is empty"],
  ['{"prompt":" \\n\\t\\u00a0"}', "Prompt is empty"],
  ['{"prompt":"do it","session_id":7}', "session_id is no text"],
  ["[".repeat(10_000), expect.stringContaining("nested deeper")],
])("%.40s is refused, with what is wrong", (json, message) => {
  expect(() => parseDispatch(json)).toThrow(expect.objectContaining({ code: "invalid_request", message }));
});

test("a prompt is all that it takes, and is taken as it is", () => {
  expect(parseDispatch('{"prompt":" do it "}')).toEqual({
    prompt: " do it ",
    title: undefined,
    id: undefined,
    sessionKey: undefined,
    tools: [],
    agentMembers: [],
  });
});

test("a request may have TASK_REQUEST_CHARS_MAX characters and not one more", () => {
  const around = '{"prompt":""}'.length;
  const json = (chars: number) => `{"prompt":"${"x".repeat(chars - around)}"}`;
  expect(parseDispatch(json(TASK_REQUEST_CHARS_MAX)).prompt).toHaveLength(TASK_REQUEST_CHARS_MAX - around);
  expect(() => parseDispatch(json(TASK_REQUEST_CHARS_MAX + 1))).toThrow(
    expect.objectContaining({ code: "request_too_large" }),
  );
});

test("a title is trimmed, and none is what is blank or no text", () => {
  expect(parse({ title: " Mail " }).title).toBe("Mail");
  for (const title of ["", " ", null, 5, ["Mail"]]) expect(parse({ title }).title).toBeUndefined();
});

test("a title may have TASK_TITLE_CHARS_MAX characters; one more, and its beginning is kept, no character in half", () => {
  expect(parse({ title: "x".repeat(TASK_TITLE_CHARS_MAX) }).title).toBe("x".repeat(TASK_TITLE_CHARS_MAX));
  expect(parse({ title: "x".repeat(TASK_TITLE_CHARS_MAX + 1) }).title).toBe(`${"x".repeat(TASK_TITLE_CHARS_MAX - 1)}…`);
  const pairs = parse({ title: "🧀".repeat(TASK_TITLE_CHARS_MAX) }).title!;
  expect(pairs.length).toBeLessThanOrEqual(TASK_TITLE_CHARS_MAX);
  expect(pairs).toBe(pairs.toWellFormed());
});

test("an id is a UUID in any case of letters; anything else is none", () => {
  const id = "abcdef01-2345-6789-ABCD-ef0123456789";
  expect(parse({ id }).id).toBe(id);
  for (const wrong of ["", "mine", `${id}0`, ` ${id}`, null, 5, [id]]) expect(parse({ id: wrong }).id).toBeUndefined();
});

test("a session is named by session_id, else by external_session_key", () => {
  expect(parse({ session_id: "a", external_session_key: "b" }).sessionKey).toBe("a");
  expect(parse({ external_session_key: "b" }).sessionKey).toBe("b");
  expect(parse({ session_id: " ", external_session_key: "b" }).sessionKey).toBe("b");
  expect(parse({ session_id: null, external_session_key: "" }).sessionKey).toBeUndefined();
});

test.each(["session_id", "external_session_key"])("%s may have SESSION_KEY_CHARS_MAX characters", (name) => {
  const key = "k".repeat(SESSION_KEY_CHARS_MAX);
  expect(parse({ [name]: key }).sessionKey).toBe(key);
  expect(() => parse({ [name]: `${key}k` })).toThrow(name);
});

test("tools are trimmed; blank ones, those that are no text and those that were there before are left out", () => {
  expect(parse({ tools: [" b ", "a", 5, null, "", "  ", ["c"], "b", "a"] }).tools).toEqual(["b", "a"]);
  for (const tools of [true, "a", { a: 1 }, null]) expect(parse({ tools }).tools).toEqual([]);
});

test("there may be TASK_TOOLS_MAX tools and not one more", () => {
  const tools = Array.from({ length: TASK_TOOLS_MAX }, (_, i) => `tool-${i}`);
  expect(parse({ tools }).tools).toEqual(tools);
  expect(() => parse({ tools: [...tools, "one-more"] })).toThrow(`tools has more than ${TASK_TOOLS_MAX} entries`);
});

test("who the request says that it is for is noted, and what it says of folders and modes is nothing", () => {
  const request = parse({ agent_id: "x", agent_address: "y", folder_bookmark: "!", mode: 7 });
  expect(request.agentMembers).toEqual(["agent_id", "agent_address"]);
  expect(Object.keys(request)).toHaveLength(6);
});
