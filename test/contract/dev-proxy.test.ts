// Web UIs that come from their authors' dev servers: what is passed on, what never is, and who is asked at all.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { join } from "node:path";
import { type Duplex, duplexPair } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import {
  DEV_PROXY_FILE_BYTES_MAX,
  DEV_PROXY_URL_CHARS_MAX,
  DEV_SOCKET_CLOSE_MS_MAX,
  DEV_SOCKETS_MAX,
  WEB_FILE_SETTLED_MS,
} from "../../src/protocol/limits.ts";
import { DevProxyFile, parseDevServer } from "../../src/server/plugins/dev-proxy-file.ts";
import { eventually } from "../helpers/eventually.ts";
import { AGENT, type GatedPlugins, gatePlugins, OPEN, OWNERS, PUBLIC, refusalOf } from "../helpers/gated-plugins.ts";
import { openRaw, type RawAnswer, requestText, type ServedHostOptions } from "../helpers/served-host.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const UI = `/plugins/${OPEN}/ui`;
const PAGE = "<!doctype html><html><head><title>dev</title></head><body>dev</body></html>";
const HTML = { "content-type": "text/html; charset=utf-8" };
const DEV_MS = 600;
const CONFIGURED = "osprey.example";

let gated: GatedPlugins;
let file: string;

beforeAll(async () => {
  gated = await gatePlugins({ times: { devMs: DEV_MS }, names: new Set([CONFIGURED]), hasProxy: false });
  // As a host does that serves: whoever comes from outside starts nothing.
  await (await gated.host.native()).list();
  file = fileOf(gated);
});

afterEach(() => rmSync(file, { force: true, recursive: true }));

afterAll(async () => {
  expect(gated.bugs).toEqual([]);
  await gated.stop();
});

