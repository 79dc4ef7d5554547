// Which commands of process plugins are denied to the default agent, in a small file beside the control database: whoever
// types a command looks at it, and need not load the database's driver for that. What counts are the grants. The file is
// made of them again by everybody who changes them, before their transaction is over; where nothing is denied there is none.

import { rmSync } from "node:fs";
import { dirname } from "node:path";
import * as z from "zod/mini";
import { deniedCommandsPath } from "../base/paths.ts";
import { readSmallFile } from "../base/read-small-file.ts";
import { replaceFile } from "../base/replace-file.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { HostError } from "../protocol/errors.ts";
import { DENIED_COMMANDS_BYTES_MAX } from "../protocol/limits.ts";
import { PROCESS_ID_PREFIX } from "../protocol/process-id.ts";
import type { Sqlite } from "./control-db.ts";

/** The plugin's id and the words of the command. */
const DeniedCommands = z.array(z.tuple([z.string(), z.string()]));

/** Whether the file says that a command is denied. Throws `store_broken` when nobody can say. */
export function isDeniedCommand(dataFolder: string, pluginId: string, command: string): boolean {
  const path = deniedCommandsPath({ data: dataFolder });
  const file = readSmallFile(path, DENIED_COMMANDS_BYTES_MAX);
  if (file === undefined) return false;
  if (file.text === undefined) throw broken(path, file.problem);
  const parsed = DeniedCommands.safeParse(jsonOf(path, file.text));
  if (!parsed.success) throw broken(path, "it is not what was written there");
  return parsed.data.some(([ownId, ownCommand]) => ownId === pluginId && ownCommand === command);
}

/** Brings the file up to date with the grants; for whoever changes them, as the last step of the transaction. */
export function keepDeniedCommands(sqlite: Sqlite, databasePath: string): void {
  const path = deniedCommandsPath({ data: dirname(databasePath) });
  const denied = deniedIn(sqlite);
  const text = denied.length === 0 ? undefined : textOf(denied);
  if (text !== undefined && Buffer.byteLength(text) > DENIED_COMMANDS_BYTES_MAX) {
    throw new HostError("store_broken", "so many commands are denied that they cannot be kept", {
      hint: "extensions.plugins.tool_policy denies all commands to models",
    });
  }
  const known = readSmallFile(path, DENIED_COMMANDS_BYTES_MAX);
  if (known?.text === text && (known === undefined) === (text === undefined)) return;
  if (text === undefined) rmSync(path, { force: true });
  else replaceFile(path, text, { flush: true, followLinks: false });
}

interface DeniedRow {
  readonly pluginId: string;
  readonly toolId: string;
}

/** What was decided for the agent itself counts more than what was decided for all. */
function deniedIn(sqlite: Sqlite): DeniedRow[] {
  return sqlite
    .prepare(
      `SELECT plugin_id AS pluginId, tool_id AS toolId FROM grants AS one
       WHERE substr(plugin_id, 1, length($prefix)) = $prefix AND policy = 'deny'
         AND (agent_id = $agent OR agent_id IS NULL AND NOT EXISTS (
           SELECT 1 FROM grants WHERE plugin_id = one.plugin_id AND tool_id = one.tool_id AND agent_id = $agent))
       GROUP BY plugin_id, tool_id ORDER BY plugin_id, tool_id`,
    )
    .all({ prefix: PROCESS_ID_PREFIX, agent: DEFAULT_AGENT_ID }) as DeniedRow[];
}

function textOf(denied: readonly DeniedRow[]): string {
  const rows = denied.map(({ pluginId, toolId }) => [pluginId.slice(PROCESS_ID_PREFIX.length), toolId]);
  return `${JSON.stringify(rows)}\n`;
}

function jsonOf(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw broken(path, "it is no JSON");
  }
}

function broken(path: string, problem: string): HostError {
  return new HostError("store_broken", `the list of denied commands ${path} cannot be used: ${problem}`, {
    hint: 'remove it; the next "osaurus permissions set" writes what was decided',
    details: { path },
  });
}
