import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../test/helpers/eventually.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import {
  APPROVAL_ARGUMENTS_CHARS_MAX,
  APPROVAL_DESCRIPTION_CHARS_MAX,
  APPROVAL_INPUT_CHARS_MAX,
  APPROVAL_KEPT_MS,
  APPROVAL_REQUIREMENT_CHARS_MAX,
  APPROVAL_REQUIREMENTS_MAX,
  APPROVALS_PENDING_MAX,
} from "../protocol/limits.ts";
import type { Approval } from "./approval-rows.ts";
import { Approvals } from "./approvals.ts";
import { type ControlDb, controlDb } from "./control-db.ts";
import { Grants } from "./grants.ts";

const AGENT = "11111111-1111-1111-1111-111111111111";
const QUESTION = {
  pluginId: "test.a",
  toolId: "erase",
  agentId: AGENT,
  description: "Erases a disk.",
  requirements: ["disk"],
  input: '{"disk": "sda"}',
};
const LONG_MS = 60_000;
const ALLOW = { allow: true, remember: "always" } as const;
const ONCE = { allow: true, remember: "once" } as const;

interface Side {
  readonly db: ControlDb;
  readonly approvals: Approvals;
  readonly grants: Grants;
}

/** One of several that use the same file, as processes would. */
function sideOf(folder: string): Side {
  const db = controlDb(folder);
  const approvals = new Approvals(db);
  onTestFinished(() => {
    approvals.close();
    db.close();
  });
  return { db, approvals, grants: new Grants(db) };
}

const sql = async ({ db }: Side, text: string, ...values: unknown[]) =>
  (await db.openForWrite()).write((sqlite) => sqlite.prepare(text).run(...values));
const stored = async ({ db }: Side, id: string) =>
  (await db.openForWrite()).read((sqlite) => sqlite.prepare("SELECT * FROM approvals WHERE id = ?").get(id));

test("a question is seen and answered from elsewhere, and the answer is remembered for this tool and agent", async () => {
  const folder = tempDir();
  const [asker, other] = [sideOf(folder), sideOf(folder)];
  const question = await asker.approvals.open(QUESTION, LONG_MS);
  const answer = asker.approvals.wait(question);
  expect(await other.approvals.list()).toEqual([{ ...question, input: '{"disk":"sda"}' }]);
  await other.approvals.answer(question.id, ALLOW, "approval");
  expect(await answer).toEqual(ALLOW);
  expect(await other.approvals.list()).toEqual([]);
  const { pluginId, toolId } = QUESTION;
  expect(await asker.grants.list()).toMatchObject([
    { pluginId, toolId, agentId: AGENT, policy: "auto", source: "approval" },
  ]);
});

test("an answer for one time or one session is no grant", async () => {
  const folder = tempDir();
  const [asker, other] = [sideOf(folder), sideOf(folder)];
  for (const remember of ["once", "session"] as const) {
    for (const allow of [true, false]) {
      const question = await asker.approvals.open(QUESTION, LONG_MS);
      const answer = asker.approvals.wait(question);
      await other.approvals.answer(question.id, { allow, remember }, "approval");
      expect(await answer).toEqual({ allow, remember });
    }
  }
  expect(await asker.grants.list()).toEqual([]);
});

test("ids are short, unlike each other, and may be typed as they are read", async () => {
  const { approvals } = sideOf(tempDir());
  const questions: Approval[] = [];
  for (let count = 0; count < 20; count++) questions.push(await approvals.open(QUESTION, LONG_MS));
  expect(new Set(questions.map(({ id }) => id)).size).toBe(20);
  for (const { id } of questions) {
    expect(id).toMatch(/^[0-9a-hjkmnp-tv-z]{8}$/);
    const typed = id.toUpperCase().replaceAll("0", "O").replaceAll("1", "l");
    expect((await approvals.answer(` ${typed} `, ONCE, "approval")).id).toBe(id);
  }
});

test("an id that is no question's is unknown, also without a database", async () => {
  const side = sideOf(tempDir());
  const unknown = { code: "approval_unknown", exitCode: 10, message: expect.stringContaining("no changed definition") };
  await expect(side.approvals.answer("abcdefgh", ALLOW, "approval")).rejects.toMatchObject(unknown);
  await side.approvals.open(QUESTION, LONG_MS);
  for (const id of ["abcdefgh", "", "%", "' OR 1=1 --"]) {
    await expect(side.approvals.answer(id, ALLOW, "approval")).rejects.toMatchObject(unknown);
  }
  expect(await side.grants.list()).toEqual([]);
});

