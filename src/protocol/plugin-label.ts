// The name below `localhost` that only one plugin has: its pages have an origin of their own there. What listens on another
// port of this computer shares names and cookies with this host, so nobody can tell a name who does not know the secret.

import { createHmac } from "node:crypto";

/** With the mark and its dash it stays below the 63 characters of a label. */
const SLUG_CHARS_MAX = 40;
const MARK_CHARS = 16;

/** Readable where the id is, and never the same for two ids. @param secret of this installation. */
export function pluginLabel(pluginId: string, secret: Uint8Array): string {
  const slug = pluginId
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, SLUG_CHARS_MAX)
    .replace(/^-|-$/g, "");
  const mark = createHmac("sha256", secret).update(pluginId).digest("hex").slice(0, MARK_CHARS);
  return slug === "" ? `plugin-${mark}` : `${slug}-${mark}`;
}