interface DevServer {
  readonly port: number;
  readonly url: string;
  /** What it was asked, in order. */
  readonly asked: IncomingMessage[];
  readonly sockets: Set<Socket>;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A dev server, and the file that says that it is this plugin's. */
async function develop(answer: Answer, pluginId = OPEN, base = ""): Promise<DevServer> {
  const asked: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    asked.push(request);
    socket.on("error", () => {});
    socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n");
    socket.write("sec-websocket-accept: yes\r\nset-cookie: a=b\r\nx-other: 1\r\n\r\nhello ");
    socket.write(head);
    socket.on("data", (bytes) => socket.write(`echo ${bytes}`));
    socket.on("end", () => socket.end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}${base}`;
  proxy(url, pluginId);
  return { port, url, asked, sockets };
}

/** Another host, for the length of a test. */
async function hostWith(options: ServedHostOptions = {}): Promise<GatedPlugins> {
  const other = await gatePlugins(options);
  onTestFinished(() => other.stop());
  return other;
}

/** The file of a host that says which dev server there is; its folder is made. */
function fileOf({ home }: GatedPlugins): string {
  const config = join(home.env.OSAURUS_HOME!, "Config");
  mkdirSync(config, { recursive: true });
  return join(config, "dev-proxy.json");
}

function proxy(url: unknown, pluginId = OPEN): void {
  writeFileSync(file, JSON.stringify({ plugin_id: pluginId, web_proxy: url }));
}

/** With the body put together, when it came in chunks; one that was cut has no end. */
async function ask(line: string, headers: readonly string[], body?: string): Promise<RawAnswer> {
  const answer = await gated.ask(line, headers, body);
  if (answer.headers.get("transfer-encoding") !== "chunked") return answer;
  let left = answer.body;
  let whole = "";
  for (;;) {
    const [size = ""] = left.split("\r\n", 1);
    const length = Number.parseInt(size, 16);
    if (Number.isNaN(length)) return { ...answer, body: `${whole} CUT` };
    if (length === 0) return { ...answer, body: whole };
    // All that is sent here in chunks is ASCII.
    whole += left.slice(size.length + 2, size.length + 2 + length);
    left = left.slice(size.length + 2 + length + 2);
  }
}

async function get(rest: string, headers: readonly string[] = [], line = "GET"): Promise<RawAnswer> {
  return await ask(`${line} ${UI}${rest}`, [gated.here, AGENT, ...headers]);
}

const echo: Answer = (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    response.writeHead(200, { "content-type": "application/json" });
    const { method, url, headers } = request;
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
  });
};

describe("what is passed on", () => {
  test("below the mount the dev server answers, with the query; routes stay the plugin's, and other plugins have their files", async () => {
    const dev = await develop(echo);
    expect(JSON.parse((await get("/src/a.ts?import&t=1?2")).body)).toMatchObject({ url: "/src/a.ts?import&t=1?2" });
    expect(JSON.parse((await get("?x")).body)).toMatchObject({ url: "/?x" });
    expect(JSON.parse((await get("/a%20b%2Fc")).body)).toMatchObject({ url: "/a%20b%2Fc" });
    const route = await ask(`GET /plugins/${OPEN}/open`, [gated.here, AGENT]);
    expect(JSON.parse(route.body)).toMatchObject({ plugin_id: OPEN });
    const other = await ask(`GET /plugins/${PUBLIC}/ui/app.js`, [gated.here, AGENT]);
    expect(other.body).toBe("export {};");
    expect(dev.asked).toHaveLength(3);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE", "QUERY"])("%s comes with its body", async (method) => {
    await develop(echo);
    const answer = await ask(`${method} ${UI}/x`, [gated.here, AGENT, "content-type: text/x"], "the body");
    expect(JSON.parse(answer.body)).toMatchObject({
      method,
      body: "the body",
      headers: { "content-type": "text/x", "content-length": "8" },
    });
  });

  test("neither keys, nor the agent, nor the host's cookies reach the dev server, which is asked by its own name", async () => {
    const dev = await develop(echo);
    const { headers } = JSON.parse(
      (
        await get("/x", [
          "authorization: Bearer secret",
          "cookie: a=1; osr_session=secret; b=2;osr_agent=secret; OSR_DEV=secret",
          "x-mine: kept",
          "x-hop: secret",
          "connection: close, x-hop",
          "te: trailers",
          `origin: http://127.0.0.1:${gated.port}`,
          "accept-encoding: gzip",
        ])
      ).body,
    ) as { headers: Record<string, string> };
    expect(JSON.stringify(headers)).not.toContain("secret");
    expect(headers).toMatchObject({
      host: `127.0.0.1:${dev.port}`,
      origin: `http://127.0.0.1:${dev.port}`,
      "accept-encoding": "identity",
      "x-mine": "kept",
    });
    expect(headers["cookie"]).toBe("a=1; b=2");
    expect(headers).not.toHaveProperty("x-osaurus-agent-id");
    expect(headers).not.toHaveProperty("te");
  });

  test("safe headers of the answer get out, and those that are the host's do not", async () => {
    await develop((_, response) => {
      response.writeHead(201, {
        "content-type": "text/css",
        etag: '"1"',
        "x-mine": "kept",
        "access-control-allow-origin": "*",
        "strict-transport-security": "max-age=1",
        "service-worker-allowed": "/",
        "clear-site-data": '"*"',
        "set-cookie": ["osr_session=evil", "theme=dark; Domain=evil.example; Path=/; HttpOnly"],
        "content-security-policy": "img-src *",
      });
      response.end("a{}");
    });
    const { status, headers, body } = await get("/a.css");
    expect([status, body]).toEqual([201, "a{}"]);
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "text/css",
      etag: '"1"',
      "x-mine": "kept",
      "x-content-type-options": "nosniff",
      "set-cookie": `theme=dark; HttpOnly; Path=/plugins/${OPEN}/`,
      // Two lines, of which this is the last.
      "content-security-policy": "frame-ancestors 'self'",
    });
    for (const name of ["access-control-allow-origin", "strict-transport-security", "service-worker-allowed"]) {
      expect(headers.has(name), name).toBe(false);
    }
  });

  test("HTML gets the script, whether it is compressed or not, and is kept by nobody", async () => {
    await develop((request, response) => {
      const isGzip = request.url === "/gzip";
      const body = isGzip ? gzipSync(PAGE) : PAGE;
      const coding = isGzip ? { "content-encoding": "gzip" } : {};
      response.writeHead(200, { ...HTML, ...coding, etag: '"1"', "content-length": body.length }).end(body);
    });
    for (const rest of ["/", "/gzip"]) {
      const { headers, body } = await get(rest);
      expect(body).toMatch(/<title>dev<\/title><script>.*"agentId":.*<\/script><\/head>/s);
      expect(headers.get("cache-control")).toBe("no-store");
      for (const name of ["etag", "content-encoding", "content-length"]) expect(headers.has(name), name).toBe(false);
    }
    const head = await get("/", [], "HEAD");
    expect([head.status, head.body, head.headers.get("content-type")]).toEqual([200, "", HTML["content-type"]]);
  });

  test("a coding that nobody knows passes as it is, and what is no HTML is not touched", async () => {
    await develop((request, response) => {
      if (request.url === "/odd") response.writeHead(200, { ...HTML, "content-encoding": "odd" }).end("<head></head>");
      else response.writeHead(200, { "content-type": "text/plain", "content-length": 13 }).end("<head></head>");
    });
    expect((await get("/odd")).body).toContain("<head></head>");
    const plain = await get("/plain");
    expect([plain.body, plain.headers.get("content-length")]).toEqual(["<head></head>", "13"]);
  });

  test("events come as they are sent", async () => {
    let say: (text: string) => void = () => {};
    await develop((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      say = (text) => response.write(text);
    });
    const socket = openRaw(gated.port);
    onTestFinished(() => void socket.destroy());
    socket.write(requestText(`GET ${UI}/events`, [gated.here, AGENT]));
    const seen = reader(socket);
    await seen.until("text/event-stream");
    for (const text of ["data: one\n\n", "data: two\n\n"]) {
      say(text);
      await seen.until(text);
    }
  });

  test("a browser that goes away is gone for the dev server as well", async () => {
    const dev = await develop((_, response) =>
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders(),
    );
    const socket = openRaw(gated.port);
    socket.write(requestText(`GET ${UI}/events`, [gated.here, AGENT]));
    await reader(socket).until("text/event-stream");
    socket.destroy();
    await eventually(() => expect(dev.sockets.size).toBe(0));
  });

  test("a browser that does not read is cut off; a dev server that has nothing to say is not", async () => {
    const unreadMs = 50;
    const other = await hostWith({ times: { unreadMs } });
    let say: (text: string) => void = () => {};
    const dev = await develop((request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      if (request.url === "/quiet") say = (text) => response.write(text);
      else response.write("x".repeat(64 * 1024 * 1024));
    });
    writeFileSync(fileOf(other), JSON.stringify({ plugin_id: OPEN, web_proxy: dev.url }));
    const open = (rest: string) => {
      const socket = openRaw(other.port);
      onTestFinished(() => void socket.destroy());
      socket.write(requestText(`GET ${UI}${rest}`, [other.here, AGENT]));
      return socket;
    };
    const quiet = reader(open("/quiet"));
    await quiet.until("text/event-stream");
    open("/unread").pause();
    // By the time that the one is gone, the other was silent for longer than that.
    await vi.waitFor(() => expect(dev.asked).toHaveLength(2), { timeout: 10_000 });
    await vi.waitFor(() => expect(dev.sockets.size).toBe(1), { timeout: 10_000 });
    say("data: still there\n\n");
    await quiet.until("still there");
  });

  test("a body that takes longer than an answer may take to begin is waited for, while it comes", async () => {
    await develop(echo);
    const socket = openRaw(gated.port);
    onTestFinished(() => void socket.destroy());
    const head = [
      `POST ${UI}/x HTTP/1.1`,
      gated.here,
      AGENT,
      "transfer-encoding: chunked",
      "connection: close",
      "",
      "",
    ];
    socket.write(head.join("\r\n"));
    const seen = reader(socket);
    const endMs = performance.now() + 2 * DEV_MS;
    while (performance.now() < endMs && !socket.destroyed) {
      socket.write("1\r\nx\r\n");
      await delay(5);
    }
    socket.write("0\r\n\r\n");
    await seen.until('"method":"POST"');
  });

  test("bodies of many megabytes pass both ways, and are never in memory as a whole", async () => {
    await develop((request, response) => {
      response.writeHead(200, { "content-type": "application/octet-stream" });
      request.pipe(response);
    });
    const bytes = Buffer.alloc(24 * 1024 * 1024, "some bytes ");
    const answer = await fetch(`${gated.url}${UI}/upload`, {
      method: "POST",
      headers: { "x-osaurus-agent-id": DEFAULT_AGENT_ID },
      body: bytes,
    });
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
  });

  test("a page that is opened for an agent in its address remembers it; nothing else does", async () => {
    await develop((request, response) => {
      response.writeHead(200, request.url!.startsWith("/?") ? HTML : { "content-type": "text/css" }).end();
    });
    const query = `osr_agent=${DEFAULT_AGENT_ID}`;
    const cookie = async (rest: string) => (await ask(`GET ${UI}${rest}`, [gated.here])).headers.get("set-cookie");
    expect(await cookie(`/?${query}`)).toMatch(/^osr_agent=.*HttpOnly; SameSite=Strict$/);
    expect(await cookie(`/a.css?${query}`)).toBeUndefined();
  });

  test("under a name of the host's a page has no origin; a public one may be shown and read by others", async () => {
    await develop((_, response) => response.writeHead(200, HTML).end(PAGE), PUBLIC);
    const { headers } = await ask(`GET /plugins/${PUBLIC}/ui/`, [gated.here, AGENT]);
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.has("content-security-policy")).toBe(false);
    const sandboxed = await ask(`GET /plugins/${PUBLIC}/ui/`, [`host: ${CONFIGURED}`, AGENT]);
    expect(sandboxed.headers.get("content-security-policy")).toBe(
      "sandbox allow-scripts allow-forms allow-popups allow-downloads",
    );
  });

  test("under a name of the host's, what a public page loads is there without an agent, and a page is not", async () => {
    await develop((request, response) => {
      response.writeHead(200, request.url === "/a.css" ? { "content-type": "text/css" } : HTML).end(PAGE);
    }, PUBLIC);
    const at = (rest: string) => ask(`GET /plugins/${PUBLIC}/ui${rest}`, [`host: ${CONFIGURED}`]);
    expect((await at("/a.css")).status).toBe(200);
    for (const rest of ["/", "/a.html", ""]) {
      const answer = await at(rest);
      expect([rest, answer.status, answer.body.includes("__osaurus")]).toEqual([rest, 401, false]);
    }
  });

  test("localhost is this machine in both versions of addresses", async () => {
    const server = createServer((_, response) => response.end("six")).listen(0, "::1");
    await once(server, "listening");
    onTestFinished(async () => void (await new Promise((done) => server.close(done))));
    proxy(`http://localhost:${(server.address() as AddressInfo).port}`);
    expect((await get("/")).body).toBe("six");
    proxy(`http://[::1]:${(server.address() as AddressInfo).port}`);
    expect((await get("/")).body).toBe("six");
  });

  test("redirects are passed on, and never followed", async () => {
    let location = "";
    const dev = await develop((_, response) => response.writeHead(302, { location }).end());
    const leadsTo = async (to: string) => {
      location = to;
      return (await get("/x")).headers.get("location");
    };
    expect(await leadsTo("/login?a#b")).toBe(`${UI}/login?a#b`);
    expect(await leadsTo(`${dev.url}/login`)).toBe(`${UI}/login`);
    expect(await leadsTo("beside")).toBe("beside");
    expect(await leadsTo("http://example.org/x")).toBe("http://example.org/x");
    expect(await leadsTo("//example.org/x")).toBe("//example.org/x");
  });

  test("a dev server that knows its public path is asked for that, from when it says so", async () => {
    const dev = await develop((request, response) => {
      const { pathname } = new URL(request.url!, "http://x");
      if (pathname === "/") response.writeHead(302, { location: `${UI}/` }).end();
      else if (pathname.startsWith(`${UI}/`)) response.writeHead(200, HTML).end(`${PAGE}${request.url}`);
      else response.writeHead(404).end();
    });
    expect((await get("/?a")).body).toContain(`${UI}/?a`);
    expect((await get("/main.ts")).body).toContain(`${UI}/main.ts`);
    expect(dev.asked.map(({ url }) => url)).toEqual(["/?a", `${UI}/?a`, `${UI}/main.ts`]);
    expect((await get("/x", ["sec-fetch-mode: cors"], "POST")).status).toBe(200);
  });

  test("the same when all that it says is that there is nothing", async () => {
    await develop((request, response) => {
      response.writeHead(request.url!.startsWith(UI) ? 200 : 404, { "content-type": "text/plain" }).end(request.url);
    });
    expect((await get("/main.ts")).body).toBe(`${UI}/main.ts`);
  });

  test("what it does not have there is 404, also where the bare path would lead back there", async () => {
    await develop((request, response) => {
      const { pathname } = new URL(request.url!, "http://x");
      if (pathname === `${UI}/missing`) response.writeHead(404).end("missing");
      else if (pathname.startsWith(`${UI}/`)) response.writeHead(200, HTML).end(PAGE);
      else response.writeHead(302, { location: `${UI}${pathname}` }).end();
    });
    expect((await get("/")).status).toBe(200);
    const answer = await get("/missing");
    expect([answer.status, answer.body]).toEqual([404, "missing"]);
  });

  test("what is nowhere is 404, with what the dev server says", async () => {
    await develop((request, response) => response.writeHead(404).end(`nothing at ${request.url}`));
    expect(await get("/none")).toMatchObject({ status: 404, body: "nothing at /none" });
  });

  test("a path of the target stands before all others", async () => {
    await develop(echo, OPEN, "/base//");
    expect(JSON.parse((await get("/x")).body)).toMatchObject({ url: "/base/x" });
  });
});

