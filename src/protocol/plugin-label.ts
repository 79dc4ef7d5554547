// The name below `localhost` that only one plugin has: its pages have an origin of their own there.

import { createHash } from "node:crypto";

/** With the hash and its dash it stays below the 63 characters of a label. */
const SLUG_CHARS_MAX = 40;
const HASH_CHARS = 10;

/** Readable where the id is, and never the same for two ids. */
export function pluginLabel(pluginId: string): string {
  const slug = pluginId
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, SLUG_CHARS_MAX)
    .replace(/^-|-$/g, "");
  const hash = createHash("sha256").update(pluginId).digest("hex").slice(0, HASH_CHARS);
  return slug === "" ? `plugin-${hash}` : `${slug}-${hash}`;
}

/** The name of a plugin's own host. */
export function pluginHost(pluginId: string): string {
  return `${pluginLabel(pluginId)}.localhost`;
}
