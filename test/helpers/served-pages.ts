// A host that serves several plugins with pages, for tests in a browser: each plugin installed with files of the test's, and
// all requests recorded with what they were answered.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { WebSessions } from "../../src/server/plugins/web-sessions.ts";
import { installFixture } from "./installed-plugin.ts";
import { type ServedHost, type ServedHostOptions, serveHost } from "./served-host.ts";
import type { TempHome } from "./temp-home.ts";

export interface ServedPages {
  readonly served: ServedHost;
  /** All that was asked for and answered, in order of the answers; tests empty it. */
  readonly record: Recorded[];
  /** Installs a fixture below its own id, with these files as its web UI. */
  install(fixture: string, web: Readonly<Record<string, string | Uint8Array>>): PagePlugin;
  stop(): Promise<void>;
}

export interface PagePlugin {
  readonly id: string;
  /** Below the plugin's own name. */
  readonly ownUrl: string;
  /** The same on 127.0.0.1; neither has a slash at the end. */
  readonly sharedUrl: string;
  /** An address for one use that makes a browser its owner's; leads to the page. */
  link(): string;
}

interface Recorded {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly host: string;
  readonly status: number;
}

/** As it stands in an address, behind the question mark. */
export const AGENT_QUERY = `osr_agent=${DEFAULT_AGENT_ID}`;

/** Installs a fixture with these files as its web UI; gives its id. */
export function installPage(
  { env }: TempHome,
  fixture: string,
  web: Readonly<Record<string, string | Uint8Array>>,
): string {
  const folder = join(installFixture(env["OSAURUS_HOME"]!, fixture), "web");
  for (const [name, content] of Object.entries(web)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return `test.${fixture}`;
}

/** The caller stops it. Plugins are installed before the first request. */
export async function servePages(options: ServedHostOptions = {}): Promise<ServedPages> {
  const sessions = new WebSessions();
  const served = await serveHost({ ...options, sessions });
  const record: Recorded[] = [];
  // Before the server gets it, which goes on with an address of its own.
  served.server.app.server.prependListener("request", ({ method = "", url = "", headers: { host = "" } }, response) => {
    response.once("close", () => record.push({ method, url, host, status: response.statusCode }));
  });
  return {
    served,
    record,
    install(fixture, web) {
      const id = installPage(served.home, fixture, web);
      const ownUrl = `http://${served.pluginHost(id)}:${served.port}/plugins/${id}`;
      return {
        id,
        ownUrl,
        sharedUrl: `${served.url}/plugins/${id}`,
        link: () =>
          `${ownUrl}/ui/?osr_open=${sessions.issue({ pluginId: id, agentId: DEFAULT_AGENT_ID, keyId: "local" })}`,
      };
    },
    stop: () => served.stop(),
  };
}
