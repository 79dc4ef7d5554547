// The dashboard's pages and its cookie over real connections: where they are found, what begins a session, and which requests
// the cookie lets in. Each rule has a request that it allows and those that it is there to refuse.

import { execFile } from "node:child_process";
import { once } from "node:events";
import { duplexPair } from "node:stream";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ENDPOINTS } from "../../src/protocol/api/endpoints.ts";
import {
  SIGN_IN_BODY_BYTES_MAX,
  SIGN_IN_TRIES_MAX,
  WEB_LINK_MS_MAX,
  WEB_SESSION_MS_MAX,
} from "../../src/protocol/limits.ts";
import { markTunnelled } from "../../src/server/tunnelled.ts";
import {
  openRaw,
  parseAnswer,
  type RawAnswer,
  requestText,
  type ServedHost,
  sendRaw,
  serveHost,
  untilClosed,
} from "../helpers/served-host.ts";

const NAVIGATES = ["sec-fetch-mode: navigate", "sec-fetch-dest: document"];
const TYPED = [...NAVIGATES, "sec-fetch-site: none"];
const OWN_PAGE = ["sec-fetch-site: same-origin", "sec-fetch-mode: cors", "sec-fetch-dest: empty"];
const JSON_TYPE = "content-type: application/json";
const NAME = "osprey.example";
const PLUGIN = "test.greets";

let ms = 0;
let served: ServedHost;
let local: string;
let origin: string;
beforeAll(async () => {
  served = await serveHost({
    names: new Set([NAME, "10.1.2.3", "odd.localhost"]),
    publicUrl: `https://${NAME}`,
    clock: () => ms,
    times: { keyLookMs: 20 },
  });
  local = `host: localhost:${served.port}`;
  origin = `origin: http://localhost:${served.port}`;
});
afterAll(async () => {
  expect(served.bugs).toEqual([]);
  await served.stop();
});

async function ask(line: string, headers: readonly string[], body = ""): Promise<RawAnswer> {
  return await sendRaw(served.port, requestText(line, headers, body));
}

/** The code of a link, as `osaurus ui` gets it. */
async function newCode(key = served.key): Promise<string> {
  const headers = [`host: 127.0.0.1:${served.port}`, `authorization: Bearer ${key}`, JSON_TYPE];
  const { body } = await ask("POST /api/v1/dashboard/open", headers, "{}");
  const link = new URL(JSON.parse(body).url);
  expect(link.href.startsWith(`http://localhost:${served.port}/?osr_open=`)).toBe(true);
  return link.searchParams.get("osr_open")!;
}

const openCode = (code: string, headers: readonly string[] = TYPED, host = local) =>
  ask(`GET /?osr_open=${code}`, [host, ...headers]);

/** The header with the cookie that an answer set. */
const cookieOf = ({ headers }: RawAnswer) => `cookie: ${headers.get("set-cookie")!.split(";", 1)[0]}`;

const signIn = async (key?: string) => cookieOf(await openCode(await newCode(key)));

const session = (headers: readonly string[], host = local) => ask("GET /api/v1/session", [host, ...headers]);
const statusOf = async (headers: readonly string[], host = local) => (await session(headers, host)).status;

const brings = (body: unknown, headers: readonly string[] = OWN_PAGE, host = local) =>
  ask("POST /api/v1/session", [host, JSON_TYPE, ...headers], JSON.stringify(body));

