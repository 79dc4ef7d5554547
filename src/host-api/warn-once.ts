// Warnings about how plugins use their host: each is given once for a plugin, however often it happens and however often
// the plugin is loaded.

import { WARNED_PLUGINS_MAX, WARNING_CHARS_MAX, WARNING_KEYS_MAX } from "../protocol/limits.ts";

/** Gives a warning unless one with the same key was given before. */
export type WarnOnce = (key: string, text: string) => void;

/** Whom a warning is about. */
interface Warned {
  /** Which plugin it is, from its first call on and after it was loaded again. */
  placeId(): string;
}

/** The warnings about all plugins of one host. */
export interface Warnings {
  /** Gives the text to be shown, or nothing when there is nothing new in it. */
  once(plugin: Warned, key: string, text: string): string | undefined;
}

export function createWarnings(): Warnings {
  const given = new Map<string, Set<string>>();

  /** The plugin that was looked at longest ago makes room: at worst its warnings are given once more. */
  const keysOf = (placeId: string): Set<string> => {
    const keys = given.get(placeId) ?? new Set();
    given.delete(placeId);
    given.set(placeId, keys);
    if (given.size > WARNED_PLUGINS_MAX) given.delete(given.keys().next().value!);
    return keys;
  };
  return {
    once(plugin, key, text) {
      const keys = keysOf(plugin.placeId());
      if (keys.has(key) || keys.size > WARNING_KEYS_MAX) return undefined;
      keys.add(key);
      // One key more than there may be: that is remembered as well, and said once.
      const said =
        keys.size > WARNING_KEYS_MAX ? "There are too many warnings about this plugin; no more are shown" : text;
      return cut(`[PluginHostAPI] ${said}`);
    },
  };
}

/** The warnings about one plugin. */
export function createWarnOnce(warnings: Warnings, plugin: Warned, warn: (text: string) => void): WarnOnce {
  return (key, text) => {
    const shown = warnings.once(plugin, key, text);
    if (shown !== undefined) warn(shown);
  };
}

function cut(text: string): string {
  return text.length > WARNING_CHARS_MAX ? `${text.slice(0, WARNING_CHARS_MAX - 1)}…` : text;
}
