import { expect, test } from "vitest";
import { PLUGIN_URL_BYTES_MAX } from "../../protocol/limits.ts";
import { isPluginUrl, parsePluginUrl, queryValue, withoutQuery } from "./plugin-path.ts";

function messageOf(url: string): string | undefined {
  const parsed = parsePluginUrl(url);
  return parsed.kind === "answer" ? `${parsed.status} ${JSON.parse(parsed.body).error.message}` : undefined;
}

test("a target is taken apart as it came", () => {
  expect(parsePluginUrl("/plugins/a.b%20c/x%2fy/?q=%20&a/b?c")).toEqual({
    kind: "path",
    pluginId: "a.b c",
    target: "/plugins/a.b%20c/x%2fy/",
    path: "/x%2fy/",
    search: "q=%20&a/b?c",
  });
  expect(parsePluginUrl("/plugins/a/")).toMatchObject({ pluginId: "a", path: "/", search: "" });
  expect(parsePluginUrl("/plugins/a/?")).toMatchObject({ path: "/", search: "" });
  expect(parsePluginUrl("/plugins/a%zz/b%")).toMatchObject({ pluginId: "a%zz", path: "/b%" });
});

test.each(["/plugins", "/plugins?x", "/plugins/", "/plugins/a", "/plugins/a?b/c", "/plugins//x", "/plugins/?a/b"])(
  "%s names no path of a plugin",
  (url) => {
    expect(messageOf(url)).toBe("404 Invalid plugin route");
  },
);

test.each([
  "..",
  "../x",
  "x/..",
  "x/../y",
  "%2e%2e",
  "%2E%2e/x",
  ".%2e/x",
  "%2e./x",
  "x%2f..%2fy",
  "x%2F%2e%2E",
  "x\\..\\y",
  "x%5c..%5Cy",
  "..%5cx",
  "%252e%252e",
  "%25252e%25252e/x",
  "%2%65%2%65/x",
  "%252%65.",
  "x%252f..",
  "x%255c%252e.",
  "%2525252525252525252e%2e",
  "x/..%2f..%2f..%2fetc%2fpasswd",
  "a%00",
  "a%2500b",
  "%25%32%65%25%32%65",
])("%s leads out, behind an id and in its place", (path) => {
  expect(messageOf(`/plugins/id/${path}`)).toBe("400 Invalid path");
  expect(messageOf(`/plugins/${path}/x`)).toBe("400 Invalid path");
});

test.each([
  "...",
  "..x",
  "x..",
  "x..y/z",
  ".",
  "./x",
  ".hidden",
  "100%25",
  "%e2%80%a6",
  "%c0%ae%c0%ae",
  "a%2fb",
  "%",
  "%%",
  "%2",
])("%s leads nowhere else", (path) => {
  expect(messageOf(`/plugins/id/${path}`)).toBeUndefined();
});

test("what is behind the question mark is no path", () => {
  expect(messageOf("/plugins/id/x?../..&%00")).toBeUndefined();
});

test("encodings within encodings cost no more than a look", () => {
  const deep = `%${"25".repeat(PLUGIN_URL_BYTES_MAX / 2 - 10)}2e`;
  expect(messageOf(`/plugins/i/${deep}`)).toBeUndefined();
  // Each round undoes one of them.
  const nested = (levels: number) => `/plugins/i/${"%".repeat(levels + 1)}${"3".repeat(levels)}2ex`;
  expect(messageOf(nested(1))).toBeUndefined();
  expect(messageOf(nested(7_000))).toBe("400 Invalid path");
});

test("a target has so many bytes at most", () => {
  const url = (bytes: number) => "/plugins/i/".padEnd(bytes, "x");
  expect(messageOf(url(PLUGIN_URL_BYTES_MAX))).toBeUndefined();
  expect(messageOf(url(PLUGIN_URL_BYTES_MAX + 1))).toBe("414 Request URL is too long");
  expect(messageOf(`/plugins/i/?${"x".repeat(PLUGIN_URL_BYTES_MAX)}`)).toBe("414 Request URL is too long");
});

test("only this spelling is of a plugin", () => {
  expect(["/plugins", "/plugins/", "/plugins?x", "/plugins/a/b"].every(isPluginUrl)).toBe(true);
  expect(["/", "/pluginsx", "/Plugins/a/b", "//plugins/a/b", "/%70lugins/a/b", "plugins/a/b"].some(isPluginUrl)).toBe(
    false,
  );
});

test.each([
  ["osr_agent=a", "a"],
  ["x=1&osr_agent=a&osr_agent=b", "b"],
  ["osr_agent=%41+b", "A+b"],
  ["osr_agent=%zz", "%zz"],
  ["osr_agent", ""],
  ["osr_agent=", ""],
  ["osr_agents=a", undefined],
  ["x=osr_agent=a", undefined],
  ["OSR_AGENT=a", undefined],
  ["", undefined],
])("of %j the agent is %j", (search, expected) => {
  expect(queryValue(search, "osr_agent")).toBe(expected);
});

test("a member is taken out of a query, and the rest stays as it was", () => {
  expect(withoutQuery("a=%20+&osr_open=1&b&osr_open&osr_opens=2", "osr_open")).toBe("a=%20+&b&osr_opens=2");
  expect(withoutQuery("osr_open=x", "osr_open")).toBe("");
});
