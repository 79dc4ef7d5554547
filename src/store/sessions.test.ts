import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { wishOf } from "../../test/helpers/task-store.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import type { Session } from "../protocol/agent.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import type { ChatMessage } from "../protocol/inference.ts";
import {
  JSON_DEPTH_MAX,
  SESSION_CHARS_MAX,
  SESSION_KEY_CHARS_MAX,
  SESSION_TITLE_CHARS_MAX,
  SESSION_TURNS_MAX,
  SESSIONS_KEYLESS_MAX,
} from "../protocol/limits.ts";
import { DEFAULT_AGENT, putAgent } from "./agent-rows.ts";
import { type ControlDb, controlDb } from "./control-db.ts";
import { Sessions } from "./sessions.ts";
import { TaskStore } from "./tasks.ts";

const OTHER_AGENT = "22222222-2222-2222-2222-222222222222";
const NOBODY = "99999999-9999-9999-9999-999999999999";
const WISH = { agentId: DEFAULT_AGENT_ID, pluginId: "test.a", externalKey: "chat-7", title: "A talk" };

/** Sessions of one process; several on the same folder are like several processes. Two agents are there. */
async function openAt(folder: string): Promise<{ sessions: Sessions; db: ControlDb }> {
  const db = controlDb(folder);
  onTestFinished(() => db.close());
  const opened = await db.openForWrite();
  opened.write((sqlite) => putAgent(sqlite, { ...DEFAULT_AGENT, id: OTHER_AGENT, name: "other", isDefault: false }));
  return { sessions: new Sessions(db), db };
}

const say = (content: string, role: "user" | "assistant" = "user"): ChatMessage => ({ role, content });

test("asking makes no database", async () => {
  const folder = join(tempDir(), "data");
  const sessions = new Sessions(controlDb(folder));
  expect(await sessions.byId(NOBODY, undefined)).toBeUndefined();
  expect(await sessions.byKey("p", "k", DEFAULT_AGENT_ID)).toBeUndefined();
  expect(await sessions.list({ limit: 10 })).toEqual([]);
  expect(await sessions.turns(NOBODY)).toEqual([]);
  expect(await sessions.delete(NOBODY)).toBe(false);
  await expect(sessions.append(NOBODY, [say("x")])).rejects.toMatchObject({ code: "session_unknown" });
  expect(existsSync(folder)).toBe(false);
});

test("turns come back as they were, in order, over a restart", async () => {
  const folder = tempDir();
  const { sessions } = await openAt(folder);
  const { id } = await sessions.create(WISH);
  const turns: ChatMessage[] = [
    { role: "system", content: "be kind" },
    {
      role: "user",
      name: "ann",
      content: [
        { type: "text", text: "see" },
        { type: "image_url", image_url: { url: "x" } },
      ],
    },
    {
      role: "assistant",
      content: null,
      reasoning: "hm",
      toolCalls: [{ id: "call-1", name: "add", arguments: "{not json" }],
    },
    { role: "tool", toolCallId: "call-1", content: "käse \u{1f9c0} \0 \ud800" },
  ];
  await sessions.append(id, turns.slice(0, 1));
  await sessions.append(id, turns.slice(1));
  await sessions.append(id, []);
  const again = (await openAt(folder)).sessions;
  expect(await again.turns(id)).toEqual(turns);
  expect(await again.byId(id.toLowerCase(), undefined)).toMatchObject({ id, turnCount: 4, title: "A talk" });
});

