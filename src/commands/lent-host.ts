// A command may run in a process that holds a host already: then its io brings that host with it.

import type { Host } from "../host/create-host.ts";
import type { CommandIo } from "../terminal/io.ts";

/** Stays on copies of the io that commands make. */
const LENT = Symbol("host");

type LentIo = CommandIo & { [LENT]?: Host };

/** Lets commands with this io use a host that runs on, which they leave as it is. */
export function lendHost(io: CommandIo, host: Host): CommandIo {
  return Object.assign(io, { [LENT]: host });
}

/** The host that came with the io. */
export function lentHost(io: CommandIo): Host | undefined {
  return (io as LentIo)[LENT];
}
