// http_request against real servers on this machine: what is sent, what comes back, and what misbehaving servers bring
// about. What is let through at all is in address-guard.test.ts, and what this does to it in reality at the end.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request as nodeRequest } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { checkedAddresses, guardedUrl } from "../../src/host-api/address-guard.ts";
import { createHttpClient, type HttpAsker, type HttpClientOptions } from "../../src/host-api/http-client.ts";
import {
  FRAME_BYTES_MAX,
  HTTP_BODY_BYTES_MAX,
  HTTP_CODINGS_MAX,
  HTTP_HEADERS_BYTES_MAX,
  HTTP_HELD_BYTES_MAX,
  HTTP_INTERIM_MAX,
  HTTP_LARGE_BODIES_PLUGIN_MAX,
  HTTP_PACKED_BYTES_MAX,
  HTTP_REDIRECTS_MAX,
  HTTP_REQUESTS_MAX,
  HTTP_SMALL_BYTES_MAX,
  HTTP_WINDOW_MS,
} from "../../src/protocol/limits.ts";
import { startDnsServer } from "../helpers/dns-server.ts";
import { type Answer, redirect, startServer } from "../helpers/http-server.ts";
import { startRawServer } from "../helpers/raw-server.ts";
import { selfMadeCertificate } from "../helpers/self-made-certificate.ts";

const AGENT = "AAAAAAAA-0000-0000-0000-000000000001";

interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly body_encoding: string;
  readonly elapsed_ms: number;
  readonly error?: string;
  readonly message?: string;
  readonly retry_after_ms?: number;
}

/** A client that may reach this machine, where every name leads. */
function client(options: Partial<HttpClientOptions> = {}) {
  const http = createHttpClient({ mayReach: () => true, resolve: async () => ["127.0.0.1"], ...options });
  onTestFinished(() => http.close());
  const answer = (members: Readonly<Record<string, unknown>>, asker: Partial<HttpAsker> = {}) =>
    http.request(JSON.stringify({ method: "GET", ...members }), {
      pluginId: "p",
      placeId: "p",
      agentId: AGENT,
      warnOnce() {},
      room: async () => true,
      ...asker,
    });
  const ask = async (members: Readonly<Record<string, unknown>>, asker?: Partial<HttpAsker>) =>
    JSON.parse((await answer(members, asker)).text!) as Told;
  return { http, answer, ask };
}

/** Answers with what was asked, as JSON. */
const tells: Answer = (request, response) => {
  void bodyOf(request).then((body) => {
    const { method, url, headers } = request;
    response.end(JSON.stringify({ method, url, headers, body }));
  });
};

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("latin1");
}

const seen = (told: Told) =>
  JSON.parse(told.body) as { method: string; url: string; headers: Record<string, string>; body: string };

/** Says how long the body is, where there may be one. */
const sends =
  (body: string | Uint8Array, headers: Readonly<Record<string, string | string[]>> = {}, status = 200): Answer =>
  (_, response) => {
    const length = status === 204 || status === 304 ? {} : { "content-length": String(Buffer.byteLength(body)) };
    response.writeHead(status, { ...length, ...headers }).end(body);
  };

// What is sent.

test("method, path, headers and body arrive as they were asked for", async () => {
  const server = await startServer({ "/a%20b?c=%C3%A4": tells });
  const { ask } = client();
  const headers = { "X-Own": "ü", Cookie: "a=b", "content-type": "text/x", Host: "evil", "Content-Length": "1" };
  const told = await ask({ method: "report", url: `${server.url}/a b?c=ä#part`, headers, body: "\0ÿ" });
  expect(seen(told)).toEqual({
    method: "REPORT",
    url: "/a%20b?c=%C3%A4",
    body: Buffer.from("\0ÿ").toString("latin1"),
    headers: {
      host: new URL(server.url).host,
      "x-own": Buffer.from("ü").toString("latin1"),
      cookie: "a=b",
      "content-type": "text/x",
      "user-agent": expect.stringMatching(/^Osaurus\/[\d.]+ Plugin\/p$/),
      accept: "*/*",
      "accept-encoding": "gzip, deflate, br",
      "content-length": "3",
      connection: "close",
    },
  });
});

test("a method that comes with a body says when there is none, and others say nothing", async () => {
  const server = await startServer({ "/": tells });
  const { ask } = client();
  const lengthOf = async (members: Readonly<Record<string, unknown>>) =>
    seen(await ask({ url: server.url, ...members })).headers;
  expect(await lengthOf({ method: "POST" })).toHaveProperty("content-length", "0");
  expect(await lengthOf({ method: "GET" })).not.toHaveProperty("content-length");
  expect(await lengthOf({ method: "DELETE", body: "x" })).toHaveProperty("content-length", "1");
  expect(await lengthOf({ method: "GET", body: "" })).not.toHaveProperty("transfer-encoding");
});

test("a body of the largest size arrives whole", async () => {
  const hash: Answer = (request, response) => {
    const sum = createHash("sha256");
    request.on("data", (chunk: Buffer) => sum.update(chunk)).on("end", () => response.end(sum.digest("hex")));
  };
  const server = await startServer({ "/": hash });
  const body = "0123456789".repeat(HTTP_BODY_BYTES_MAX / 10);
  const told = await client().ask({ method: "PUT", url: server.url, body });
  expect(told.body).toBe(createHash("sha256").update(body).digest("hex"));
});

