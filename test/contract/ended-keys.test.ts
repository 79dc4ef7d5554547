// What ends with an access key: pages that were opened with it, links that nobody used yet, and answers that are still open.

import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { WEB_SESSION_MS_MAX } from "../../src/protocol/limits.ts";
import { AGENT, type GatedPlugins, gatePlugins, OWNERS } from "../helpers/gated-plugins.ts";
import { openRaw, untilClosed } from "../helpers/served-host.ts";

const UI = `/plugins/${OWNERS}/ui/`;
const BY_HAND = ["sec-fetch-site: none", "sec-fetch-mode: navigate", "sec-fetch-dest: document"];

let gated: GatedPlugins;
beforeAll(async () => {
  gated = await gatePlugins({ times: { keyLookMs: 20 } });
});
afterAll(async () => {
  expect(gated.bugs).toEqual([]);
  await gated.stop();
});

const keys = async () => await gated.host.accessKeys();
const at = async (path: string, ...headers: string[]) =>
  await gated.ask(`GET ${path}`, [gated.at(OWNERS), ...BY_HAND, ...headers]);

/** Makes a link over the control API; gives its path. */
async function link(key: string): Promise<string> {
  const answer = await gated.ask(
    `POST /api/v1/plugins/${OWNERS}/open`,
    [gated.here, `authorization: Bearer ${key}`, "content-type: application/json"],
    "{}",
  );
  return (JSON.parse(answer.body) as { url: string }).url.replace(/^http:\/\/[^/]*/, "");
}

async function cookieOf(path: string): Promise<string> {
  return `cookie: ${(await at(path)).headers.get("set-cookie")!.split(";", 1)[0]}`;
}

async function newKey(expiresAt: string | null = null) {
  return await (await keys()).create({ name: "", agentId: null, expiresAt });
}

test("a page that was opened with a key is closed with it, and others are not", async () => {
  const [mine, other] = [await newKey(), await newKey()];
  const [cookie, otherCookie] = [await cookieOf(await link(mine.key)), await cookieOf(await link(other.key))];
  const statuses = async () => [(await at(UI, cookie)).status, (await at(UI, otherCookie)).status];
  expect(await statuses()).toEqual([200, 200]);
  await (await keys()).revoke(mine.entry.id);
  const [closed, open] = await statuses();
  // Without the cookie nobody says for which agent.
  expect([closed, open]).toEqual([401, 200]);
});

test("a link that nobody used is worth nothing without its key", async () => {
  const { key, entry } = await newKey();
  const path = await link(key);
  await (await keys()).revoke(entry.id);
  const { status, headers } = await at(path);
  expect([status, headers.has("set-cookie")]).toEqual([401, false]);
});

test("a key that expires takes its page with it", async () => {
  const until = Date.now() + 1_500;
  const { key } = await newKey(new Date(until).toISOString());
  const cookie = await cookieOf(await link(key));
  expect((await at(UI, cookie)).status).toBe(200);
  await expect.poll(async () => (await at(UI, cookie)).status, { timeout: 10_000 }).toBe(401);
  expect(Date.now()).toBeGreaterThanOrEqual(until);
});

test("pages that were opened with the key of commands live as long as their sessions", async () => {
  const cookie = await cookieOf(await link((await keys()).openLocal()));
  expect((await at(UI, cookie)).status).toBe(200);
});

