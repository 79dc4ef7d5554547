// What stands before the routes and pages of plugins, asked from outside: byte by byte, as programs, proxies, browsers and
// attackers do.

import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { type Duplex, duplexPair } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import {
  PLUGIN_URL_BYTES_MAX,
  ROUTE_BURST_MAX,
  SERVER_BODY_BYTES_MAX,
  SERVER_HEADERS_MAX,
} from "../../src/protocol/limits.ts";
import { AGENT, type GatedPlugins, gatePlugins, OPEN, OWNERS, PUBLIC, refusalOf } from "../helpers/gated-plugins.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { openRaw, parseAnswer, type RawAnswer, requestText, sendRaw, untilClosed } from "../helpers/served-host.ts";

const HTML = { navigates: "sec-fetch-mode: navigate", top: "sec-fetch-dest: document" };
const NO_AGENT = "401 Plugin routes require an agent context (X-Osaurus-Agent-Id header)";
const CONFIGURED = "osprey.example";

let gated: GatedPlugins;
let key: string;

beforeAll(async () => {
  gated = await gatePlugins({ names: new Set([CONFIGURED, "127.0.0.1"]), hasProxy: false });
  key = `authorization: Bearer ${gated.key}`;
  for (const fixture of ["asks-for-cookies", "says-who-asks-its-owner-in-public"]) {
    installFixture(gated.home.env.OSAURUS_HOME!, fixture);
  }
  // As a host does that serves.
  await (await gated.host.native()).list();
});

afterAll(async () => {
  expect(gated.bugs).toEqual([]);
  await gated.stop();
});

/** Asks at 127.0.0.1, for the default agent. */
async function ask(line: string, headers: readonly string[] = [], body?: string): Promise<RawAnswer> {
  return await gated.ask(line, [gated.here, AGENT, ...headers], body);
}

async function statusOf(line: string, ...headers: string[]): Promise<number> {
  return (await ask(line, headers)).status;
}

/** What the plugin was given. */
function given({ body }: RawAnswer): Record<string, unknown> & { headers: Record<string, string> } {
  return JSON.parse(body);
}

describe("the path", () => {
  test("leads to the plugin's route", async () => {
    const answer = await ask(`GET /plugins/${OPEN}/open?a=1`);
    expect([answer.status, given(answer)["route_id"]]).toEqual([200, "/open"]);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  });

  test.each(["/plugins", "/plugins/", "/plugins?osr_agent=x", `/plugins/${OPEN}`, "/plugins//open", "/plugins/-"])(
    "%s has nothing behind an id",
    async (path) => {
      const answer = await ask(`GET ${path}`);
      expect(refusalOf(answer)).toBe("404 Invalid plugin route");
      expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
      expect(answer.headers.get("cache-control")).toBe("no-store");
    },
  );

  test.each(["/%70lugins/", "//plugins/", "/Plugins/", "/plugins%2f", "/./plugins/", "/v1/plugins/", "/api/plugins/"])(
    "is spelled in one way: %s is something else",
    async (prefix) => {
      const answer = await ask(`GET ${prefix}${OPEN}/open`, [key]);
      expect(answer.status).toBe(404);
      expect(JSON.parse(answer.body).route_id).toBeUndefined();
      expect((await ask(`GET ${prefix}-`, [key])).status).toBe(404);
    },
  );

  test.each([
    "..",
    "%2e%2e",
    ".%2E",
    "x/../open",
    "x%2f..%2fopen",
    "x\\..\\open",
    "x%5c..",
    "%252e%252e",
    "open%00",
    "%2500",
  ])("with %s in it is refused, for a route, a page and an id", async (path) => {
    for (const line of [`/plugins/${OPEN}/${path}`, `/plugins/${OPEN}/ui/${path}`, `/plugins/${path}/open`]) {
      expect([line, refusalOf(await ask(`GET ${line}`))]).toEqual([line, "400 Invalid path"]);
    }
  });

  test("that the router of the server would not decode is matched as it is", async () => {
    expect(refusalOf(await ask(`GET /plugins/${OPEN}/%zz`))).toBe("404 No matching route");
    expect(refusalOf(await ask("GET /plugins/%zz/open"))).toBe("404 Plugin not found: %zz");
    expect(refusalOf(await ask(`GET /plugins/${OPEN}/${"x".repeat(2_000)}`))).toBe("404 No matching route");
  });

  test("has so many bytes at most", async () => {
    const start = `/plugins/${OPEN}/open?`;
    const url = (bytes: number) => start.padEnd(bytes, "x");
    expect(await statusOf(`GET ${url(PLUGIN_URL_BYTES_MAX)}`)).toBe(200);
    expect(refusalOf(await ask(`GET ${url(PLUGIN_URL_BYTES_MAX + 1)}`))).toBe("414 Request URL is too long");
  });
});

