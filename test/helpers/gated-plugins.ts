// Installed plugins of which each says who asked, behind a server that runs in this process; and ways to ask them as
// programs, proxies and browsers do.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { WebSessions } from "../../src/server/plugins/web-sessions.ts";
import { markTunnelled } from "../../src/server/tunnelled.ts";
import { installFixture } from "./installed-plugin.ts";
import {
  type RawAnswer,
  requestText,
  type ServedHost,
  type ServedHostOptions,
  sendRaw,
  serveHost,
} from "./served-host.ts";

export const OPEN = "test.says-who-asks";
export const OWNERS = "test.says-who-asks-its-owner";
export const PUBLIC = "test.says-who-asks-in-public";
export const AGENT = `x-osaurus-agent-id: ${DEFAULT_AGENT_ID}`;

export interface GatedPlugins extends ServedHost {
  readonly sessions: WebSessions;
  /** Milliseconds to add to the clock of the sessions. */
  pass(ms: number): void;
  /** Asks with these headers and no others but those of the connection. */
  ask(line: string, headers: readonly string[], body?: string): Promise<RawAnswer>;
  /** The Host header of 127.0.0.1, and of a plugin's own name. */
  readonly here: string;
  /** Serves a connection inside this process as the tunnel does. */
  accept(connection: Duplex, agentId: string): void;
  at(pluginId: string): string;
}

export async function gatePlugins(options: ServedHostOptions = {}): Promise<GatedPlugins> {
  let addedMs = 0;
  const sessions = new WebSessions(() => performance.now() + addedMs);
  const served = await serveHost({ ...options, sessions });
  for (const id of [OPEN, OWNERS, PUBLIC]) {
    const folder = installFixture(served.home.env.OSAURUS_HOME!, id.slice("test.".length));
    mkdirSync(join(folder, "web"));
    writeFileSync(join(folder, "web", "index.html"), `<!doctype html><title>${id}</title><p>page</p>`);
    writeFileSync(join(folder, "web", "app.js"), "export {};");
  }
  const { port } = served;
  return {
    ...served,
    sessions,
    pass(ms) {
      addedMs += ms;
    },
    ask: async (line, headers, body) => await sendRaw(port, requestText(line, headers, body)),
    here: `host: 127.0.0.1:${port}`,
    accept(connection, agentId) {
      markTunnelled(connection, agentId);
      served.server.app.server.emit("connection", connection);
    },
    at: (pluginId) => `host: ${served.pluginHost(pluginId)}:${port}`,
  };
}

/** What a refusal below /plugins says; undefined when it has another shape. */
export function refusalOf({ status, body }: RawAnswer): string | undefined {
  try {
    const json = JSON.parse(body) as { error: { message: string } };
    return Object.keys(json).join() === "error" && Object.keys(json.error).join() === "message"
      ? `${status} ${json.error.message}`
      : undefined;
  } catch {
    return undefined;
  }
}
