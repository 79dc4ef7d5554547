import { expect, test } from "vitest";
import { WEB_SESSION_MS_MAX } from "../../protocol/limits.ts";
import { DevCookies } from "./dev-cookie.ts";

const AGENT = "11111111-2222-4333-8444-555555555555";

function issued(cookies: DevCookies, pluginId = "a"): string {
  return cookies.issue(pluginId, { agentId: AGENT, permit: undefined }).split(";", 1)[0]!;
}

test("a cookie says for which agent it was given, beside others", () => {
  const cookies = new DevCookies();
  expect(cookies.accessOf(`x=1; osr_dev=old; ${issued(cookies)}`, "a")?.agentId).toBe(AGENT);
});

test("a cookie is worth nothing for another plugin, at another host, or changed", () => {
  const cookies = new DevCookies();
  const cookie = issued(cookies);
  expect(cookies.accessOf(cookie, "b")).toBeUndefined();
  expect(new DevCookies().accessOf(cookie, "a")).toBeUndefined();
  expect(cookies.accessOf(undefined, "a")).toBeUndefined();
  const [, until] = cookie.split(".");
  for (const changed of [
    cookie.replace("1111", "2222"),
    cookie.replace(`.${until}.`, `.${Number(until) + 1}.`),
    cookie.slice(0, -1),
    `${cookie}A`,
    `osr_dev=${AGENT}.${until}.`,
  ]) {
    expect(cookies.accessOf(changed, "a"), changed).toBeUndefined();
  }
});

test("a cookie lives as long as a session, and no longer", () => {
  let now = 5;
  const cookies = new DevCookies(() => now);
  const cookie = issued(cookies);
  now += WEB_SESSION_MS_MAX - 1;
  expect(cookies.accessOf(cookie, "a")?.agentId).toBe(AGENT);
  now += 1;
  expect(cookies.accessOf(cookie, "a")).toBeUndefined();
});
