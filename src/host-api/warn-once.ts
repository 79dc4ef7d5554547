// Warnings about how a plugin uses its host: each is given once per plugin and process.

/** Gives a warning unless one with the same key was given before. */
export type WarnOnce = (key: string, text: string) => void;

export function createWarnOnce(warn: (text: string) => void): WarnOnce {
  const given = new Set<string>();
  return (key, text) => {
    if (given.has(key)) return;
    given.add(key);
    warn(`[PluginHostAPI] ${text}`);
  };
}
