// How many tasks run at once. A new task takes a place or is refused; one that goes on waits for its place, first come,
// first served.

import { HostError } from "../protocol/errors.ts";

/** Gives the place back; more than once does no harm. */
export type Slot = () => void;

interface Waiting {
  readonly agentId: string;
  give(slot: Slot): void;
}

export class TaskSlots {
  readonly #max: number;
  readonly #perAgentMax: number;
  readonly #byAgent = new Map<string, number>();
  readonly #waiting = new Set<Waiting>();
  #taken = 0;

  constructor(max: number, perAgentMax: number) {
    this.#max = max;
    this.#perAgentMax = perAgentMax;
  }

  /** Undefined when there is none. */
  tryTake(agentId: string): Slot | undefined {
    const ofAgent = this.#byAgent.get(agentId) ?? 0;
    if (this.#taken >= this.#max || ofAgent >= this.#perAgentMax) return undefined;
    this.#taken++;
    this.#byAgent.set(agentId, ofAgent + 1);
    let isTaken = true;
    return () => {
      if (isTaken) this.#giveBack(agentId);
      isTaken = false;
    };
  }

  /** Waits for one. Throws `interrupted`. */
  async take(agentId: string, signal: AbortSignal): Promise<Slot> {
    if (signal.aborted) throw new HostError("interrupted", "interrupted");
    const slot = this.tryTake(agentId);
    if (slot !== undefined) return slot;
    const { promise, resolve, reject } = Promise.withResolvers<Slot>();
    const waiting: Waiting = { agentId, give: resolve };
    const onAbort = () => {
      this.#waiting.delete(waiting);
      reject(new HostError("interrupted", "interrupted"));
    };
    this.#waiting.add(waiting);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  #giveBack(agentId: string): void {
    this.#taken--;
    const left = this.#byAgent.get(agentId)! - 1;
    if (left === 0) this.#byAgent.delete(agentId);
    else this.#byAgent.set(agentId, left);
    // One whose agent has all that it may have does not hold up the others.
    for (const waiting of this.#waiting) {
      const slot = this.tryTake(waiting.agentId);
      if (slot === undefined) continue;
      this.#waiting.delete(waiting);
      waiting.give(slot);
    }
  }
}
