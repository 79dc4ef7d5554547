import { getEventListeners } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../test/helpers/eventually.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { HostError } from "../protocol/errors.ts";
import type { ApprovalAnswer } from "../store/approval-rows.ts";
import { Approvals } from "../store/approvals.ts";
import { controlDb } from "../store/control-db.ts";
import { Grants } from "../store/grants.ts";
import { callerScope, withCaller } from "./caller-scope.ts";
import { type ConsentDeskOptions, createConsentDesk } from "./consent-desk.ts";

const AGENT = "11111111-1111-1111-1111-111111111111";
const QUESTION = {
  pluginId: "test.a",
  toolId: "erase",
  agentId: AGENT,
  description: "Erases a disk.",
  requirements: [],
  input: "{}",
};
const LONG_MS = 60_000;
const ALLOW = { allow: true, remember: "always" } as const;
const DENY = { allow: false, remember: "always" } as const;
const ONCE = { allow: true, remember: "once" } as const;

/** A desk, and another process' view of the same database. */
function openDesk(options: Partial<ConsentDeskOptions> = {}) {
  const folder = tempDir();
  const [db, otherDb] = [controlDb(folder), controlDb(folder)];
  const [approvals, other] = [new Approvals(db), new Approvals(otherDb)];
  const grants = new Grants(db, () => callerScope()?.session);
  onTestFinished(() => {
    approvals.close();
    db.close();
    otherDb.close();
  });
  const ask = createConsentDesk({ approvals, grants, waitMs: LONG_MS, ...options });
  /** Answers what waits, as soon as something does. */
  const answerNext = async (answer: ApprovalAnswer) => {
    const [first] = await eventually(async () => {
      const waiting = await other.list();
      expect(waiting).not.toEqual([]);
      return waiting;
    });
    await other.answer(first!.id, answer, "approval");
  };
  return { ask, grants, other, otherGrants: new Grants(otherDb), answerNext };
}

/** A person who is asked on the spot, and never says anything by themselves. */
function person() {
  const asked: { toolId: string; input: string; answer(answer: ApprovalAnswer | undefined): void }[] = [];
  let takenBack = 0;
  let atOnce = 0;
  const askDirectly: ConsentDeskOptions["askDirectly"] = async ({ toolId, input }, until) => {
    const { promise, resolve } = Promise.withResolvers<ApprovalAnswer | undefined>();
    expect(++atOnce).toBe(1);
    until.addEventListener("abort", () => {
      takenBack++;
      resolve(undefined);
    });
    asked.push({ toolId, input, answer: resolve });
    return await promise.finally(() => {
      atOnce--;
    });
  };
  return {
    askDirectly,
    asked,
    takenBack: () => takenBack,
    next: (count: number) => eventually(() => expect(asked).toHaveLength(count)).then(() => asked[count - 1]!),
  };
}

test("other arguments come back with the consent, and with no refusal", async () => {
  const { ask, answerNext } = openDesk();
  const asking = ask(QUESTION);
  await answerNext({ ...ONCE, edited: '{"a":1}' });
  expect(await asking).toEqual({ allow: true, remembered: false, edited: '{"a":1}' });
  const denied = ask(QUESTION);
  await answerNext({ allow: false, remember: "once", edited: '{"a":1}' });
  expect(await denied).toEqual({ allow: false, remembered: false });
});

test("another process says yes or no, and that is remembered", async () => {
  for (const answer of [ALLOW, DENY]) {
    const { ask, answerNext, grants } = openDesk();
    const asking = ask(QUESTION);
    await answerNext(answer);
    expect(await asking).toEqual({ allow: answer.allow, remembered: true });
    expect(grants.policyOf(QUESTION, AGENT)).toBe(answer.allow ? "auto" : "deny");
    expect(await ask(QUESTION)).toEqual({ allow: answer.allow, remembered: true });
  }
});

test("when nobody answers in time there is no answer, and nothing is left waiting", async () => {
  const { ask, other, grants } = openDesk({ waitMs: 50 });
  expect(await ask(QUESTION)).toBeUndefined();
  expect(await other.list()).toEqual([]);
  expect(await grants.list()).toEqual([]);
});

test("what is decided about the tool settles a question that waits, in every process that waits with it", async () => {
  for (const policy of ["auto", "deny"] as const) {
    const { askDirectly, next, takenBack } = person();
    const { ask, other, otherGrants } = openDesk({ askDirectly });
    const asking = [ask(QUESTION), ask(QUESTION)];
    await next(1);
    await otherGrants.set({ ...QUESTION, agentId: null, policy });
    const refused = { allow: false, remembered: true, decided: true };
    const expected = policy === "auto" ? { allow: true, remembered: true } : refused;
    expect(await Promise.all(asking)).toMatchObject([expected, expected]);
    expect(takenBack()).toBe(1);
    expect(await other.list()).toEqual([]);
    expect(await otherGrants.list()).toMatchObject([{ policy, agentId: null, source: "settings" }]);
  }
});

