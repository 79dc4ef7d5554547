// The calls that a runner has not answered yet, and their deadlines. One timer serves them all: calls come and go much
// faster than deadlines pass, so a call must cost no timer of its own.

export interface PendingCall {
  readonly id: number;
  readonly agentId: string | undefined;
  /** For messages: `tool "inspect"`, `handle_route`. */
  readonly what: string;
  readonly deadlineMs: number;
  /** Whether time spent in host calls counts against the deadline. */
  readonly countsHostCalls: boolean;
  readonly resolve: (text: string | null) => void;
  readonly reject: (error: Error) => void;
  /** On the clock of `performance.now()`; moved on while host calls are open. */
  deadlineAt: number;
  hostCallsOpen: number;
  hostCallsSince: number;
}

export class PendingCalls {
  readonly #calls = new Map<number, PendingCall>();
  readonly #onExpired: (call: PendingCall) => void;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = 0;

  constructor(onExpired: (call: PendingCall) => void) {
    this.#onExpired = onExpired;
  }

  get size(): number {
    return this.#calls.size;
  }

  get(id: number): PendingCall | undefined {
    return this.#calls.get(id);
  }

  add(call: PendingCall): void {
    this.#calls.set(call.id, call);
    this.#watch(call.deadlineAt);
  }

  /** Takes a call out; nothing when it is not, or no longer, pending. */
  take(id: number): PendingCall | undefined {
    const call = this.#calls.get(id);
    if (call) this.#calls.delete(id);
    return call;
  }

  /** Takes out all calls. The deadline timer stops. */
  takeAll(): PendingCall[] {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return calls;
  }

  /** A call waits for its host: its own clock stands still. */
  enterHost(call: PendingCall): void {
    if (call.hostCallsOpen++ === 0) call.hostCallsSince = performance.now();
  }

  leaveHost(call: PendingCall): void {
    if (--call.hostCallsOpen > 0 || call.countsHostCalls) return;
    call.deadlineAt += performance.now() - call.hostCallsSince;
    this.#watch(call.deadlineAt);
  }

  /** Sees to it that the timer fires no later than this. A timer that fires early finds nothing and is set again. */
  #watch(deadlineAt: number): void {
    if (this.#timer && this.#timerAt <= deadlineAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = deadlineAt;
    this.#timer = setTimeout(() => this.#expire(), Math.max(1, Math.ceil(deadlineAt - performance.now())));
    this.#timer.unref();
  }

  #expire(): void {
    this.#timer = undefined;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const call of [...this.#calls.values()]) {
      const isPaused = call.hostCallsOpen > 0 && !call.countsHostCalls;
      if (isPaused) next = Math.min(next, now + call.deadlineMs);
      else if (call.deadlineAt > now) next = Math.min(next, call.deadlineAt);
      else {
        this.#calls.delete(call.id);
        this.#onExpired(call);
      }
    }
    if (next < Number.POSITIVE_INFINITY) this.#watch(next);
  }
}
