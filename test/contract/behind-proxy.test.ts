// A proxy in front of the host: what it hands on, set as docs/serving.md says or worse, makes nobody local.

import { readFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { AGENT, type GatedPlugins, gatePlugins, OPEN, OWNERS, PUBLIC, refusalOf } from "../helpers/gated-plugins.ts";
import { type RawAnswer, requestText, sendRaw } from "../helpers/served-host.ts";

const NAME = "osprey.example";
const BY_HAND = ["sec-fetch-site: none", "sec-fetch-mode: navigate", "sec-fetch-dest: document"];
const UI = `/plugins/${OPEN}/ui/`;

/** The lines of nginx that set headers: what it says in place of what it was asked with. */
type Settings = readonly (readonly [name: string, value: string])[];

const page = readFileSync(join(import.meta.dirname, "../../docs/serving.md"), "utf8");
const block = /```nginx\n([\s\S]*?)```/.exec(page)![1]!;
const documented: Settings = [...block.matchAll(/proxy_set_header (\S+) (\S+);/g)].map(
  ([, name, value]) => [name!.toLowerCase(), value!] as const,
);
/** Those that are not documented, and that people have. */
const careless: Record<string, Settings> = {
  "hands on the name that it was asked by": [["host", "$host"]],
  "hands on name and port": [["host", "$http_host"]],
  "has no settings": [],
};

let gated: GatedPlugins;
const proxies: Server[] = [];

beforeAll(async () => {
  gated = await gatePlugins({ names: new Set([NAME]), publicUrl: `https://${NAME}` });
  const native = await gated.host.native();
  for (const id of [OPEN, OWNERS, PUBLIC]) await (await native.plugin(id)).ready();
});

afterAll(async () => {
  for (const proxy of proxies) {
    proxy.close();
    proxy.closeAllConnections();
  }
  expect(gated.bugs).toEqual([]);
  await gated.stop();
});

/** Does with headers what nginx does; gives its port. */
async function proxy(settings: Settings): Promise<number> {
  const server = createServer((asked, answer) => {
    const { host = "" } = asked.headers;
    const target = `127.0.0.1:${gated.port}`;
    const headers: NodeJS.Dict<string | string[]> = { ...asked.headers, host: target, connection: "close" };
    for (const [name, value] of settings) {
      headers[name] = value
        .replace("$http_host", host)
        .replace("$host", host.replace(/:\d+$/, ""))
        .replace("$remote_addr", "192.0.2.7")
        .replace("$proxy_add_x_forwarded_for", "192.0.2.7")
        .replace("$scheme", "https");
    }
    const { method, url } = asked;
    const inner = request({ host: "127.0.0.1", port: gated.port, method, path: url, headers }, (got) => {
      answer.writeHead(got.statusCode!, got.headers);
      got.pipe(answer);
    });
    asked.pipe(inner);
  });
  proxies.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

const ask = async (port: number, host: string, line: string, ...headers: string[]): Promise<RawAnswer> =>
  await sendRaw(port, requestText(line, [`host: ${host}`, ...headers]));

const ownName = (id = OPEN) => gated.at(id).slice("host: ".length);
const names = () => [NAME, "127.0.0.1", `127.0.0.1:${gated.port}`, "[::1]", ownName(), ownName().replace(/:.*/, "")];

test("the documented settings say the host's name whatever was asked for, and for whom they ask", () => {
  expect(Object.fromEntries(documented)).toEqual({ host: NAME, "x-forwarded-for": "$remote_addr" });
  expect(block).toMatch(/listen 443 ssl default_server;[^}]*return 444;/);
});

describe.each(Object.entries({ "is set as documented": documented, ...careless }))("a proxy that %s", (_, settings) => {
  let port: number;
  beforeAll(async () => {
    port = await proxy(settings);
  });

  test("makes nobody local", async () => {
    for (const host of names()) {
      for (const line of [
        `GET ${UI}`,
        `GET /plugins/${OPEN}/open`,
        `GET /plugins/${OWNERS}/mine`,
        "GET /plugins/nobody/x",
      ]) {
        const { status } = await ask(port, host, line, AGENT);
        expect([host, line, status]).toEqual([host, line, 404]);
      }
    }
  });

  test("leads to what is public", async () => {
    const { status } = await ask(port, NAME, `GET /plugins/${PUBLIC}/ui/`, AGENT);
    expect(status).toBe(200);
  });
});

describe("on this machine", () => {
  test("whoever has a key finds what is not public, for its agent", async () => {
    const key = `authorization: Bearer ${gated.key}`;
    const there = async (...headers: string[]) =>
      (await gated.ask(`GET ${UI}`, [gated.here, AGENT, ...headers])).status;
    expect(await there(key)).toBe(200);
    expect(await there()).toBe(404);
    expect(await there("authorization: Bearer osk-v1.x")).toBe(404);
    const other = await (await gated.host.agents()).create({ name: "other" });
    const made = await (await gated.host.accessKeys()).create({ name: "o", agentId: other.id, expiresAt: null });
    expect(await there(`authorization: Bearer ${made.key}`)).toBe(404);
  });

  test("whoever opened the page finds it, until its cookie is gone; then he is told how it is opened", async () => {
    const code = gated.sessions.issue({ pluginId: OPEN, agentId: DEFAULT_AGENT_ID, keyId: "local" });
    const at = async (path: string, ...headers: string[]) =>
      await gated.ask(`GET ${path}`, [gated.at(OPEN), ...BY_HAND, ...headers]);
    const opened = await at(`${UI}?osr_open=${code}`);
    const cookie = `cookie: ${opened.headers.get("set-cookie")!.split(";", 1)[0]}`;
    expect((await at(UI, cookie)).status).toBe(200);
    expect((await at(`/plugins/${OPEN}/open`, cookie)).status).toBe(200);
    expect(refusalOf(await at(`/plugins/${OPEN}/nothing`, cookie))).toBe("404 No matching route");
    const without = await at(`${UI}?osr_agent=${DEFAULT_AGENT_ID}`);
    expect([without.status, without.body.includes(`osaurus open ${OPEN}`)]).toEqual([401, true]);
  });

  test("neither code nor cookie counts under the public name", async () => {
    const code = gated.sessions.issue({ pluginId: OWNERS, agentId: DEFAULT_AGENT_ID, keyId: "local" });
    const open = (host: string) =>
      gated.ask(`GET /plugins/${OWNERS}/ui/?osr_agent=${DEFAULT_AGENT_ID}&osr_open=${code}`, [host, ...BY_HAND]);
    const refused = await open(`host: ${NAME}`);
    expect([refused.status, refused.headers.has("set-cookie")]).toEqual([404, false]);
    const opened = await open(gated.at(OWNERS));
    const cookie = `cookie: ${opened.headers.get("set-cookie")!.split(";", 1)[0]}`;
    const there = await gated.ask(`GET /plugins/${OWNERS}/ui/`, [`host: ${NAME}`, cookie, AGENT, ...BY_HAND]);
    expect(there.status).toBe(404);
  });
});

test("a host that did not look for a proxy would take its callers for local, which is what the attack is", async () => {
  const careful = gated;
  gated = await gatePlugins({ names: new Set([NAME]), hasProxy: false });
  try {
    const port = await proxy([["host", "$host"]]);
    for (const host of ["127.0.0.1", ownName()]) {
      expect((await ask(port, host, `GET ${UI}`, AGENT)).status).toBe(200);
    }
    const told = await proxy(documented);
    expect((await ask(told, "127.0.0.1", `GET ${UI}`, AGENT)).status).toBe(404);
  } finally {
    await gated.stop();
    gated = careful;
  }
});

test("where a host has no name but this machine's, it takes whoever asks from here for local", async () => {
  const plain = await gatePlugins();
  try {
    expect((await plain.ask(`GET ${UI}`, [plain.here, AGENT])).status).toBe(200);
  } finally {
    await plain.stop();
  }
});