describe("who is asked", () => {
  test("nobody asks the dev server who may not see the page", async () => {
    const dev = await develop(echo, OWNERS);
    const ui = `GET /plugins/${OWNERS}/ui/`;
    expect(refusalOf(await ask(ui, [gated.here, AGENT]))).toBe("401 Authentication required");
    expect(refusalOf(await ask(ui, [gated.here]))).toMatch(/^401 Plugin routes require an agent/);
    expect(refusalOf(await ask(ui, [gated.here, AGENT, "x-forwarded-for: 1.2.3.4"]))).toBe("404 No matching route");
    const foreign = ["origin: http://evil.example", "sec-fetch-site: cross-site"];
    expect(refusalOf(await ask(ui, [gated.here, AGENT, ...foreign]))).toBe("403 Request from a foreign page");
    expect(refusalOf(await ask(`${ui}%2e%2e/x`, [gated.here, AGENT]))).toBe("400 Invalid path");
    expect(dev.asked).toEqual([]);
    const key = `authorization: Bearer ${gated.key}`;
    expect((await ask(ui, [gated.here, AGENT, key])).status).toBe(200);
    expect(dev.asked).toHaveLength(1);
  });

  test.each([
    "https://127.0.0.1:5173",
    "http://example.org",
    "http://127.0.0.1.example.org:5173",
    "http://localhost.example.org",
    "http://localhost.:5173",
    "http://a.localhost:5173",
    "http://10.0.0.1:5173",
    "http://0.0.0.0:5173",
    "http://[::]:5173",
    "http://[::ffff:10.0.0.1]",
    "http://user@127.0.0.1:5173",
    "http://user:pass@localhost",
    "http://evil@localhost",
    "http://@localhost",
    "http://localhost:0",
    "http://localhost:99999",
    "http://localhost/?a",
    "http://localhost/#a",
    "http:\\\\localhost",
    "ftp://localhost",
    "file:///etc/passwd",
    "localhost:5173",
    "",
    " ",
    7,
    null,
    ["http://localhost"],
  ])("%j is no server that is asked", async (url) => {
    proxy(url);
    expect(parseDevServer(url)).toBeUndefined();
    expect(refusalOf(await get("/"))).toBe("502 Invalid proxy URL");
  });

  test.each([
    ["http://localhost:5173/", "localhost", 5173, ""],
    ["http://LOCALHOST", "localhost", 80, ""],
    ["http://127.0.0.1:1/a/b//", "127.0.0.1", 1, "/a/b"],
    ["http://127.9.8.7:65535", "127.9.8.7", 65535, ""],
    ["http://[::1]:5173", "::1", 5173, ""],
  ])("%s is on this machine", (url, hostname, port, prefix) => {
    expect(parseDevServer(url)).toMatchObject({ hostname, port, prefix });
  });

  test("an address may be so long, and no longer", () => {
    const url = "http://localhost/".padEnd(DEV_PROXY_URL_CHARS_MAX, "a");
    expect(parseDevServer(url)).toBeDefined();
    expect(parseDevServer(`${url}a`)).toBeUndefined();
  });

  test("a dev server that passes requests back here is found out", async () => {
    proxy(`http://127.0.0.1:${gated.port}${UI}`);
    const answer = await get(`/?osr_agent=${DEFAULT_AGENT_ID}`);
    expect(refusalOf(answer)).toBe("502 Invalid proxy URL");
  });
});

