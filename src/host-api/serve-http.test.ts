// What the rows of requests say that never left.

import { expect, test } from "vitest";
import { openHostApi } from "../../test/helpers/host-api.ts";
import { HTTP_REQUEST_CHARS_SEEN_MAX } from "../protocol/limits.ts";

/** The row of one request. */
async function rowOf(request: object | string) {
  const { call, rows } = openHostApi();
  await call("http_request", [typeof request === "string" ? request : JSON.stringify(request)]);
  return rows.find(({ kind }) => kind === "host")!;
}

test.each([
  [{ method: "get", url: "ftp://example.org/a" }, "GET", "ftp://example.org/a", "ssrf_blocked"],
  [{ method: "PUT", url: "http://127.0.0.1:1/x" }, "PUT", "http://127.0.0.1:1/x", "ssrf_blocked"],
  [{ method: "post", url: "https://u:p@example.org/", body: 1 }, "POST", "https://example.org/", "invalid_request"],
  [{ method: "CONNECT", url: "https://example.org/" }, "CONNECT", "https://example.org/", "invalid_request"],
  [{ method: "GET", url: "file:///etc/passwd" }, "GET", "file:///etc/passwd", "ssrf_blocked"],
])(
  "the row of a request that is refused says where it would have gone: %j",
  async (request, method, url, errorCode) => {
    expect(await rowOf(request)).toMatchObject({ method, path: `/host-api/http → ${url}`, errorCode });
  },
);

test.each([["{"], ["null"], ["[]"], ['{"url":"http://127.0.0.1/"}'], ['{"method":"GET","url":"no address"}']])(
  "one that says nothing of it has the plain path: %s",
  async (request) => {
    expect(await rowOf(request)).toMatchObject({ method: "GET", path: "/host-api/http", errorCode: "invalid_request" });
  },
);

test("a refused request is looked into up to the limit, and not when it is longer", async () => {
  const request = (chars: number) => {
    const json = JSON.stringify({ method: "PUT", url: "ftp://h/", body: "" });
    return `${json}${" ".repeat(chars - json.length)}`;
  };
  expect(await rowOf(request(HTTP_REQUEST_CHARS_SEEN_MAX))).toMatchObject({ path: "/host-api/http → ftp://h/" });
  expect(await rowOf(request(HTTP_REQUEST_CHARS_SEEN_MAX + 1))).toMatchObject({ path: "/host-api/http" });
});
