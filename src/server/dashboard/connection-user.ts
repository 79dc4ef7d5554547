// Whose program holds the other end of a connection that was made on this machine: Linux says so in /proc. By that, a cookie that
// another user's program got hold of is worth nothing to it: browsers send cookies to all ports of `localhost`, whoever listens there.

import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { isLoopback, plainAddress } from "../host-name.ts";

type Ends = Pick<Socket, "remoteAddress" | "remotePort" | "localAddress" | "localPort">;

const known = new WeakMap<object, { readonly user: number | undefined }>();

/** The number of that user; undefined for connections from elsewhere, and on systems that do not tell. Asks once for each. */
export function connectionUser(socket: Ends): number | undefined {
  let found = known.get(socket);
  if (found === undefined) {
    found = { user: lookUp(socket) };
    known.set(socket, found);
  }
  return found.user;
}

function lookUp({ remoteAddress, remotePort, localAddress, localPort }: Ends): number | undefined {
  const [theirs, ours] = [plainAddress(remoteAddress), plainAddress(localAddress)];
  if (theirs === undefined || ours === undefined || !isLoopback(theirs) || !isLoopback(ours)) return undefined;
  // As the other end has it. A program may speak the fourth version over a socket of the sixth.
  const ends = (hex: (address: string) => string) =>
    `${hex(theirs)}:${port(remotePort)} ${hex(ours)}:${port(localPort)} `;
  if (theirs === "::1" || ours === "::1") return userIn("tcp6", ends(hexOfSixth));
  return (
    userIn("tcp", ends(hexOfFourth)) ??
    userIn(
      "tcp6",
      ends((address) => `${MAPPED}${hexOfFourth(address)}`),
    )
  );
}

/** How a line goes on behind both ends: state, queues, timers, retransmits, and then the user. */
const REST = /^\S+ \S+ \S+ \S+ +(\d+) /;

function userIn(table: "tcp" | "tcp6", ends: string): number | undefined {
  const text = tableOf(table);
  const at = text.indexOf(` ${ends}`);
  const user = at === -1 ? undefined : REST.exec(text.slice(at + 1 + ends.length))?.[1];
  return user === undefined ? undefined : Number(user);
}

function tableOf(table: string): string {
  try {
    return readFileSync(`/proc/net/${table}`, "latin1");
  } catch {
    return "";
  }
}

/** The first words of an address of the fourth version, written as one of the sixth. */
const MAPPED = "0000000000000000FFFF0000";
const SIXTH = "00000000000000000000000001000000";

function hexOfFourth(address: string): string {
  const bytes = Buffer.from(address.split(".").map(Number)).reverse();
  return bytes.toString("hex").toUpperCase();
}

function hexOfSixth(): string {
  return SIXTH;
}

function port(number = 0): string {
  return number.toString(16).toUpperCase().padStart(4, "0");
}