test("a decision about another tool or agent, or that asks, leaves a question waiting", async () => {
  const { ask, other, otherGrants, answerNext } = openDesk();
  const asking = ask(QUESTION);
  await eventually(async () => expect(await other.list()).toHaveLength(1));
  await otherGrants.set({ ...QUESTION, toolId: "list", agentId: null, policy: "auto" });
  await otherGrants.set({ ...QUESTION, agentId: AGENT.replaceAll("1", "2"), policy: "auto" });
  // What holds for the agent counts more than what holds for all.
  await otherGrants.set({ ...QUESTION, agentId: AGENT, policy: "ask" });
  await otherGrants.set({ ...QUESTION, agentId: null, policy: "auto" });
  await answerNext({ allow: false, remember: "once" });
  expect(await asking).toEqual({ allow: false, remembered: false });
});

test("what was denied meanwhile is not allowed by an answer any more", async () => {
  const { ask, other, otherGrants } = openDesk();
  const asking = ask(QUESTION);
  const [first] = await eventually(async () => {
    const waiting = await other.list();
    expect(waiting).toHaveLength(1);
    return waiting;
  });
  await otherGrants.set({ ...QUESTION, agentId: null, policy: "deny" });
  await expect(other.answer(first!.id, ALLOW, "approval")).rejects.toMatchObject({ code: "approval_settled" });
  expect(await asking).toMatchObject({ allow: false, decided: true });
  expect(await otherGrants.list()).toHaveLength(1);
});

test("an answer for a session holds in this host and is not kept", async () => {
  const { ask, answerNext, grants, otherGrants } = openDesk();
  const asking = ask(QUESTION);
  await answerNext({ allow: true, remember: "session" });
  expect(await asking).toEqual({ allow: true, remembered: true });
  expect(await ask(QUESTION)).toEqual({ allow: true, remembered: true });
  expect(await grants.list()).toEqual([]);
  expect(await otherGrants.policyOf(QUESTION, AGENT)).toBeUndefined();
});

test("conversations are asked at the same time, and an answer for the session is one for its own conversation", async () => {
  const { ask, other } = openDesk();
  const askIn = (id: string) =>
    withCaller({ consent: {}, session: { kind: "conversation", id } }, async () => await ask(QUESTION));
  const inOne = [askIn("1"), askIn("1")];
  const [inTwo, outside] = [askIn("2"), ask(QUESTION)];
  const waiting = async (count: number) =>
    await eventually(async () => {
      const rows = await other.list();
      expect(rows).toHaveLength(count);
      return new Map(rows.map(({ conversation, id }) => [conversation, id]));
    });
  const rows = await waiting(3);
  const session = { allow: true, remembered: true };
  await other.answer(rows.get("1")!, { allow: true, remember: "session" }, "approval");
  expect(await Promise.all([...inOne, askIn("1")])).toEqual([session, session, session]);
  expect([...(await waiting(2)).keys()].sort()).toEqual(["2", undefined]);
  // What is answered for the program is no answer for a conversation either.
  await other.answer(rows.get(undefined)!, { allow: false, remember: "session" }, "approval");
  expect(await outside).toEqual({ allow: false, remembered: true });
  await other.answer((await waiting(1)).get("2")!, ONCE, "approval");
  expect(await inTwo).toEqual({ allow: true, remembered: false });
});

test("fifty calls at once are one question, and an answer that is remembered is the answer for all", async () => {
  const rows: string[] = [];
  const { asked, askDirectly, next } = person();
  const { ask } = openDesk({ askDirectly, onWaiting: ({ id }) => rows.push(id) });
  const asking = Array.from({ length: 50 }, () => ask(QUESTION));
  (await next(1)).answer(ALLOW);
  expect(await Promise.all(asking)).toEqual(Array(50).fill({ allow: true, remembered: true }));
  expect([rows.length, asked.length]).toEqual([1, 1]);
});

test("an answer for one time is the answer to one call: every other one is asked about", async () => {
  const { asked, askDirectly, next } = person();
  const { ask } = openDesk({ askDirectly });
  const asking = Array.from({ length: 5 }, (_, index) => ask({ ...QUESTION, input: `{"n":${index}}` }));
  for (let count = 1; count <= 5; count++) (await next(count)).answer({ allow: count % 2 === 0, remember: "once" });
  const answers = (await Promise.all(asking)).map((one) => one?.allow);
  expect(answers.filter((allow) => allow === true)).toHaveLength(2);
  // What was allowed is what was shown: each answer goes to the call whose arguments the person saw.
  const seen = asked.map(({ input }) => (JSON.parse(input) as { n: number }).n);
  expect(seen.map((n) => answers[n])).toEqual([false, true, false, true, false]);
});

