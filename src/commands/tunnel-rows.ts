// How the tunnel is, for people and for programs.

import { parseOrderedJson } from "../base/ordered-json.ts";
import type { TunnelAnswer } from "../protocol/control-answers.ts";
import type { Row } from "../terminal/rows.ts";
import type { CommandInput } from "./command.ts";
import { notify } from "./notify.ts";
import { oneLine } from "./setting-notes.ts";
import type { Settings } from "./settings.ts";
import { rowOf, showRows } from "./show-rows.ts";

/** Programs get one document; people a table of agents, and what is to be said of all of them. */
export async function showTunnel(input: CommandInput, settings: Settings, tunnel: TunnelAnswer): Promise<void> {
  const { io } = input;
  if (settings.json) {
    const document = parseOrderedJson(JSON.stringify(tunnel)) as Row;
    return await showRows(input, settings, [document], { single: true });
  }
  const rows = tunnel.agents.map(({ name, address, status, url, error }) =>
    rowOf({ agent: name, address, status, url, error }),
  );
  await showRows(input, settings, rows, { columns: ["agent", "address", "status", "url", "error"] });
  notify(io, settings, tunnel.connected ? "success" : "info", oneLine(tunnelText(tunnel)));
}

function tunnelText({ state, relay_url: relay, error, retry_in_ms: retryMs }: TunnelAnswer): string {
  const reason = error === null ? "" : `: ${error}`;
  if (state === "connected") return `the tunnel to ${relay} is connected`;
  if (state === "connecting") return `the tunnel to ${relay} is being connected`;
  if (state === "off") return `the tunnel is not connected${reason}`;
  return `the tunnel to ${relay} is down${reason}; the next try is in ${Math.ceil((retryMs ?? 0) / 1_000)} s`;
}