describe("the agent", () => {
  const line = `GET /plugins/${OPEN}/open`;

  test("is named by a header, by a query, or not at all", async () => {
    expect(refusalOf(await gated.ask(line, [gated.here]))).toBe(NO_AGENT);
    expect((await gated.ask(line, [gated.here, AGENT.toLowerCase()])).status).toBe(200);
    expect((await gated.ask(`${line}?osr_agent=${DEFAULT_AGENT_ID.replaceAll("-", "%2d")}`, [gated.here])).status).toBe(
      200,
    );
  });

  test.each(["default", "x", "00000000-0000-0000-0000-00000000000", "*", `${DEFAULT_AGENT_ID} x`])(
    "is named by its UUID, and not as %j",
    async (named) => {
      expect(refusalOf(await gated.ask(line, [gated.here, `x-osaurus-agent-id: ${named}`]))).toBe(NO_AGENT);
      const inQuery = `${line}?osr_agent=${encodeURIComponent(named)}`;
      expect(refusalOf(await gated.ask(inQuery, [gated.here]))).toBe(NO_AGENT);
    },
  );

  test("of two headers is nobody, and of header and query the header's", async () => {
    expect(refusalOf(await ask(line, [AGENT]))).toBe(NO_AGENT);
    const nobody = "11111111-1111-1111-1111-111111111111";
    expect((await ask(`${line}?osr_agent=${nobody}`)).status).toBe(200);
    const answer = await gated.ask(`${line}?osr_agent=${DEFAULT_AGENT_ID}`, [
      gated.here,
      `x-osaurus-agent-id: ${nobody}`,
    ]);
    expect(refusalOf(answer)).toBe("404 Plugin not available for this agent");
  });

  test("has an address for its routes, also one that had none before", async () => {
    const { osaurus } = given(await ask(line)) as unknown as { osaurus: Record<string, string> };
    expect(osaurus["agent_address"]).toMatch(/^0x[0-9a-f]{40}$/);
    expect((await (await gated.host.agents()).show("default")).address).toBe(osaurus["agent_address"]);
  });

  test("has to be there and to have the plugin, from the moment on at which it has it", async () => {
    const agents = await gated.host.agents();
    const mine = await agents.create({ name: "picky", tools: { mode: "except", names: [`${OPEN}/*`] } });
    const asMine = (id: string) => gated.ask(`GET /plugins/${id}/open`, [gated.here, `x-osaurus-agent-id: ${mine.id}`]);
    expect(refusalOf(await asMine(OPEN))).toBe("404 Plugin not available for this agent");
    expect((await asMine(OWNERS)).status).toBe(200);
    await agents.update(mine.id, { tools: { mode: "only", names: [`${OPEN}/echo`] } });
    expect((await asMine(OPEN)).status).toBe(200);
    expect(refusalOf(await asMine(OWNERS))).toBe("404 Plugin not available for this agent");
    await agents.delete(mine.id);
    expect(refusalOf(await asMine(OPEN))).toBe("404 Plugin not available for this agent");
  });
});

describe("the plugin", () => {
  test.each(["nobody", "test.says-who-ask", OPEN.toUpperCase(), ".", "current", "__proto__", "a%2fb"])(
    "%s is not there",
    async (id) => {
      expect(refusalOf(await ask(`GET /plugins/${id}/open`))).toBe(`404 Plugin not found: ${decodeURIComponent(id)}`);
    },
  );

  test("may have its id written with escapes", async () => {
    expect(await statusOf(`GET /plugins/${OPEN.replaceAll("-", "%2D")}/open`)).toBe(200);
  });

  test("that is not there is told of after the agent is known, and before the agent is looked at", async () => {
    expect(refusalOf(await gated.ask("GET /plugins/nobody/open", [gated.here]))).toBe(NO_AGENT);
    const nobody = "x-osaurus-agent-id: 11111111-1111-1111-1111-111111111111";
    expect(refusalOf(await gated.ask("GET /plugins/nobody/open", [gated.here, nobody]))).toBe(
      "404 Plugin not found: nobody",
    );
  });
});

describe("a match", () => {
  test("is of path and method", async () => {
    expect(refusalOf(await ask(`GET /plugins/${OPEN}/nowhere`))).toBe("404 No matching route");
    expect(refusalOf(await ask(`PUT /plugins/${OPEN}/files/x`, [key]))).toBe("404 No matching route");
    expect(await statusOf(`HEAD /plugins/${OPEN}/open`)).toBe(200);
  });

  test.each(["PUT", "DELETE", "PATCH", "PROPFIND", "QUERY"])("may be of the method %s", async (method) => {
    const answer = await ask(`${method} /plugins/${OPEN}/open`, ["content-type: x"], "body");
    expect([answer.status, given(answer)["body"]]).toEqual([200, "body"]);
  });

  test("below the mount is the page, at a segment's end", async () => {
    const page = await ask(`GET /plugins/${OPEN}/ui/`);
    expect([page.status, page.body.includes("<p>page</p>")]).toEqual([200, true]);
    expect((await ask(`GET /plugins/${OPEN}/ui/app.js`)).status).toBe(200);
    expect(refusalOf(await ask(`GET /plugins/${OPEN}/ui-other`))).toBe("404 No matching route");
    expect(refusalOf(await ask(`GET /plugins/${OPEN}/UI/`))).toBe("404 No matching route");
  });
});