// What comes back.

test("the answer is compact, its members are sorted, and its headers are in lower case", async () => {
  const server = await startServer({
    "/": sends("hällo", { "X-B": ["1", "2"], "Set-Cookie": ["a=1", "b=2"], "X-A": "ü", Date: "then" }, 418),
  });
  const answer = await client().answer({ url: server.url });
  expect(answer.text).toMatch(
    /^\{"body":"hällo","body_encoding":"utf8","elapsed_ms":\d+,"headers":\{"connection":"close","content-length":"6","date":"then","set-cookie":"a=1, b=2","x-a":"ü","x-b":"1, 2"\},"status":418\}$/,
  );
  expect(answer).toMatchObject({ status: 418, shown: answer.text });
  expect(answer).not.toHaveProperty("errorCode");
});

test("what is not UTF-8 comes as base64; a mark in front of a text stays", async () => {
  const bytes = Buffer.from([0xff, 0, 1]);
  const server = await startServer({ "/bytes": bytes, "/mark": "\ufeffx", "/nul": "a\0b", "/none": "" });
  const { ask } = client();
  expect(await ask({ url: `${server.url}/bytes` })).toMatchObject({ body: "/wAB", body_encoding: "base64" });
  expect(await ask({ url: `${server.url}/mark` })).toMatchObject({ body: "\ufeffx", body_encoding: "utf8" });
  expect(await ask({ url: `${server.url}/nul` })).toMatchObject({ body: "a\0b", body_encoding: "utf8" });
  expect(await ask({ url: `${server.url}/none` })).toMatchObject({ body: "", body_encoding: "utf8" });
});

test("of a long body, only the beginning is shown to those who look on", async () => {
  const server = await startServer({ "/": "x".repeat(1_000_000) });
  const answer = await client().answer({ url: server.url });
  expect(answer.text!.length).toBeGreaterThan(1_000_000);
  expect(answer.shown!.length).toBeLessThan(5_000);
  expect(JSON.parse(answer.shown!)).toMatchObject({ status: 200, body: expect.stringMatching(/^x+$/) });
});

test.each([
  ["gzip", gzipSync("hello")],
  ["X-GZIP", gzipSync("hello")],
  ["deflate", deflateSync("hello")],
  ["deflate", deflateRawSync("hello")],
  ["br", brotliCompressSync("hello")],
  ["gzip, br", brotliCompressSync(gzipSync("hello"))],
  ["identity", Buffer.from("hello")],
])("a body that was packed with %s is unpacked", async (coding, packed) => {
  const server = await startServer({ "/": sends(packed, { "content-encoding": coding }) });
  const told = await client().ask({ url: server.url, headers: { "Accept-Encoding": "gzip" } });
  expect(told).toMatchObject({ body: "hello", status: 200 });
  // What they said is true of the packed body only.
  const isPacked = coding !== "identity";
  expect("content-encoding" in told.headers).toBe(!isPacked);
  expect(told.headers["content-length"]).toBe(isPacked ? undefined : "5");
});

test("a coding that is not known leaves body and headers as they are", async () => {
  const packed = gzipSync("hello");
  const server = await startServer({ "/": sends(packed, { "content-encoding": "gzip, zstd" }) });
  const told = await client().ask({ url: server.url });
  expect(told).toMatchObject({ body: packed.toString("base64"), headers: { "content-encoding": "gzip, zstd" } });
});

test("what has no body has nothing to unpack", async () => {
  const packed = { "content-encoding": "gzip" };
  const server = await startServer({
    "/head": sends("", { ...packed, "content-length": "99" }),
    "/204": sends("", packed, 204),
    "/304": sends("", packed, 304),
    "/empty": sends("", packed),
  });
  const { ask } = client();
  expect(await ask({ method: "HEAD", url: `${server.url}/head` })).toMatchObject({
    status: 200,
    body: "",
    headers: { "content-length": "99", "content-encoding": "gzip" },
  });
  for (const path of ["204", "304", "empty"])
    expect(await ask({ url: `${server.url}/${path}` })).toMatchObject({ body: "" });
});

test("a body may be packed so often and not once more", async () => {
  let packed = Buffer.from("hello");
  const answers: Record<string, Answer> = {};
  for (let times = 1; times <= HTTP_CODINGS_MAX + 1; times++) {
    packed = gzipSync(packed);
    answers[`/${times}`] = sends(packed, { "content-encoding": Array.from({ length: times }, () => "gzip").join(",") });
  }
  const server = await startServer(answers);
  const { ask } = client();
  expect(await ask({ url: `${server.url}/${HTTP_CODINGS_MAX}` })).toMatchObject({ body: "hello" });
  expect(await ask({ url: `${server.url}/${HTTP_CODINGS_MAX + 1}` })).toMatchObject({ error: "invalid_response" });
});

