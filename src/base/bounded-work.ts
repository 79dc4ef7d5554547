// Runs work that follows somebody else's instructions, for a bounded time. The `vm` module is the only place where the
// runtime ends synchronous code; the work itself is ordinary code of this program, not a sandbox.

import { type Context, constants, createContext, Script } from "node:vm";

export class WorkTooSlow extends Error {
  override readonly name = "WorkTooSlow";
}

/** The module counts the time on the wall; on a busy machine most of it may belong to other processes. */
const TRIES_MAX = 3;

interface Bench {
  readonly context: Context;
  readonly script: Script;
}

/** Made for the first work: most commands have none. */
let bench: Bench | undefined;

/**
 * Gives what `work` gives, throws what it throws; throws `WorkTooSlow` when it is not done after `ms`.
 * Work that ran out of time because others had the processor starts anew, with twice the time each time: it
 * must not matter to it that it was begun before.
 */
export function boundedWork<T>(ms: number, work: () => T): T {
  // Plain globals: without the interceptors of an ordinary context each run is several times faster.
  bench ??= { context: createContext(constants.DONT_CONTEXTIFY), script: new Script("work()") };
  for (let tries = 1; ; tries++) {
    const before = process.cpuUsage();
    bench.context["work"] = work;
    try {
      return bench.script.runInContext(bench.context, { timeout: Math.ceil(ms) * 2 ** (tries - 1) }) as T;
    } catch (error) {
      if ((error as NodeJS.ErrnoException | undefined)?.code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
      const { user, system } = process.cpuUsage(before);
      // Of all threads, as the collector of garbage has its own. Half is enough: honest work takes a small part.
      const isOver = (user + system) / 1000 >= ms / 2;
      if (isOver || tries === TRIES_MAX) throw new WorkTooSlow(`not done after ${Math.ceil(ms)} ms`, { cause: error });
    } finally {
      bench.context["work"] = undefined;
    }
  }
}
