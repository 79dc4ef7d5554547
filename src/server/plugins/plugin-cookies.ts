// The cookies that a plugin's routes set. They stay below the plugin, and none takes the place of one of the host's.

/** A pair of a name and a value whose name is the host's. */
export const OURS = /^\s*osr_/i;

/** Known below the plugin only; undefined for what may not be set at all. */
export function pluginSetCookie(line: string, pluginId: string): string | undefined {
  const [pair = "", ...attributes] = line.split(";");
  const name = pair.slice(0, Math.max(0, pair.indexOf("="))).trim();
  // Browsers send a cookie without a name as its bare value, which may look like one of the host's.
  if (name === "" || OURS.test(name)) return undefined;
  const root = `/plugins/${encodeURIComponent(pluginId)}/`;
  const paths = attributes.map((one) => /^\s*path\s*=\s*(.*?)\s*$/i.exec(one)?.[1]);
  const path = paths.findLast((one) => one !== undefined);
  const others = attributes.filter((one) => !/^\s*(?:path|domain)\s*(?:=|$)/i.test(one));
  return [pair, ...others, ` Path=${path?.startsWith(root) === true ? path : root}`].join(";");
}