describe("pages", () => {
  test("are found at localhost and at configured names, whatever is below /ui", async () => {
    for (const [path, host] of [
      ["/", local],
      ["/ui", local],
      [`/ui/plugins/${PLUGIN}?tab=logs`, local],
      ["/", `host: ${NAME}`],
    ] as const) {
      const { status, headers, body } = await ask(`GET ${path}`, [host]);
      expect([path, status, headers.get("content-type")]).toEqual([path, 200, "text/html; charset=utf-8"]);
      expect(body).toContain('<div id="root">');
      expect(Object.fromEntries(headers)).toMatchObject({
        "cache-control": "no-store",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "content-security-policy":
          // Of this origin, but not what plugins serve at it.
          `default-src 'none'; script-src ${host.slice("host: ".length)}/ui/assets/; style-src 'self' 'unsafe-inline'; ` +
          "img-src 'self' data:; font-src 'self'; " +
          `connect-src 'self'; frame-src 'self' http://*.localhost:${served.port}; frame-ancestors 'none'; base-uri 'none'; ` +
          "form-action 'self'; object-src 'none'",
      });
    }
    const head = await ask("HEAD /ui/plugins", [local]);
    expect([head.status, head.body, Number(head.headers.get("content-length")) > 100]).toEqual([200, "", true]);
    expect((await ask("POST /", [local])).status).toBe(404);
  });

  test("are not served on addresses, nor on names of plugins; loopback addresses lead to localhost", async () => {
    for (const address of ["127.0.0.1", "[::1]", "127.8.9.1"]) {
      const { status, headers } = await ask("GET /ui/tasks?x=1", [`host: ${address}:${served.port}`]);
      expect([status, headers.get("location")]).toEqual([307, `http://localhost:${served.port}/ui/tasks?x=1`]);
    }
    // The port is the one that was asked for: somebody may map ports.
    const mapped = await ask("GET /", ["host: 127.0.0.1"]);
    expect(mapped.headers.get("location")).toBe("http://localhost/");
    const page = await ask("GET /", [local]);
    const icon = /href="(\/ui\/assets\/[^"]+\.svg)"/.exec(page.body)![1]!;
    expect((await ask(`GET ${icon}`, [local])).headers.get("content-type")).toBe("image/svg+xml");
    for (const host of [served.pluginHost(PLUGIN), "a.localhost", "odd.localhost", "10.1.2.3"]) {
      for (const path of ["/", "/ui/plugins", icon]) {
        expect([host, (await ask(`GET ${path}`, [`host: ${host}`])).status]).toEqual([host, 404]);
      }
    }
    expect((await ask("GET /", ["host: evil.example"])).status).toBe(403);
  });

  test("load files that a browser keeps, packed as it likes them, and none that the build did not make", async () => {
    const { body } = await ask("GET /", [local]);
    const script = /src="(\/ui\/assets\/[^"]+\.js)"/.exec(body)![1]!;
    const packed = await ask(`GET ${script}`, [local, "accept-encoding: gzip;q=0.5, br"]);
    expect(Object.fromEntries(packed.headers)).toMatchObject({
      "content-encoding": "br",
      "content-type": "application/javascript; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
      vary: "accept-encoding",
      "x-content-type-options": "nosniff",
    });
    const plain = await ask(`GET ${script}`, [local, "accept-encoding: br;q=0, identity"]);
    expect(plain.headers.has("content-encoding")).toBe(false);
    const known = await ask(`GET ${script}`, [local, `if-none-match: ${plain.headers.get("etag")}`]);
    expect([known.status, known.body]).toEqual([304, ""]);
    expect(plain.headers.get("etag")).not.toBe(packed.headers.get("etag"));
    for (const path of ["/ui/assets/none.js", `${script}.br`, "/ui/assets/../../package.json", "/ui/assets/%2e%2e/x"]) {
      expect([path, (await ask(`GET ${path}`, [local])).status]).toEqual([path, 404]);
    }
    // What looks like a way out is a page like any other.
    for (const path of ["/ui/../../package.json", "/ui/..%2f..%2fpackage.json", "/ui//etc/passwd"]) {
      expect((await ask(`GET ${path}`, [local])).body).not.toMatch(/"name"|root:/);
    }
  });
});

