// A fixture that is installed with its web UI and served by a host of this process, for the length of a test file.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { installFixture } from "./installed-plugin.ts";
import { type ServedHost, type ServedHostOptions, serveHost } from "./served-host.ts";

export interface ServePluginOptions extends ServedHostOptions {
  /** Without it, the one with routes of every kind. */
  readonly fixture?: "serves-routes" | "serves-owner-page";
  /** The files of the web UI, by their paths in its folder. */
  readonly web?: Readonly<Record<string, string | Uint8Array>>;
}

export interface ServedPlugin extends ServedHost {
  readonly pluginId: string;
  readonly agentId: string;
  readonly webFolder: string;
}

/** Serves on a free port. The caller stops it. */
export async function servePlugin(options: ServePluginOptions = {}): Promise<ServedPlugin> {
  const { fixture = "serves-routes", web = {}, ...hosts } = options;
  const served = await serveHost(hosts);
  const pluginId = `org.example.${fixture}`;
  const webFolder = join(installFixture(served.home.env.OSAURUS_HOME!, fixture, { id: pluginId }), "web");
  mkdirSync(webFolder);
  for (const [name, content] of Object.entries(web)) {
    const path = join(webFolder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return { ...served, pluginId, agentId: DEFAULT_AGENT_ID, webFolder };
}