test("what a plugin calls by the same key for the same agent is one session, also of two processes", async () => {
  const folder = tempDir();
  const [one, other] = [(await openAt(folder)).sessions, (await openAt(folder)).sessions];
  const made = await Promise.all([one.create(WISH), other.create({ ...WISH, title: "later" }), one.create(WISH)]);
  expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  expect(made[0]!.id).toMatch(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
  expect(await other.byKey("test.a", "chat-7", DEFAULT_AGENT_ID)).toMatchObject({ id: made[0]!.id });
  expect(await one.list({ limit: 10 })).toHaveLength(1);
});

test("without a plugin or a key every session is a new one", async () => {
  const { sessions } = await openAt(tempDir());
  const ids = new Set<string>();
  const wishes = [
    { ...WISH, externalKey: null },
    { ...WISH, pluginId: null },
    { ...WISH, pluginId: null, externalKey: null },
  ];
  for (const wish of [...wishes, ...wishes]) ids.add((await sessions.create(wish)).id);
  expect(ids.size).toBe(6);
});

/** Tries to get at a session of a plugin, a key and an agent as everybody else; gives who got it. */
async function intruders(sessions: Pick<Sessions, "byId" | "byKey" | "create">, session: Session): Promise<string[]> {
  const tries: [string, () => Promise<Session | undefined>][] = [
    ["another agent by id", () => sessions.byId(session.id, OTHER_AGENT)],
    ["another agent by key", () => sessions.byKey("test.a", "chat-7", OTHER_AGENT)],
    ["another plugin by key", () => sessions.byKey("test.b", "chat-7", DEFAULT_AGENT_ID)],
    ["another key", () => sessions.byKey("test.a", "chat-8", DEFAULT_AGENT_ID)],
    ["a pattern as key", () => sessions.byKey("test.a", "chat-_", DEFAULT_AGENT_ID)],
    ["another agent that makes one", () => sessions.create({ ...WISH, agentId: OTHER_AGENT })],
    ["another plugin that makes one", () => sessions.create({ ...WISH, pluginId: "test.b" })],
  ];
  const got: string[] = [];
  for (const [who, attempt] of tries) if ((await attempt())?.id === session.id) got.push(who);
  return got;
}

test("nobody gets at a session of another plugin or agent", async () => {
  const { sessions } = await openAt(tempDir());
  const session = await sessions.create(WISH);
  expect(await sessions.byId(session.id, DEFAULT_AGENT_ID)).toMatchObject({ id: session.id });
  expect(await sessions.byKey("test.a", "chat-7", DEFAULT_AGENT_ID)).toMatchObject({ id: session.id });
  expect(await intruders(sessions, session)).toEqual([]);
});

test("the tries of that test get through where nobody looks at agent and plugin", async () => {
  const { sessions } = await openAt(tempDir());
  const session = await sessions.create(WISH);
  const careless = {
    byId: (id: string) => sessions.byId(id, undefined),
    byKey: () => sessions.byId(session.id, undefined),
    create: () => sessions.create(WISH),
  };
  expect(await intruders(careless, session)).toHaveLength(7);
});

test("nothing is kept for an agent that was deleted", async () => {
  const { sessions } = await openAt(tempDir());
  await expect(sessions.create({ ...WISH, agentId: NOBODY })).rejects.toMatchObject({ code: "agent_unknown" });
});

test("the list has the newest first: those that something was added to last; of one agent, or of all", async () => {
  const { sessions } = await openAt(tempDir());
  const [a, b, c] = [
    await sessions.create({ ...WISH, externalKey: "a" }),
    await sessions.create({ ...WISH, externalKey: "b", agentId: OTHER_AGENT }),
    await sessions.create({ ...WISH, externalKey: "c" }),
  ];
  const ids = async (filter: { agentId?: string; limit?: number } = {}) =>
    (await sessions.list({ limit: 10, ...filter })).map(({ id }) => id);
  expect(await ids()).toEqual([c.id, b.id, a.id]);
  const before = a.updatedAt;
  while (new Date().toISOString() <= before) await sessions.byId(a.id, undefined); // The clock has milliseconds.
  while (new Date().toISOString() <= c.updatedAt) await sessions.byId(a.id, undefined);
  await sessions.append(a.id, [say("more")]);
  expect(await ids()).toEqual([a.id, c.id, b.id]);
  expect(await ids({ limit: 1 })).toEqual([a.id]);
  expect(await ids({ agentId: OTHER_AGENT })).toEqual([b.id]);
  expect(await ids({ agentId: DEFAULT_AGENT_ID, limit: 1 })).toEqual([a.id]);
  expect(await ids({ agentId: NOBODY })).toEqual([]);
});

test("two processes that add to a session lose nothing and keep what belongs together in order", async () => {
  const folder = tempDir();
  const [one, other] = [(await openAt(folder)).sessions, (await openAt(folder)).sessions];
  const { id } = await one.create(WISH);
  const add = async (sessions: Sessions, who: string) => {
    for (let round = 0; round < 50; round++) {
      await sessions.append(id, [say(`${who} ${round}`), say(`${who} ${round} again`, "assistant")]);
    }
  };
  await Promise.all([add(one, "a"), add(other, "b")]);
  const texts = (await one.turns(id)).map(({ content }) => content as string);
  expect(texts).toHaveLength(200);
  for (let at = 0; at < texts.length; at += 2) expect(texts[at + 1]).toBe(`${texts[at]} again`);
  for (const who of ["a", "b"]) {
    const rounds = texts.filter((text) => new RegExp(`^${who} \\d+$`).test(text));
    expect(rounds).toEqual(Array.from({ length: 50 }, (_, round) => `${who} ${round}`));
  }
});

test("turns are added all or not at all", async () => {
  const { sessions } = await openAt(tempDir());
  const { id } = await sessions.create(WISH);
  await sessions.append(id, [say("there")]);
  const tooDeep = { role: "user", content: [{ type: "x", deep: nested(JSON_DEPTH_MAX) }] } as const;
  await expect(sessions.append(id, [say("fine"), tooDeep])).rejects.toMatchObject({ code: "request_invalid" });
  expect(await sessions.turns(id)).toEqual([say("there")]);
});

test("a message may be nested as deeply as anything else that is read", async () => {
  const { sessions } = await openAt(tempDir());
  const { id } = await sessions.create(WISH);
  // The message, its list of parts and the part are three levels.
  const turn = (depth: number): ChatMessage => ({ role: "user", content: [{ type: "x", deep: nested(depth - 3) }] });
  await sessions.append(id, [turn(JSON_DEPTH_MAX)]);
  expect(await sessions.turns(id)).toEqual([turn(JSON_DEPTH_MAX)]);
  await expect(sessions.append(id, [turn(JSON_DEPTH_MAX + 1)])).rejects.toMatchObject({ code: "request_invalid" });
});

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < depth; level++) value = [value];
  return value;
}