describe("a link", () => {
  test("becomes a cookie of this instance, once, and its code is gone from the address", async () => {
    const code = await newCode();
    const { status, headers, body } = await openCode(code);
    expect([status, headers.get("location"), body]).toEqual([303, "/", ""]);
    const attributes = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${WEB_SESSION_MS_MAX / 1_000}`;
    expect(headers.get("set-cookie")).toMatch(new RegExp(`^osr_dashboard_${served.port}=[\\w-]{43}; ${attributes}$`));
    expect([headers.get("referrer-policy"), headers.get("cache-control")]).toEqual(["no-referrer", "no-store"]);
    const again = await openCode(code);
    expect([again.status, again.headers.has("set-cookie")]).toEqual([401, false]);
    expect(again.body).toContain('<div id="root">');
    // Whoever goes back to it, signed in, is led on.
    const back = await openCode(code, [...TYPED, cookieOf({ status, headers, body })]);
    expect([back.status, back.headers.get("location"), back.headers.has("set-cookie")]).toEqual([303, "/", false]);
  });

  test("works for plain programs and from other sites; at the public name its cookie is for https only", async () => {
    expect((await openCode(await newCode(), [])).status).toBe(303);
    const foreign = await openCode(await newCode(), [...NAVIGATES, "sec-fetch-site: cross-site"]);
    expect([foreign.status, foreign.headers.has("set-cookie")]).toEqual([303, true]);
    const outside = await openCode(await newCode(), TYPED, `host: ${NAME}`);
    expect(outside.headers.get("set-cookie")).toMatch(/; Secure$/);
  });

  test("is used up nowhere but on the dashboard's names, by a browser that goes there", async () => {
    const code = await newCode();
    const tries: [string, Promise<RawAnswer>][] = [
      ["address", openCode(code, TYPED, `host: 127.0.0.1:${served.port}`)],
      ["plugin's name", openCode(code, TYPED, `host: ${served.pluginHost(PLUGIN)}`)],
      ["fetch", openCode(code, OWN_PAGE)],
      ["image", openCode(code, ["sec-fetch-site: cross-site", "sec-fetch-mode: no-cors", "sec-fetch-dest: image"])],
      ["frame", openCode(code, ["sec-fetch-site: same-origin", "sec-fetch-mode: navigate", "sec-fetch-dest: iframe"])],
      ["foreign program", openCode(code, ["origin: http://evil.example"])],
      ["head", ask(`HEAD /?osr_open=${code}`, [local, ...TYPED])],
      ["another path", ask(`GET /ui/plugins?osr_open=${code}`, [local, ...TYPED])],
      ["the API", session([`cookie: osr_dashboard_${served.port}=${code}`, ...OWN_PAGE])],
    ];
    for (const [how, answer] of tries) expect([how, (await answer).headers.has("set-cookie")]).toEqual([how, false]);
    expect((await openCode(code)).status).toBe(303);
  });

  test("is good for WEB_LINK_MS_MAX and no longer; what it began for WEB_SESSION_MS_MAX", async () => {
    const [first, second] = [await newCode(), await newCode()];
    ms += WEB_LINK_MS_MAX - 1;
    const cookie = cookieOf(await openCode(first));
    ms += 1;
    expect((await openCode(second)).status).toBe(401);
    ms += WEB_SESSION_MS_MAX - 2;
    expect(await statusOf([cookie, ...OWN_PAGE])).toBe(200);
    ms += 1;
    expect(await statusOf([cookie, ...OWN_PAGE])).toBe(401);
  });

  test("is for whoever has a key for the whole host, and for as long as that key lets in", async () => {
    const agent = await (await served.host.agents()).create({ name: "mine" });
    const scoped = await (await served.host.accessKeys()).create({ name: "s", agentId: agent.id, expiresAt: null });
    const bearer = (key: string) => [`host: 127.0.0.1:${served.port}`, `authorization: Bearer ${key}`, JSON_TYPE];
    expect((await ask("POST /api/v1/dashboard/open", bearer(scoped.key), "{}")).status).toBe(403);
    expect((await ask("POST /api/v1/dashboard/open", [local, JSON_TYPE], "{}")).status).toBe(401);
    const keys = await served.host.accessKeys();
    const { key, entry } = await keys.create({ name: "short", agentId: null, expiresAt: null });
    const code = await newCode(key);
    await keys.revoke(entry.id);
    expect((await openCode(code)).status).toBe(401);
  });
});

describe("signing in by hand", () => {
  test("takes a code, or a key for the whole host, from the dashboard's own page", async () => {
    const byCode = await brings({ code: ` ${await newCode()}\n` });
    expect([byCode.status, JSON.parse(byCode.body)]).toEqual([
      200,
      { key: { id: expect.any(String), name: "test" }, until: expect.any(String), version: expect.any(String) },
    ]);
    expect(await statusOf([cookieOf(byCode), ...OWN_PAGE])).toBe(200);
    const old = ["origin: https://osprey.example"];
    const byKey = await brings({ key: served.key }, old, `host: ${NAME}`);
    expect([byKey.status, byKey.headers.get("set-cookie")]).toEqual([200, expect.stringMatching(/; Secure$/)]);
    expect(byKey.body).not.toContain(served.key.slice(10));
  });

  test("is refused for everybody else", async () => {
    const code = await newCode();
    const post = (headers: readonly string[], host?: string) => brings({ code }, headers, host);
    const refused: [string, Promise<RawAnswer>][] = [
      ["no browser", post([])],
      ["another site", post(["sec-fetch-site: cross-site", "origin: http://evil.example"])],
      [
        "a plugin's page",
        post(["sec-fetch-site: cross-site", `origin: http://${served.pluginHost(PLUGIN)}:${served.port}`]),
      ],
      ["another port", post(["sec-fetch-site: same-site", "origin: http://localhost:1"])],
      ["another scheme", post([`origin: https://localhost:${served.port}`])],
      ["the public name without TLS", post([`origin: http://${NAME}`], `host: ${NAME}`)],
      ["a sandbox", post(["sec-fetch-site: same-origin", "origin: null"])],
      ["two origins", post([origin, "origin: http://evil.example"])],
      ["by address", post(OWN_PAGE, `host: 127.0.0.1:${served.port}`)],
      ["a plugin's name", post(OWN_PAGE, `host: ${served.pluginHost(PLUGIN)}:${served.port}`)],
    ];
    for (const [who, answer] of refused) {
      const { status, headers } = await answer;
      expect([who, status, headers.has("set-cookie")]).toEqual([who, 403, false]);
    }
    const form = await ask(
      "POST /api/v1/session",
      [local, "content-type: text/plain", ...OWN_PAGE],
      `{"code":"${code}"}`,
    );
    expect(form.status).toBe(415);
    expect((await post([origin])).status).toBe(200);
  });

  test("is refused to others before anything of a body has come", async () => {
    // A host that waited for the body would wait for ever.
    const head = requestText("POST /api/v1/session", [local, JSON_TYPE, "content-length: 100"]);
    expect((await sendRaw(served.port, head)).status).toBe(403);
  });

  test("takes SIGN_IN_BODY_BYTES_MAX bytes and not one more, and names few of the members that it does not know", async () => {
    const post = (body: string) => ask("POST /api/v1/session", [local, JSON_TYPE, ...OWN_PAGE], body);
    const largest = JSON.stringify({ key: served.key }).padEnd(SIGN_IN_BODY_BYTES_MAX);
    expect((await post(largest)).status).toBe(200);
    const larger = await post(`${largest} `);
    expect([larger.status, JSON.parse(larger.body).error.message]).toEqual([
      413,
      `the body of a request has ${SIGN_IN_BODY_BYTES_MAX} bytes at most`,
    ]);
    const odd = await post(JSON.stringify(Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`k${at}`, 1]))));
    expect([odd.status, JSON.parse(odd.body).error.message]).toEqual([
      400,
      'the body does not fit: the document: has members that are not known: "k0", "k1", "k2", "k3" and 296 more',
    ]);
  });

  test("is all of the API that is there without a key", async () => {
    const answers = Object.values(ENDPOINTS).map(async ({ method, path, name }) => {
      const at = path.replaceAll(/\{\w+\}/g, "x");
      return [name, (await ask(`${method} /api/v1${at}`, [local, JSON_TYPE, ...OWN_PAGE], "{}")).status];
    });
    const open = (await Promise.all(answers)).filter(([, status]) => status !== 401);
    // A body with neither a code nor a key.
    expect(open).toEqual([["sign_in", 400]]);
  });

  test("says what is wrong at the field, and not too often", async () => {
    const agent = await (await served.host.agents()).create({ name: "theirs" });
    const scoped = await (await served.host.accessKeys()).create({ name: "t", agentId: agent.id, expiresAt: null });
    const wrong = async (body: unknown) => {
      const { status, body: said } = await brings(body);
      return [status, JSON.parse(said).error.code, JSON.parse(said).error.details?.param];
    };
    expect(await wrong({ code: "x" })).toEqual([401, "unauthorized", "code"]);
    expect(await wrong({ key: "osk-v1.none" })).toEqual([401, "unauthorized", "key"]);
    expect(await wrong({ key: scoped.key })).toEqual([403, "agent_scope_denied", "key"]);
    expect((await wrong({}))[1]).toBe("request_invalid");
    expect((await wrong({ code: await newCode(), key: served.key }))[1]).toBe("request_invalid");
    ms += 60_000;
    for (let at = 0; at < SIGN_IN_TRIES_MAX; at++) expect((await brings({ code: "x" })).status).toBe(401);
    for (const late of [await brings({ code: "x" }), await brings({ key: "osk-v1.none" })]) {
      expect([late.status, late.headers.get("retry-after")]).toEqual([429, "3"]);
    }
    // Whoever wants to keep the owner out gets nowhere with it.
    for (const right of [{ key: served.key }, { code: await newCode() }])
      expect((await brings(right)).status).toBe(200);
    expect((await openCode(await newCode())).status).toBe(303);
    ms += 60_000;
  });

  test("begins a session that ends with its key", async () => {
    const expiresAt = new Date(Date.now() + WEB_SESSION_MS_MAX / 2).toISOString();
    const { key } = await (await served.host.accessKeys()).create({ name: "soon", agentId: null, expiresAt });
    expect(JSON.parse((await brings({ key })).body).until).toBe(expiresAt);
  });

  test("begins a session of its own each time, and ends the one that the browser had", async () => {
    const planted = await signIn();
    const mine = await brings({ key: served.key }, [...OWN_PAGE, planted]);
    expect(cookieOf(mine)).not.toBe(planted);
    expect(await statusOf([planted, ...OWN_PAGE])).toBe(401);
    expect(await statusOf([cookieOf(mine), ...OWN_PAGE])).toBe(200);
  });
});

