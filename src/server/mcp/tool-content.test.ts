import { expect, test } from "vitest";
import { outcomeOf } from "../../../test/helpers/mcp-shelf.ts";
import { HostError } from "../../protocol/errors.ts";
import { toolFailure } from "../../tools/envelope.ts";
import { mayLoseNumbers, outcomeMembers } from "./tool-content.ts";

const textOf = (answer: string | null) => `{${outcomeMembers(outcomeOf("t", answer))}}`;
const contentOf = (answer: string | null) => JSON.parse(textOf(answer));
const text = (value: string) => ({ type: "text", text: value });

test("a text is content as it stands", () => {
  expect(contentOf("plain")).toEqual({ content: [text("plain")] });
  expect(contentOf('{"ok":true,"result":"say \\"hi\\""}')).toEqual({ content: [text('say "hi"')] });
});

test("an object is content as JSON and structure; a list is content only", () => {
  expect(contentOf('{"ok":true,"result":{"a":[1,"x"]}}')).toEqual({
    content: [text('{"a":[1,"x"]}')],
    structuredContent: { a: [1, "x"] },
  });
  expect(contentOf('{"ok":true,"result":[1,2]}')).toEqual({ content: [text("[1,2]")] });
  expect(contentOf('{"ok":true,"data":null}')).toEqual({ content: [text("null")] });
});

test.each(["12345678901234567891", "-12345678901234567891", "1.0", "1e3", "-0", "0.1000"])(
  "the number %s leaves as the plugin wrote it",
  (number) => {
    const members = textOf(`{"ok":true,"result":{"n":${number}}}`);
    expect(members).toContain(`"structuredContent":{"n":${number}}`);
    expect(JSON.parse(members).content[0].text).toBe(`{"n":${number}}`);
  },
);

test("digits in texts do not make a number of them", () => {
  expect(mayLoseNumbers('{"jsonrpc":"2.0","v":"1.2","id":"1234567890123456789"}')).toBe(false);
  for (const risky of ["[1.5]", '{"a":1e5}', "[1, 12345678901234567]", '{"a": -0}', "[-1.5]"]) {
    expect(mayLoseNumbers(risky), risky).toBe(true);
  }
});

test("summary and warnings follow what they are about", () => {
  const answer = '{"ok":true,"result":"r","summary":"in short","warnings":["careful",{"a":1}]}';
  expect(contentOf(answer).content).toEqual([
    text("r"),
    text("in short"),
    text("warning: careful"),
    text('warning: {"a":1}'),
  ]);
});

test("a failure says what, of which kind, and whether trying again helps; the facts are there as structure", () => {
  const answer = '{"ok":false,"kind":"invalid_args","error":"bad_date","message":"no such day","field":"day"}';
  expect(contentOf(answer)).toEqual({
    content: [text("no such day\nkind: invalid_args, code: bad_date, field: day, trying again may help")],
    structuredContent: {
      ok: false,
      tool: "t",
      kind: "invalid_args",
      code: "bad_date",
      message: "no such day",
      field: "day",
      retryable: true,
    },
    isError: true,
  });
});

test("a refusal names what would allow it", () => {
  const breakdown = new HostError("approval_missing", "needs consent", {
    hint: '"--yes" gives it in advance',
    details: { plugin: "a.b", tool: "it's" },
  });
  const envelope = toolFailure("t", { kind: "rejected", code: "approval_missing", message: "needs consent" });
  const members = `{${outcomeMembers({ envelope, breakdown, exactResult: () => undefined })}}`;
  const said = JSON.parse(members).content[0].text;
  expect(said).toContain('help: in a terminal, "osaurus approvals allow ID" lets a call run');
  expect(said).toContain(`osaurus permissions set 'a.b/it'\\''s' auto`);
  expect(said).not.toContain("--yes"); // A client has no command line.
});

test("what helps with other refusals is passed on", () => {
  const breakdown = new HostError("tool_denied", "no", { hint: "ask somebody" });
  const envelope = toolFailure("t", { kind: "rejected", code: "tool_denied", message: "no" });
  const members = `{${outcomeMembers({ envelope, breakdown, exactResult: () => undefined })}}`;
  expect(JSON.parse(members).content[0].text).toContain("help: ask somebody");
});

const BLOCKS = [
  { type: "text", text: "a" },
  { type: "image", data: "iVBORw==", mimeType: "image/png" },
  { type: "audio", data: "UklGRg==", mimeType: "audio/wav" },
  { type: "resource", resource: { uri: "x://y", mimeType: "text/plain", text: "z" } },
  { type: "resource", resource: { uri: "x://y", blob: "AAAA" } },
];

test("an object with nothing but MCP's content is passed on as content", () => {
  const answer = JSON.stringify({ ok: true, result: { content: BLOCKS } });
  expect(contentOf(answer)).toEqual({ content: BLOCKS });
});

test.each([
  ["a member more", { content: BLOCKS, more: 1 }],
  ["no blocks", { content: [] }],
  ["a block of no known type", { content: [{ type: "video", data: "AAAA", mimeType: "video/mp4" }] }],
  ["a type that objects have by nature", { content: [{ type: "constructor" }] }],
  ["a block with a member more", { content: [{ type: "text", text: "a", annotations: { audience: ["user"] } }] }],
  ["data that is no base64", { content: [{ type: "image", data: "<svg>", mimeType: "image/svg" }] }],
  [
    "a resource with text and bytes",
    { content: [{ type: "resource", resource: { uri: "a", text: "b", blob: "AAAA" } }] },
  ],
  ["a resource without an address", { content: [{ type: "resource", resource: { text: "b" } }] }],
])("what only looks like MCP's content is structure: %s", (_, result) => {
  const given = contentOf(JSON.stringify({ ok: true, result }));
  expect(given.structuredContent).toEqual(result);
  expect(given.content).toEqual([text(JSON.stringify(result))]);
});

test("that a person changed the arguments is told with a result and with a failure", () => {
  const edited = '{"n":2}';
  const outcome = { ...outcomeOf("t", '{"ok":true,"result":"x"}'), edited };
  const note = `note: the user changed the arguments of this call before allowing it; it was made with: ${edited}`;
  expect(JSON.parse(`{${outcomeMembers(outcome)}}`).content).toEqual([text("x"), text(note)]);
  const failed = { ...outcome, envelope: toolFailure("t", { kind: "execution_error", message: "no" }) };
  expect(JSON.parse(`{${outcomeMembers(failed)}}`).content[0].text).toContain(`\n${note}`);
});
