// What the HTTP server refuses whatever is asked for, and how it is stopped: over sockets, byte by byte.

import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  JSON_DEPTH_MAX,
  SERVER_BODY_BYTES_MAX,
  SERVER_CONNECTIONS_MAX,
  SERVER_HEADERS_BYTES_MAX,
  SERVER_HEADERS_MAX,
  SERVER_HEADERS_MS_MAX,
  SERVER_IDLE_MS_MAX,
  SERVER_REQUEST_MS_MAX,
} from "../../src/protocol/limits.ts";
import { stopServer } from "../../src/server/listen.ts";
import { openRelay } from "../../src/server/relay/open-relay.ts";
import type { ServerHost } from "../../src/server/server-host.ts";
import {
  openRaw,
  parseAnswer,
  requestText,
  type ServedHost,
  type ServedHostOptions,
  sendRaw,
  serveHost,
  untilClosed,
} from "../helpers/served-host.ts";

let served: ServedHost;
beforeAll(async () => {
  served = await serveHost();
});
afterAll(async () => await served.stop());

const HOST = "host: 127.0.0.1";
const JSON_TYPE = "content-type: application/json";

async function ask(line: string, headers: readonly string[] = [HOST], body = "") {
  return await sendRaw(served.port, requestText(line, headers, body));
}

async function otherHost(options: ServedHostOptions): Promise<ServedHost> {
  const other = await serveHost(options);
  onTestFinished(other.stop);
  return other;
}

function withKey(...headers: readonly string[]): string[] {
  return [HOST, `authorization: Bearer ${served.key}`, ...headers];
}

function openAiError(body: string) {
  return (JSON.parse(body) as { error: { message: string; type: string; param: string | null; code: string } }).error;
}

describe("the Host header", () => {
  const FOREIGN = [
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil.example:1338",
    "10.0.0.1",
    "0.0.0.0",
    "2130706433",
    "[::1].evil.example",
    "localhost:80:80",
    "localhost@evil.example",
    "evil.example/localhost",
    "",
  ];

  test.each(FOREIGN)("is refused when it is foreign: %j", async (host) => {
    for (const path of ["/health", "/ready", "/v1/models", "/mcp", "/metrics", "/", "/nowhere", "/%"]) {
      const { status, body } = await ask(`GET ${path}`, [`host: ${host}`, `authorization: Bearer ${served.key}`]);
      expect([path, status]).toEqual([path, 403]);
      expect(JSON.parse(body).error.code).toBe("origin_refused");
    }
  });

  test.each(["127.0.0.1", "127.0.0.1:9", "localhost", "LOCALHOST:1338", "my-plugin.localhost:1338", "[::1]:1338"])(
    "may be %s",
    async (host) => {
      expect((await ask("GET /health", [`host: ${host}`])).status).toBe(200);
    },
  );

  test("lets in a name that was allowed, which is what the attack would need", async () => {
    const other = await otherHost({ names: new Set(["evil.example"]) });
    const asked = requestText("GET /health", ["host: Evil.Example:443"]);
    expect((await sendRaw(other.port, asked)).status).toBe(200);
  });

  test("has to be there once", async () => {
    expect((await ask("GET /health", [])).status).toBe(400);
    expect((await ask("GET /health", [HOST, "host: evil.example"])).status).toBe(400);
    expect((await ask("GET /health", ["host: evil.example", HOST])).status).toBe(400);
    expect((await ask("GET /health", [HOST, HOST])).status).toBe(400);
    expect((await sendRaw(served.port, "GET /health HTTP/1.0\r\n\r\n")).status).toBe(400);
  });

  test("is not replaced by a target with a host in it", async () => {
    expect((await ask("GET http://evil.example/health")).status).toBe(400);
    expect((await ask("GET http://127.0.0.1/health", ["host: 127.0.0.1"])).status).toBe(400);
  });
});

