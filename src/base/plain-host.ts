// One spelling for each host: what a person allowed and what a plugin asks for are compared in it, and it is what is
// dialled. The URL parser has brought numbers, letters and escapes into one form already; dots at the end are left.

/**
 * Takes the dots at the end off the host of an http or https URL; what is left is read again, because
 * `127.0.0.1..` is a name for the parser and `127.0.0.1` an address. Gives false when there is no host.
 */
export function makeHostPlain(url: URL): boolean {
  const { hostname } = url;
  if (hostname.endsWith(".")) url.hostname = hostname.replace(/\.+$/, "");
  return url.hostname !== "" && !url.hostname.endsWith(".");
}

/** The port that is dialled. */
export function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : 80;
}
