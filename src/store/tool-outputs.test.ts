import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { TOOL_OUTPUT_KEPT_BYTES_MAX, TOOL_OUTPUT_KEPT_MS } from "../protocol/limits.ts";
import { type ControlDb, controlDb } from "./control-db.ts";
import { Sessions } from "./sessions.ts";
import { type OutputBounds, ToolOutputs } from "./tool-outputs.ts";

const OWNER = { agentId: DEFAULT_AGENT_ID, sessionId: undefined };
const BOUNDS: OutputBounds = { oneBytesMax: 100, allBytesMax: 100, keptMs: TOOL_OUTPUT_KEPT_MS };

function open(bounds?: OutputBounds) {
  const db = controlDb(join(tempDir(), "data"));
  onTestFinished(() => db.close());
  return { db, outputs: new ToolOutputs(db, bounds) };
}

async function anotherAgent(db: ControlDb): Promise<string> {
  const id = "00000000-0000-0000-0000-00000000000F";
  const insert = `INSERT INTO agents (id, name, system_prompt, tools, created_at, updated_at) VALUES (?, 'b', '', '{}', '', '')`;
  (await db.openForWrite()).write((sqlite) => sqlite.prepare(insert).run(id));
  return id;
}

test("what is kept comes back as it was, NUL and all", async () => {
  const { outputs } = open();
  const text = `a\0b${"ä漢😀".repeat(1_000)}`;
  const id = await outputs.keep(OWNER, "tool", text);
  expect(await outputs.find(id!, OWNER)).toEqual({ id, tool: "tool", content: text });
});

test("bytes count, not characters: at the limit it is kept, one past it is not", async () => {
  const { outputs } = open(BOUNDS);
  expect(await outputs.keep(OWNER, "t", "ä".repeat(50))).toBeTypeOf("string");
  expect(await outputs.keep(OWNER, "t", `${"ä".repeat(50)}x`)).toBeUndefined();
});

test("the largest that is kept is as large as the limit says", async () => {
  const { outputs } = open();
  expect(await outputs.keep(OWNER, "t", "x".repeat(TOOL_OUTPUT_KEPT_BYTES_MAX + 1))).toBeUndefined();
  const id = await outputs.keep(OWNER, "t", "x".repeat(TOOL_OUTPUT_KEPT_BYTES_MAX));
  expect((await outputs.find(id!, OWNER))!.content).toHaveLength(TOOL_OUTPUT_KEPT_BYTES_MAX);
});

test("together they may be so large; one byte more, and the oldest goes", async () => {
  const { outputs } = open(BOUNDS);
  const [first, second] = [
    await outputs.keep(OWNER, "t", "a".repeat(40)),
    await outputs.keep(OWNER, "t", "b".repeat(60)),
  ];
  expect(await outputs.find(first!, OWNER)).toBeDefined();
  const third = await outputs.keep(OWNER, "t", "c".repeat(40));
  expect(await outputs.find(first!, OWNER)).toBeUndefined();
  expect(await outputs.find(second!, OWNER)).toBeDefined();
  expect(await outputs.find(third!, OWNER)).toBeDefined();
});

test("what is too old is not found any more, and is removed with the next one", async () => {
  const { db, outputs } = open({ ...BOUNDS, keptMs: 60_000 });
  const id = await outputs.keep(OWNER, "t", "old");
  const opened = await db.openForWrite();
  const past = new Date(Date.now() - 60_001).toISOString();
  opened.write((sqlite) => sqlite.prepare("UPDATE tool_outputs SET created_at = ?").run(past));
  expect(await outputs.find(id!, OWNER)).toBeUndefined();
  await outputs.keep(OWNER, "t", "new");
  expect(opened.read((sqlite) => sqlite.prepare("SELECT count(*) FROM tool_outputs").pluck().get())).toBe(1);
});

test("only the agent and the session that it was made in find it, and it goes with the session", async () => {
  const { db, outputs } = open();
  const sessions = new Sessions(db);
  const made = { agentId: DEFAULT_AGENT_ID, pluginId: null, externalKey: null, title: "x" };
  const [mine, other] = [await sessions.create(made), await sessions.create(made)];
  const owner = { agentId: DEFAULT_AGENT_ID, sessionId: mine.id };
  const id = (await outputs.keep(owner, "t", "secret"))!;
  expect(await outputs.find(id, owner)).toBeDefined();
  expect(await outputs.hasAny(owner)).toBe(true);
  for (const stranger of [
    { ...owner, sessionId: other.id },
    { ...owner, sessionId: undefined },
    { ...owner, agentId: "00000000-0000-0000-0000-00000000000F" },
  ]) {
    expect(await outputs.find(id, stranger)).toBeUndefined();
    expect(await outputs.hasAny(stranger)).toBe(false);
  }
  await sessions.delete(mine.id);
  expect(await outputs.find(id, owner)).toBeUndefined();
});

test("nothing is kept for an agent or a session that was deleted meanwhile", async () => {
  const { db, outputs } = open();
  const gone = "99999999-9999-9999-9999-999999999999";
  expect(await outputs.keep({ agentId: gone, sessionId: undefined }, "t", "x")).toBeUndefined();
  expect(await outputs.keep({ agentId: DEFAULT_AGENT_ID, sessionId: gone }, "t", "x")).toBeUndefined();
  const opened = await db.openForWrite();
  expect(opened.read((sqlite) => sqlite.prepare("SELECT count(*) FROM tool_outputs").pluck().get())).toBe(0);
});

test("one agent's flood takes nothing from another that has no more than its share", async () => {
  const { db, outputs } = open(BOUNDS);
  const other = { agentId: await anotherAgent(db), sessionId: undefined };
  const theirs = await outputs.keep(other, "t", "a".repeat(50));
  const mine: (string | undefined)[] = [];
  for (let count = 0; count < 10; count++) mine.push(await outputs.keep(OWNER, "t", "b".repeat(25)));
  expect(await outputs.find(theirs!, other)).toBeDefined();
  const found = await Promise.all(mine.map((id) => outputs.find(id!, OWNER)));
  expect(found.map((one) => one !== undefined)).toEqual([...Array(8).fill(false), true, true]);
});

test("whoever has all the room gives way to another one", async () => {
  const { db, outputs } = open(BOUNDS);
  const other = { agentId: await anotherAgent(db), sessionId: undefined };
  const [old, newer] = [await outputs.keep(OWNER, "t", "a".repeat(50)), await outputs.keep(OWNER, "t", "b".repeat(50))];
  const theirs = await outputs.keep(other, "t", "c".repeat(40));
  expect(await outputs.find(old!, OWNER)).toBeUndefined();
  expect(await outputs.find(newer!, OWNER)).toBeDefined();
  expect(await outputs.find(theirs!, other)).toBeDefined();
});