test("calls of other tools and agents are asked about on their own, one after the other on the spot", async () => {
  const { askDirectly, next } = person();
  const { ask, other } = openDesk({ askDirectly });
  const asking = [
    ask(QUESTION),
    ask({ ...QUESTION, toolId: "list" }),
    ask({ ...QUESTION, agentId: AGENT.replaceAll("1", "2") }),
  ];
  await eventually(async () => expect(await other.list()).toHaveLength(3));
  for (let count = 1; count <= 3; count++) (await next(count)).answer(count === 2 ? DENY : ALLOW);
  expect((await Promise.all(asking)).map((one) => one?.allow).sort()).toEqual([false, true, true]);
});

test("the first answer counts: one from elsewhere takes the question on the spot back", async () => {
  const { askDirectly, next, takenBack } = person();
  const { ask, answerNext } = openDesk({ askDirectly });
  const asking = ask(QUESTION);
  await next(1);
  await answerNext({ allow: false, remember: "once" });
  expect(await asking).toEqual({ allow: false, remembered: false });
  expect(takenBack()).toBe(1);
});

test("a question that is answered elsewhere before its turn on the spot never gets one", async () => {
  const { asked, askDirectly, next } = person();
  const { ask, other } = openDesk({ askDirectly });
  const asking = [ask(QUESTION), ask({ ...QUESTION, toolId: "list" })];
  await next(1);
  const { id } = await eventually(async () => {
    const second = (await other.list()).find(({ toolId }) => toolId !== asked[0]!.toolId);
    expect(second).toBeDefined();
    return second!;
  });
  await other.answer(id, ONCE, "approval");
  await Promise.race(asking);
  asked[0]!.answer(ALLOW);
  expect(await Promise.all(asking)).toContainEqual({ allow: true, remembered: false });
  expect(asked).toHaveLength(1);
});

test("an answer on the spot that comes too late changes nothing", async () => {
  const { other, answerNext, ask, grants } = openDesk({
    askDirectly: (_question, until) =>
      new Promise((resolve) => until.addEventListener("abort", () => resolve(ALLOW), { once: true })),
  });
  const asking = ask(QUESTION);
  await answerNext({ allow: false, remember: "once" });
  expect(await asking).toEqual({ allow: false, remembered: false });
  expect(await grants.list()).toEqual([]);
  expect(await other.list()).toEqual([]);
});

test("who ends the input without an answer has not allowed anything, and the question is gone everywhere", async () => {
  const { ask, other } = openDesk({ askDirectly: async () => undefined });
  expect(await ask(QUESTION)).toBeUndefined();
  expect(await other.list()).toEqual([]);
});

test("an interruption of the question is passed on and leaves nothing waiting", async () => {
  const interrupted = new HostError("interrupted", "interrupted");
  const { ask, other } = openDesk({ askDirectly: () => Promise.reject(interrupted) });
  await expect(ask(QUESTION)).rejects.toBe(interrupted);
  expect(await other.list()).toEqual([]);
});

test("a call that is given up takes its question back; who waited behind it is asked about then", async () => {
  const rows: string[] = [];
  const { ask, other, answerNext } = openDesk({ onWaiting: ({ id }) => rows.push(id) });
  const end = new AbortController();
  const first = ask(QUESTION, end.signal);
  await eventually(() => expect(rows).toHaveLength(1));
  const second = ask(QUESTION);
  end.abort();
  expect(await first).toBeUndefined();
  await eventually(() => expect(rows).toHaveLength(2));
  await answerNext(ONCE);
  expect(await second).toEqual({ allow: true, remembered: false });
  expect(await other.list()).toEqual([]);
  expect(getEventListeners(end.signal, "abort")).toEqual([]);
});

test("a call that waits behind another one has its own time, and no more", async () => {
  const rows: string[] = [];
  const { ask, other } = openDesk({ waitMs: 150, onWaiting: ({ id }) => rows.push(id) });
  const asking = Array.from({ length: 20 }, () => ask(QUESTION));
  expect(await Promise.all(asking)).toEqual(Array(20).fill(undefined));
  expect(rows).toHaveLength(1);
  expect(await other.list()).toEqual([]);
});

test("a host that stops takes all its questions back", async () => {
  const stop = new AbortController();
  const rows: string[] = [];
  const { ask, other } = openDesk({ signal: stop.signal, onWaiting: ({ id }) => rows.push(id) });
  const asking = [ask(QUESTION), ask(QUESTION), ask({ ...QUESTION, toolId: "list" })];
  await eventually(async () => expect(await other.list()).toHaveLength(2));
  stop.abort();
  expect(await Promise.all(asking)).toEqual([undefined, undefined, undefined]);
  expect(rows).toHaveLength(2);
  expect(await other.list()).toEqual([]);
});

test("whoever asks on the spot gets texts that are cut", async () => {
  const { askDirectly, next } = person();
  const { ask } = openDesk({ askDirectly });
  const asking = ask({ ...QUESTION, input: `{"a":"${"x".repeat(100_000)}"}` });
  const { input, answer } = await next(1);
  expect(input.length).toBeLessThan(5_000);
  answer(ALLOW);
  await asking;
});