test("a body may have 50 million bytes and not one more, packed or not, announced or not", async () => {
  const body = Buffer.alloc(HTTP_BODY_BYTES_MAX + 1, "x");
  const largest = body.subarray(1);
  const inPieces =
    (bytes: Buffer): Answer =>
    (_, response) => {
      response.write(bytes.subarray(0, 1000));
      response.end(bytes.subarray(1000));
    };
  const packed = { "content-encoding": "gzip" };
  const server = await startServer({
    "/announced": sends(largest),
    "/announced/more": sends(body),
    "/pieces": inPieces(largest),
    "/pieces/more": inPieces(body),
    "/packed": sends(gzipSync(largest), packed),
    "/packed/more": sends(gzipSync(body), packed),
    "/bytes": Buffer.alloc(HTTP_BODY_BYTES_MAX, 0xff),
  });
  const { ask } = client();
  for (const path of ["announced", "pieces", "packed"]) {
    expect((await ask({ url: `${server.url}/${path}` })).body).toHaveLength(HTTP_BODY_BYTES_MAX);
    const more = await ask({ url: `${server.url}/${path}/more` });
    expect(more).toEqual({ error: "response_too_large", message: expect.any(String), elapsed_ms: expect.any(Number) });
  }
  const binary = await client().answer({ url: `${server.url}/bytes` });
  expect(binary.status).toBe(200);
  expect(binary.text!.length).toBeLessThan(FRAME_BYTES_MAX);
}, 120_000);

test("a bomb of gzip is stopped while it goes off, and its connection is ended", async () => {
  const MIB = 1024 * 1024;
  const bomb = gzipSync(Buffer.alloc(64 * MIB)); // 64 KiB
  const server = await startRawServer((socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n");
    const more = () => {
      // Members of gzip follow each other: this one has no end.
      while (!socket.destroyed && socket.write(bomb));
    };
    socket.on("drain", more);
    more();
  });
  const told = await client().ask({ url: `http://127.0.0.1:${server.port}/` });
  expect(told).toMatchObject({ error: "response_too_large" });
  await server.allClosed();
});

test("a text that grows beyond a frame when it becomes JSON is too large", async () => {
  const control = (bytes: number) => Buffer.alloc(bytes, 1); // Six characters each.
  const server = await startServer({
    "/fits": control(Math.floor(FRAME_BYTES_MAX / 6) - 1000),
    "/grows": control(Math.ceil(FRAME_BYTES_MAX / 6)),
    "/largest": control(HTTP_BODY_BYTES_MAX),
  });
  const { ask } = client();
  expect(await ask({ url: `${server.url}/fits` })).toMatchObject({ status: 200 });
  expect(await ask({ url: `${server.url}/grows` })).toMatchObject({ error: "response_too_large" });
  expect(await ask({ url: `${server.url}/largest` })).toMatchObject({ error: "response_too_large" });
});

/** Members of gzip with nothing in them, one behind the other. */
function emptyMembers(bytes: number): Buffer {
  const one = gzipSync("");
  return Buffer.alloc(bytes - (bytes % one.length), one);
}

test("what is between two codings is bounded like what comes in, although it becomes nothing", async () => {
  const twice = { "content-encoding": "gzip, gzip" };
  const [within, beyond] = [HTTP_PACKED_BYTES_MAX, HTTP_PACKED_BYTES_MAX + 2 * gzipSync("").length].map(emptyMembers);
  const server = await startServer({
    "/within": sends(gzipSync(within!), twice),
    "/beyond": sends(gzipSync(beyond!), twice),
    "/sent": sends(beyond!, { "content-encoding": "gzip" }),
  });
  const { ask } = client();
  expect(await ask({ url: `${server.url}/within` })).toMatchObject({ status: 200, body: "" });
  expect(await ask({ url: `${server.url}/beyond` })).toMatchObject({ error: "response_too_large" });
  expect(await ask({ url: `${server.url}/sent` })).toMatchObject({ error: "response_too_large" });
}, 120_000);

/** A server whose answer takes long to unpack and becomes nothing; `sent` once all of it has left. */
async function longNothing() {
  const body = gzipSync(emptyMembers(HTTP_PACKED_BYTES_MAX));
  const { promise: sent, resolve } = Promise.withResolvers<void>();
  const server = await startServer({
    "/": (_, response) => {
      response.writeHead(200, { "content-encoding": "gzip, gzip" });
      // All of it is there before anybody gives up: what ends the connection does not end this.
      response.end(body, () => resolve());
    },
  });
  return { url: server.url, sent };
}

test("the deadline ends unpacking that comes to nothing", async () => {
  const { url } = await longNothing();
  expect(await client().ask({ url, timeout_ms: 50 })).toMatchObject({ error: "connection_timeout" });
}, 60_000);

test("a client that is closed ends unpacking that comes to nothing", async () => {
  const { url, sent } = await longNothing();
  const { ask, http } = client();
  const running = ask({ url });
  await sent;
  // What was sent is taken within a few turns; unpacking it takes hundreds.
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  http.close();
  expect(await running).toMatchObject({ error: "cancelled" });
}, 60_000);