describe("an answer that is open", () => {
  let dev: Server;
  const ended: string[] = [];
  beforeAll(async () => {
    dev = createServer((request, response) => {
      if (request.url!.endsWith("/page")) return void response.setHeader("content-type", "text/html").end("<p>page");
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
      response.once("close", () => ended.push(request.url!));
    });
    dev.on("upgrade", (request, socket: Socket) => {
      socket.on("error", () => {});
      socket.once("end", () => socket.end());
      socket.once("close", () => ended.push(request.url!));
      socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nhello");
      socket.resume();
    });
    await new Promise<void>((done) => dev.listen(0, "127.0.0.1", done));
    const { port } = dev.address() as AddressInfo;
    const folder = join(gated.home.env.OSAURUS_HOME!, "Config");
    mkdirSync(folder, { recursive: true });
    const setting = { plugin_id: OWNERS, web_proxy: `http://127.0.0.1:${port}` };
    writeFileSync(join(folder, "dev-proxy.json"), JSON.stringify(setting));
  });
  afterAll(() => {
    dev.close();
    dev.closeAllConnections();
  });

  /** Asks for it, and waits until it begins; gives what waits for its end. */
  async function begin(path: string, host: string, ...headers: readonly string[]): Promise<{ end: Promise<string> }> {
    const target = path.startsWith("/") ? path : `${UI}${path}`;
    const socket = openRaw(gated.port);
    const begun = new Promise<void>((done) => socket.once("data", () => done()));
    const end = untilClosed(socket);
    socket.write(`${[`GET ${target} HTTP/1.1`, host, ...headers, "", ""].join("\r\n")}`);
    await begun;
    return { end };
  }

  const SOCKET = ["connection: Upgrade", "upgrade: websocket", "sec-websocket-key: a", "sec-websocket-version: 13"];

  test.each([
    ["stream", "events", []],
    ["WebSocket", "ws", SOCKET],
  ] as const)("ends with the key that let it in: a %s", async (_, path, headers) => {
    const made = [await newKey(), await newKey()] as const;
    const [mine, other] = await Promise.all(
      made.map(({ key }) => begin(path, gated.here, AGENT, `authorization: Bearer ${key}`, ...headers)),
    );
    let isOtherOver = false;
    void other!.end.then(() => {
      isOtherOver = true;
    });
    await (await keys()).revoke(made[0].entry.id);
    expect(await mine!.end).toMatch(/^HTTP\/1.1 (200|101)/);
    expect(isOtherOver).toBe(false);
    await expect.poll(() => ended, { timeout: 10_000 }).toContain(`/${path}`);
    await (await keys()).revoke(made[1].entry.id);
    await other!.end;
  });

  test.each([
    ["stream", "mine", []],
    ["WebSocket", "mine-ws", SOCKET],
  ] as const)("ends with the session that let it in: a %s", async (kind, path, headers) => {
    const code = gated.sessions.issue({ pluginId: OWNERS, agentId: DEFAULT_AGENT_ID, keyId: "local" });
    const cookie = await cookieOf(`${UI}?osr_open=${code}`);
    // Chromium says no more of itself when it asks for a WebSocket.
    const own =
      kind === "WebSocket" ? `origin: ${gated.at(OWNERS).replace("host: ", "http://")}` : "sec-fetch-site: same-origin";
    const { end } = await begin(path, gated.at(OWNERS), cookie, own, ...headers);
    gated.pass(WEB_SESSION_MS_MAX);
    expect(await end).toMatch(/^HTTP\/1.1 (200|101)/);
  });

  test.each([
    ["stream", "/events-at-the-root", []],
    ["WebSocket", "/ws-at-the-root", SOCKET],
  ] as const)(
    "ends with the key that its page was opened with, at the root of the plugin's name: a %s",
    async (kind, path, headers) => {
      const { key, entry } = await newKey();
      const host = gated.at(OWNERS);
      const page = await gated.ask(`GET ${UI}page`, [host, AGENT, `authorization: Bearer ${key}`]);
      const cookie = `cookie: ${/osr_dev=[^;]+/.exec(page.headers.get("set-cookie")!)![0]}`;
      const own = kind === "WebSocket" ? `origin: ${host.replace("host: ", "http://")}` : "sec-fetch-site: same-origin";
      const { end } = await begin(path, host, cookie, own, ...headers);
      await (await keys()).revoke(entry.id);
      expect(await end).toMatch(/^HTTP\/1.1 (200|101)/);
      expect((await gated.ask(`GET ${path}`, [host, cookie, "sec-fetch-site: same-origin"])).status).toBe(404);
    },
  );
});
