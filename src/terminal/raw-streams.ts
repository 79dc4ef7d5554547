// Standard input and output as streams of bytes, for commands that speak a protocol there.

import { fstatSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";

export interface RawStreams {
  readonly input: Readable;
  readonly output: Writable;
}

export function processStreams(process: NodeJS.Process): RawStreams {
  return { input: process.stdin, output: neverBlocking(process) };
}

/** Node's own writes to a pipe wait until the reader takes them, and with them everything else in the host. */
function neverBlocking(process: NodeJS.Process): Writable {
  const kind = fstatSync(1);
  if (!kind.isFIFO() && !kind.isSocket()) return process.stdout;
  return new Socket({ fd: 1, readable: false, writable: true });
}