describe("the file", () => {
  const setting = (size = 0) => JSON.stringify({ plugin_id: "a", web_proxy: "http://localhost:1" }).padEnd(size);
  const fileIn = () => {
    const data = tempDir();
    mkdirSync(join(data, "Config"));
    return { path: join(data, "Config", "dev-proxy.json"), read: new DevProxyFile(data) };
  };

  test("counts as soon as it is written, in whatever it says, and no longer than it is there", async () => {
    const isFile = async () => (await get("/app.js")).body === "export {};";
    expect(await isFile()).toBe(true);
    await develop(echo);
    expect(await isFile()).toBe(false);
    proxy("http://localhost:1", OWNERS);
    expect(await isFile()).toBe(true);
    proxy("http://localhost:1");
    expect((await get("/app.js")).status).toBe(502);
    rmSync(file);
    expect(await isFile()).toBe(true);
  });

  test("that did not change is not read again, and one that did is", () => {
    const { path, read } = fileIn();
    writeFileSync(path, setting());
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * WEB_FILE_SETTLED_MS });
    onTestFinished(() => void vi.useRealTimers());
    const first = read.current();
    expect(first).toMatchObject({ pluginId: "a" });
    expect(read.current()).toBe(first);
    writeFileSync(path, setting().replace('"a"', '"b"'));
    expect(read.current()).toMatchObject({ pluginId: "b" });
  });

  test.each(["", "{", "null", "[]", "7", '{"plugin_id":7}', '{"web_proxy":"http://localhost"}'])(
    "that says %j counts for nothing",
    (text) => {
      const { path, read } = fileIn();
      writeFileSync(path, text);
      expect(read.current()).toBeUndefined();
    },
  );

  test("may be so large, and no larger", () => {
    const { path, read } = fileIn();
    writeFileSync(path, setting(DEV_PROXY_FILE_BYTES_MAX));
    expect(read.current()).toMatchObject({ pluginId: "a" });
    writeFileSync(path, setting(DEV_PROXY_FILE_BYTES_MAX + 1));
    expect(read.current()).toBeUndefined();
  });

  test("that is a link, a folder or a pipe counts for nothing, and nobody waits for it", () => {
    const { path, read } = fileIn();
    writeFileSync(`${path}.real`, setting());
    symlinkSync(`${path}.real`, path);
    expect(read.current()).toBeUndefined();
    rmSync(path);
    mkdirSync(path);
    expect(read.current()).toBeUndefined();
    rmSync(path, { recursive: true });
    execFileSync("mkfifo", [path]);
    expect(read.current()).toBeUndefined();
  });
});

