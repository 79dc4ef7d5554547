// For hosts that run on: notices what other processes save as settings of native plugins. They tell by appending a line
// to `<tools>/.settings`: JSON, `[plugin, agent, key, host, milliseconds]`. The value is not in it; the store has it.

import { join } from "node:path";
import * as z from "zod/mini";
import { now } from "../base/now.ts";
import { appendLines } from "../plugins/native/append-lines.ts";
import { SAVED_SETTINGS_BYTES_MAX } from "../protocol/limits.ts";
import type { SecretName } from "../store/sealed-value.ts";
import { NewLines } from "./new-lines.ts";
import { watchFiles } from "./watch-files.ts";

export const SETTINGS_FILE = ".settings";

/** A setting that was saved or removed. */
export interface SavedElsewhere extends SecretName {
  /** Milliseconds since 1970, with their fraction. */
  readonly savedAt: number;
}

/**
 * Follows until `stop` is called. Gives nothing when the folder cannot be watched.
 *
 * @param self a name of this host; what it told itself is no news to it.
 * @param saved must not throw.
 */
export function followSettings(
  tools: string,
  self: string,
  saved: (change: SavedElsewhere) => void,
): { stop(): void } | undefined {
  const lines = new NewLines(join(tools, SETTINGS_FILE), SAVED_SETTINGS_BYTES_MAX);
  return watchFiles(
    tools,
    (name) => lines.names.includes(name),
    () => {
      for (const change of newestOf(lines.take(), self)) saved(change);
    },
  );
}

/** Tells the hosts that follow this folder. Never fails: false when they could not be told. */
export function signalSetting(tools: string, self: string, { pluginId, agentId, key }: SecretName): boolean {
  try {
    const line = `${JSON.stringify([pluginId, agentId, key, self, now()])}\n`;
    appendLines(join(tools, SETTINGS_FILE), [Buffer.from(line)], SAVED_SETTINGS_BYTES_MAX);
    return true;
  } catch {
    return false;
  }
}

const Line = z.tuple([z.string(), z.string(), z.string(), z.string(), z.number()]);

/** Each setting once, in the order in which they were saved last. */
function newestOf(lines: readonly string[], self: string): SavedElsewhere[] {
  const newest = new Map<string, SavedElsewhere>();
  for (const line of lines) {
    const parsed = Line.safeParse(jsonOf(line));
    if (!parsed.success || parsed.data[3] === self) continue;
    const [pluginId, agentId, key, , savedAt] = parsed.data;
    const id = JSON.stringify([pluginId, agentId, key]);
    newest.delete(id);
    newest.set(id, { pluginId, agentId, key, savedAt });
  }
  return [...newest.values()];
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