describe("the Origin header", () => {
  const FOREIGN = ["http://evil.example", "null", "http://127.0.0.1:3000", "https://127.0.0.1", "file://", "x", ""];

  test.each(FOREIGN)("is refused on /mcp even with a key when it is %j", async (origin) => {
    for (const method of ["GET", "POST", "DELETE", "OPTIONS"]) {
      const { status } = await ask(`${method} /mcp`, [
        `host: 127.0.0.1:${served.port}`,
        ...withKey(`origin: ${origin}`).slice(1),
      ]);
      expect([method, status]).toEqual([method, 403]);
    }
  });

  test("may be that of this host", async () => {
    const headers = [`host: 127.0.0.1:${served.port}`, `authorization: Bearer ${served.key}`];
    const { status } = await ask("POST /mcp", [...headers, `origin: ${served.url}`, JSON_TYPE], "{}");
    expect(status).toBe(400); // For what is in the body.
  });

  test("is refused when there are two, one of them this host's", async () => {
    const headers = [`host: 127.0.0.1:${served.port}`, `authorization: Bearer ${served.key}`, JSON_TYPE];
    const own = `origin: ${served.url}`;
    expect((await ask("POST /mcp", [...headers, own, "origin: http://evil.example"], "{}")).status).toBe(403);
  });

  test("of a foreign page is of no use on /v1 without a key, and reads nothing with one", async () => {
    const origin = "origin: http://evil.example";
    expect((await ask("GET /v1/models", [HOST, origin])).status).toBe(401);
    const preflight = [origin, "access-control-request-method: POST", "access-control-request-headers: authorization"];
    for (const answer of [
      await ask("GET /v1/models", withKey(origin)),
      await ask("OPTIONS /v1/chat/completions", [HOST, ...preflight]),
      await ask("GET /health", [HOST, origin]),
    ]) {
      expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });

  test.each(["/health", "/v1/models", "/mcp", "/nowhere"])(
    "of a foreign page opens no WebSocket at %s",
    async (path) => {
      const upgrade = [
        "upgrade: websocket",
        "sec-websocket-version: 13",
        "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
      ];
      const asked = ["GET", path, "HTTP/1.1"].join(" ");
      const head = [asked, ...withKey("origin: http://evil.example", "connection: upgrade", ...upgrade), "", ""];
      expect((await sendRaw(served.port, head.join("\r\n"))).status).toBe(403);
    },
  );
});

describe("access keys", () => {
  test.each([
    "/v1/models",
    "/v1/nowhere",
    "/v1/",
    "/mcp",
    "/metrics",
    "/%76%31/models",
    "/v1/%2e%2e/v1/models",
    "/mc%70",
  ])("are needed at %s", async (path) => {
    const { status, headers, body } = await ask(`GET ${path}`);
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toBe("Bearer");
    expect(body).not.toContain("default");
  });

  test.each(["Bearer", "Bearer ", "Bearer osk-v1.", "Bearer osk-v1.AAAA", "Basic b3NrOg==", "osk-v1.x", "Bearer a b"])(
    "do not let in when they are none: %j",
    async (value) => {
      expect((await ask("GET /v1/models", [HOST, `authorization: ${value}`])).status).toBe(401);
    },
  );

  test("let in, also where the scheme is written otherwise", async () => {
    expect((await ask("GET /v1/models", withKey())).status).toBe(200);
    expect((await ask("GET /v1/models", [HOST, `Authorization: bearer ${served.key}`])).status).toBe(200);
    expect((await ask("GET /metrics", withKey())).body).toContain('osaurus_http_requests_total{status="4xx"}');
  });

  test("that were revoked or have expired let in no more", async () => {
    const keys = await served.host.accessKeys();
    const wish = { agentId: null, expiresAt: null };
    const revoked = await keys.create({ name: "to be revoked", ...wish });
    const allowed = () => ask("GET /v1/models", [HOST, `authorization: Bearer ${revoked.key}`]);
    expect((await allowed()).status).toBe(200);
    await keys.revoke(revoked.entry.id);
    const { status, headers } = await allowed();
    expect([status, headers.get("www-authenticate")]).toEqual([401, 'Bearer error="invalid_token"']);
    const expiresAt = new Date(Date.now() + 50).toISOString();
    const short = await keys.create({ name: "for a moment", agentId: null, expiresAt });
    const status401 = async () => (await ask("GET /v1/models", [HOST, `authorization: Bearer ${short.key}`])).status;
    await expect.poll(status401).toBe(401);
  });

  test("of an agent are for that agent only, and do not tell which others there are", async () => {
    const agents = await served.host.agents();
    const mine = await agents.create({ name: "mine" });
    await agents.create({ name: "other" });
    const keys = await served.host.accessKeys();
    const { key } = await keys.create({ name: "scoped", agentId: mine.id, expiresAt: null });
    const scoped = [HOST, `authorization: Bearer ${key}`, JSON_TYPE];
    const list = JSON.parse((await ask("GET /v1/models", scoped)).body).data as { id: string }[];
    expect(list.map(({ id }) => id)).toEqual(["agent:mine"]);
    const chat = (...headers: string[]) =>
      ask("POST /v1/chat/completions", [...scoped, ...headers], '{"messages":[{"role":"user","content":"x"}]}');
    // Let in, and there is no model to ask.
    expect(openAiError((await chat()).body).code).toBe("model_provider_missing");
    expect(openAiError((await chat("x-osaurus-agent-id: mine")).body).code).toBe("model_provider_missing");
    for (const named of ["other", "default", "nobody"]) {
      const { status, body } = await chat(`x-osaurus-agent-id: ${named}`);
      expect([named, status, openAiError(body).code]).toEqual([named, 403, "agent_scope_denied"]);
      const model = `{"model":"agent:${named}","messages":[{"role":"user","content":"x"}]}`;
      for (const header of [[], ["x-osaurus-agent-id: mine"]]) {
        const both = await ask("POST /v1/chat/completions", [...scoped, ...header], model);
        expect([named, both.status, openAiError(both.body).code]).toEqual([named, 403, "agent_scope_denied"]);
      }
    }
  });

  test("and agents are named in UTF-8, and once", async () => {
    await (await served.host.agents()).create({ name: "Zoë" });
    const chat = (...named: string[]) =>
      ask("POST /v1/chat/completions", withKey(JSON_TYPE, ...named), '{"messages":[{"role":"user","content":"x"}]}');
    const one = "x-osaurus-agent-id: Zoë";
    expect(openAiError((await chat(one)).body).code).toBe("model_provider_missing");
    const twice = await chat(one, "x-osaurus-agent-id: default");
    expect([twice.status, openAiError(twice.body).code]).toEqual([400, "request_invalid"]);
  });
});

describe("the size of a request", () => {
  test(`may have ${SERVER_HEADERS_MAX} headers, and not one more`, async () => {
    const some = (count: number) => Array.from({ length: count }, (_, index) => `x-${index}: 1`);
    // Host and Connection are two of them.
    expect((await ask("GET /health", [HOST, ...some(SERVER_HEADERS_MAX - 2)])).status).toBe(200);
    expect((await ask("GET /health", [HOST, ...some(SERVER_HEADERS_MAX - 1)])).status).toBe(431);
    expect((await ask("GET /health", [HOST, ...some(9_000)])).status).toBe(431);
  });

  test("is bounded where one header is long", async () => {
    const { status, body } = await ask("GET /health", [HOST, `x: ${"a".repeat(SERVER_HEADERS_BYTES_MAX)}`]);
    expect([status, JSON.parse(body).error]).toMatchObject([
      431,
      { code: "request_invalid", message: "a request has 200 headers and 65536 bytes of them at most" },
    ]);
  });

  test("is bounded for bodies, and the largest one is read", async () => {
    const text = (bytes: number) => `"${" ".repeat(bytes - 2)}"`;
    const post = (body: string) => ask("POST /v1/chat/completions", withKey(JSON_TYPE), body);
    expect(openAiError((await post(text(SERVER_BODY_BYTES_MAX))).body).code).toBe("request_invalid");
    const chunked = await fetch(`${served.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${served.key}`, "content-type": "application/json" },
      body: text(SERVER_BODY_BYTES_MAX + 1),
    });
    expect([chunked.status, openAiError(await chunked.text()).code]).toEqual([413, "input_too_large"]);
  });

  test("is not read at all without a key", async () => {
    const head = requestText("POST /v1/chat/completions", [HOST, JSON_TYPE, "content-length: 1000000"]);
    const socket = openRaw(served.port);
    socket.write(head);
    const [first] = (await once(socket, "data")) as [Buffer];
    expect(parseAnswer(first.toString()).status).toBe(401);
    socket.destroy();
  });

  test.each(["/nowhere", "/health"])("is not read where nothing is served: POST %s", async (path) => {
    const socket = openRaw(served.port);
    onTestFinished(() => void socket.destroy());
    socket.write(requestText(`POST ${path}`, [HOST, JSON_TYPE, "content-length: 1000000"]));
    const [first] = (await once(socket, "data")) as [Buffer];
    expect(parseAnswer(first.toString()).status).toBe(404);
  });
});