describe("a dev server that fails", () => {
  const NAVIGATION = ["sec-fetch-mode: navigate", "sec-fetch-dest: document", "sec-fetch-site: none"];

  test("that is not there is said so, to a person on a page that loads itself again", async () => {
    const dev = await develop(echo);
    proxy(`http://127.0.0.1:${await unusedPort()}`);
    expect(refusalOf(await get("/x.js"))).toBe("502 Dev server unreachable: the connection was refused");
    const page = await get("/", NAVIGATION);
    expect([page.status, page.headers.get("content-type")]).toEqual([502, "text/html; charset=utf-8"]);
    expect(page.body).toMatch(/http-equiv="refresh".*the connection was refused/s);
    proxy(dev.url);
    expect((await get("/", NAVIGATION)).status).toBe(200);
  });

  test("that says nothing is not waited for", async () => {
    const dev = await develop(() => {});
    expect(refusalOf(await get("/x"))).toBe(`502 Dev server unreachable: no answer in ${DEV_MS / 1_000} s`);
    await eventually(() => expect(dev.sockets.size).toBe(0));
  });

  test.each([
    ["closes at once", "", "502 Dev server unreachable: it closed the connection"],
    ["speaks no HTTP", "SSH-2.0-x\r\n\r\n", "502 Invalid response from dev server"],
    [
      "switches to what nobody asked for",
      "HTTP/1.1 101 S\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
      "502 Invalid response from dev server",
    ],
  ])("that %s is said so", async (_, bytes, said) => {
    proxy(`http://127.0.0.1:${await tcpServer((socket) => socket.once("data", () => socket.end(bytes)))}`);
    expect(refusalOf(await get("/x"))).toBe(said);
  });

  test("that dies in the middle of an answer cuts it, so that nobody takes it for whole", async () => {
    const port = await tcpServer((socket) => {
      socket.once("data", () =>
        socket.end("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 10\r\n\r\nhalf"),
      );
    });
    proxy(`http://127.0.0.1:${port}`);
    const { headers, body } = await get("/x");
    expect([headers.get("content-length"), body]).toEqual(["10", "half"]);
  });

  test("that compresses a page wrongly cuts it, too", async () => {
    await develop((_, response) => {
      response.writeHead(200, { ...HTML, "content-encoding": "gzip" }).end(gzipSync(PAGE).subarray(0, 30));
    });
    expect((await get("/")).body).toMatch(/CUT$/);
  });

  test("that cuts a page which is not chunked off is not made whole by the script", async () => {
    const port = await tcpServer((socket) => {
      socket.once("data", () =>
        socket.end("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 99\r\n\r\n<body>half"),
      );
    });
    proxy(`http://127.0.0.1:${port}`);
    expect((await get("/x")).body).toMatch(/ CUT$/);
  });
});

