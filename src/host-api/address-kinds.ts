// Which addresses plugins may not reach by themselves: those of this computer and of private networks. Compared are the
// bytes of an address, never its text; an IPv6 address that carries an IPv4 address to a gateway is judged by that one, too.
// docs/http-requests.md has the same table for people.

import { isIPv4 } from "node:net";
import ipaddr from "ipaddr.js";

export interface BlockedKind {
  /** Who cannot be reached, as the refusal says it. */
  readonly what: string;
  /** Credentials of machines lie there: being allowed a name that leads there is not enough. */
  readonly onlyByAddress?: true;
}

type Bytes = readonly number[];
type Range = readonly [base: Bytes, bits: number, kind: BlockedKind];

export const LOOPBACK: BlockedKind = { what: "loopback addresses" };
const UNSPECIFIED: BlockedKind = { what: "unspecified addresses, which lead to loopback," };
const PRIVATE: BlockedKind = { what: "private addresses (RFC1918)" };
const SHARED: BlockedKind = { what: "shared addresses of carriers (RFC6598)" };
const LINK_LOCAL: BlockedKind = { what: "link-local and metadata addresses", onlyByAddress: true };
const UNIQUE_LOCAL: BlockedKind = { what: "unique-local addresses" };
const SITE_LOCAL: BlockedKind = { what: "site-local addresses" };
const LOCAL_NAT64: BlockedKind = { what: "addresses of a local translation (RFC8215)" };
const MULTICAST: BlockedKind = { what: "multicast addresses" };

/** The first that fits counts. */
const IPV4: readonly Range[] = [
  [[0], 8, UNSPECIFIED],
  [[10], 8, PRIVATE],
  // Two clouds keep their metadata in the middle of other ranges.
  [[100, 100, 100, 200], 32, { what: "metadata addresses", onlyByAddress: true }],
  [[100, 64], 10, SHARED],
  [[127], 8, LOOPBACK],
  [[169, 254], 16, LINK_LOCAL],
  [[172, 16], 12, PRIVATE],
  [[192, 168], 16, PRIVATE],
  [[224], 4, MULTICAST],
];

const IPV6: readonly Range[] = [
  [bytes6("::"), 128, UNSPECIFIED],
  [bytes6("::1"), 128, LOOPBACK],
  [bytes6("64:ff9b:1::"), 48, LOCAL_NAT64],
  [bytes6("fd00:ec2::254"), 128, { what: "unique-local metadata addresses", onlyByAddress: true }],
  [bytes6("fc00::"), 7, UNIQUE_LOCAL],
  [bytes6("fe80::"), 10, LINK_LOCAL],
  [bytes6("fec0::"), 10, SITE_LOCAL],
  [bytes6("ff00::"), 8, MULTICAST],
];

/** Where IPv6 addresses of some ranges carry an IPv4 address. */
const CARRIERS: readonly { base: Bytes; bits: number; at: number; isInverted?: true }[] = [
  { base: bytes6("::"), bits: 96, at: 12 }, // IPv4-compatible
  { base: bytes6("::ffff:0:0"), bits: 96, at: 12 }, // IPv4-mapped
  { base: bytes6("::ffff:0:0:0"), bits: 96, at: 12 }, // IPv4-translated
  { base: bytes6("64:ff9b::"), bits: 96, at: 12 }, // NAT64
  { base: bytes6("2002::"), bits: 16, at: 2 }, // 6to4
  { base: bytes6("2001::"), bits: 32, at: 4 }, // Teredo: its server,
  { base: bytes6("2001::"), bits: 32, at: 12, isInverted: true }, // and its client
];

/** ISATAP: these bytes stand in front of an IPv4 address, in any network. */
const ISATAP: readonly Bytes[] = [
  [0, 0, 0x5e, 0xfe],
  [2, 0, 0x5e, 0xfe],
];

/** The bytes of an address as a resolver, a socket or a URL writes it; nothing when it is none. */
export function addressBytes(text: string): Bytes | undefined {
  // The library takes short and octal forms, too: they get here through the URL parser only, which has resolved them.
  if (isIPv4(text)) return text.split(".").map(Number);
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  return ipaddr.IPv6.isValid(bare) ? ipaddr.IPv6.parse(bare).toByteArray() : undefined;
}

/** Why plugins may not reach an address by themselves; nothing when they may. */
export function blockedKind(address: Bytes): BlockedKind | undefined {
  if (address.length === 4) return kindIn(IPV4, address);
  const kind = kindIn(IPV6, address);
  if (kind !== undefined) return kind;
  for (const { base, bits, at, isInverted } of CARRIERS) {
    if (!startsWith(address, base, bits)) continue;
    const carried = address.slice(at, at + 4);
    const inner = kindIn(IPV4, isInverted ? carried.map((byte) => byte ^ 0xff) : carried);
    if (inner !== undefined) return inner;
  }
  const isIsatap = ISATAP.some((mark) => mark.every((byte, at) => address[8 + at] === byte));
  return isIsatap ? kindIn(IPV4, address.slice(12)) : undefined;
}

function kindIn(ranges: readonly Range[], address: Bytes): BlockedKind | undefined {
  return ranges.find(([base, bits]) => startsWith(address, base, bits))?.[2];
}

function startsWith(address: Bytes, base: Bytes, bits: number): boolean {
  for (let at = 0; at * 8 < bits; at++) {
    const rest = Math.min(8, bits - at * 8);
    if ((address[at]! ^ (base[at] ?? 0)) >> (8 - rest) !== 0) return false;
  }
  return true;
}

function bytes6(text: string): Bytes {
  return ipaddr.IPv6.parse(text).toByteArray();
}