describe("OPTIONS", () => {
  const preflight = ["origin: http://evil.example", "access-control-request-method: POST"];
  const cors = ({ headers }: RawAnswer) => [...headers.keys()].filter((name) => name.startsWith("access-control"));

  test.each(["/open", "/mine", "/nowhere", "/ui/", "/..", ""])(
    "is answered by the host, and allows no page of others anything at %s",
    async (path) => {
      const answer = await gated.ask(`OPTIONS /plugins/${OPEN}${path}`, [gated.here, ...preflight]);
      expect([answer.status, answer.body, cors(answer)]).toEqual([204, "", []]);
    },
  );

  test("allows what is public, with what was asked for and without cookies", async () => {
    const names = "access-control-request-headers: content-type, x-mine";
    const answer = await gated.ask(`OPTIONS /plugins/${OPEN}/public`, [gated.here, ...preflight, names]);
    expect(answer.status).toBe(204);
    expect(Object.fromEntries(cors(answer).map((name) => [name, answer.headers.get(name)]))).toEqual({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "content-type, x-mine",
      "access-control-max-age": "600",
    });
    const page = await gated.ask(`OPTIONS /plugins/${PUBLIC}/ui/`, [gated.here, ...preflight]);
    expect(page.headers.get("access-control-allow-origin")).toBe("*");
  });

  test("is judged by the method that is going to be used", async () => {
    for (const method of [[], ["access-control-request-method: TRACE"]]) {
      const headers = [gated.here, "origin: http://evil.example", ...method];
      const answer = await gated.ask(`OPTIONS /plugins/${OPEN}/public`, headers);
      expect([answer.status, cors(answer)]).toEqual([204, []]);
    }
  });

  test("allows nothing at the host's own name, where no plugin is", async () => {
    const answer = await gated.ask(`OPTIONS /plugins/${OPEN}/public`, ["host: localhost", ...preflight]);
    expect([answer.status, cors(answer)]).toEqual([204, []]);
  });

  test("allows nothing for an agent that does not have the plugin, or is none", async () => {
    const agents = await gated.host.agents();
    const { id } = await agents.create({ name: "bare", tools: { mode: "only", names: [] } });
    for (const [agent, count] of [
      [DEFAULT_AGENT_ID, 4],
      [id, 0],
      ["nobody", 0],
    ] as const) {
      for (const door of [[gated.here], [gated.here, "via: x"], [`host: ${CONFIGURED}`]]) {
        const line = `OPTIONS /plugins/${OPEN}/public?osr_agent=${agent}`;
        const answer = await gated.ask(line, [...door, ...preflight, "access-control-request-headers: x-mine"]);
        expect([agent, door, cors(answer).length]).toEqual([agent, door, count]);
      }
    }
    await agents.delete(id);
  });

  test("gives back nothing that is no name", async () => {
    const names = 'access-control-request-headers: a"<script>';
    const answer = await gated.ask(`OPTIONS /plugins/${OPEN}/public`, [gated.here, ...preflight, names]);
    expect(answer.headers.get("access-control-allow-headers")).toBeUndefined();
  });
});