test("a session that was deleted takes its turns along and takes no more", async () => {
  const folder = tempDir();
  const [one, other] = [await openAt(folder), await openAt(folder)];
  const { id } = await one.sessions.create(WISH);
  await one.sessions.append(id, [say("x")]);
  expect(await other.sessions.delete(id.toLowerCase())).toBe(true);
  expect(await other.sessions.delete(id)).toBe(false);
  await expect(one.sessions.append(id, [say("y")])).rejects.toMatchObject({ code: "session_unknown" });
  expect(await one.sessions.turns(id)).toEqual([]);
  const opened = await one.db.openForWrite();
  expect(opened.read((sqlite) => sqlite.prepare("SELECT count(*) FROM turns").pluck().get())).toBe(0);
});

test("a conversation with a turn that cannot be read is not given with a hole in it", async () => {
  const { sessions, db } = await openAt(tempDir());
  const { id } = await sessions.create(WISH);
  await sessions.append(id, [say("one"), say("two"), say("three")]);
  const opened = await db.openForWrite();
  for (const damage of ['{"role":"user"}', '{"role":"boss","content":"x"}', '{"role":"user","content":7}']) {
    opened.write((sqlite) => sqlite.prepare("UPDATE turns SET message = ? WHERE seq = 2").run(damage));
    await expect(sessions.turns(id)).rejects.toMatchObject({ code: "store_broken" });
  }
  expect(await sessions.delete(id)).toBe(true);
});

test("a key has at most SESSION_KEY_CHARS_MAX characters", async () => {
  const { sessions } = await openAt(tempDir());
  const key = "k".repeat(SESSION_KEY_CHARS_MAX);
  expect(await sessions.create({ ...WISH, externalKey: key })).toMatchObject({ externalKey: key });
  const tooLong = sessions.create({ ...WISH, externalKey: `${key}k` });
  await expect(tooLong).rejects.toMatchObject({ code: "request_invalid" });
});

