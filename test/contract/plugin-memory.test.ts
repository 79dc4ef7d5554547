// What requests to routes and their answers may take in memory, and what becomes of them when the host ends.

import { existsSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { PLUGIN_REMOTE_BODY_BYTES_MAX, PLUGIN_REMOTE_HELD_BYTES_MAX } from "../../src/protocol/limits.ts";
import { stopServer } from "../../src/server/listen.ts";
import { openRaw, parseAnswer, type RawAnswer, sendRaw, untilClosed } from "../helpers/served-host.ts";
import { type ServedPlugin, servePlugin } from "../helpers/served-plugin.ts";
import { tempDir } from "../helpers/temp-dir.ts";

async function served(): Promise<ServedPlugin> {
  const plugin = await servePlugin();
  onTestFinished(() => plugin.stop());
  // Those elsewhere find only what is loaded already.
  expect(said(await ask(plugin, OWNERS, 1))).toBe("200 served");
  return plugin;
}

const WEBHOOK = "POST /webhooks/github";
const OWNERS = "POST /api/echo";
/** What a proxy says of somebody elsewhere. */
const ELSEWHERE = "x-forwarded-for: 203.0.113.9";

function head(plugin: ServedPlugin, line: string, length: number, ...more: readonly string[]): string {
  const [method, path] = line.split(" ");
  const headers = [
    `host: 127.0.0.1:${plugin.port}`,
    `x-osaurus-agent-id: ${plugin.agentId}`,
    `authorization: Bearer ${plugin.key}`,
    "connection: close",
    `content-length: ${length}`,
    ...more,
  ];
  return [`${method} /plugins/${plugin.pluginId}${path} HTTP/1.1`, ...headers, "", ""].join("\r\n");
}

async function ask(plugin: ServedPlugin, line: string, sent: number | Buffer, ...more: string[]): Promise<RawAnswer> {
  const body = typeof sent === "number" ? Buffer.alloc(sent, "x") : sent;
  return await sendRaw(plugin.port, head(plugin, line, body.length, ...more), body);
}

/** A connection on which this much of a body is sent, and nothing is read. */
async function send(plugin: ServedPlugin, body: Buffer, length = body.length): Promise<Socket> {
  const socket = openRaw(plugin.port).pause();
  onTestFinished(() => void socket.destroy());
  socket.write(head(plugin, WEBHOOK, length, ELSEWHERE));
  await new Promise<void>((done) => socket.write(body, () => done()));
  return socket;
}

/** Takes all of the memory for those elsewhere but so much, with bodies that do not end. */
async function fill(plugin: ServedPlugin, spare: number): Promise<Socket[]> {
  const arrived = connectionsOf(plugin);
  const open: Socket[] = [];
  let left = PLUGIN_REMOTE_HELD_BYTES_MAX - spare;
  while (left > 0) {
    const body = Buffer.alloc(Math.min(left, PLUGIN_REMOTE_BODY_BYTES_MAX - 1), "x");
    open.push(await send(plugin, body, PLUGIN_REMOTE_BODY_BYTES_MAX));
    left -= body.length;
  }
  const sum = (sockets: readonly Socket[], key: "bytesRead" | "bytesWritten") =>
    sockets.reduce((total, socket) => total + socket[key], 0);
  await vi.waitFor(() => expect(sum(arrived, "bytesRead")).toBe(sum(open, "bytesWritten")), { timeout: 10_000 });
  return open;
}

/** The server's side of connections from now on. */
function connectionsOf({ server }: ServedPlugin): readonly Socket[] {
  const connections: Socket[] = [];
  server.app.server.on("connection", (socket) => connections.push(socket));
  return connections;
}

function said({ status, body }: RawAnswer): string {
  return `${status} ${(JSON.parse(body) as { error?: { message: string } }).error?.message ?? "served"}`;
}

const NO_ROOM = "503 too many requests and answers are under way";

describe("somebody elsewhere", () => {
  test("may send bodies of so many bytes, and no more; here they may be longer", async () => {
    const plugin = await served();
    expect(said(await ask(plugin, WEBHOOK, PLUGIN_REMOTE_BODY_BYTES_MAX, ELSEWHERE))).toBe("200 served");
    const tooLong = await sendRaw(plugin.port, head(plugin, WEBHOOK, PLUGIN_REMOTE_BODY_BYTES_MAX + 1, ELSEWHERE));
    expect(said(tooLong)).toBe(`413 the body of a request has ${PLUGIN_REMOTE_BODY_BYTES_MAX} bytes at most`);
    expect(said(await ask(plugin, WEBHOOK, PLUGIN_REMOTE_BODY_BYTES_MAX + 1))).toBe("200 served");
  });

  test("fills no more than a part of the memory with bodies, and none of what the owner needs", async () => {
    const plugin = await served();
    const spare = 100;
    const open = await fill(plugin, spare);
    const refused = await ask(plugin, WEBHOOK, spare + 1, ELSEWHERE);
    expect(said(refused)).toBe(NO_ROOM);
    expect([refused.headers.get("connection"), refused.headers.get("retry-after")]).toEqual(["close", "1"]);
    // Such a body just fits, and what is answered to it does not.
    expect(said(await ask(plugin, WEBHOOK, spare, ELSEWHERE))).toBe("503 Too many answers wait to be read");
    expect(said(await ask(plugin, OWNERS, 1_000_000))).toBe("200 served");
    for (const socket of open) socket.destroy();
    await vi.waitFor(async () => expect(said(await ask(plugin, WEBHOOK, 1_000_000, ELSEWHERE))).toBe("200 served"), {
      timeout: 10_000,
      interval: 200,
    });
  });
});

describe("a request that is open when the host ends", () => {
  const STOPS = "503 Plugin error: the host is stopping";

  test("is answered, though the plugin has not", async () => {
    const plugin = await served();
    const path = join(tempDir(), "never");
    const answer = sendRaw(plugin.port, head(plugin, "POST /api/wait", path.length), path);
    await vi.waitFor(() => expect(existsSync(`${path}.begun`)).toBe(true), { timeout: 10_000 });
    await stopServer(plugin.server, 1);
    expect(said(await answer)).toBe(STOPS);
    writeFileSync(path, "");
  });

  test("is answered while its body is under way", async () => {
    const plugin = await served();
    const arrived = connectionsOf(plugin);
    const socket = openRaw(plugin.port);
    const answer = untilClosed(socket);
    socket.write(`${head(plugin, OWNERS, 10)}x`);
    await vi.waitFor(() => expect(arrived[0]?.bytesRead).toBe(socket.bytesWritten), { timeout: 10_000 });
    await stopServer(plugin.server, 200);
    expect(said(parseAnswer(await answer))).toBe(STOPS);
  });
});
