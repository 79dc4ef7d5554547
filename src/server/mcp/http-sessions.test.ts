import { expect, test } from "vitest";
import { MCP_SESSION_IDLE_MS_MAX, MCP_SESSIONS_MAX, MCP_SESSIONS_PER_KEY_MAX } from "../../protocol/limits.ts";
import { HttpSessions } from "./http-sessions.ts";

test("a session belongs to the key that began it", () => {
  const sessions = new HttpSessions();
  const session = sessions.begin("a")!;
  expect(sessions.find(session.id, "a")).toBe(session);
  expect(sessions.find(session.id, "b")).toBe(undefined);
  sessions.end(session);
  expect(sessions.find(session.id, "a")).toBe(undefined);
});

test("a session that is not used ends after its time, one with an open request does not", () => {
  let now = 0;
  const sessions = new HttpSessions(() => now);
  const [idle, busy] = [sessions.begin("a")!, sessions.begin("a")!];
  const stop = busy.requests.begin("1");
  now = MCP_SESSION_IDLE_MS_MAX;
  expect(sessions.find(idle.id, "a")).toBe(idle);
  now = 2 * MCP_SESSION_IDLE_MS_MAX + 1;
  expect(sessions.find(idle.id, "a")).toBe(undefined);
  sessions.sweep();
  expect(sessions.find(busy.id, "a")).toBe(busy);
  expect(stop.signal.aborted).toBe(false);
});

function fill(sessions: HttpSessions, counts: Readonly<Record<string, number>>) {
  return new Map(
    Object.entries(counts).map(([key, count]) => [key, Array.from({ length: count }, () => sessions.begin(key)!)]),
  );
}
const FULL = { a: MCP_SESSIONS_PER_KEY_MAX, b: MCP_SESSIONS_PER_KEY_MAX, c: MCP_SESSIONS_PER_KEY_MAX };

test("a key has so many sessions; one more takes the place of its own that was idle longest", () => {
  let now = 0;
  const sessions = new HttpSessions(() => ++now);
  const other = sessions.begin("b")!;
  const own = fill(sessions, { a: MCP_SESSIONS_PER_KEY_MAX }).get("a")!;
  expect(sessions.find(own[0]!.id, "a")).toBe(own[0]);
  const next = sessions.begin("a")!;
  expect(sessions.find(own[1]!.id, "a")).toBe(undefined);
  for (const session of [...own.filter((one) => one !== own[1]), next]) session.requests.begin("1");
  expect(sessions.begin("a")).toBe(undefined);
  expect(sessions.find(other.id, "b")).toBe(other);
});

test("when there are too many, one of the key that has most makes room, whichever was idle longest", () => {
  let now = 0;
  const sessions = new HttpSessions(() => ++now);
  const few = MCP_SESSIONS_MAX - 3 * MCP_SESSIONS_PER_KEY_MAX;
  const all = fill(sessions, { d: few - 1, few: 1, ...FULL });
  expect(sessions.begin("new")).not.toBe(undefined);
  expect(sessions.find(all.get("d")![0]!.id, "d")).not.toBe(undefined);
  expect(sessions.find(all.get("few")![0]!.id, "few")).not.toBe(undefined);
  expect(sessions.find(all.get("a")![0]!.id, "a")).toBe(undefined);
  // While all of those that have more are in use, nobody loses one to a key that has as many.
  for (const key of ["a", "b", "c", "d"]) for (const session of all.get(key)!) session.requests.begin("1");
  expect(sessions.begin("few")).not.toBe(undefined); // In the place of its own.
  expect(sessions.find(all.get("few")![0]!.id, "few")).toBe(undefined);
  expect(sessions.begin("another")).not.toBe(undefined);
});

test("what was open in a session counts as use until it is over", () => {
  let now = 0;
  const sessions = new HttpSessions(() => now);
  const session = sessions.begin("a")!;
  const stream = { end: () => {}, send: () => {} } as unknown as Parameters<typeof session.listen>[0];
  session.listen(stream);
  now = 3 * MCP_SESSION_IDLE_MS_MAX;
  session.unlisten(stream);
  now += MCP_SESSION_IDLE_MS_MAX;
  expect(sessions.find(session.id, "a")).toBe(session);
});

test("ending a session cancels what is open in it", () => {
  const sessions = new HttpSessions();
  const session = sessions.begin("a")!;
  const { signal } = session.requests.begin("1");
  sessions.closeAll();
  expect(signal.aborted).toBe(true);
});