describe("the body of a request", () => {
  const post = (body: string, type = JSON_TYPE, ...more: string[]) =>
    ask("POST /v1/chat/completions", withKey(...(type === "" ? [] : [type]), ...more), body);

  test.each([
    "",
    "content-type: text/plain",
    "content-type: application/x-www-form-urlencoded",
    "content-type: text/json",
    "content-type: application/json; charset=latin1",
    "content-type: application/jsonp",
  ])("has to be JSON by its type and not %j", async (type) => {
    const { status, body } = await post('{"messages":[]}', type);
    expect([status, openAiError(body).code]).toEqual([415, "request_invalid"]);
  });

  test("may say its charset", async () => {
    expect((await post("{}", "content-type: Application/JSON; charset=UTF-8")).status).toBe(400);
  });

  test("must not be compressed", async () => {
    expect((await post("{}", JSON_TYPE, "content-encoding: gzip")).status).toBe(415);
  });

  test.each(["", "{", "[1,]", "{}{}", "\u0000", "NaN"])("is refused when it is no JSON: %j", async (text) => {
    const { status, body } = await post(text);
    expect([status, openAiError(body).code]).toEqual([400, "request_invalid"]);
  });

  test("is refused when it is not UTF-8", async () => {
    const head = requestText("POST /v1/chat/completions", withKey(JSON_TYPE, "content-length: 3"));
    const { status } = await sendRaw(served.port, head, Uint8Array.of(0x22, 0xff, 0x22));
    expect(status).toBe(400);
  });

  test("may be nested as deep as is read, and is refused beyond", async () => {
    const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
    expect(openAiError((await post(nested(JSON_DEPTH_MAX))).body).message).not.toContain("deep");
    const { status, body } = await post(nested(JSON_DEPTH_MAX + 1));
    expect([status, openAiError(body).message]).toEqual([400, "the JSON of the request is nested too deeply"]);
    expect((await post("[".repeat(1_000_000))).status).toBe(400);
  });

  test("changes no prototype", async () => {
    await post(
      '{"__proto__":{"polluted":1},"messages":[{"__proto__":{"polluted":1},"role":"user","content":"x"}],"constructor":{"prototype":{"polluted":1}}}',
    );
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe("what is not there", () => {
  test("is said in the shape of the place where it was looked for", async () => {
    const api = await ask("GET /v1/nowhere", withKey());
    expect([api.status, openAiError(api.body)]).toMatchObject([
      404,
      { code: "route_unknown", type: "invalid_request_error" },
    ]);
    const root = await ask("GET /nowhere");
    expect([root.status, JSON.parse(root.body)]).toEqual([
      404,
      { error: { code: "route_unknown", message: "nothing is served at this path" } },
    ]);
    expect((await ask("DELETE /v1/models", withKey())).status).toBe(404);
    expect((await ask("BREW /v1/models", withKey())).status).toBe(400);
  });

  test("may be no path at all", async () => {
    const { status, body } = await ask("GET /%zz");
    expect([status, JSON.parse(body).error.code]).toEqual([400, "request_invalid"]);
    expect(body).not.toMatch(/ at |\.ts|\.js/);
  });
});

test("what is no HTTP is answered with 400 and the connection is closed", async () => {
  const { status, body } = await sendRaw(served.port, "\u0016\u0003\u0001\u0000 hello\r\n\r\n");
  expect([status, JSON.parse(body).error.code]).toEqual([400, "request_invalid"]);
});

test("requests that two readers would split differently are refused", async () => {
  const both = withKey(JSON_TYPE, "content-length: 5", "transfer-encoding: chunked");
  const smuggled = "0\r\n\r\nGET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";
  expect((await sendRaw(served.port, `${requestText("POST /v1/models", both)}${smuggled}`)).status).toBe(400);
  const twice = withKey(JSON_TYPE, "content-length: 1", "content-length: 2");
  expect((await sendRaw(served.port, requestText("POST /v1/models", twice))).status).toBe(400);
});

describe("a request for another protocol that is not spoken here", () => {
  /** Two pieces that the parser takes for one long body of a request nobody answers, unless the connection is closed before. */
  async function answersTo(port: number, host: string): Promise<number> {
    const socket = openRaw(port);
    onTestFinished(() => void socket.destroy());
    const all = untilClosed(socket);
    socket.write(
      `GET /health HTTP/1.1\r\n${host}\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n` +
        `POST /health HTTP/1.1\r\n${host}\r\ncontent-length: 200\r\n\r\n`,
    );
    await once(socket, "data");
    socket.end(`GET /smuggled HTTP/1.1\r\n${host}\r\n\r\n`);
    return (await all).split("HTTP/1.1 ").length - 1;
  }

  test("is the last one of its connection, so that no body becomes a request", async () => {
    expect(await answersTo(served.port, HOST)).toBe(1);
  });

  test("is that at a relay, too", async () => {
    const relay = await openRelay({ host: "127.0.0.1", port: 0 });
    onTestFinished(() => relay.close());
    expect(await answersTo(relay.port, `host: localhost:${relay.port}`)).toBe(1);
  });
});

test("what a client expects beyond being told to go on is refused, after all that is refused anyway", async () => {
  const { status, body } = await ask("GET /health", [HOST, "expect: something"]);
  expect([status, JSON.parse(body).error.code]).toEqual([417, "request_invalid"]);
  expect((await ask("GET /health", ["host: evil.example", "expect: something"])).status).toBe(403);
});

test("a bug is told without what it was, and noted with it", async () => {
  const other = await otherHost({ instead: { models: () => Promise.reject(new TypeError("secret detail")) } });
  const headers = [HOST, `authorization: Bearer ${other.key}`];
  const { status, body } = await sendRaw(other.port, requestText("GET /v1/models", headers));
  expect(status).toBe(500);
  expect(openAiError(body)).toMatchObject({ code: "internal", type: "server_error" });
  expect(body).not.toMatch(/secret detail|TypeError|\.ts/);
  expect(other.bugs).toEqual([new TypeError("secret detail")]);
});

test("the log has method, path and status of a request, and neither its query, nor its headers, nor its key", async () => {
  const lines: string[] = [];
  const other = await otherHost({ log: (line) => lines.push(line) });
  const headers = [HOST, `authorization: Bearer ${other.key}`, "x-secret: s3cr3t"];
  await sendRaw(other.port, requestText("GET /v1/models?token=s3cr3t", headers));
  await sendRaw(other.port, requestText("GET /v1/models", [HOST, "authorization: Bearer osk-v1.wrong"]));
  const [first, reason, second] = lines.map((line) => JSON.parse(line));
  expect(first).toMatchObject({ method: "GET", path: "/v1/models", status: 200, msg: "request" });
  expect(reason).toMatchObject({ reason: "unrecognised" });
  expect(second).toMatchObject({ status: 401 });
  expect(lines.join("")).not.toContain("s3cr3t");
  expect(lines.join("")).not.toContain(other.key);
  expect(lines.join("")).not.toContain("osk-v1.wrong");
});

describe("a client that hangs up", () => {
  test("while it sends its request is no bug of ours", async () => {
    const lines: string[] = [];
    const other = await otherHost({ log: (line) => lines.push(line) });
    const socket = openRaw(other.port);
    const authorization = `Bearer ${other.key}`;
    const headers = [HOST, `authorization: ${authorization}`, JSON_TYPE, "content-length: 9", "expect: 100-continue"];
    socket.write(`POST /v1/chat/completions HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n{`);
    await once(socket, "data");
    socket.destroy();
    // Its end was seen when no request is open but the one that asks.
    const metrics = async () => await (await fetch(`${other.url}/metrics`, { headers: { authorization } })).text();
    await expect.poll(metrics).toContain("osaurus_http_requests_open 1\n");
    expect(new Set(lines.map((line) => JSON.parse(line).msg))).toEqual(new Set(["request"]));
  });
});

test("a key in a path, where none belongs, is not in the log", async () => {
  const lines: string[] = [];
  const other = await otherHost({ log: (line) => lines.push(line) });
  const escaped = other.key.replace(".", "%2E");
  for (const path of [other.key, escaped]) {
    await sendRaw(other.port, requestText(`GET /v1/models/${path}`, [HOST, `authorization: Bearer ${other.key}`]));
  }
  expect(lines.map((line) => JSON.parse(line).path)).toEqual(["/v1/models/osk-v1…", "/v1/models/osk-v1…"]);
});

describe("slow clients", () => {
  test("that do not read a whole answer are cut off", async () => {
    const asked = Promise.withResolvers<void>();
    const big = { id: "m", name: "m", provider: "p".repeat(1_000), type: "chat", capabilities: [] } as const;
    const models = async () => {
      asked.resolve();
      return { list: async () => Array(40_000).fill(big) } as unknown as ReturnType<ServerHost["models"]>;
    };
    const other = await otherHost({ instead: { models }, times: { unreadMs: 50 } });
    const authorization = `Bearer ${other.key}`;
    const socket = openRaw(other.port).pause();
    socket.write(requestText("GET /v1/models", [HOST, `authorization: ${authorization}`]));
    await asked.promise;
    const metrics = async () => await (await fetch(`${other.url}/metrics`, { headers: { authorization } })).text();
    await expect.poll(metrics, { timeout: 10_000 }).toContain("osaurus_http_requests_open 1\n");
    const answer = await untilClosed(socket.resume());
    expect(answer.length).toBeLessThan(Number(parseAnswer(answer).headers.get("content-length")));
  });

  test("have as much time as the limits say, where nobody says otherwise", () => {
    const { headersTimeout, requestTimeout, keepAliveTimeout } = served.server.app.server;
    expect([headersTimeout, requestTimeout, keepAliveTimeout]).toEqual([
      SERVER_HEADERS_MS_MAX,
      SERVER_REQUEST_MS_MAX,
      SERVER_IDLE_MS_MAX,
    ]);
  });

  test("that never end their headers are cut off", async () => {
    const other = await otherHost({ times: { headersMs: 100 } });
    const socket = openRaw(other.port);
    socket.write("GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ");
    expect(parseAnswer(await untilClosed(socket)).status).toBe(408);
  });

  test("that never end their body are cut off", async () => {
    const other = await otherHost({ times: { headersMs: 100, requestMs: 200 } });
    const socket = openRaw(other.port);
    const headers = [HOST, `authorization: Bearer ${other.key}`, JSON_TYPE, "content-length: 1000"];
    socket.write(`${requestText("POST /v1/chat/completions", headers)}{`);
    expect(parseAnswer(await untilClosed(socket)).status).toBe(408);
  });

  test("that ask nothing more are let go of", async () => {
    const other = await otherHost({ times: { idleMs: 50 } });
    const socket = openRaw(other.port);
    socket.write("GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
    expect(parseAnswer(await untilClosed(socket)).status).toBe(200);
  });
});

describe("being stopped", () => {
  test("closes connections on which nothing is asked, and those that were never used", async () => {
    const other = await otherHost({});
    const [used, unused, half] = [openRaw(other.port), openRaw(other.port), openRaw(other.port)];
    half.write("GET /health HT");
    used.write("GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
    await Promise.all([once(used, "data"), once(unused, "connect"), once(half, "connect")]);
    const closed = Promise.all([untilClosed(used), untilClosed(unused), untilClosed(half)]);
    await stopServer(other.server, 3_600_000);
    await closed;
  });

  test("lets open requests finish, and takes no new ones", async () => {
    const asked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const host = await serveHost();
    onTestFinished(host.stop);
    const slow = await otherHost({
      instead: {
        async models() {
          asked.resolve();
          await go.promise;
          return await host.host.models();
        },
      },
    });
    const answer = sendRaw(slow.port, requestText("GET /v1/models", [HOST, `authorization: Bearer ${slow.key}`]));
    await asked.promise;
    const stopped = stopServer(slow.server, 3_600_000);
    expect(slow.server.readiness.isReady).toBe(false);
    await expect(fetch(`${slow.url}/health`)).rejects.toThrow("fetch failed");
    go.resolve();
    expect((await answer).status).toBe(200);
    await stopped;
  });

  test("cuts off what does not finish", async () => {
    const asked = Promise.withResolvers<void>();
    const stuck = await otherHost({
      instead: {
        models() {
          asked.resolve();
          return new Promise(() => {});
        },
      },
    });
    const text = requestText("GET /v1/models", [HOST, `authorization: Bearer ${stuck.key}`]);
    const socket = openRaw(stuck.port);
    socket.write(text);
    await asked.promise;
    const closed = untilClosed(socket);
    await stopServer(stuck.server, 1);
    expect(await closed).toBe("");
  });
});

test("connections are counted, and those beyond the bound are closed at once", async () => {
  const other = await otherHost({});
  expect(other.server.app.server.maxConnections).toBe(SERVER_CONNECTIONS_MAX);
  other.server.app.server.maxConnections = 2;
  const sockets = [openRaw(other.port), openRaw(other.port)];
  for (const socket of sockets) {
    socket.write("GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
    await once(socket, "data");
  }
  expect(await untilClosed(openRaw(other.port))).toBe("");
});
