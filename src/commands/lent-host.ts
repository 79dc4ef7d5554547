// A command may run in a process that holds a host already: then its io brings that host with it.

import type { Host } from "../host/create-host.ts";
import type { CommandIo } from "../terminal/io.ts";

/** Stays on copies of the io that commands make. */
const LENT = Symbol("host");

interface Lent {
  readonly host: Host;
  readonly stopping: AbortSignal | undefined;
}

type LentIo = CommandIo & { [LENT]?: Lent };

/**
 * Lets commands with this io use a host that runs on, which they leave as it is.
 *
 * @param stopping aborted when that host is to end: commands that would go on for ever end then.
 */
export function lendHost(io: CommandIo, host: Host, stopping?: AbortSignal): CommandIo {
  return Object.assign(io, { [LENT]: { host, stopping } });
}

/** The host that came with the io. */
export function lentHost(io: CommandIo): Host | undefined {
  return (io as LentIo)[LENT]?.host;
}

/** What says that this host is to end. */
export function lentHostStopping(io: CommandIo): AbortSignal | undefined {
  return (io as LentIo)[LENT]?.stopping;
}