test("of two who answer, the first one counts and the other hears of it", async () => {
  const folder = tempDir();
  const [asker, first, second] = [sideOf(folder), sideOf(folder), sideOf(folder)];
  const question = await asker.approvals.open(QUESTION, LONG_MS);
  const answer = asker.approvals.wait(question);
  await first.approvals.answer(question.id, { allow: false, remember: "once" }, "approval");
  await expect(second.approvals.answer(question.id, ALLOW, "approval")).rejects.toMatchObject({
    code: "approval_settled",
    exitCode: 1,
    message: expect.stringContaining("denied already"),
  });
  expect(await answer).toEqual({ allow: false, remember: "once" });
  expect(await asker.grants.list()).toEqual([]);
});

test("when its time is up it is gone: nobody gets an answer, and it cannot be allowed any more", async () => {
  const folder = tempDir();
  const [asker, other] = [sideOf(folder), sideOf(folder)];
  const question = await asker.approvals.open(QUESTION, 1);
  expect(await asker.approvals.wait(question)).toBeUndefined();
  expect(await other.approvals.list()).toEqual([]);
  const late = other.approvals.answer(question.id, ALLOW, "approval");
  await expect(late).rejects.toMatchObject({ code: "approval_settled" });
  expect(await other.grants.list()).toEqual([]);
});

test("a question whose time is up is not answered either when its asker has not noticed yet", async () => {
  const side = sideOf(tempDir());
  const question = await side.approvals.open(QUESTION, LONG_MS);
  await sql(side, "UPDATE approvals SET expires_at = ?", new Date(Date.now() - 1).toISOString());
  expect(await side.approvals.list()).toEqual([]);
  const late = side.approvals.answer(question.id, ALLOW, "approval");
  await expect(late).rejects.toMatchObject({ code: "approval_settled" });
  expect(await side.grants.list()).toEqual([]);
  expect(await stored(side, question.id)).toMatchObject({ status: "expired" });
});

test("a question is taken back when its call is, and when the host stops", async () => {
  const side = sideOf(tempDir());
  const end = new AbortController();
  const [first, second, third] = [
    await side.approvals.open(QUESTION, LONG_MS),
    await side.approvals.open(QUESTION, LONG_MS),
    await side.approvals.open(QUESTION, LONG_MS),
  ];
  const answers = [side.approvals.wait(first, end.signal), side.approvals.wait(second)];
  expect(await side.approvals.wait(third, AbortSignal.abort())).toBeUndefined();
  await eventually(async () => expect(await side.approvals.list()).toHaveLength(2));
  end.abort();
  expect(await answers[0]).toBeUndefined();
  expect(await side.approvals.list()).toMatchObject([{ id: second.id }]);
  side.approvals.close();
  expect(await answers[1]).toBeUndefined();
  expect(await side.approvals.list()).toEqual([]);
});

test("an answer that is remembered answers everybody who waits with the same question, and nobody else", async () => {
  const folder = tempDir();
  const [one, two, other] = [sideOf(folder), sideOf(folder), sideOf(folder)];
  const same = [await one.approvals.open(QUESTION, LONG_MS), await two.approvals.open(QUESTION, LONG_MS)] as const;
  const answers = [one.approvals.wait(same[0]), two.approvals.wait(same[1])];
  const others = [];
  for (const change of [{ toolId: "list" }, { pluginId: "test.b" }, { agentId: AGENT.replaceAll("1", "2") }]) {
    others.push(await one.approvals.open({ ...QUESTION, ...change }, LONG_MS));
  }
  await other.approvals.answer(same[0].id, ALLOW, "approval");
  expect(await Promise.all(answers)).toEqual([ALLOW, ALLOW]);
  expect((await other.approvals.list()).map(({ id }) => id).sort()).toEqual(others.map(({ id }) => id).sort());
});

test("an answer for one session is one for whoever was asked, and the same question of another program waits on", async () => {
  const folder = tempDir();
  const [one, two, other] = [sideOf(folder), sideOf(folder), sideOf(folder)];
  const same = [await one.approvals.open(QUESTION, LONG_MS), await two.approvals.open(QUESTION, LONG_MS)] as const;
  const session = { allow: true, remember: "session" } as const;
  await other.approvals.answer(same[0].id, session, "approval");
  expect(await one.approvals.wait(same[0])).toEqual(session);
  expect(await other.approvals.list()).toMatchObject([{ id: same[1].id }]);
});

