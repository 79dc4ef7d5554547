import { expect, test } from "vitest";
import { hideCredentials } from "./hide-credentials.ts";

const M = "[redacted]";

test.each([
  ['{"password":"hunter22"}', `{"password":"${M}"}`],
  ['{"a":1,"api_key" : "k-1","b":2}', `{"a":1,"api_key" : "${M}","b":2}`],
  ['{"Authorization":"Bearer abc","x":1}', `{"Authorization":"${M}","x":1}`],
  ['{"headers":{"X-Api-Key":"k","Set-Cookie":"a=b; c"}}', `{"headers":{"X-Api-Key":"${M}","Set-Cookie":"${M}"}}`],
  ['{"accessToken":"t","refresh_token":"u"}', `{"accessToken":"${M}","refresh_token":"${M}"}`],
  ['{"client_secret":"a\\"b","n":1}', `{"client_secret":"${M}","n":1}`],
  ['{"pin":1,"password":1234}', `{"pin":1,"password":"${M}"}`],
  ['{"cookies":["a=1",{"b":"]"}],"n":1}', `{"cookies":"${M}","n":1}`],
  ['{"secret":{"a":"}","b":[1]},"n":1}', `{"secret":"${M}","n":1}`],
  ["{'token': 'abc'}", `{'token': '${M}'}`],
  ['[["Authorization","abc"],["Accept","x"]]', `[["Authorization","${M}"],["Accept","x"]]`],
  ['[{"name":"Cookie","value":"a=1"},{"name":"b"}]', `[{"name":"Cookie","value":"${M}"},{"name":"b"}]`],
])("the value of a member that is called a credential is hidden: %s", (text, shown) => {
  expect(hideCredentials(text)).toBe(shown);
});

test("JSON within a text of JSON is seen through, at any depth", () => {
  for (const wrap of [1, 2, 3]) {
    let text = JSON.stringify({ user: "u", token: 'se"cr\\et', note: "after" });
    for (let depth = 0; depth < wrap; depth++) text = JSON.stringify({ body: text });
    const shown = hideCredentials(text);
    expect(shown).not.toContain("cr");
    expect(shown).toContain("after");
    let inner: string = shown;
    for (let depth = 0; depth < wrap; depth++) inner = (JSON.parse(inner) as { body: string }).body;
    expect(JSON.parse(inner)).toEqual({ user: "u", token: M, note: "after" });
  }
});

test("what is no JSON is looked through as well: headers, forms, addresses, schemes", () => {
  expect(hideCredentials("GET / HTTP/1.1\r\nAuthorization: Bearer abc\r\nHost: x")).toBe(
    `GET / HTTP/1.1\r\nAuthorization: ${M}\r\nHost: x`,
  );
  expect(hideCredentials('{"raw":"Host: x\\r\\nCookie: a=b\\r\\nAccept: y"}')).toBe(
    `{"raw":"Host: x\\r\\nCookie: ${M}\\r\\nAccept: y"}`,
  );
  expect(hideCredentials("user=u&password=a%20b&go=1")).toBe(`user=u&password=${M}&go=1`);
  expect(hideCredentials("it said Bearer abcdefghijkl, and went on")).toBe(`it said Bearer ${M}, and went on`);
  expect(hideCredentials("/host-api/http → https://u:p@h/x?key=K1&q=2&access_token=T")).toBe(
    `/host-api/http → https://${M}@h/x?key=${M}&q=2&access_token=${M}`,
  );
});

test("what is logged in one line is looked through behind the label of its level, and only there", () => {
  for (const level of ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "LOG"]) {
    expect(hideCredentials(`[${level}] Authorization: Digest abc`)).toBe(`[${level}] Authorization: ${M}`);
  }
  expect(hideCredentials("[INFO] login with password=hunter2 failed")).toBe(`[INFO] login with password=${M} failed`);
  expect(hideCredentials("it has a [INFO] Cookie: none")).toBe("it has a [INFO] Cookie: none");
});

test("a value that the end of the text cuts is hidden up to the end", () => {
  expect(hideCredentials('{"token":"abc')).toBe(`{"token":"${M}"`);
  expect(hideCredentials('{"token":{"a":"b')).toBe(`{"token":"${M}"`);
  expect(hideCredentials('{"token":')).toBe('{"token":');
});

test.each([
  '{"max_tokens":100,"usage":{"prompt_tokens":3,"completion_tokens":4}}',
  '{"tokens_per_second":12.5,"token_count":3}',
  '{"password":null,"has_secret":true}',
  "[INFO] token refreshed: it is valid for an hour",
  "the secret of success: work",
  '{"author":"me","key":"a.b","text":"keyboard"}',
  "https://example.org/a?b=c&page=2",
  "",
])("what only sounds like one stays: %s", (text) => {
  expect(hideCredentials(text)).toBe(text);
});

test("no text makes it slow: were its time to grow faster than the length, this would not come to an end", () => {
  const chars = 256 * 1024;
  for (const part of ['"token":', "\\", '"', "{", "[", "password=", "://", "?key=", "Bearer ", "secret", " "]) {
    const text = part.repeat(chars / part.length);
    for (const whole of [text, `"token":"${text}`, `"token":[${text}`]) hideCredentials(whole);
  }
});
