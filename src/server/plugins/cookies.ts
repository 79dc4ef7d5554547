// The host's own cookies on the pages of plugins, as requests bring them.

/** Whoever opened the page of one plugin with a one-time link. */
export const OWNER_COOKIE = "osr_session";
/** The same in a frame of the dashboard: to browsers that is another site, where the first one is neither kept nor sent. */
export const FRAME_COOKIE = "osr_frame";
/** The agent for which a page was opened: no right to anything. */
export const AGENT_COOKIE = "osr_agent";

const VALUES_MAX = 50;

/** The values of a cookie: of one name there may be several, with several paths, and pages can set some that come first. */
export function cookieValues(header: string | undefined, name: string): readonly string[] {
  if (header === undefined || !header.includes(`${name}=`)) return [];
  const mine = header
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  return mine.slice(0, VALUES_MAX).map((pair) => pair.slice(name.length + 1));
}

/**
 * For a page in a frame of the dashboard: browsers keep it for frames below that site alone. It is sent whoever asks, so whoever
 * reads it looks at where a request comes from.
 */
export function frameCookie(pluginId: string, value: string, maxAgeMs: number): string {
  const path = `/plugins/${encodeURIComponent(pluginId)}/`;
  const age = `Max-Age=${maxAgeMs / 1_000}`;
  return `${FRAME_COOKIE}=${value}; Path=${path}; HttpOnly; Secure; SameSite=None; Partitioned; ${age}`;
}

/** Known to this plugin's paths only, not to programs of the page, and not sent from other sites. */
export function pluginCookie(pluginId: string, name: string, value: string, maxAgeMs?: number): string {
  const age = maxAgeMs === undefined ? "" : `; Max-Age=${maxAgeMs / 1_000}`;
  return `${name}=${value}; Path=/plugins/${encodeURIComponent(pluginId)}/; HttpOnly; SameSite=Strict${age}`;
}