test("a body that comes byte by byte is the same body", async () => {
  const server = await startRawServer((socket) => {
    socket.end(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${"1\r\nx\r\n".repeat(100_000)}0\r\n\r\n`);
  });
  const told = await client().ask({ url: `http://127.0.0.1:${server.port}/` });
  expect(told).toMatchObject({ status: 200, body: "x".repeat(100_000) });
});

/** Answers with a body of this size, and holds its end back. */
function holdsBack(bytes: number) {
  const body = Buffer.alloc(bytes, "x");
  const waiting: (() => void)[] = [];
  const answer: Answer = (_, response) => {
    response.write(body, () => waiting.push(() => response.end()));
  };
  return { answer, waiting };
}

test("of large bodies a few are read at a time; others wait, and those of another plugin do not wait for them", async () => {
  const large = holdsBack(HTTP_SMALL_BYTES_MAX + 16 * 1024 * 1024);
  const server = await startServer({
    "/": large.answer,
    "/small": Buffer.alloc(HTTP_SMALL_BYTES_MAX, "x"),
    "/large": Buffer.alloc(HTTP_SMALL_BYTES_MAX + 1, "x"),
  });
  const { ask } = client();
  const all = Array.from({ length: HTTP_LARGE_BODIES_PLUGIN_MAX }, () => ask({ url: server.url }));
  while (large.waiting.length < all.length) await new Promise(setImmediate);
  // As long as both turns are taken, one byte more than small is waited for in vain.
  expect(await ask({ url: `${server.url}/small` })).toMatchObject({ status: 200 });
  const late = await ask({ url: `${server.url}/large`, timeout_ms: 300 });
  expect(late).toMatchObject({ error: "connection_timeout" });
  expect(await ask({ url: `${server.url}/large` }, { placeId: "q" })).toMatchObject({ status: 200 });
  const next = ask({ url: `${server.url}/large` });
  for (const finish of large.waiting) finish();
  for (const told of await Promise.all([...all, next])) expect(told).toMatchObject({ status: 200 });
}, 60_000);

test("all that the responses of one plugin hold is bounded, however small each of them is", async () => {
  const small = holdsBack(HTTP_SMALL_BYTES_MAX);
  const server = await startServer({ "/": small.answer, "/small": "x" });
  const { ask } = client();
  const requests = Math.ceil(HTTP_HELD_BYTES_MAX / HTTP_SMALL_BYTES_MAX) + 1;
  const all = Array.from({ length: requests }, (_, index) =>
    ask({ url: server.url }, { agentId: `agent-${Math.floor(index / HTTP_REQUESTS_MAX)}` }),
  );
  expect(await Promise.race(all)).toMatchObject({
    error: "response_too_large",
    message: expect.stringContaining("together"),
  });
  expect(await ask({ url: `${server.url}/small` }, { placeId: "q" })).toMatchObject({ status: 200 });
  while (small.waiting.length < requests) await new Promise(setImmediate);
  for (const finish of small.waiting) finish();
  await Promise.all(all);
  expect(await ask({ url: `${server.url}/small` })).toMatchObject({ status: 200 });
}, 120_000);

test("a plugin that does not take its answers gets no more until it does, or until the request is late", async () => {
  const server = await startServer({ "/": "x" });
  const { ask } = client();
  const room = () => new Promise<boolean>(() => {});
  expect(await ask({ url: server.url, timeout_ms: 100 }, { room })).toMatchObject({ error: "connection_timeout" });
  const gone = await ask({ url: server.url }, { room: async () => false });
  expect(gone).toMatchObject({ error: "context_unavailable" });
});

test("one name is looked up at a time for a plugin; other plugins do not wait for it", async () => {
  const server = await startServer({ "/": "x" });
  const open: (() => void)[] = [];
  const resolve = async (host: string) => {
    if (host === "slow.test") await new Promise<void>((go) => open.push(go));
    return ["127.0.0.1"];
  };
  const { ask } = client({ resolve });
  const { port } = new URL(server.url);
  // It is looked up on, when nobody waits for it any more.
  const slow = await ask({ url: `http://slow.test:${port}/`, timeout_ms: 50 });
  expect(slow).toMatchObject({ error: "connection_timeout" });
  const behind = ask({ url: `http://quick.test:${port}/` });
  expect(await ask({ url: `http://quick.test:${port}/` }, { placeId: "q" })).toMatchObject({ status: 200 });
  expect(await ask({ url: server.url })).toMatchObject({ status: 200 });
  expect(server.asked).toHaveLength(2);
  open[0]!();
  expect(await behind).toMatchObject({ status: 200 });
});

// Redirects.

test.each([
  [301, "POST", "GET", ""],
  [302, "PUT", "GET", ""],
  [303, "DELETE", "GET", ""],
  [303, "GET", "GET", "body"],
  [301, "HEAD", "HEAD", "body"],
  [302, "GET", "GET", "body"],
  [307, "POST", "POST", "body"],
  [308, "PATCH", "PATCH", "body"],
])("after %i, %s becomes %s with the body %j", async (status, method, becomes, body) => {
  const requests: { method: string | undefined; type: string | undefined; length: string | undefined; body: string }[] =
    [];
  const server = await startServer({
    "/start/a": redirect("../end?x", status),
    "/end?x": (request, response) => {
      void bodyOf(request).then((text) => {
        const { "content-type": type, "content-length": length } = request.headers;
        requests.push({ method: request.method, type, length, body: text });
        response.end();
      });
    },
  });
  const headers = { "Content-Type": "text/x" };
  expect(await client().ask({ method, url: `${server.url}/start/a`, headers, body: "body" })).toMatchObject({
    status: 200,
  });
  const kept = body === "" ? { type: undefined, length: undefined } : { type: "text/x", length: "4" };
  expect(requests).toEqual([{ method: becomes, body, ...kept }]);
});

test("with follow_redirects false, the redirect itself is the answer; without a place to go to, too", async () => {
  const server = await startServer({
    "/": redirect("/x"),
    "/nowhere": sends("here", {}, 302),
    "/300": redirect("/x", 300),
  });
  const { ask } = client();
  expect(await ask({ url: server.url, follow_redirects: false })).toMatchObject({
    status: 302,
    headers: { location: "/x" },
  });
  expect(await ask({ url: `${server.url}/nowhere` })).toMatchObject({ status: 302, body: "here" });
  expect(await ask({ url: `${server.url}/300` })).toMatchObject({ status: 300 });
  expect(server.asked).toEqual(["/", "/nowhere", "/300"]);
});

test("twenty hops are followed and not one more", async () => {
  const answers = Object.fromEntries(Array.from({ length: 30 }, (_, hop) => [`/${hop}`, redirect(`/${hop - 1}`)]));
  const server = await startServer({ ...answers, "/0": "there" });
  const { ask } = client();
  expect(await ask({ url: `${server.url}/${HTTP_REDIRECTS_MAX}` })).toMatchObject({ body: "there" });
  expect(await ask({ url: `${server.url}/${HTTP_REDIRECTS_MAX + 1}` })).toEqual({
    error: "too_many_redirects",
    message: expect.any(String),
    elapsed_ms: expect.any(Number),
  });
});

test("credentials stay with scheme, host and port, and once dropped they stay dropped", async () => {
  const got: string[] = [];
  const note: Answer = ({ headers }, response) => {
    got.push([headers.authorization, headers.cookie, headers["x-key"]].map((one) => one ?? "-").join(" "));
    response.end();
  };
  const [here, there] = [await startServer({ "/end": note }), await startServer({ "/end": note, "/back": "" })];
  const portOf = ({ url }: { url: string }) => new URL(url).port;
  const hop = await startServer({
    "/same": redirect("/end"),
    "/end": note,
    "/port": redirect(`http://a.test:${portOf(here)}/end`),
    "/host": (_, response) => response.writeHead(307, { location: `http://b.test:${portOf(hop)}/end` }).end(),
    "/away-and-back": (_, response) => response.writeHead(302, { location: `http://b.test:${portOf(hop)}/back` }).end(),
    "/back": (_, response) => response.writeHead(302, { location: `http://a.test:${portOf(hop)}/end` }).end(),
    "/gives": (_, response) => response.writeHead(302, { location: `http://u:p@b.test:${portOf(hop)}/end` }).end(),
  });
  const { ask } = client();
  const headers = { AUTHORIZATION: "Bearer x", cookie: "a=b", "X-Key": "k" };
  const hopUrl = `http://a.test:${portOf(hop)}`;
  for (const path of ["same", "port", "host", "away-and-back", "gives"]) {
    expect(await ask({ url: `${hopUrl}/${path}`, headers })).toMatchObject({ status: 200 });
  }
  expect(got).toEqual(["Bearer x a=b k", "- - k", "- - k", "- - k", "- - k"]);
  // User and password of the URL are credentials as well.
  await ask({ url: `http://me:pw@a.test:${portOf(hop)}/same` });
  await ask({ url: `http://me:pw@a.test:${portOf(hop)}/port` });
  expect(got.slice(-2)).toEqual([`Basic ${btoa("me:pw")} - -`, "- - -"]);
  expect(there.asked).toEqual([]);
});

test.each([
  ["http://[", "invalid_response"],
  ["http://256.0.0.1/", "invalid_response"],
  ["file:///etc/passwd", "ssrf_blocked"],
  ["ftp://example.com/", "ssrf_blocked"],
  ["data:text/plain,x", "ssrf_blocked"],
  ["http://10.0.0.1/", "ssrf_blocked"],
  ["//169.254.169.254/latest/meta-data/", "ssrf_blocked"],
  ["http://[::ffff:127.0.0.1]/", "ssrf_blocked"],
  ["http://0x7f.1:1/", "ssrf_blocked"],
  ["http://localhost./", "ssrf_blocked"],
  ["http://inside.test/", "ssrf_blocked"],
])("a redirect to %s is %s", async (location, code) => {
  const server = await startServer({ "/": redirect(location) });
  const { port } = new URL(server.url);
  const { ask } = client({
    mayReach: (_plugin, host, at) => host === "127.0.0.1" && String(at) === port,
    resolve: async () => ["10.0.0.1"],
  });
  expect(await ask({ url: server.url })).toMatchObject({ error: code });
});

test("each hop needs a grant of its own, at the time it is made", async () => {
  const inside = await startServer({ "/": "inside" });
  const outside = await startServer({ "/": redirect(inside.url) });
  const [insidePort, outsidePort] = [inside, outside].map(({ url }) => Number(new URL(url).port));
  const granted = new Set([outsidePort]);
  const { ask } = client({ mayReach: (_plugin, _host, port) => granted.has(port) });
  expect(await ask({ url: outside.url })).toMatchObject({ error: "ssrf_blocked" });
  expect(inside.asked).toEqual([]);
  granted.add(insidePort);
  expect(await ask({ url: outside.url })).toMatchObject({ body: "inside" });
  granted.delete(insidePort);
  expect(await ask({ url: outside.url })).toMatchObject({ error: "ssrf_blocked" });
});

// Encryption.

/** An HTTPS server with such a certificate; gives its port. */
async function startTlsServer({ key, cert }: { key: string; cert: string }): Promise<number> {
  const server = createTlsServer({ key, cert }, (request, response) => response.end(`for ${request.headers.host}`));
  server.on("tlsClientError", () => {}).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  });
  return (server.address() as AddressInfo).port;
}

test("a certificate counts when somebody vouches for it, and for its names only", async () => {
  const made = selfMadeCertificate("DNS:good.test", "IP:127.0.0.1");
  const port = await startTlsServer(made);
  expect(await client().ask({ url: `https://good.test:${port}/` })).toEqual({
    error: "tls_error",
    message: expect.stringContaining("DEPTH_ZERO_SELF_SIGNED_CERT"),
    elapsed_ms: expect.any(Number),
  });
  const { ask } = client({ trusted: made.cert });
  expect(await ask({ url: `https://good.test:${port}/` })).toMatchObject({ body: `for good.test:${port}` });
  expect(await ask({ url: `https://127.0.0.1:${port}/` })).toMatchObject({ status: 200 });
  expect(await ask({ url: `https://other.test:${port}/` })).toMatchObject({ error: "tls_error" });
});

test("no variable of the environment turns the check of certificates off", async () => {
  const port = await startTlsServer(selfMadeCertificate("DNS:good.test"));
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  onTestFinished(() => void delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"]);
  expect(await client().ask({ url: `https://good.test:${port}/` })).toMatchObject({ error: "tls_error" });
});

test("credentials do not go from https to http", async () => {
  const made = selfMadeCertificate("DNS:good.test");
  const plain = await startServer({ "/": tells });
  const server = createTlsServer(made, (_, response) => response.writeHead(307, { location: plain.url }).end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const headers = { authorization: "Bearer x", cookie: "a=b" };
  const told = await client({ trusted: made.cert }).ask({ url: `https://good.test:${port}/`, headers });
  expect(Object.keys(seen(told).headers)).not.toEqual(expect.arrayContaining(["authorization"]));
  expect(Object.keys(seen(told).headers)).not.toEqual(expect.arrayContaining(["cookie"]));
});

test("a server that speaks no TLS, or ends the connection before it is encrypted, is a failure of TLS", async () => {
  const plain = await startServer({ "/": "x" });
  const rude = await startRawServer((socket) => socket.once("data", () => socket.end()));
  const { ask } = client();
  expect(await ask({ url: plain.url.replace("http:", "https:") })).toMatchObject({ error: "tls_error" });
  expect(await ask({ url: `https://127.0.0.1:${rude.port}/` })).toMatchObject({ error: "tls_error" });
});

// Servers that misbehave.

const OK = "HTTP/1.1 200 OK\r\n";
const BAD_SERVERS: Readonly<Record<string, readonly [sent: string, code: string]>> = {
  "closes at once": ["", "network_error"],
  "speaks no HTTP": ["SSH-2.0-OpenSSH_9.9\r\n", "invalid_response"],
  "closes within the status line": ["HTTP/1.1 20", "network_error"],
  "closes within the headers": [`${OK}A: b\r\n`, "network_error"],
  "closes within the body": [`${OK}Content-Length: 10\r\n\r\nhalf`, "network_error"],
  "closes within a chunk": [`${OK}Transfer-Encoding: chunked\r\n\r\nff\r\nhalf`, "network_error"],
  "sends a chunk without a size": [`${OK}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`, "invalid_response"],
  "sends two lengths": [`${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`, "invalid_response"],
  "sends a length that is none": [`${OK}Content-Length: -1\r\n\r\n`, "invalid_response"],
  "sends a length and chunks": [
    `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    "invalid_response",
  ],
  "sends a header with a NUL": [`${OK}A: b\0c\r\n\r\n`, "invalid_response"],
  "switches to another protocol": [
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
    "invalid_response",
  ],
  "sends too large headers": [`${OK}A: ${"x".repeat(HTTP_HEADERS_BYTES_MAX)}\r\n\r\n`, "response_too_large"],
  "sends too many headers": [`${OK}${"A: b\r\n".repeat(HTTP_HEADERS_BYTES_MAX)}`, "response_too_large"],
  "says too often that it will answer": [
    `${"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(HTTP_INTERIM_MAX + 1)}${OK}Content-Length: 0\r\n\r\n`,
    "invalid_response",
  ],
  "ends within what it packed": [
    `${OK}Content-Encoding: gzip\r\nContent-Length: 10\r\n\r\n${gzipSync("hello").subarray(0, 10).toString("latin1")}`,
    "invalid_response",
  ],
  "packs nothing that can be unpacked": [
    `${OK}Content-Encoding: br\r\nContent-Length: 4\r\n\r\n\xff\xff\xff\xff`,
    "invalid_response",
  ],
};

test.each(Object.entries(BAD_SERVERS))("a server that %s is told by its code", async (_what, [sent, code]) => {
  const server = await startRawServer((socket) => socket.once("data", () => socket.end(sent, "latin1")));
  const told = await client().ask({ url: `http://127.0.0.1:${server.port}/` });
  expect(told).toEqual({ error: code, message: expect.any(String), elapsed_ms: expect.any(Number) });
  await server.allClosed();
});

test("hints and many small headers within the limits are no mistake", async () => {
  const hints = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(HTTP_INTERIM_MAX);
  const many = Array.from({ length: 3000 }, (_, at) => `H${at}: x\r\n`).join("");
  const server = await startRawServer((socket) =>
    socket.once("data", () => socket.end(`${hints}${OK}${many}\r\nbody`)),
  );
  const told = await client().ask({ url: `http://127.0.0.1:${server.port}/` });
  expect(told).toMatchObject({ status: 200, body: "body" });
  expect(Object.keys(told.headers)).toHaveLength(3000);
});

test("a connection that is reset is a network error, and a port without a server refuses", async () => {
  const server = await startRawServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
  const { ask } = client();
  expect(await ask({ url: `http://127.0.0.1:${server.port}/` })).toMatchObject({ error: "network_error" });
  const gone = await startServer({});
  await gone.stop();
  expect(await ask({ url: gone.url })).toEqual({
    error: "connection_refused",
    message: expect.any(String),
    elapsed_ms: expect.any(Number),
  });
});

test("a name that is not known, or has no address, is a failure of DNS", async () => {
  const unknown = Object.assign(new Error("secret detail"), { code: "ENOTFOUND" });
  const { ask } = client({ resolve: () => Promise.reject(unknown) });
  const told = await ask({ url: "http://unknown.test/" });
  expect(told).toMatchObject({
    error: "dns_failure",
    message: expect.stringContaining("ENOTFOUND"),
    elapsed_ms: expect.any(Number),
  });
  expect(told.message).not.toContain("secret");
  expect(await client({ resolve: async () => [] }).ask({ url: "http://x.test/" })).toMatchObject({
    error: "dns_failure",
  });
});

// Time.

const SLOW_SERVERS: Readonly<Record<string, string>> = {
  "says nothing": "",
  "never ends its headers": `${OK}A: b\r\n`,
  "never ends its body": `${OK}Content-Length: 1000\r\n\r\n`,
  "never ends its chunks": `${OK}Transfer-Encoding: chunked\r\n\r\n`,
};

test.each(Object.entries(SLOW_SERVERS))(
  "a server that %s is given up in time, however much it drips",
  async (_what, start) => {
    const drip = start.endsWith("chunked\r\n\r\n") ? "1\r\nx\r\n" : "x";
    const server = await startRawServer((socket) => {
      socket.write(start);
      if (start === "") return;
      const timer = setInterval(() => socket.write(drip), 5);
      socket.on("close", () => clearInterval(timer));
    });
    const told = await client().ask({ url: `http://127.0.0.1:${server.port}/`, timeout_ms: 150 });
    expect(told).toMatchObject({ error: "connection_timeout", elapsed_ms: expect.any(Number) });
    await server.allClosed();
  },
);

test("one deadline holds for the lookup, the encryption and all hops together", async () => {
  const silent = await startRawServer(() => {});
  const slowly: Answer = (_, response) => void setTimeout(() => response.writeHead(302, { location: "/" }).end(), 40);
  const hops = await startServer({ "/": slowly });
  const late = { error: "connection_timeout" };
  const { ask } = client();
  expect(await ask({ url: `https://127.0.0.1:${silent.port}/`, timeout_ms: 100 })).toMatchObject(late);
  expect(await ask({ url: hops.url, timeout_ms: 200 })).toMatchObject(late);
  expect(hops.asked.length).toBeLessThan(HTTP_REDIRECTS_MAX);
  const never = client({ resolve: () => new Promise(() => {}) });
  expect(await never.ask({ url: "http://x.test/", timeout_ms: 50 })).toMatchObject(late);
});

test("a client that is closed ends what runs, and refuses what comes later", async () => {
  const server = await startRawServer(() => {});
  const { ask, http } = client();
  const running = [ask({ url: `http://127.0.0.1:${server.port}/` }), ask({ url: `https://127.0.0.1:${server.port}/` })];
  while (server.connections.length < 2) await new Promise((done) => setImmediate(done));
  http.close();
  http.close();
  for (const told of await Promise.all(running)) expect(told).toMatchObject({ error: "cancelled" });
  expect(await ask({ url: "http://example.com/" })).toMatchObject({ error: "cancelled" });
  await server.allClosed();
});

// How often.

test("sixty requests within a minute are made for a plugin and an agent, and not one more", async () => {
  const server = await startServer({ "/": "x" });
  const clock = { ms: 0 };
  const { ask, answer } = client({ now: () => clock.ms });
  for (let at = 0; at < HTTP_REQUESTS_MAX; at++) expect(await ask({ url: server.url })).toMatchObject({ status: 200 });
  clock.ms = 1000;
  expect(await ask({ url: server.url })).toEqual({
    error: "rate_limit_exceeded",
    message: expect.any(String),
    retry_after_ms: HTTP_WINDOW_MS - 1000,
  });
  expect(await answer({ url: server.url })).toMatchObject({ errorCode: "rate_limit_exceeded" });
  expect(server.asked).toHaveLength(HTTP_REQUESTS_MAX);
  // Another agent, no agent and another plugin have their own.
  for (const other of [{ agentId: undefined }, { agentId: "B" }, { placeId: "q" }]) {
    expect(await ask({ url: server.url }, other)).toMatchObject({ status: 200 });
  }
  clock.ms = HTTP_WINDOW_MS;
  expect(await ask({ url: server.url })).toMatchObject({ status: 200 });
});

test("what is refused by its URL, or is no request, does not count; what fails does", async () => {
  const { ask } = client({ mayReach: () => false, now: () => 0, resolve: () => Promise.reject(new Error("none")) });
  for (let at = 0; at <= HTTP_REQUESTS_MAX; at++) {
    expect(await ask({ url: "http://127.0.0.1/" })).toMatchObject({ error: "ssrf_blocked" });
    expect(await ask({})).toMatchObject({ error: "invalid_request" });
  }
  for (let at = 0; at < HTTP_REQUESTS_MAX; at++) {
    expect(await ask({ url: "http://x.test/" })).toMatchObject({ error: "dns_failure" });
  }
  expect(await ask({ url: "http://x.test/" })).toMatchObject({ error: "rate_limit_exceeded" });
});

// What is reached.

test("without a grant, nothing on this machine is connected to; the refusal has just two members", async () => {
  const server = await startRawServer((socket) => socket.end(`${OK}\r\n`));
  const granted = (plugin: string) => plugin === "q";
  const { ask, answer } = client({ mayReach: granted });
  for (const host of ["127.0.0.1", "localhost", "name.test", "[::ffff:127.0.0.1]"]) {
    expect(await ask({ url: `http://${host}:${server.port}/` })).toEqual({
      error: "ssrf_blocked",
      message: "Requests to loopback addresses are blocked (SSRF protection)",
    });
  }
  expect(await answer({ url: "http://127.0.0.1/" })).toMatchObject({ errorCode: "ssrf_blocked" });
  // Nobody's grants are those of a library that has not said who it is.
  const unnamed = { pluginId: undefined, placeId: "q" };
  expect(await ask({ url: `http://127.0.0.1:${server.port}/` }, unnamed)).toMatchObject({ error: "ssrf_blocked" });
  expect(server.connections).toHaveLength(0);
  expect(await ask({ url: `http://127.0.0.1:${server.port}/` }, { pluginId: "q" })).toMatchObject({ status: 200 });
});

test("a connection that ends up at another address than the checked one is dropped before anything is sent", async () => {
  const sent: Buffer[] = [];
  const server = await startRawServer((socket) => socket.on("data", (chunk) => sent.push(chunk)));
  // The operating system takes this address for that of the machine itself.
  const told = await client().ask({ url: `http://0.0.0.0:${server.port}/` });
  expect(told).toMatchObject({ error: "ssrf_blocked" });
  await server.allClosed();
  expect(sent).toEqual([]);
});

/** A name whose first answer is an address outside, and whose later ones are this machine. */
const rebinding = () => startDnsServer((question) => (question === 0 ? ["240.0.0.1"] : ["127.0.0.1"]));

/** How often a server on this machine was reached by somebody who sends two requests to such a name. */
async function reachedBy(
  send: (url: string, resolve: (name: string) => Promise<readonly string[]>) => Promise<unknown>,
) {
  const victim = await startRawServer((socket) => socket.end(`${OK}Content-Length: 6\r\n\r\nsecret`));
  const dns = await rebinding();
  const url = `http://rebind.test:${victim.port}/`;
  const told = [await send(url, dns.resolve), await send(url, dns.resolve)];
  return { reached: victim.connections.length, told, asked: dns.asked() };
}

test("a name that changes its address between check and connection leads nowhere", async () => {
  const { reached, told, asked } = await reachedBy((url, resolve) =>
    client({ mayReach: () => false, resolve }).ask({ url, timeout_ms: 300 }),
  );
  expect(reached).toBe(0);
  // One look a request: what is checked is what is dialled.
  expect(asked).toBe(2);
  expect(told[0]).toMatchObject({
    error: expect.stringMatching(/^(connection_timeout|network_error|connection_refused)$/),
  });
  expect(told[1]).toMatchObject({ error: "ssrf_blocked" });
});

test("the same attack reaches a client that checks by one look and dials by another", async () => {
  const { reached } = await reachedBy(async (text, resolve) => {
    const url = guardedUrl(text);
    await checkedAddresses(url, { mayReach: () => false, resolve }).catch(() => undefined);
    const [address] = await resolve(url.hostname);
    const sent = nodeRequest({ host: address, port: url.port, agent: false });
    sent.end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return await bodyOf(response);
  });
  expect(reached).toBeGreaterThan(0);
});

test("a name with one address outside and one inside is not reached at either", async () => {
  const victim = await startRawServer((socket) => socket.end(`${OK}\r\n`));
  const dns = await startDnsServer(() => ["240.0.0.1", "127.0.0.1"]);
  const { ask } = client({ mayReach: () => false, resolve: dns.resolve });
  expect(await ask({ url: `http://both.test:${victim.port}/` })).toMatchObject({ error: "ssrf_blocked" });
  expect(victim.connections).toHaveLength(0);
});

test("a name that somebody allowed is reached, through the system's own resolver, too", async () => {
  const server = await startServer({ "/": "x" });
  const { port } = new URL(server.url);
  const http = createHttpClient({ mayReach: (_plugin, host) => host === "localhost" });
  onTestFinished(() => http.close());
  const json = JSON.stringify({ method: "GET", url: `http://localhost:${port}/` });
  const asker = { pluginId: "p", placeId: "p", agentId: AGENT, warnOnce() {}, room: async () => true };
  expect(await http.request(json, asker)).toMatchObject({ status: 200 });
});