test("what was decided before anybody waits settles the question too, and is told from an answer", async () => {
  const folder = tempDir();
  const [asker, other] = [sideOf(folder), sideOf(folder)];
  for (const [policy, allow] of [
    ["auto", true],
    ["deny", false],
  ] as const) {
    const question = await asker.approvals.open(QUESTION, LONG_MS);
    await other.grants.set({ ...QUESTION, agentId: null, policy });
    expect(await asker.approvals.wait(question)).toEqual({ allow, remember: null });
    expect(await stored(asker, question.id)).toMatchObject({ status: allow ? "allowed" : "denied", input: "" });
  }
});

test("what a settled question was about is not kept", async () => {
  const side = sideOf(tempDir());
  const question = await side.approvals.open(QUESTION, LONG_MS);
  await side.approvals.answer(question.id, ONCE, "approval");
  expect(await stored(side, question.id)).toMatchObject({ input: "", description: "", status: "allowed" });
});

test("other arguments reach whoever asked, for this question only, and are not kept behind that", async () => {
  const folder = tempDir();
  const [one, two, other] = [sideOf(folder), sideOf(folder), sideOf(folder)];
  const schema = { type: "object", properties: { disk: { type: "string" } } };
  const same = [
    await one.approvals.open({ ...QUESTION, schema }, LONG_MS),
    await two.approvals.open(QUESTION, LONG_MS),
  ];
  const { id } = same[0]!;
  const answers = [one.approvals.wait(same[0]!), two.approvals.wait(same[1]!)];
  expect(await other.approvals.arguments(id)).toEqual({
    id,
    pluginId: QUESTION.pluginId,
    toolId: QUESTION.toolId,
    whole: { input: QUESTION.input, schema },
  });
  expect((await other.approvals.arguments(same[1]!.id)).whole).toEqual({ input: QUESTION.input, schema: undefined });
  await other.approvals.answer(id, { ...ALLOW, edited: '{"disk":"sdb"}' }, "approval");
  // Whoever waits with the same question gets the answer, and makes the call that it asked about.
  expect(await Promise.all(answers)).toEqual([{ ...ALLOW, edited: '{"disk":"sdb"}' }, ALLOW]);
  expect(await stored(one, id)).toMatchObject({ input: "", arguments: null, schema: null, edited: null });
  await expect(other.approvals.arguments(id)).rejects.toMatchObject({ code: "approval_settled" });
  await expect(other.approvals.arguments("abcdefgh")).rejects.toMatchObject({ code: "approval_unknown" });
});

test("arguments that nobody took are cleaned up when whoever asked is gone, not before", async () => {
  const side = sideOf(tempDir());
  const { id } = await side.approvals.open(QUESTION, LONG_MS);
  await side.approvals.answer(id, { ...ONCE, edited: "{}" }, "approval");
  await side.approvals.open(QUESTION, LONG_MS);
  expect(await stored(side, id)).toMatchObject({ edited: "{}" });
  const { asker } = (await stored(side, id)) as { asker: string };
  await sql(side, "UPDATE approvals SET asker = ? WHERE id = ?", asker.replace(/^\d+/, "999999999"), id);
  await side.approvals.open(QUESTION, LONG_MS);
  expect(await stored(side, id)).toMatchObject({ edited: null, status: "allowed" });
});

test("arguments and schema are kept whole up to their limit, and neither of them one past it", async () => {
  const { approvals } = sideOf(tempDir());
  const text = (chars: number) => `"${"x".repeat(chars - 2)}"`;
  const fits = { input: text(APPROVAL_ARGUMENTS_CHARS_MAX), schema: "x".repeat(APPROVAL_ARGUMENTS_CHARS_MAX - 2) };
  const kept = async (change: object) =>
    (await approvals.arguments((await approvals.open({ ...QUESTION, ...change }, LONG_MS)).id)).whole;
  expect(await kept(fits)).toEqual(fits);
  expect(await kept({ ...fits, input: `${fits.input} ` })).toBeUndefined();
  expect(await kept({ ...fits, schema: `${fits.schema}x` })).toBeUndefined();
});

test("settled questions are forgotten after a while, not before", async () => {
  const side = sideOf(tempDir());
  const [old, recent] = [await side.approvals.open(QUESTION, LONG_MS), await side.approvals.open(QUESTION, LONG_MS)];
  const answeredAt = "UPDATE approvals SET answered_at = ? WHERE id = ?";
  for (const { id } of [old, recent]) await side.approvals.answer(id, ONCE, "approval");
  await sql(side, answeredAt, new Date(Date.now() - APPROVAL_KEPT_MS - 1).toISOString(), old.id);
  await sql(side, answeredAt, new Date(Date.now() - APPROVAL_KEPT_MS + LONG_MS).toISOString(), recent.id);
  await side.approvals.open(QUESTION, LONG_MS);
  expect(await stored(side, old.id)).toBeUndefined();
  expect(await stored(side, recent.id)).toBeDefined();
});