describe("WebSockets", () => {
  const UPGRADE = ["connection: Upgrade", "upgrade: websocket", "sec-websocket-key: a", "sec-websocket-version: 13"];

  function upgrade(path: string, headers: readonly string[]) {
    const socket = connect(gated.port, "127.0.0.1").on("error", () => {});
    onTestFinished(() => void socket.destroy());
    socket.write([`GET ${path} HTTP/1.1`, ...headers, ...UPGRADE, "", ""].join("\r\n"));
    return { socket, seen: reader(socket) };
  }

  test("pass as they are, both ways, and end on both sides", async () => {
    const dev = await develop(echo);
    const own = `origin: http://127.0.0.1:${gated.port}`;
    const { socket, seen } = upgrade(`${UI}/hmr?token=x`, [gated.here, AGENT, own, "sec-websocket-protocol: vite-hmr"]);
    const head = await seen.until("hello ");
    expect(head).toMatch(/^HTTP\/1.1 101 /);
    expect(head).toContain("sec-websocket-accept: yes");
    expect(head).not.toMatch(/set-cookie|x-other/);
    expect(dev.asked[0]).toMatchObject({
      url: "/hmr?token=x",
      headers: { host: `127.0.0.1:${dev.port}`, origin: dev.url, "sec-websocket-protocol": "vite-hmr" },
    });
    expect(dev.asked[0]!.headers).not.toHaveProperty("x-osaurus-agent-id");
    socket.write("ping");
    await seen.until("echo ping");
    socket.end();
    await once(socket, "close");
    await eventually(() => expect(dev.sockets.size).toBe(0));
  });

  test("end when the dev server ends", async () => {
    const dev = await develop(echo);
    const { socket, seen } = upgrade(`${UI}/`, [gated.here, AGENT]);
    await seen.until("hello ");
    for (const one of dev.sockets) one.destroy();
    await once(socket, "close");
  });

  test("are refused to all whom pages are refused, and to every foreign page", async () => {
    const dev = await develop(echo, OWNERS);
    const ui = `/plugins/${OWNERS}/ui/`;
    const refused = async (headers: readonly string[]) => {
      const { socket, seen } = upgrade(ui, headers);
      await once(socket, "close");
      return refusalOf(seen.answer());
    };
    const key = `authorization: Bearer ${gated.key}`;
    expect(await refused([gated.here, AGENT])).toBe("401 Authentication required");
    expect(await refused([gated.here, key])).toMatch(/^401 Plugin routes/);
    expect(await refused(["host: evil.example", AGENT, key])).toMatch(/^403 /);
    expect(await refused([gated.here, AGENT, key, "origin: http://evil.example"])).toMatch(/^403 /);
    expect(await refused([gated.here, AGENT, key, "x-forwarded-for: 1.2.3.4"])).toBe("404 No matching route");
    expect(dev.asked).toEqual([]);
    await upgrade(ui, [gated.here, AGENT, key]).seen.until("hello ");
    proxy(dev.url, PUBLIC);
    // A page of somebody else's may see what is public; what it would do with the dev server is another matter.
    const foreign = upgrade(`/plugins/${PUBLIC}/ui/`, [gated.here, AGENT, "sec-fetch-site: cross-site"]);
    await once(foreign.socket, "close");
    expect(refusalOf(foreign.seen.answer())).toBe("403 Request from a foreign page");
    // What is public is nevertheless no dev server for everybody.
    const { socket, seen } = upgrade(`/plugins/${PUBLIC}/ui/`, [gated.here, AGENT, "x-forwarded-for: 1.2.3.4"]);
    await once(socket, "close");
    expect(refusalOf(seen.answer())).toBe("404 No matching route");
  });

  test("are ordinary requests where there is no dev server", async () => {
    await develop(echo, OWNERS);
    const { seen } = upgrade(`${UI}/app.js`, [gated.here, AGENT]);
    expect(await seen.until("export {};")).toMatch(/^HTTP\/1.1 200 /);
  });

  test("that the dev server does not want, or that it is not there for, are answered", async () => {
    const port = await tcpServer((socket) => socket.once("data", () => socket.end("HTTP/1.1 403 No\r\n\r\n")));
    proxy(`http://127.0.0.1:${port}`);
    const first = upgrade(`${UI}/`, [gated.here, AGENT]);
    await once(first.socket, "close");
    expect(refusalOf(first.seen.answer())).toBe("502 The dev server answered 403");
    proxy(`http://127.0.0.1:${await unusedPort()}`);
    const second = upgrade(`${UI}/`, [gated.here, AGENT]);
    await once(second.socket, "close");
    expect(refusalOf(second.seen.answer())).toMatch(/^502 Dev server unreachable/);
  });

  test("are so many at once, and no more", async () => {
    await develop(echo);
    const open = Array.from({ length: DEV_SOCKETS_MAX }, () => upgrade(`${UI}/`, [gated.here, AGENT]));
    await Promise.all(open.map(({ seen }) => seen.until("hello ")));
    const { socket, seen } = upgrade(`${UI}/`, [gated.here, AGENT]);
    await once(socket, "close");
    expect(refusalOf(seen.answer())).toBe("503 Too many connections to the dev server");
    open[0]!.socket.end();
    await once(open[0]!.socket, "close");
    await eventually(async () => await upgrade(`${UI}/`, [gated.here, AGENT]).seen.until("hello "));
  });

  test("of which one side does not end are ended", async () => {
    const peers: Socket[] = [];
    const port = await tcpServer((socket) => {
      peers.push(socket);
      socket.once("data", () =>
        socket.write("HTTP/1.1 101 S\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\nhello "),
      );
    }, true);
    proxy(`http://127.0.0.1:${port}`);
    const { socket, seen } = upgrade(`${UI}/`, [gated.here, AGENT]);
    await seen.until("hello ");
    socket.end();
    await once(socket, "close");
    // Only who writes learns that nobody reads.
    await eventually(() => {
      peers[0]!.write("x");
      expect(peers[0]!.destroyed).toBe(true);
    });
  });

  test("of which the browser's side is cut off end on the other side at once, whatever that one says", async () => {
    // So that nothing else ends it meanwhile.
    const other = await hostWith();
    const peers: Socket[] = [];
    const port = await tcpServer((socket) => {
      peers.push(socket);
      socket.once("data", () =>
        socket.write("HTTP/1.1 101 S\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\nhello "),
      );
    }, true);
    writeFileSync(fileOf(other), JSON.stringify({ plugin_id: OPEN, web_proxy: `http://127.0.0.1:${port}` }));
    const socket = connect(other.port, "127.0.0.1").on("error", () => {});
    socket.write([`GET ${UI}/ HTTP/1.1`, other.here, AGENT, ...UPGRADE, "", ""].join("\r\n"));
    await reader(socket).until("hello ");
    socket.resetAndDestroy();
    await vi.waitFor(
      () => {
        peers[0]!.write("x");
        expect(peers[0]!.destroyed).toBe(true);
      },
      { timeout: DEV_SOCKET_CLOSE_MS_MAX - 100 },
    );
  });

  test("from outside are refused, whatever they bring", async () => {
    const dev = await develop(echo, PUBLIC);
    const [outside, inside] = duplexPair();
    onTestFinished(() => void outside.destroy());
    gated.accept(inside, DEFAULT_AGENT_ID);
    outside.write([`GET /plugins/${PUBLIC}/ui/ HTTP/1.1`, gated.here, AGENT, ...UPGRADE, "", ""].join("\r\n"));
    const seen = reader(outside);
    await seen.until('"}}');
    expect(refusalOf(seen.answer())).toBe("404 No matching route");
    expect(dev.asked).toEqual([]);
  });

  test("end when the host does", async () => {
    const other = await gatePlugins();
    const dev = await develop(echo);
    writeFileSync(fileOf(other), JSON.stringify({ plugin_id: OPEN, web_proxy: dev.url }));
    const socket = connect(other.port, "127.0.0.1").on("error", () => {});
    socket.write([`GET ${UI}/ HTTP/1.1`, other.here, AGENT, ...UPGRADE, "", ""].join("\r\n"));
    await reader(socket).until("hello ");
    const closed = once(socket, "close");
    await other.stop();
    await closed;
    await eventually(() => expect(dev.sockets.size).toBe(0));
  });
});

