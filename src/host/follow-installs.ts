// For hosts that run on: notices what other processes do to the installed plugins. They tell by writing a file:
//
//   <tools>/.changed   something was installed, removed, rolled back, consented to
//   <tools>/.reload    a line for each wish that plugins are loaded afresh: `plugin TAB host TAB milliseconds`, without
//                      a plugin all are meant

import { join } from "node:path";
import { appendLines } from "../plugins/native/append-lines.ts";
import { isPlainName } from "../plugins/native/tools-folder.ts";
import { NewLines } from "./new-lines.ts";
import { watchFiles } from "./watch-files.ts";

export const CHANGED_FILE = ".changed";
export const RELOAD_FILE = ".reload";
/** Of one of them. */
const RELOAD_BYTES_MAX = 64 * 1024;

export interface FollowedInstalls {
  catchUp(): Promise<unknown>;
  reload(pluginId: string | undefined): Promise<unknown>;
}

/**
 * Follows until `stop` is called. Gives nothing when the folder cannot be watched.
 *
 * @param self a name of this host; what it signalled itself is no news to it.
 */
export function followInstalls(
  tools: string,
  self: string,
  { catchUp, reload }: FollowedInstalls,
): { stop(): void } | undefined {
  const wishes = new NewLines(join(tools, RELOAD_FILE), RELOAD_BYTES_MAX);
  const isOfWishes = (name: string) => wishes.names.includes(name);
  let work = Promise.resolve();
  return watchFiles(
    tools,
    (name) => name === CHANGED_FILE || isOfWishes(name),
    (names) => {
      work = work.then(async () => {
        // Failures are in the plugins' states, where whoever asks sees them.
        const wanted = names.some(isOfWishes) ? wishedFor(wishes, self) : [];
        if (wanted.includes("")) return void (await reload(undefined).catch(() => undefined));
        for (const pluginId of wanted) await reload(pluginId).catch(() => undefined);
        if (names.includes(CHANGED_FILE)) await catchUp().catch(() => undefined);
      });
    },
  );
}

/**
 * Asks the hosts that follow this folder to load a plugin afresh, or all. Never fails: false when they could not be told.
 *
 * @param self the host that asks; it does not follow its own wish.
 */
export function signalReload(tools: string, self: string, pluginId: string | undefined): boolean {
  // Nothing is installed under such a name.
  if (pluginId !== undefined && (!isPlainName(pluginId) || /[\t\r\n]/.test(pluginId))) return true;
  try {
    const line = `${pluginId ?? ""}\t${self}\t${Date.now()}\n`;
    appendLines(join(tools, RELOAD_FILE), [Buffer.from(line)], RELOAD_BYTES_MAX);
    return true;
  } catch {
    return false;
  }
}

/** The plugins that others wished for since the last time, each once; an empty text stands for all. */
function wishedFor(wishes: NewLines, self: string): string[] {
  const ids = new Set<string>();
  for (const line of wishes.take()) {
    const [pluginId, from, time] = line.split("\t");
    if (pluginId !== undefined && time !== undefined && from !== self) ids.add(pluginId);
  }
  return [...ids];
}
