// Decides what a request of a plugin may reach ("Osaurus: Host API", HTTP). What lies in private networks is refused unless
// somebody allowed it; of a name, every address that it has now is looked at, and only these may be dialled afterwards, so
// that a name cannot be one thing while it is checked and another while it is used.

import { makeHostPlain, portOf } from "../base/plain-host.ts";
import { addressBytes, blockedKind, LOOPBACK } from "./address-kinds.ts";
import { blocked, HttpFailure } from "./http-failure.ts";

export interface GuardDeps {
  /** Whether somebody allowed the plugin to reach this host and port, spelled as URLs have it. */
  mayReach(host: string, port: number): boolean | Promise<boolean>;
  /** All addresses that a name has now. */
  resolve(host: string): Promise<readonly string[]>;
}

/** Names that mean this computer wherever they are asked about. */
const LOCAL_NAMES: ReadonlySet<string> = new Set(["localhost", "ip6-localhost", "ip6-loopback"]);

/**
 * Reads the text of a URL, and brings its host into the form that is compared and dialled. Throws `invalid_request` and
 * `ssrf_blocked`.
 */
export function guardedUrl(text: string, base?: URL): URL {
  if (base === undefined && hasNoHost(text)) throw blocked("addresses without a host");
  const url = URL.parse(text, base?.href);
  if (url === null) throw new HttpFailure("invalid_request", "url is no valid URL");
  if (url.protocol !== "http:" && url.protocol !== "https:") throw blocked(`${url.protocol} addresses`);
  if (!makeHostPlain(url)) throw blocked("addresses without a host");
  return url;
}

/** What can be said of a URL without looking its name up. Throws `ssrf_blocked`. */
export async function checkHost(url: URL, deps: Pick<GuardDeps, "mayReach">): Promise<void> {
  const { hostname } = url;
  const bytes = addressBytes(hostname);
  const kind = bytes === undefined ? (isLocalName(hostname) ? LOOPBACK : undefined) : blockedKind(bytes);
  if (kind !== undefined && !(await deps.mayReach(hostname, portOf(url)))) throw blocked(kind.what);
}

/** The addresses that may be dialled for a URL: all that its host has. Throws `ssrf_blocked`, `dns_failure`. */
export async function checkedAddresses(url: URL, deps: GuardDeps): Promise<readonly string[]> {
  await checkHost(url, deps);
  const { hostname } = url;
  if (addressBytes(hostname) !== undefined) return [hostname.replace(/^\[|\]$/g, "")];
  const addresses = await deps.resolve(hostname);
  if (addresses.length === 0) throw new HttpFailure("dns_failure", "The host's name has no address.");
  for (const address of addresses) await checkAddressOf(url, address, deps);
  return addresses;
}

/** Whether an address is one of those that were checked; compares bytes. */
export function isAmong(address: string | undefined, checked: readonly string[]): boolean {
  const bytes = address === undefined ? undefined : addressBytes(address)?.join();
  return bytes !== undefined && checked.some((one) => addressBytes(one)?.join() === bytes);
}

async function checkAddressOf(url: URL, address: string, deps: GuardDeps): Promise<void> {
  const bytes = addressBytes(address);
  if (bytes === undefined) throw new HttpFailure("dns_failure", "The host's name has an address that is none.");
  const kind = blockedKind(bytes);
  if (kind === undefined) return;
  const port = portOf(url);
  if (!kind.onlyByAddress && (await deps.mayReach(url.hostname, port))) return;
  if (await deps.mayReach(asHost(address), port)) return;
  throw blocked(kind.what);
}

/** The parser would take the first name of the path for the host. A user may be empty, with a password behind it. */
function hasNoHost(text: string): boolean {
  const plain = text.replace(/[\t\n\r]/g, "").replace(/^[\0- ]+/, "");
  return /^https?:/i.test(plain) && !/^https?:\/\/([^/\\?#:]|:[^/\\?#]*@)/i.test(plain);
}

function isLocalName(host: string): boolean {
  return LOCAL_NAMES.has(host) || host.endsWith(".localhost");
}

/** The address as the host of a URL. */
function asHost(address: string): string {
  const bare = address.replace(/%.*$/, "");
  return URL.parse(`http://${bare.includes(":") ? `[${bare}]` : bare}/`)?.hostname ?? bare;
}