describe("a page of somebody else's", () => {
  const foreign = {
    "an origin": ["origin: http://evil.example"],
    "an origin of another port": ["origin: http://127.0.0.1:1"],
    "no origin of its own": ["origin: null"],
    "two origins": ["origin: http://evil.example", "origin: http://evil.example"],
    "another site": ["sec-fetch-site: cross-site", "sec-fetch-mode: no-cors", "sec-fetch-dest: image"],
    "a name beside this one": ["sec-fetch-site: same-site", "sec-fetch-mode: cors", "sec-fetch-dest: empty"],
    "a frame": ["sec-fetch-site: cross-site", HTML.navigates, "sec-fetch-dest: iframe"],
  };

  test.each(Object.entries(foreign))("with %s gets nothing that is not public", async (_, headers) => {
    for (const line of ["GET /open", "POST /open", "POST /verified", "GET /mine", "GET /ui/", "GET /ui/app.js"]) {
      const [method, path] = line.split(" ");
      const answer = await ask(`${method} /plugins/${OPEN}${path}`, [key, ...headers]);
      expect([line, refusalOf(answer)]).toEqual([line, "403 Request from a foreign page"]);
      expect(answer.headers.get("access-control-allow-origin")).toBeUndefined();
    }
  });

  test.each(Object.entries(foreign))("with %s gets what is public, and may read it", async (_, headers) => {
    for (const line of [`POST /plugins/${OPEN}/public`, `GET /plugins/${PUBLIC}/ui/app.js`]) {
      const answer = await ask(line, headers);
      expect([line, answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([line, 200, "*"]);
      expect(answer.headers.get("access-control-allow-credentials")).toBeUndefined();
    }
  });

  test("may lead a browser to a route, and not make it send something there", async () => {
    const link = ["sec-fetch-site: cross-site", HTML.navigates, HTML.top];
    expect(await statusOf(`GET /plugins/${OPEN}/open`, ...link)).toBe(200);
    expect(await statusOf(`HEAD /plugins/${OPEN}/open`, ...link)).toBe(200);
    expect(refusalOf(await ask(`POST /plugins/${OPEN}/open`, link))).toBe("403 Request from a foreign page");
    expect(refusalOf(await ask(`GET /plugins/${OPEN}/mine`, link.slice(0, 1)))).toBe("403 Request from a foreign page");
  });

  test("is none when it is this host's own, or a program", async () => {
    expect(await statusOf(`POST /plugins/${OPEN}/open`, `origin: ${gated.url}`, "sec-fetch-site: same-origin")).toBe(
      200,
    );
    expect(await statusOf(`GET /plugins/${OPEN}/open`, "sec-fetch-site: none", HTML.navigates)).toBe(200);
    expect(await statusOf(`POST /plugins/${OPEN}/open`)).toBe(200);
  });
});

describe("what is the owner's", () => {
  test.each([
    `/plugins/${OPEN}/mine`,
    `/plugins/${OPEN}/public-mine`,
    `/plugins/${OWNERS}/ui/`,
    `/plugins/${OWNERS}/ui/app.js`,
  ])("needs a key: %s", async (path) => {
    const none = await ask(`GET ${path}`);
    expect([refusalOf(none), none.headers.get("www-authenticate")]).toEqual(["401 Authentication required", "Bearer"]);
    const wrong = await ask(`GET ${path}`, [`authorization: Bearer osk-v1.${"A".repeat(43)}`]);
    expect(refusalOf(wrong)).toBe("401 Authentication required");
    expect(await statusOf(`GET ${path}`, key)).toBe(200);
    // With the other spelling of it, too.
    expect(await statusOf(`GET ${path}`, key.replace("osk-v1.", "osk-v1-"))).toBe(200);
  });

  test("is not there for a key that was revoked, from that moment on", async () => {
    const keys = await gated.host.accessKeys();
    const { key: mine, entry } = await keys.create({ name: "short", agentId: null, expiresAt: null });
    const asMine = () => statusOf(`GET /plugins/${OPEN}/mine`, `authorization: Bearer ${mine}`);
    expect(await asMine()).toBe(200);
    await keys.revoke(entry.id);
    expect(await asMine()).toBe(401);
  });

  test("is not there for a key of another agent", async () => {
    const agents = await gated.host.agents();
    const other = await agents.create({ name: "other" });
    const keys = await gated.host.accessKeys();
    const { key: mine } = await keys.create({ name: "scoped", agentId: other.id, expiresAt: null });
    const bearer = `authorization: Bearer ${mine}`;
    const line = `GET /plugins/${OPEN}/mine`;
    expect(refusalOf(await ask(line, [bearer]))).toBe("403 The access key is for another agent");
    expect((await gated.ask(line, [gated.here, bearer, `x-osaurus-agent-id: ${other.id.toLowerCase()}`])).status).toBe(
      200,
    );
  });

  test("is told to a person as a page, which runs nothing", async () => {
    const answer = await ask(`GET /plugins/${OWNERS}/ui/`, [HTML.navigates, HTML.top, "sec-fetch-site: none"]);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([401, "text/html; charset=utf-8"]);
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(answer.body).toContain(`osaurus open ${OWNERS}`);
  });

  test("is not opened by an agent's id, or its cookie", async () => {
    const cookie = `cookie: osr_agent=${DEFAULT_AGENT_ID}; osr_session=${DEFAULT_AGENT_ID}`;
    for (const headers of [
      [gated.here, cookie],
      [gated.at(OWNERS), cookie],
    ]) {
      const answer = await gated.ask(`GET /plugins/${OWNERS}/ui/?osr_agent=${DEFAULT_AGENT_ID}`, headers);
      expect(refusalOf(answer)).toBe("401 Authentication required");
    }
  });
});

describe("open routes", () => {
  test("are there so often for each plugin, and what is its owner's as often as one likes", async () => {
    const other = await gatePlugins();
    try {
      const bearer = `authorization: Bearer ${other.key}`;
      const as = (line: string) => other.ask(line, [other.here, AGENT, bearer]);
      // What is refused takes nothing.
      for (let count = 0; count < 5; count++) await other.ask(`GET /plugins/${OPEN}/open`, [other.here]);
      const answers = await Promise.all(
        Array.from({ length: ROUTE_BURST_MAX }, (_, index) =>
          as(`GET /plugins/${OPEN}/${index % 2 ? "open" : "verified"}`),
        ),
      );
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
      await expect
        .poll(async () => {
          const answer = await as(`GET /plugins/${OPEN}/open`);
          return [refusalOf(answer), answer.headers.get("retry-after")];
        })
        .toEqual(["429 Rate limit exceeded", "1"]);
      expect((await as(`GET /plugins/${OPEN}/mine`)).status).toBe(200);
      expect((await as(`GET /plugins/${OPEN}/ui/app.js`)).status).toBe(200);
      expect((await as(`GET /plugins/${OWNERS}/open`)).status).toBe(200);
      expect(other.bugs).toEqual([]);
    } finally {
      await other.stop();
    }
  });
});

describe("who is not on this machine", () => {
  const PROXIED = [
    "forwarded: for=1.2.3.4",
    "via: 1.1 x",
    "x-forwarded-for: 127.0.0.1",
    "X-Forwarded-Host: localhost",
    "x-real-ip: ::1",
    "x-osaurus-relay-origin: 1",
    "x-forwarded-proto:",
    "cf-connecting-ip: 1.2.3.4",
  ];
  const elsewhere = (): [string, string[]][] => [
    ...PROXIED.map((header): [string, string[]] => [header, [gated.here, header]]),
    ["a configured name", [`host: ${CONFIGURED}`]],
    ["a header of a proxy at a plugin's own name", [gated.at(OPEN), "via: x"]],
  ];

  test("finds nothing that is not public, with a key neither, and cannot tell that it is there", async () => {
    for (const [how, headers] of elsewhere()) {
      const as = (line: string) => gated.ask(line, [...headers, AGENT, key]);
      const missing = await as(`GET /plugins/${OPEN}/nowhere`);
      expect([how, refusalOf(missing)]).toEqual([how, "404 No matching route"]);
      for (const path of ["open", "mine", "verified", "ui/", "ui/app.js"]) {
        const answer = await as(`GET /plugins/${OPEN}/${path}`);
        expect([how, path, withoutDate(answer)]).toEqual([how, path, withoutDate(missing)]);
      }
    }
  });

  test("cannot tell which plugins and agents there are", async () => {
    const remote = [gated.here, "via: x"];
    const nobody = "x-osaurus-agent-id: 11111111-1111-1111-1111-111111111111";
    const missing = withoutDate(await gated.ask(`GET /plugins/${OPEN}/nowhere`, [...remote, AGENT]));
    expect(withoutDate(await gated.ask(`GET /plugins/nobody/public`, [...remote, AGENT]))).toEqual(missing);
    expect(withoutDate(await gated.ask(`GET /plugins/${OPEN}/public`, [...remote, nobody]))).toEqual(missing);
  });

  test("starts no plugin that has nothing for the public, as far as files tell", async () => {
    const other = await gatePlugins({ names: new Set([CONFIGURED]), hasProxy: false });
    try {
      const native = await other.host.native();
      const folder = join(resolvePaths({ env: other.home.env, platform: process.platform }).data, "Tools");
      const keep = (id: string, exposed: boolean) => {
        const route = { id: "r", path: "/public", methods: ["GET"], auth: "none", tunnel_exposed: exposed };
        const manifest = { plugin_id: id, capabilities: { routes: [route] } };
        writeFileSync(join(folder, id, "1.0.0", ".manifest.json"), JSON.stringify(manifest));
      };
      const from = [`host: ${CONFIGURED}`, AGENT];
      const preflight = ["origin: http://evil.example", "access-control-request-method: GET"];
      keep(OPEN, true);
      keep(OWNERS, false);
      const ask = async (id: string) => (await other.ask(`GET /plugins/${id}/public`, from)).status;
      for (const id of [OPEN, OWNERS, PUBLIC]) {
        const answer = await other.ask(`OPTIONS /plugins/${id}/public`, [...from, ...preflight]);
        expect(answer.headers.has("access-control-allow-origin")).toBe(false);
        expect(native.servingPlugin(id)).toBeUndefined();
      }
      expect([await ask(OWNERS), await ask(PUBLIC)]).toEqual([404, 404]);
      for (const id of [OPEN, OWNERS, PUBLIC]) expect(native.servingPlugin(id)).toBeUndefined();
      expect(await ask(OPEN)).toBe(200);
      // Whoever is here starts the others, and from then on they are there.
      expect((await other.ask(`GET /plugins/${OWNERS}/open`, [other.here, AGENT])).status).toBe(200);
      expect(await ask(OWNERS)).toBe(200);
      expect(other.bugs).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  test("finds what is public, for its owner only where it is the owner's", async () => {
    for (const [how, headers] of elsewhere()) {
      expect([how, (await gated.ask(`GET /plugins/${OPEN}/public`, [...headers, AGENT])).status]).toEqual([how, 200]);
      const mine = `GET /plugins/${OPEN}/public-mine`;
      expect([how, (await gated.ask(mine, [...headers, AGENT])).status]).toEqual([how, 401]);
      expect([how, (await gated.ask(mine, [...headers, AGENT, key])).status]).toEqual([how, 200]);
    }
  });

  test("would find all of it without those headers, which is what the attack is about", async () => {
    expect((await gated.ask(`GET /plugins/${OPEN}/open`, [gated.here, AGENT])).status).toBe(200);
    expect((await gated.ask(`GET /plugins/${OPEN}/open`, [gated.at(OPEN), AGENT])).status).toBe(200);
  });
});

function withoutDate({ status, headers, body }: RawAnswer) {
  return { status, headers: [...headers].filter(([name]) => name !== "date"), body };
}

describe("the name of the host", () => {
  test.each(["localhost", "LOCALHOST", "localhost:8080"])("%s leads away to the address", async (name) => {
    const answer = await gated.ask(`POST /plugins/${OPEN}/open?a=%20b`, [`host: ${name}`, AGENT, key]);
    const port = name.split(":")[1];
    expect([answer.status, answer.headers.get("location")]).toEqual([
      307,
      `http://127.0.0.1${port === undefined ? "" : `:${port}`}/plugins/${OPEN}/open?a=%20b`,
    ]);
    expect(answer.body).toBe("");
  });

  test("of a plugin is that plugin's, and no other's", async () => {
    const open = (id: string, ...headers: string[]) => gated.ask(`GET /plugins/${id}/open`, [...headers, AGENT]);
    expect((await open(OPEN, gated.at(OPEN))).status).toBe(200);
    expect((await open(OPEN, gated.at(OPEN).toUpperCase().replace("HOST", "host"))).status).toBe(200);
    expect(refusalOf(await open(OWNERS, gated.at(OPEN)))).toBe(`404 Plugin not found: ${OWNERS}`);
    for (const name of ["x.localhost", `a.${gated.at(OPEN).slice(6)}`, `${OPEN}.localhost`]) {
      expect(refusalOf(await open(OPEN, `host: ${name}`))).toBe(`404 Plugin not found: ${OPEN}`);
    }
    const preflight = ["origin: http://evil.example", "access-control-request-method: GET"];
    const elsewhere = await gated.ask(`OPTIONS /plugins/${OPEN}/public`, [gated.at(OWNERS), ...preflight]);
    expect(elsewhere.headers.has("access-control-allow-origin")).toBe(false);
  });

  test("that is the host's own gives documents no origin, whatever the plugin says", async () => {
    const sandbox = "sandbox allow-scripts allow-forms allow-popups allow-downloads";
    for (const line of [`GET /plugins/${PUBLIC}/ui/`, `GET /plugins/${OPEN}/public`]) {
      const at = async (host: string) => (await gated.ask(line, [host, AGENT])).headers.get("content-security-policy");
      expect([line, await at(`host: ${CONFIGURED}`)]).toEqual([line, sandbox]);
      expect(await at(gated.here)).not.toBe(sandbox);
    }
  });

  test("that is the host's own leaves a plugin its own policy beside the sandbox, and no page sends cookies", async () => {
    const line = "GET /plugins/test.asks-for-cookies/public";
    const socket = openRaw(gated.port);
    const text = untilClosed(socket);
    socket.write(requestText(line, [`host: ${CONFIGURED}`, AGENT]));
    const policies = (await text).match(/^content-security-policy: .*$/gim);
    expect(policies?.map((policy) => policy.split(" ")[1])).toEqual(["default-src", "sandbox"]);
    const { headers } = await ask(line);
    expect(headers.get("content-security-policy")).toBe("default-src 'none'");
    expect(headers.get("access-control-allow-origin")).toBe("http://friend.example");
    expect(headers.has("access-control-allow-credentials")).toBe(false);
  });

  test("that is foreign gets nowhere", async () => {
    const answer = await gated.ask(`GET /plugins/${OPEN}/public`, ["host: evil.example", AGENT]);
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([403, "origin_refused"]);
  });
});

describe("what a public page loads that has no origin", () => {
  const from = `host: ${CONFIGURED}`;

  test.each(["GET", "HEAD"])("is there without an agent: %s", async (method) => {
    for (const headers of [[], ["origin: null", "sec-fetch-site: cross-site", "sec-fetch-mode: cors"]]) {
      const answer = await gated.ask(`${method} /plugins/${PUBLIC}/ui/app.js`, [from, ...headers]);
      expect([answer.status, answer.body]).toEqual([200, method === "GET" ? "export {};" : ""]);
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      expect(answer.headers.has("set-cookie")).toBe(false);
    }
  });

  test("is no page: that needs its agent, and leaves no cookie", async () => {
    for (const path of ["", "/", "/index.html", "/notes/42", "/missing.js"]) {
      const line = `GET /plugins/${PUBLIC}/ui${path}`;
      expect([path, refusalOf(await gated.ask(line, [from]))]).toEqual([path, NO_AGENT]);
    }
    const line = `GET /plugins/${PUBLIC}/ui/?osr_agent=${DEFAULT_AGENT_ID}`;
    const [there, here] = [await gated.ask(line, [from]), await gated.ask(line, [gated.here])];
    expect([there.status, there.headers.has("set-cookie")]).toEqual([200, false]);
    expect([here.status, here.headers.has("set-cookie")]).toEqual([200, true]);
  });

  test("is nothing else, and nobody learns which plugins there are", async () => {
    const owners = "test.says-who-asks-its-owner-in-public";
    for (const line of [
      `POST /plugins/${PUBLIC}/ui/app.js`,
      `GET /plugins/${PUBLIC}/public`,
      `GET /plugins/${PUBLIC}/ui/app.js?osr_agent=nobody`,
      `GET /plugins/${OPEN}/ui/app.js`,
      `GET /plugins/${OWNERS}/ui/app.js`,
      `GET /plugins/${owners}/ui/app.js`,
      "GET /plugins/nobody/ui/app.js",
    ]) {
      expect([line, refusalOf(await gated.ask(line, [from]))]).toEqual([line, NO_AGENT]);
    }
    // Elsewhere pages have an origin, and a cookie.
    for (const headers of [[gated.here], [gated.here, "via: x"], [gated.at(PUBLIC)]]) {
      expect(refusalOf(await gated.ask(`GET /plugins/${PUBLIC}/ui/app.js`, headers))).toBe(NO_AGENT);
    }
  });

  test("is there as long as any agent has the plugin", async () => {
    const agents = await gated.host.agents();
    const bare = { tools: { mode: "only", names: [] } } as const;
    const others = (await agents.list()).filter(({ isDefault }) => !isDefault);
    for (const { id } of others) await agents.update(id, bare);
    const { id } = await agents.create({ name: "reader" });
    const asked = () => gated.ask(`GET /plugins/${PUBLIC}/ui/app.js`, [from]);
    try {
      await agents.update("default", bare);
      expect((await asked()).status).toBe(200);
      await agents.update(id, bare);
      expect(refusalOf(await asked())).toBe(NO_AGENT);
    } finally {
      await agents.update("default", { tools: { mode: "all" } });
      await agents.delete(id);
    }
    expect((await asked()).status).toBe(200);
  });
});

describe("bodies", () => {
  const line = `POST /plugins/${OPEN}/open`;

  test.each(["content-type: application/json", "content-type: nonsense", "content-type: ;;;", "x-none: 1"])(
    "reach the plugin whatever they say that they are: %s",
    async (type) => {
      expect(given(await ask(line, [type], "{not json"))["body"]).toBe("{not json");
    },
  );

  test("of GET are left out", async () => {
    expect(given(await ask(`GET /plugins/${OPEN}/open`, [], "body"))["body"]).toBe("");
  });

  test("have so many bytes at most, which is said before they arrive", async () => {
    const head = (more: string) =>
      [`${line} HTTP/1.1`, gated.here, AGENT, "connection: close", more, "", ""].join("\r\n");
    const tooLong = await sendRaw(gated.port, head(`content-length: ${SERVER_BODY_BYTES_MAX + 1}`));
    expect(refusalOf(tooLong)).toBe(`413 the body of a request has ${SERVER_BODY_BYTES_MAX} bytes at most`);
    expect(tooLong.headers.get("connection")).toBe("close");
  });

  test("in pieces have so many bytes at most, too", async () => {
    const socket = openRaw(gated.port);
    const answer = untilClosed(socket);
    socket.write([`${line} HTTP/1.1`, gated.here, AGENT, "transfer-encoding: chunked", "", ""].join("\r\n"));
    const piece = Buffer.alloc(1024 * 1024, "x");
    const chunk = Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]);
    for (let sent = 0; sent <= SERVER_BODY_BYTES_MAX && !socket.destroyed; sent += piece.length) {
      if (!socket.write(chunk)) await Promise.race([once(socket, "drain"), answer]);
    }
    expect(parseAnswer(await answer).status).toBe(413);
  });

  test("are not waited for when the request is refused", async () => {
    const head = [
      `POST /plugins/${OPEN}/mine HTTP/1.1`,
      gated.here,
      AGENT,
      "content-length: 1000",
      "connection: close",
      "",
      "",
    ];
    const socket = openRaw(gated.port);
    socket.write(head.join("\r\n"));
    const [chunk] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    expect(chunk.toString()).toMatch(/^HTTP\/1.1 401 /);
  });
});

describe("what is no honest request", () => {
  const head = (...lines: string[]) =>
    [`POST /plugins/${OPEN}/open HTTP/1.1`, gated.here, AGENT, ...lines].join("\r\n");
  const smuggled = `GET /plugins/${OPEN}/mine HTTP/1.1\r\nhost: x\r\n\r\n`;

  test.each<[string, (h: typeof head) => string]>([
    ["length and chunks", (h) => `${h("content-length: 4", "transfer-encoding: chunked")}\r\n\r\n0\r\n\r\n${smuggled}`],
    ["two lengths", (h) => `${h("content-length: 0", `content-length: ${smuggled.length}`)}\r\n\r\n${smuggled}`],
    ["a length of two numbers", (h) => `${h("content-length: 0, 5")}\r\n\r\n${smuggled}`],
    ["a length with a sign", (h) => `${h("content-length: +5")}\r\n\r\n${smuggled}`],
    ["chunks by another name", (h) => `${h("transfer-encoding: xchunked")}\r\n\r\n0\r\n\r\n${smuggled}`],
    ["chunks before something else", (h) => `${h("transfer-encoding: chunked, identity")}\r\n\r\n0\r\n\r\n${smuggled}`],
    ["a space before the colon", (h) => `${h("content-length : 5")}\r\n\r\n${smuggled}`],
    ["a folded line", (h) => `${h("x: a", " transfer-encoding: chunked")}\r\n\r\n0\r\n\r\n${smuggled}`],
    ["lines without their return", (h) => `${h("content-length: 0").replaceAll("\r\n", "\n")}\n\n${smuggled}`],
    ["a bare return in a value", (h) => `${h("x: a\rtransfer-encoding: chunked")}\r\n\r\n0\r\n\r\n${smuggled}`],
    ["a NUL in a value", (h) => `${h("x: a\0b")}\r\n\r\n${smuggled}`],
    [
      "a size of a chunk that is none",
      (h) => `${h("transfer-encoding: chunked")}\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n${smuggled}`,
    ],
  ])("with %s is answered once, and what hides behind it never", async (_, text) => {
    const socket = openRaw(gated.port);
    const answer = untilClosed(socket);
    socket.write(text(head));
    const got = await answer;
    expect(got.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 400"]);
  });

  test("with an honest one behind it gets both, which is what the attack would be", async () => {
    const socket = openRaw(gated.port);
    const answer = untilClosed(socket);
    const second = [`GET /plugins/${OPEN}/mine HTTP/1.1`, gated.here, AGENT, "connection: close", "", ""].join("\r\n");
    socket.write(`${head("content-length: 0")}\r\n\r\n${second}`);
    expect((await answer).match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 401"]);
  });

  test("has too many headers", async () => {
    const line = `GET /plugins/${OPEN}/open`;
    const headers = (count: number) => Array.from({ length: count }, (_, index) => `x-${index}: 1`);
    // The helper sends one more, for the connection.
    expect(await statusOf(line, ...headers(SERVER_HEADERS_MAX - 3))).toBe(200);
    expect(await statusOf(line, ...headers(SERVER_HEADERS_MAX - 2))).toBe(431);
    expect(await statusOf(line, ...headers(10_000))).toBe(431);
  });

  test("asks for another protocol where there is none, and is answered in this one", async () => {
    const upgrade = [
      "upgrade: websocket",
      "connection: upgrade",
      "sec-websocket-version: 13",
      "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
    ];
    const text = [`GET /plugins/${OPEN}/open HTTP/1.1`, gated.here, AGENT, ...upgrade, "", ""].join("\r\n");
    const socket = openRaw(gated.port);
    socket.write(text);
    const [chunk] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    expect(chunk.toString()).toMatch(/^HTTP\/1.1 200 /);
  });

  test("never ends, and ends when its time is over", async () => {
    const other = await gatePlugins({ times: { requestMs: 200, headersMs: 100 } });
    try {
      const socket = openRaw(other.port);
      const answer = untilClosed(socket);
      socket.write(
        [`POST /plugins/${OPEN}/open HTTP/1.1`, other.here, AGENT, "content-length: 1000", "", "x"].join("\r\n"),
      );
      expect(parseAnswer(await answer).status).toBe(408);
      expect(other.bugs).toEqual([]);
    } finally {
      await other.stop();
    }
  });
});

describe("through the tunnel", () => {
  const UUID = DEFAULT_AGENT_ID;

  /** As the tunnel's client does: over a connection inside the process. */
  async function through(
    path: string,
    headers: Record<string, string> = {},
    method = "GET",
    agentId = UUID,
  ): Promise<RawAnswer> {
    const [serverSide, clientSide] = duplexPair();
    gated.accept(serverSide, agentId);
    return await new Promise((resolve, reject) => {
      const request = httpRequest({
        path,
        method,
        headers: { host: "0xabc.relay.example", connection: "close", ...headers },
        createConnection: () => clientSide as Duplex as never,
      });
      request.once("error", reject);
      request.once("response", async (response) => {
        let body = "";
        for await (const chunk of response.setEncoding("utf8")) body += chunk;
        const pairs = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const);
        resolve({ status: response.statusCode!, headers: new Map(pairs), body });
      });
      request.end();
    });
  }

  test("public routes and pages are there, for the agent at whose address they are asked", async () => {
    const other = "11111111-1111-1111-1111-111111111111";
    const answer = await through(`/plugins/${OPEN}/public?osr_agent=${other}`, { "x-osaurus-agent-id": other });
    expect(answer.status).toBe(200);
    expect((await through(`/plugins/${PUBLIC}/ui/app.js`)).status).toBe(200);
    expect((await through(`/plugins/${OPEN}/public-mine`)).status).toBe(401);
    expect((await through(`/plugins/${OPEN}/public-mine`, { authorization: `Bearer ${gated.key}` })).status).toBe(200);
  });

  test("nothing else is there, also for who claims to be local", async () => {
    const claims = { host: "127.0.0.1", authorization: `Bearer ${gated.key}` };
    const missing = withoutDate(await through(`/plugins/${OPEN}/nowhere`, claims));
    expect([missing.status, JSON.parse(missing.body).error.message]).toEqual([404, "No matching route"]);
    for (const host of ["127.0.0.1", "localhost", gated.at(OPEN).slice(6), CONFIGURED, "0xabc.relay.example"]) {
      for (const path of ["open", "mine", "ui/"]) {
        const answer = withoutDate(await through(`/plugins/${OPEN}/${path}`, { ...claims, host }));
        expect([host, path, answer]).toEqual([host, path, missing]);
      }
    }
  });

  test.each([
    "/",
    "/health",
    "/ready",
    "/metrics",
    "/v1/models",
    "/api/v1/tasks",
    "/mcp",
    "/openapi.json",
    "/Plugins/x/y",
  ])("%s is not there, with a key neither", async (path) => {
    const answer = await through(path, { authorization: `Bearer ${gated.key}` });
    expect(refusalOf(answer)).toBe("404 No matching route");
    expect((await through(path, {}, "OPTIONS")).status).toBe(404);
  });

  test("a question before a request tells no more than the request", async () => {
    const agents = await gated.host.agents();
    const { id } = await agents.create({ name: "bare", tools: { mode: "only", names: [] } });
    const question = (pluginId: string, agentId: string) =>
      through(`/plugins/${pluginId}/public`, { "access-control-request-method": "POST" }, "OPTIONS", agentId);
    const missing = withoutDate(await question("nobody", id));
    expect(missing.status).toBe(204);
    expect(withoutDate(await question(OPEN, id))).toEqual(missing);
    expect((await question(OPEN, UUID)).headers.get("access-control-allow-origin")).toBe("*");
    await agents.delete(id);
  });

  test("several requests come over one connection, which a host that stops does not wait for", async () => {
    const other = await gatePlugins();
    await (await other.host.native()).plugin(OPEN);
    const [serverSide, clientSide] = duplexPair();
    other.accept(serverSide, UUID);
    const got = new Promise<string>((done) => {
      let text = "";
      clientSide.on("data", (chunk: Buffer) => {
        text += chunk;
        if (text.split("HTTP/1.1 200").length === 3) done(text);
      });
    });
    const asked = `GET /plugins/${OPEN}/public HTTP/1.1\r\nhost: 0xabc.relay.example\r\n\r\n`;
    clientSide.write(asked + asked);
    expect((await got).match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200"]);
    const gone = new Promise((done) => serverSide.once("close", done));
    await other.stop();
    await gone;
    expect(other.bugs).toEqual([]);
  });

  test("the same connection without its mark is a stranger", async () => {
    const [serverSide, clientSide] = duplexPair();
    gated.server.app.server.emit("connection", serverSide);
    const chunks: Buffer[] = [];
    clientSide.on("data", (chunk: Buffer) => chunks.push(chunk));
    clientSide.write("GET /plugins/x/y HTTP/1.1\r\nhost: 0xabc.relay.example\r\nconnection: close\r\n\r\n");
    await new Promise((done) => clientSide.once("end", done));
    expect(Buffer.concat(chunks).toString()).toContain("origin_refused");
  });
});
