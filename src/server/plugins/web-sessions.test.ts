import { expect, test } from "vitest";
import { WEB_LINK_MS_MAX, WEB_LINKS_MAX, WEB_SESSION_MS_MAX, WEB_SESSIONS_MAX } from "../../protocol/limits.ts";
import { WebSessions } from "./web-sessions.ts";

const SESSION = { pluginId: "a", agentId: "A1", keyId: "local" };

function withClock() {
  let ms = 1_000;
  return { sessions: new WebSessions(() => ms), pass: (passedMs: number) => (ms += passedMs) };
}

test("a code is good for one use, and begins a session of its plugin and agent", () => {
  const { sessions } = withClock();
  const code = sessions.issue(SESSION);
  const begun = sessions.redeem(code, "a")!;
  expect(begun.session).toEqual(SESSION);
  expect(sessions.find(begun.cookie, "a")).toEqual(SESSION);
  expect(sessions.redeem(code, "a")).toBeUndefined();
});

test("codes and cookies are of no use for another plugin, nor for each other", () => {
  const { sessions } = withClock();
  const code = sessions.issue(SESSION);
  expect(sessions.redeem(code, "b")).toBeUndefined();
  expect(sessions.find(code, "a")).toBeUndefined();
  const { cookie } = sessions.redeem(code, "a")!;
  expect(sessions.find(cookie, "b")).toBeUndefined();
  expect(sessions.redeem(cookie, "a")).toBeUndefined();
  expect(sessions.find("", "a")).toBeUndefined();
});

test("a code lives so long, and not a millisecond longer", () => {
  const { sessions, pass } = withClock();
  const [first, second] = [sessions.issue(SESSION), sessions.issue(SESSION)];
  pass(WEB_LINK_MS_MAX - 1);
  expect(sessions.redeem(first, "a")).toBeDefined();
  pass(1);
  expect(sessions.redeem(second, "a")).toBeUndefined();
});

test("a session lives so long, and not a millisecond longer, however often it is asked for", () => {
  const { sessions, pass } = withClock();
  const { cookie } = sessions.redeem(sessions.issue(SESSION), "a")!;
  pass(WEB_SESSION_MS_MAX - 1);
  expect(sessions.find(cookie, "a")).toBeDefined();
  pass(1);
  expect(sessions.find(cookie, "a")).toBeUndefined();
  pass(-WEB_SESSION_MS_MAX);
  expect(sessions.find(cookie, "a")).toBeUndefined();
});

test("of too many codes the oldest is forgotten", () => {
  const { sessions } = withClock();
  const codes = Array.from({ length: WEB_LINKS_MAX }, () => sessions.issue(SESSION));
  const [first, second] = codes;
  const oneMore = sessions.issue(SESSION);
  expect(sessions.redeem(first!, "a")).toBeUndefined();
  expect(sessions.redeem(second!, "a")).toBeDefined();
  expect(sessions.redeem(oneMore, "a")).toBeDefined();
  expect(new Set(codes).size).toBe(WEB_LINKS_MAX);
});

test("of too many sessions the oldest is forgotten", () => {
  const { sessions } = withClock();
  const begin = () => sessions.redeem(sessions.issue(SESSION), "a")!.cookie;
  const cookies = Array.from({ length: WEB_SESSIONS_MAX }, begin);
  expect(sessions.find(cookies[0]!, "a")).toBeDefined();
  const oneMore = begin();
  expect(sessions.find(cookies[0]!, "a")).toBeUndefined();
  expect(sessions.find(cookies[1]!, "a")).toBeDefined();
  expect(sessions.find(oneMore, "a")).toBeDefined();
});

test("secrets have 256 bits, and go into an address and a cookie as they are", () => {
  const { sessions } = withClock();
  const code = sessions.issue(SESSION);
  expect(code).toMatch(/^[\w-]{43}$/);
  expect(sessions.redeem(code, "a")!.cookie).toMatch(/^[\w-]{43}$/);
});

test("a code for a frame begins no session in a tab, nor the other way round, and is not used up by that", () => {
  const sessions = new WebSessions();
  const session = { pluginId: "a.b", agentId: "A", keyId: "local" };
  const plain = sessions.issue(session);
  const framed = sessions.issue({ ...session, framedBy: ["http://localhost:1338"] });
  expect(sessions.redeem(framed, "a.b")).toBeUndefined();
  expect(sessions.redeem(plain, "a.b", true)).toBeUndefined();
  expect(sessions.redeem(framed, "a.b", true)?.session.framedBy).toEqual(["http://localhost:1338"]);
  expect(sessions.redeem(plain, "a.b")?.session).toEqual(session);
});