test("a title is one line of at most SESSION_TITLE_CHARS_MAX characters, and is cut between characters", async () => {
  const { sessions } = await openAt(tempDir());
  const titleOf = async (title: string) => (await sessions.create({ ...WISH, externalKey: null, title })).title;
  expect(await titleOf(" a\n b\t ")).toBe("a b");
  const longest = "t".repeat(SESSION_TITLE_CHARS_MAX);
  expect(await titleOf(longest)).toBe(longest);
  expect(await titleOf(`${longest}t`)).toBe(`${"t".repeat(SESSION_TITLE_CHARS_MAX - 1)}…`);
  const cheese = `${"t".repeat(SESSION_TITLE_CHARS_MAX - 2)}\u{1f9c0}tail`;
  expect(await titleOf(cheese)).toBe(`${"t".repeat(SESSION_TITLE_CHARS_MAX - 2)}…`);
});

test("of more than SESSION_TURNS_MAX turns the newest are read, and no result without its call", async () => {
  const { sessions } = await openAt(tempDir());
  const { id } = await sessions.create(WISH);
  const result: ChatMessage = { role: "tool", toolCallId: "c", content: "3" };
  const rest = Array.from({ length: SESSION_TURNS_MAX - 1 }, (_, index) => say(String(index)));
  await sessions.append(id, [result, ...rest]);
  expect(await sessions.turns(id)).toHaveLength(SESSION_TURNS_MAX);
  await sessions.append(id, [say("last")]);
  const turns = await sessions.turns(id);
  expect(turns).toHaveLength(SESSION_TURNS_MAX);
  expect([turns[0], turns.at(-1)]).toEqual([say("0"), say("last")]);
  expect(await sessions.byId(id, undefined)).toMatchObject({ turnCount: SESSION_TURNS_MAX + 1 });
});

test("results whose call was cut off are left out, also when nothing else is left", async () => {
  const { sessions } = await openAt(tempDir());
  const { id } = await sessions.create(WISH);
  const call: ChatMessage = { role: "assistant", content: null, toolCalls: [{ id: "c", name: "n", arguments: "{}" }] };
  const result: ChatMessage = { role: "tool", toolCallId: "c", content: "3" };
  const results = Array.from({ length: SESSION_TURNS_MAX }, () => result);
  await sessions.append(id, [call, ...results]);
  expect(await sessions.turns(id)).toEqual([]);
  await sessions.append(id, [say("after")]);
  expect(await sessions.turns(id)).toEqual([say("after")]);
});

test("of more than SESSION_CHARS_MAX characters the newest turns are read; more at once is refused", async () => {
  const { sessions } = await openAt(tempDir());
  const { id } = await sessions.create(WISH);
  const frame = JSON.stringify(say("")).length;
  const longest = say("x".repeat(SESSION_CHARS_MAX - frame));
  const tooLong = say("x".repeat(SESSION_CHARS_MAX - frame + 1));
  await expect(sessions.append(id, [tooLong])).rejects.toMatchObject({ code: "input_too_large" });
  await sessions.append(id, [longest]);
  expect((await sessions.turns(id))[0]!.content).toHaveLength(SESSION_CHARS_MAX - frame);
  await sessions.append(id, [say("")]);
  expect(await sessions.turns(id)).toEqual([say("")]);
});

