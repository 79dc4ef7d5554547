import { expect, test } from "vitest";
import { MCP_SESSION_IDLE_MS_MAX, MCP_SESSIONS_MAX } from "../../protocol/limits.ts";
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

test("one more than may be takes the place of the one that was idle longest; when all are in use it is refused", () => {
  let now = 0;
  const sessions = new HttpSessions(() => ++now);
  const all = Array.from({ length: MCP_SESSIONS_MAX }, () => sessions.begin("a")!);
  expect(sessions.find(all[0]!.id, "a")).toBe(all[0]);
  const next = sessions.begin("a")!;
  expect(sessions.find(all[1]!.id, "a")).toBe(undefined);
  for (const session of [...all.filter((one) => one !== all[1]), next]) session.requests.begin("1");
  expect(sessions.begin("a")).toBe(undefined);
});

test("ending a session cancels what is open in it", () => {
  const sessions = new HttpSessions();
  const session = sessions.begin("a")!;
  const { signal } = session.requests.begin("1");
  sessions.closeAll();
  expect(signal.aborted).toBe(true);
});