describe("the cookie", () => {
  let cookie: string;
  beforeAll(async () => {
    cookie = await signIn();
  });

  test("lets in what the dashboard's own page asks for, and what a person opens", async () => {
    const allowed: [string, readonly string[]][] = [
      ["own page", OWN_PAGE],
      ["own page, with its origin", [...OWN_PAGE, origin]],
      ["a download", TYPED],
      ["an old browser", []],
      ["an old browser, with its origin", [origin]],
    ];
    for (const [who, headers] of allowed) expect([who, await statusOf([cookie, ...headers])]).toEqual([who, 200]);
    const reload = (headers: readonly string[]) =>
      ask("POST /api/v1/plugins/reload", [local, cookie, JSON_TYPE, ...headers], "{}");
    for (const headers of [OWN_PAGE, [origin]]) expect((await reload(headers)).status).toBe(200);
    const { headers } = await session([cookie, ...OWN_PAGE]);
    expect(Object.fromEntries(headers)).toMatchObject({
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    });
  });

  test("is worth nothing in anybody else's request", async () => {
    const label = served.pluginHost(PLUGIN);
    const reads: [string, readonly string[], string?][] = [
      ["another site", ["sec-fetch-site: cross-site"]],
      ["another port", ["sec-fetch-site: same-site"]],
      ["two of these", ["sec-fetch-site: same-origin", "sec-fetch-site: cross-site"]],
      ["a foreign origin", ["origin: http://evil.example"]],
      ["no origin", ["origin: null"]],
      ["a plugin's page", ["sec-fetch-site: cross-site", `origin: http://${label}:${served.port}`]],
      ["a program of nobody's page", ["sec-fetch-site: none", "sec-fetch-mode: cors"]],
      ["with another proof", [...OWN_PAGE, "authorization: Bearer x"]],
      ["by address", OWN_PAGE, `host: 127.0.0.1:${served.port}`],
      ["by the other address", OWN_PAGE, `host: [::1]:${served.port}`],
      ["a plugin's name", OWN_PAGE, `host: ${label}:${served.port}`],
      ["any name below", OWN_PAGE, "host: odd.localhost"],
      ["an address that was allowed", OWN_PAGE, "host: 10.1.2.3"],
    ];
    for (const [who, headers, host] of reads) {
      expect([who, await statusOf([cookie, ...headers], host ?? local)]).toEqual([who, 401]);
    }
    expect(await statusOf([cookie, ...OWN_PAGE], "host: evil.example")).toBe(403);
    const writes: [string, readonly string[]][] = [
      ["without an origin", []],
      ["by hand", ["sec-fetch-site: none", "sec-fetch-mode: navigate"]],
      ["another site", ["sec-fetch-site: cross-site", "origin: http://evil.example"]],
      ["another port", ["sec-fetch-site: same-site", "origin: http://localhost:1"]],
      ["another scheme", [`origin: https://localhost:${served.port}`]],
    ];
    for (const [who, headers] of writes) {
      const { status } = await ask("POST /api/v1/plugins/reload", [local, cookie, JSON_TYPE, ...headers], "{}");
      expect([who, status]).toEqual([who, 401]);
      const ended = await ask("DELETE /api/v1/session", [local, cookie, ...headers]);
      expect([who, ended.status, ended.headers.has("set-cookie")]).toEqual([who, 401, false]);
    }
    expect(await statusOf([cookie, ...OWN_PAGE])).toBe(200);
  });

  test("counts below /api/v1 only, and never through the tunnel", async () => {
    for (const path of ["/v1/models", "/metrics", "/mcp"]) {
      expect([path, (await ask(`GET ${path}`, [local, cookie, ...OWN_PAGE])).status]).toEqual([path, 401]);
    }
    const tunnelled = async (path: string) => {
      const [outside, inside] = duplexPair();
      markTunnelled(inside, "A");
      served.server.app.server.emit("connection", inside);
      outside.write(requestText(`GET ${path}`, [local, cookie, ...OWN_PAGE]));
      return parseAnswer(await text(outside)).status;
    };
    for (const path of ["/api/v1/session", "/", "/ui/plugins"])
      expect([path, await tunnelled(path)]).toEqual([path, 404]);
  });

  test("is found among others of its name, and is unknown to every other instance", async () => {
    const name = `osr_dashboard_${served.port}`;
    const value = cookie.slice(cookie.indexOf("=") + 1);
    expect(await statusOf([`cookie: ${name}=planted; x=1; ${name}=${value}`, ...OWN_PAGE])).toBe(200);
    for (const others of [
      `${name}=planted`,
      `osr_dashboard_1=${value}`,
      `osr_session=${value}`,
      `${name}="${value}"`,
    ]) {
      expect([others, await statusOf([`cookie: ${others}`, ...OWN_PAGE])]).toEqual([others, 401]);
    }
    const other = await serveHost();
    try {
      const renamed = `cookie: osr_dashboard_${other.port}=${value}`;
      const headers = [`host: localhost:${other.port}`, ...OWN_PAGE, cookie, renamed];
      expect((await sendRaw(other.port, requestText("GET /api/v1/session", headers))).status).toBe(401);
    } finally {
      await other.stop();
    }
  });

  // Only who may act for others can try what they can do.
  test.skipIf(process.platform !== "linux" || process.getuid!() !== 0)(
    "is worth nothing to a program of another user, who led the browser to a port of his own",
    async () => {
      const statusFor = (uid: number) => {
        const script = `const { request } = require("node:http");
          const headers = { host: "localhost:${served.port}", cookie: process.argv[1], "sec-fetch-site": "same-origin" };
          request({ host: "127.0.0.1", port: ${served.port}, path: "/api/v1/session", headers }, (answer) => {
            process.stdout.write(String(answer.statusCode));
            answer.resume();
          }).end();`;
        const value = cookie.slice("cookie: ".length);
        const options = { uid, cwd: "/", env: {}, encoding: "utf8" } as const;
        return promisify(execFile)(process.execPath, ["-e", script, value], options);
      };
      expect((await statusFor(0)).stdout).toBe("200");
      expect((await statusFor(65_534)).stdout).toBe("401");
    },
  );

  test("ends with the key, and so does a stream that it let in; a page is told that its session is over", async () => {
    const keys = await served.host.accessKeys();
    const { key, entry } = await keys.create({ name: "ends", agentId: null, expiresAt: null });
    const mine = await signIn(key);
    const socket = openRaw(served.port);
    const head = ["accept: text/event-stream", local, mine, ...OWN_PAGE];
    socket.write(requestText("GET /api/v1/events", head));
    const [first] = (await once(socket, "data")) as [Buffer];
    expect(first.toString()).toContain("200 OK");
    const over = untilClosed(socket);
    await keys.revoke(entry.id);
    await over;
    const { status, body } = await session([mine, ...OWN_PAGE]);
    expect([status, JSON.parse(body).error.details]).toEqual([401, { reason: "session_ended" }]);
    const nobody = await session(OWN_PAGE);
    expect([nobody.status, JSON.parse(nobody.body).error.details]).toEqual([401, undefined]);
  });

  test("is taken back by signing out, in every tab of that browser", async () => {
    const mine = await signIn();
    const out = await ask("DELETE /api/v1/session", [local, mine, ...OWN_PAGE]);
    expect([out.status, out.headers.get("set-cookie")]).toEqual([
      200,
      `osr_dashboard_${served.port}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`,
    ]);
    expect(await statusOf([mine, ...OWN_PAGE])).toBe(401);
    expect(await statusOf([cookie, ...OWN_PAGE])).toBe(200);
  });
});
