// Runs work that follows somebody else's instructions, for a bounded time. The `vm` module is the only place where the
// runtime ends synchronous code; the work itself is ordinary code of this program, not a sandbox.

import { type Context, constants, createContext, Script } from "node:vm";

export class WorkTooSlow extends Error {
  override readonly name = "WorkTooSlow";
}

interface Bench {
  readonly context: Context;
  readonly script: Script;
}

/** Made for the first work: most commands have none. */
let bench: Bench | undefined;

/** Gives what `work` gives, throws what it throws; throws `WorkTooSlow` when it is not done after `ms`. */
export function boundedWork<T>(ms: number, work: () => T): T {
  bench ??= { context: createContext(constants.DONT_CONTEXTIFY), script: new Script("work()") };
  bench.context["work"] = work;
  try {
    return bench.script.runInContext(bench.context, { timeout: Math.ceil(ms) }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException | undefined)?.code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    throw new WorkTooSlow(`not done after ${Math.ceil(ms)} ms`, { cause: error });
  } finally {
    bench.context["work"] = undefined;
  }
}
