import { expect, test } from "vitest";
import { VERSION } from "../base/version.ts";
import {
  HTTP_BODY_BYTES_MAX,
  HTTP_HEADERS_BYTES_MAX,
  HTTP_METHOD_CHARS_MAX,
  HTTP_MS_DEFAULT,
  HTTP_MS_MAX,
  HTTP_REQUEST_VALUES_MAX,
  HTTP_URL_CHARS_MAX,
} from "../protocol/limits.ts";
import { parseHttpRequest } from "./parse-http-request.ts";

const URL_TEXT = "http://example.com/";
const OWN = `Osaurus/${VERSION} Plugin/dev.example`;

function parse(members: Readonly<Record<string, unknown>>, pluginId: string | undefined = "dev.example") {
  const warnings: string[] = [];
  const json = JSON.stringify({ method: "GET", url: URL_TEXT, ...members });
  const request = parseHttpRequest(json, { pluginId, placeId: "library-1", warnOnce: (key) => warnings.push(key) });
  const headers = Object.fromEntries([...request.headers.values()].map(({ name, value }) => [name, value]));
  return { ...request, headers, warnings };
}

const codeOf = (work: () => unknown) => {
  try {
    return work();
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test("a request needs a method and a URL; all else has a default", () => {
  expect(parse({ method: "pAtch" })).toMatchObject({
    method: "PATCH",
    body: undefined,
    timeoutMs: HTTP_MS_DEFAULT,
    followsRedirects: true,
    headers: { "User-Agent": OWN, Accept: "*/*", "Accept-Encoding": "gzip, deflate, br" },
  });
  expect(
    parse({ headers: null, body: null, body_encoding: null, timeout_ms: null, follow_redirects: null }).warnings,
  ).toEqual([]);
});

test.each([
  ["no method", { method: undefined }],
  ["a method that is no text", { method: 1 }],
  ["an empty method", { method: "" }],
  ["a method with a space", { method: "GET /x HTTP/1.1\r\nA:" }],
  ["a tunnel", { method: "connect" }],
  ["no URL", { url: undefined }],
  ["a URL that is none", { url: "example.com" }],
  ["headers in a list", { headers: ["a"] }],
  ["a header that is no text", { headers: { a: 1 } }],
  ["an empty name of a header", { headers: { "": "x" } }],
  ["a name of a header with a line end", { headers: { "a\r\nb": "x" } }],
  ["a name of a header with a colon", { headers: { "a:": "x" } }],
  ["a value with a line end", { headers: { a: "x\r\nHost: y" } }],
  ["a value with a lone line feed", { headers: { a: "x\ny" } }],
  ["a value with a NUL", { headers: { a: "x\0" } }],
  ["a value with DEL", { headers: { a: "x\x7f" } }],
  ["a body that is no text", { body: {} }],
  ["another encoding", { body: "x", body_encoding: "hex" }],
  ["a time that is no number", { timeout_ms: "5" }],
  ["a flag that is none", { follow_redirects: "no" }],
])("%s is an invalid request", (_what, members) => {
  expect(codeOf(() => parse(members))).toBe("invalid_request");
});

test.each(["", "nonsense", "[]", "null", '"x"', '{"method":"GET"'])("%j is an invalid request", (json) => {
  const asker = { pluginId: "p", placeId: "p", warnOnce() {} };
  expect(codeOf(() => parseHttpRequest(json, asker))).toBe("invalid_request");
});

test("a request with more values than any needs is not even read", () => {
  const values = (count: number) => ({ extra: Array.from({ length: count }, () => 0) });
  // Objects and lists count twice: four besides what is in the list.
  expect(parse(values(HTTP_REQUEST_VALUES_MAX - 4)).method).toBe("GET");
  expect(codeOf(() => parse(values(HTTP_REQUEST_VALUES_MAX - 3)))).toBe("invalid_request");
});

test("the agent that a request names is ignored, and that is said", () => {
  expect(parse({ agent_id: "x" }).warnings).toEqual(["http_request agent"]);
  expect(parse({ agent_address: "x" }).warnings).toEqual(["http_request agent"]);
});

test("the host's name and the plugin's follow the plugin's own in User-Agent", () => {
  expect(parse({ headers: { "user-agent": "mine/1" } }).headers).toMatchObject({ "User-Agent": `mine/1 ${OWN}` });
  expect(parse({ headers: { "User-Agent": "" } }).headers).toMatchObject({ "User-Agent": OWN });
  expect(parse({}, "library:dev.example").headers).toMatchObject({ "User-Agent": OWN });
  expect(parse({}, "library:x\r\nHost: y").headers["User-Agent"]).toMatch(/ Plugin\/x__Host__y$/);
  const asker = { pluginId: undefined, placeId: "library-1", warnOnce() {} };
  const unnamed = parseHttpRequest(JSON.stringify({ method: "GET", url: URL_TEXT }), asker);
  expect(unnamed.headers.get("user-agent")?.value).toBe(`Osaurus/${VERSION} Plugin/library-1`);
});

test("headers that say how and to whom a message is sent are left out and told, in any spelling", () => {
  const names = ["HOST", "Content-length", "transfer-encoding", "Connection", "keep-alive", "Upgrade", "TE", "Trailer"];
  names.push("Expect", "Proxy-Connection", "proxy-authorization", "HTTP2-Settings");
  const { headers, warnings } = parse({ headers: Object.fromEntries(names.map((name) => [name, "x"])) });
  expect(Object.keys(headers)).toEqual(["User-Agent", "Accept", "Accept-Encoding"]);
  expect(warnings).toHaveLength(names.length);
});

test("a header keeps its spelling, the last of two counts, and what is not ASCII is UTF-8", () => {
  const { headers } = parse({ headers: { "X-a": "1", "x-A": " 2\t", "X-B": "ü€", __proto__x: "y" } });
  expect(headers).toMatchObject({ "x-A": "2", "X-B": Buffer.from("ü€").toString("latin1"), __proto__x: "y" });
  expect(headers).not.toHaveProperty("X-a");
});

test("user and password of a URL become Authorization, unless the plugin gave one", () => {
  const { headers, url } = parse({ url: "http://me:p%40ss@example.com/x" });
  expect(headers["Authorization"]).toBe(`Basic ${Buffer.from("me:p@ss").toString("base64")}`);
  expect(url.href).toBe("http://example.com/x");
  const withoutUser = parse({ url: "http://:pw@example.com/" }).headers;
  expect(withoutUser["Authorization"]).toBe(`Basic ${Buffer.from(":pw").toString("base64")}`);
  expect(parse({ url: "http://me@example.com/", headers: { authorization: "Bearer x" } }).headers).toMatchObject({
    authorization: "Bearer x",
  });
});

test("the time is between a millisecond and the limit", () => {
  for (const [given, used] of [
    [0, 1],
    [-5, 1],
    [1.9, 1],
    [HTTP_MS_MAX, HTTP_MS_MAX],
    [HTTP_MS_MAX + 1, HTTP_MS_MAX],
    [1e300, HTTP_MS_MAX],
  ]) {
    expect(parse({ timeout_ms: given }).timeoutMs).toBe(used);
  }
});

test("a body is UTF-8 or base64, and empty when it is not what it is said to be", () => {
  const bytes = (members: Readonly<Record<string, unknown>>) => parse(members).body?.toString("latin1");
  expect(bytes({ body: "ü" })).toBe(Buffer.from("ü").toString("latin1"));
  expect(bytes({ body: "" })).toBe("");
  expect(bytes({ body: "AP8=", body_encoding: "base64" })).toBe("\0ÿ");
  expect(bytes({ body: "AP8A", body_encoding: "BASE64" })).toBe("\0ÿ\0");
  for (const body of ["AP8", "A", "AP8=AP8=", "AP 8", "_-8=", "AP8é", "===="]) {
    expect(bytes({ body, body_encoding: "base64" })).toBe("");
  }
});

test("a body, the headers, the URL and the method may be as large as their limits and not larger", () => {
  const atLimit = "x".repeat(HTTP_BODY_BYTES_MAX);
  expect(parse({ body: atLimit }).body).toHaveLength(HTTP_BODY_BYTES_MAX);
  expect(codeOf(() => parse({ body: `${atLimit}x` }))).toBe("request_too_large");
  expect(codeOf(() => parse({ body: "ü".repeat(HTTP_BODY_BYTES_MAX / 2 + 1) }))).toBe("request_too_large");
  const packed = (bytes: number) => ({ body: Buffer.alloc(bytes).toString("base64"), body_encoding: "base64" });
  expect(parse(packed(HTTP_BODY_BYTES_MAX)).body).toHaveLength(HTTP_BODY_BYTES_MAX);
  expect(codeOf(() => parse(packed(HTTP_BODY_BYTES_MAX + 1)))).toBe("request_too_large");

  const others = Object.entries(parse({}).headers).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  const header = (bytes: number) => ({ headers: { A: "x".repeat(bytes - others - 1) } });
  expect(parse(header(HTTP_HEADERS_BYTES_MAX)).method).toBe("GET");
  expect(codeOf(() => parse(header(HTTP_HEADERS_BYTES_MAX + 1)))).toBe("request_too_large");

  const url = (chars: number) => ({ url: URL_TEXT.padEnd(chars, "x") });
  expect(parse(url(HTTP_URL_CHARS_MAX)).url.href).toHaveLength(HTTP_URL_CHARS_MAX);
  expect(codeOf(() => parse(url(HTTP_URL_CHARS_MAX + 1)))).toBe("request_too_large");
  expect(parse({ method: "x".repeat(HTTP_METHOD_CHARS_MAX) }).method).toHaveLength(HTTP_METHOD_CHARS_MAX);
  expect(codeOf(() => parse({ method: "x".repeat(HTTP_METHOD_CHARS_MAX + 1) }))).toBe("invalid_request");
});