test("a question whose asker is gone is not shown, not answered, and cleaned up by the next one", async () => {
  const side = sideOf(tempDir());
  const own = await side.approvals.open(QUESTION, LONG_MS);
  const { asker } = (await stored(side, own.id)) as { asker: string };
  // The same number, given to a process that began at another time: this one.
  const marks = [asker.replace(/^\d+/, "999999999"), asker.replace(/ \d+ /, " 1 ")];
  for (const mark of marks) {
    const { id } = await side.approvals.open(QUESTION, LONG_MS);
    await sql(side, "UPDATE approvals SET asker = ? WHERE id = ?", mark, id);
    expect(await side.approvals.list()).toMatchObject([{ id: own.id }]);
    await side.approvals.open({ ...QUESTION, toolId: "list" }, 1);
    expect(await stored(side, id)).toMatchObject({ status: "expired", input: "" });
    const late = side.approvals.answer(id, ALLOW, "approval");
    await expect(late).rejects.toMatchObject({ code: "approval_settled" });
  }
});

test("an asker of another container may still run", async () => {
  const side = sideOf(tempDir());
  const { id } = await side.approvals.open(QUESTION, LONG_MS);
  await sql(side, "UPDATE approvals SET asker = '999999999 1 other/pid:[1]'");
  expect(await side.approvals.list()).toMatchObject([{ id }]);
});

test("long texts are kept whole at their limits and cut one past them", async () => {
  const { approvals } = sideOf(tempDir());
  const texts = (more: number) => ({
    input: `"${"x".repeat(APPROVAL_INPUT_CHARS_MAX - 2 + more)}"`,
    description: "d".repeat(APPROVAL_DESCRIPTION_CHARS_MAX + more),
    requirements: Array.from({ length: APPROVAL_REQUIREMENTS_MAX + more }, () =>
      "r".repeat(APPROVAL_REQUIREMENT_CHARS_MAX + more),
    ),
  });
  expect(await approvals.open({ ...QUESTION, ...texts(0) }, LONG_MS)).toMatchObject(texts(0));
  const cut = await approvals.open({ ...QUESTION, ...texts(1) }, LONG_MS);
  expect(cut.input).toMatch(/^"x+ … \(cut: 4097 characters in all\)$/);
  expect(cut.description).toMatch(/^d+ … \(cut: 4097 characters in all\)$/);
  expect(cut.requirements).toHaveLength(APPROVAL_REQUIREMENTS_MAX + 1);
  expect(cut.requirements[0]).toMatch(/^r+ … \(cut: 201 characters in all\)$/);
  expect(cut.requirements.at(-1)).toBe("… (1 more)");
});

test("only so many questions wait at a time", async () => {
  const side = sideOf(tempDir());
  const { id } = await side.approvals.open(QUESTION, LONG_MS);
  const copy = `INSERT INTO approvals WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
    SELECT 'copy' || i, plugin_id, tool_id, agent_id, input, description, requirements, created_at, expires_at, asker,
    status, remember, answered_at, kind, old_definition, new_definition, arguments, schema, edited, conversation FROM approvals, n
    WHERE id = ?`;
  await sql(side, copy, APPROVALS_PENDING_MAX - 1, id);
  await side.approvals.open(QUESTION, LONG_MS);
  await expect(side.approvals.open(QUESTION, LONG_MS)).rejects.toMatchObject({ code: "approval_missing" });
  expect(await side.approvals.list()).toHaveLength(APPROVALS_PENDING_MAX);
  // Tools that changed wait in the same table, and take no places away.
  await sql(side, "UPDATE approvals SET kind = 'definition'");
  const { id: free } = await side.approvals.open(QUESTION, LONG_MS);
  expect((await side.approvals.list()).map((one) => one.id)).toEqual([free]);
});

test("a database that breaks while somebody waits ends the waiting with an error", async () => {
  const side = sideOf(tempDir());
  const question = await side.approvals.open(QUESTION, LONG_MS);
  const answer = side.approvals.wait(question);
  await sql(side, "DROP TABLE approvals");
  await expect(answer).rejects.toMatchObject({ code: "store_broken" });
});
