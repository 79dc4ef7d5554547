// After a command changed what is installed: the host that runs on takes that over before the command ends, so that
// whatever is asked next meets it. Without such a host there is nothing to do; one that cannot be told notices by itself.

import { neutralise } from "../terminal/neutralise.ts";
import type { CommandInput } from "./command.ts";
import { heardIo } from "./heard-io.ts";
import { lentHost } from "./lent-host.ts";
import { notify } from "./notify.ts";
import { handOver } from "./resident-client.ts";
import type { Settings } from "./settings.ts";

/** What the host says of a plugin; see `pluginDocument`. */
export interface HostRow {
  readonly plugin_id: string;
  readonly version: string;
  readonly state: string;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
}

/**
 * Never fails: the change is made. Warns of a plugin that does not come up.
 *
 * @param changed ids of plugins, with the version that is to serve from now on.
 */
export async function hostCatchesUp(
  input: CommandInput,
  settings: Settings,
  changed: ReadonlyMap<string, string>,
): Promise<void> {
  for (const { plugin_id: id, version, state, error } of await rowsOfHost(input)) {
    const wanted = changed.get(id);
    if (wanted === undefined || error === undefined) continue;
    const goesOn = version === wanted ? "what was loaded before goes on" : `${version} goes on`;
    const text = `${id} ${wanted} does not load${state === "loaded" ? `, ${goesOn}` : ""}: ${error.message} [${error.code}]`;
    notify(input.io, settings, "warning", neutralise(text));
  }
}

/** The same without a word: gives what the host that runs on says of the plugins that changed; nothing without such a host. */
export async function rowsOfHost({ io, program }: Pick<CommandInput, "io" | "program">): Promise<readonly HostRow[]> {
  if (lentHost(io) !== undefined) return [];
  try {
    const asking = heardIo(io);
    await handOver(program, ["tools", "reload", "--changed", "--json"], asking.io);
    const rows: unknown = JSON.parse(asking.text.stdout || "[]");
    return Array.isArray(rows) ? (rows as readonly HostRow[]) : [];
  } catch {
    return []; // It has ended, or the user does not want to wait.
  }
}
