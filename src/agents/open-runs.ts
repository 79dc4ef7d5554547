// The runs of one host that go on now: how many there may be, which are part of one another, and who waits for whom.
//
// A tool may ask for a run of its own: then it has the trace of the run that called the tool. Such a run never waits for
// its turn in a session, because the one that it would wait for may be waiting for it.

import { untilAborted } from "../base/until-aborted.ts";
import { HostError } from "../protocol/errors.ts";
import { RUNS_OPEN_MAX, RUNS_PER_TRACE_MAX } from "../protocol/limits.ts";

/** When to try again where nobody knows how long the runs take. */
const BUSY_RETRY_MS = 5_000;

export class OpenRuns {
  readonly #byTrace = new Map<string, number>();
  /** The last run that asked for its turn, by session; resolves, whatever comes of it, when that run is over. */
  readonly #turns = new Map<string, Promise<void>>();
  readonly #running = new Set<Promise<unknown>>();

  /** Runs `work`, unless there are too many runs: then throws `host_busy`, or `inference_refused` for too many of a trace. */
  async run<T>(traceId: string, work: (isInner: boolean) => Promise<T>): Promise<T> {
    const ofTrace = this.#byTrace.get(traceId) ?? 0;
    if (this.#running.size >= RUNS_OPEN_MAX) {
      throw new HostError("host_busy", `${RUNS_OPEN_MAX} runs are open, and there may not be more`, {
        hint: "try again when some of them are over",
        details: { retry_after_ms: BUSY_RETRY_MS },
      });
    }
    if (ofTrace >= RUNS_PER_TRACE_MAX) {
      const message = `a run's tools asked for runs whose tools ask for runs, ${RUNS_PER_TRACE_MAX} of them by now`;
      throw new HostError("inference_refused", message, {
        hint: "take a tool away from the agent that leads to itself",
      });
    }
    this.#byTrace.set(traceId, ofTrace + 1);
    // A promise of its own, so that each run counts as one.
    const running = (async () => await work(ofTrace > 0))();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
      const left = this.#byTrace.get(traceId)! - 1;
      if (left === 0) this.#byTrace.delete(traceId);
      else this.#byTrace.set(traceId, left);
    }
  }

  /** Runs `work` once the runs of that session are over that asked before. Throws `interrupted`. */
  async inTurn<T>(sessionId: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(sessionId);
    const { promise: over, resolve } = Promise.withResolvers<void>();
    // Whoever gives up waiting is still behind those before it.
    const mine = Promise.all([before, over]).then(() => {});
    this.#turns.set(sessionId, mine);
    try {
      if (before !== undefined) await untilAborted(before, signal);
      return await work();
    } finally {
      resolve();
      if (this.#turns.get(sessionId) === mine) this.#turns.delete(sessionId);
    }
  }

  /** Resolves when no run is open. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled([...this.#running]);
  }
}
