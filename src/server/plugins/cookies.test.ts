import { expect, test } from "vitest";
import { cookieValues, pluginCookie } from "./cookies.ts";

test.each([
  [undefined, []],
  ["", []],
  ["a=1", ["1"]],
  ["a=1; b=2;a=3 ; xa=4; a", ["1", "3"]],
  ["xa=1; A=2; ab=3", []],
  ["a=; a==;", ["", "="]],
])("of %j the values are %j", (header, expected) => {
  expect(cookieValues(header, "a")).toEqual(expected);
});

test("of too many values the first few are looked at", () => {
  const values = Array.from({ length: 51 }, (_, at) => String(at));
  const header = values.map((value) => `a=${value}`).join(";");
  expect(cookieValues(header, "a")).toEqual(values.slice(0, 50));
});

test("a cookie is for one plugin's paths, whatever its id", () => {
  expect(pluginCookie("a; b/c", "n", "v", 5_000)).toBe(
    "n=v; Path=/plugins/a%3B%20b%2Fc/; HttpOnly; SameSite=Strict; Max-Age=5",
  );
  expect(pluginCookie("a.b", "n", "v")).toBe("n=v; Path=/plugins/a.b/; HttpOnly; SameSite=Strict");
});
