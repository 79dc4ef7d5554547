import { expect, test } from "vitest";
import { pluginSetCookie } from "./plugin-cookies.ts";

const ROOT = "/plugins/a.b/";

function set(line: string): string | undefined {
  return pluginSetCookie(line, "a.b");
}

test("a cookie is known below its plugin", () => {
  expect(set("a=b")).toBe(`a=b; Path=${ROOT}`);
  expect(set("a=b; HttpOnly; Max-Age=5")).toBe(`a=b; HttpOnly; Max-Age=5; Path=${ROOT}`);
  expect(set(`a=b; path = ${ROOT}api ;Secure`)).toBe(`a=b;Secure; Path=${ROOT}api`);
});

test.each(["/", "/plugins/", "/plugins/a.b", "/plugins/a.bc/", "/plugins/other/", "", "x"])(
  "the path %j is not below it",
  (path) => expect(set(`a=b; Path=${path}`)).toBe(`a=b; Path=${ROOT}`),
);

test("of several paths none leads out, and no domain stays", () => {
  expect(set(`a=b; Path=${ROOT}x; PATH=/; DoMain=localhost; domain`)).toBe(`a=b; Path=${ROOT}`);
});

test.each([
  "osr_session=x",
  " OSR_Agent=x",
  "osr_dev=x",
  "osr_=",
  "=osr_session=x",
  " = x",
  "osr_session",
  "",
  "; Path=/",
])("%j is none that a plugin sets", (line) => expect(set(line)).toBeUndefined());

test("the host's names inside other names and values are nobody's", () => {
  expect(set("my_osr_session=osr_agent=1")).toBe(`my_osr_session=osr_agent=1; Path=${ROOT}`);
});