test("of sessions without a key an agent has so many; one more, and the one longest out of use goes", async () => {
  const { sessions, db } = await openAt(tempDir());
  const keyless = { ...WISH, pluginId: null, externalKey: null };
  const keyed = await sessions.create(WISH);
  const others = await sessions.create({ ...keyless, agentId: OTHER_AGENT });
  const oldest = await sessions.create(keyless);
  const used = await sessions.create(keyless);
  // That of a task which is not over is no conversation that nobody goes on with.
  const busy = (await new TaskStore(db).dispatch(wishOf({}))).task;
  const opened = await db.openForWrite();
  opened.write((sqlite) => {
    sqlite.prepare("UPDATE sessions SET updated_at = '2026-01-01'").run();
    sqlite
      .prepare(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         INSERT INTO sessions SELECT 'S' || i, ?, NULL, NULL, 't', '2026-01-02', '2026-01-02' FROM n`,
      )
      .run(SESSIONS_KEYLESS_MAX - 3, DEFAULT_AGENT_ID);
  });
  await sessions.append(used.id, [say("x")]);
  const atLimit = await sessions.create(keyless);
  expect(await sessions.byId(oldest.id, undefined)).toBeDefined();
  const onePast = await sessions.create(keyless);
  expect(await sessions.byId(oldest.id, undefined)).toBeUndefined();
  for (const { id } of [keyed, others, used, atLimit, onePast])
    expect(await sessions.byId(id, undefined)).toBeDefined();
  await sessions.create(keyless);
  expect(await sessions.byId(busy.sessionId, undefined)).toBeDefined();
});

test("a session is deleted as empty only when nothing was said in it, and it is no plugin's", async () => {
  const { sessions } = await openAt(tempDir());
  const plain = { ...WISH, pluginId: null, externalKey: null };
  const [empty, used, plugins] = [
    await sessions.create(plain),
    await sessions.create(plain),
    await sessions.create(WISH),
  ];
  await sessions.append(used.id, [say("x")]);
  const gone = await Promise.all([empty, used, plugins].map(({ id }) => sessions.deleteEmpty(id.toLowerCase())));
  expect(gone).toEqual([true, false, false]);
  const left = await sessions.list({ limit: 10 });
  expect(new Set(left.map(({ id }) => id))).toEqual(new Set([used.id, plugins.id]));
});

test("sessions that were not used for so long are deleted, of one agent or of all", async () => {
  const { sessions, db } = await openAt(tempDir());
  const [old, fresh] = [await sessions.create(WISH), await sessions.create({ ...WISH, externalKey: "new" })];
  const others = await sessions.create({ ...WISH, agentId: OTHER_AGENT });
  const opened = await db.openForWrite();
  const past = "2026-01-01T00:00:00.000Z";
  opened.write((sqlite) => sqlite.prepare("UPDATE sessions SET updated_at = ? WHERE id <> ?").run(past, fresh.id));
  expect(await sessions.deleteOlder(new Date(past), undefined)).toBe(0);
  expect(await sessions.deleteOlder(new Date(Date.parse(past) + 1), DEFAULT_AGENT_ID)).toBe(1);
  expect(await sessions.byId(old.id, undefined)).toBeUndefined();
  expect(await sessions.deleteOlder(new Date(Date.parse(past) + 1), undefined)).toBe(1);
  expect(await sessions.byId(others.id, undefined)).toBeUndefined();
  expect(await sessions.byId(fresh.id, undefined)).toBeDefined();
});

test("a session gets another title, on one line, and is no newer for it", async () => {
  const { sessions } = await openAt(tempDir());
  const made = await sessions.create({ ...WISH, title: "before" });
  const renamed = await sessions.rename(made.id.toLowerCase(), ` new\n${"t".repeat(SESSION_TITLE_CHARS_MAX)}`);
  expect(renamed.title).toMatch(/^new t+…$/);
  expect(renamed.title).toHaveLength(SESSION_TITLE_CHARS_MAX);
  expect(renamed.updatedAt).toBe(made.updatedAt);
  await expect(sessions.rename(NOBODY, "x")).rejects.toMatchObject({ code: "session_unknown" });
});

test("a session is given with its turns, or not at all", async () => {
  const { sessions } = await openAt(tempDir());
  const { id } = await sessions.create(WISH);
  const turns: ChatMessage[] = [{ role: "user", content: "Hello" }];
  await sessions.append(id, turns);
  expect(await sessions.transcript(id.toLowerCase())).toMatchObject({ session: { id, turnCount: 1 }, turns });
  expect(await sessions.transcript(NOBODY)).toBeUndefined();
});