describe("at the root of the plugin's own name", () => {
  const SAME = "sec-fetch-site: same-origin";

  async function devCookie(pluginId = OPEN): Promise<string> {
    const answer = await ask(`GET /plugins/${pluginId}/ui/`, [gated.at(pluginId), AGENT]);
    return `cookie: ${answer.headers.get("set-cookie")!.split(";", 1)[0]}`;
  }

  const serveAll: Answer = (request, response) => {
    if (request.url === "/") response.writeHead(200, HTML).end(PAGE);
    else echo(request, response);
  };

  test("browsers that were shown a page get what the dev server has there", async () => {
    const dev = await develop(serveAll);
    const page = await ask(`GET ${UI}/`, [gated.at(OPEN), AGENT]);
    expect(page.headers.get("set-cookie")).toMatch(/^osr_dev=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict$/);
    const cookie = await devCookie();
    const module = await ask("GET /@vite/client?t=1", [gated.at(OPEN), cookie, SAME]);
    expect(JSON.parse(module.body)).toMatchObject({ url: "/@vite/client?t=1" });
    expect(module.body).not.toContain("osr_dev");
    expect((await ask("GET /", [gated.at(OPEN), cookie, SAME])).body).toContain(`"agentId":"${DEFAULT_AGENT_ID}"`);
    const socket = connect(gated.port, "127.0.0.1").on("error", () => {});
    onTestFinished(() => void socket.destroy());
    const lines = [
      "GET /?token=a HTTP/1.1",
      gated.at(OPEN),
      cookie,
      "connection: upgrade",
      "upgrade: websocket",
      "",
      "",
    ];
    socket.write(lines.join("\r\n"));
    await reader(socket).until("hello ");
    expect(dev.asked.at(-1)).toMatchObject({ url: "/?token=a" });
  });

  test("nobody else gets it, and what is the host's stays the host's", async () => {
    const dev = await develop(serveAll);
    const cookie = await devCookie();
    const asked = dev.asked.length;
    const at = gated.at(OPEN);
    const broken = `${cookie.slice(0, -2)}${cookie.endsWith("AA") ? "BB" : "AA"}`;
    for (const headers of [
      [at],
      [at, broken],
      [at, cookie.replace(/=[\w-]+\./, "=11111111-2222-4333-8444-555555555555.")],
      [gated.here, cookie],
      [gated.at(OWNERS), cookie],
      [at, cookie, "sec-fetch-site: cross-site"],
      [at, cookie, "origin: http://evil.example"],
      [at, cookie, "x-forwarded-for: 1.2.3.4"],
    ]) {
      expect((await ask("GET /@vite/client", headers)).status, headers.join()).toBe(404);
    }
    for (const path of ["/v1/models", "/api/v1/agents", "/mcp", "/health", "/ready", "/metrics", "/openapi.json?x"]) {
      await ask(`GET ${path}`, [at, cookie, SAME]);
    }
    rmSync(file);
    expect((await ask("GET /@vite/client", [at, cookie, SAME])).status).toBe(404);
    expect(dev.asked).toHaveLength(asked);
  });

  test("on other names a page brings no such cookie", async () => {
    await develop(serveAll);
    expect((await ask(`GET ${UI}/`, [gated.here, AGENT])).headers.has("set-cookie")).toBe(false);
  });
});

/** What comes over a connection. */
function reader(socket: Duplex) {
  let text = "";
  socket.on("data", (bytes) => {
    text += bytes.toString();
  });
  return {
    answer(): RawAnswer {
      const [head = "", body = ""] = text.split("\r\n\r\n");
      return { status: Number(head.split(" ")[1]), headers: new Map(), body };
    },
    async until(wanted: string): Promise<string> {
      while (!text.includes(wanted)) {
        const isClosed = await Promise.race([
          once(socket, "data").then(() => false),
          once(socket, "close").then(() => true),
        ]);
        if (isClosed) throw new Error(`closed after ${JSON.stringify(text)}`);
      }
      return text;
    },
  };
}

async function tcpServer(serve: (socket: Socket) => void, allowHalfOpen = false): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcpServer({ allowHalfOpen }, (socket) => {
    sockets.add(socket.on("error", () => {}));
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  return (server.address() as AddressInfo).port;
}

/** On which nobody listens. */
async function unusedPort(): Promise<number> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
