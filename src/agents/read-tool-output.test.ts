import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { MODEL_OUTPUT_BYTES_MAX, TOOL_OUTPUT_PAGE_CHARS_MAX } from "../protocol/limits.ts";
import { controlDb } from "../store/control-db.ts";
import { ToolOutputs } from "../store/tool-outputs.ts";
import { pageOf, readToolOutput } from "./read-tool-output.ts";

const OWNER = { agentId: DEFAULT_AGENT_ID, sessionId: undefined };

async function kept(text: string) {
  const db = controlDb(join(tempDir(), "data"));
  onTestFinished(() => db.close());
  const outputs = new ToolOutputs(db);
  const id = await outputs.keep(OWNER, "big", text);
  const tool = readToolOutput("read", async () => outputs, OWNER);
  return async (wish: object) => (await tool.run(JSON.stringify({ id, ...wish }))).envelope;
}

test("page after page gives the whole text, whatever it is made of", async () => {
  const text = `${"a😀漢\u0000\u202e".repeat(30_000)}end`;
  const read = await kept(text);
  let all = "";
  for (let offset: number | null = 0; offset !== null; ) {
    const envelope = await read({ offset });
    const result = (envelope as { result: { content: string; next_offset: number | null } }).result;
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(MODEL_OUTPUT_BYTES_MAX);
    expect(result.content.isWellFormed()).toBe(true);
    all += result.content;
    offset = result.next_offset;
  }
  expect(all).toBe(text);
});

test("a page has at most so many characters, and one more cannot be asked for", async () => {
  const read = await kept("x".repeat(TOOL_OUTPUT_PAGE_CHARS_MAX + 1));
  const most = await read({ limit: TOOL_OUTPUT_PAGE_CHARS_MAX });
  expect(most).toMatchObject({ ok: true, result: { next_offset: TOOL_OUTPUT_PAGE_CHARS_MAX } });
  expect(await read({ limit: TOOL_OUTPUT_PAGE_CHARS_MAX + 1 })).toMatchObject({ ok: false, field: "limit" });
});

test("an offset at the end gives nothing, and one past it is refused", async () => {
  const read = await kept("abc");
  expect(await read({ offset: 3 })).toMatchObject({ ok: true, result: { content: "", next_offset: null } });
  expect(await read({ offset: 4 })).toMatchObject({ ok: false, kind: "invalid_args", field: "offset" });
});

test.each([
  [{ id: 1 }, "id"],
  [{ id: "0".repeat(32) }, "id"],
  [{ offset: -1 }, "offset"],
  [{ offset: 0.5 }, "offset"],
  [{ limit: 0 }, "limit"],
])("a wrong wish is refused by name: %j", async (wish, field) => {
  expect(await (await kept("abc"))(wish)).toMatchObject({ ok: false, kind: "invalid_args", field });
});

test("a page never ends in the middle of a character", () => {
  expect(pageOf("a😀b", 0, 2)).toBe("a");
  expect(pageOf("a😀b", 1, 2)).toBe("😀");
});
