// The calls that a runner has not answered yet, and their deadlines. One timer serves them all: calls come and go much
// faster than deadlines pass, so a call must cost no timer of its own.

export interface PendingCall {
  readonly id: number;
  readonly agentId: string | undefined;
  readonly traceId: string | undefined;
  /** For messages: `tool "inspect"`, `handle_route`. */
  readonly what: string;
  readonly deadlineMs: number;
  /** Whether time spent in host calls counts against the deadline. */
  readonly countsHostCalls: boolean;
  readonly resolve: (text: string | null) => void;
  readonly reject: (error: Error) => void;
  /** Aborted when whoever made the call waits for it no longer. The call goes on in the plugin, and so does its clock. */
  readonly signal: AbortSignal | undefined;
  /** On the clock of `performance.now()`; moved on while host calls are open. */
  deadlineAt: number;
  hostCallsOpen: number;
  hostCallsSince: number;
  /** Only for calls that ask for it: most ask their host for nothing that takes long. */
  abandonment: Abandonment | undefined;
}

interface Abandonment {
  readonly controller: AbortController;
  readonly onLeft: () => void;
}

/** The host counts its calls from 2; 1 is the load. */
const FIRST_CALL_ID = 2;
const PLACES_MIN = 128;

export class PendingCalls {
  /**
   * Each call is at its id modulo the length. Not a Map: a Map that is filled and emptied as fast as this one keeps
   * its discarded tables, and all that was ever in them, alive until the next full collection.
   */
  #places: (PendingCall | undefined)[] = emptyPlaces(PLACES_MIN);
  #size = 0;
  #nextId = FIRST_CALL_ID;
  readonly #onExpired: (call: PendingCall) => void;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = 0;

  constructor(onExpired: (call: PendingCall) => void) {
    this.#onExpired = onExpired;
  }

  get size(): number {
    return this.#size;
  }

  get(id: number): PendingCall | undefined {
    const call = this.#places[id % this.#places.length];
    return call?.id === id ? call : undefined;
  }

  /** The id for the next call to be added: larger than all before, and with a place that is free. */
  nextId(): number {
    if (this.#size * 2 >= this.#places.length) this.#grow();
    while (this.#places[this.#nextId % this.#places.length]) this.#nextId++;
    return this.#nextId;
  }

  /** Adds a call under the id that `nextId` gave last. */
  add(call: PendingCall): void {
    this.#places[call.id % this.#places.length] = call;
    this.#size++;
    this.#nextId = call.id + 1;
    this.#watch(call.deadlineAt);
  }

  /** Takes a call out; nothing when it is not, or no longer, pending. */
  take(id: number): PendingCall | undefined {
    const call = this.get(id);
    if (!call) return undefined;
    this.#places[id % this.#places.length] = undefined;
    this.#size--;
    if (call.abandonment) call.signal?.removeEventListener("abort", call.abandonment.onLeft);
    return call;
  }

  /**
   * Aborted when nobody waits for the call any more: its caller left, or its time is over. Not when it is answered, nor
   * when the runner ends.
   */
  abandonmentOf(call: PendingCall): AbortSignal {
    call.abandonment ??= this.#watchCaller(call);
    return call.abandonment.controller.signal;
  }

  #watchCaller({ id, signal }: PendingCall): Abandonment {
    const controller = new AbortController();
    const onLeft = () => controller.abort();
    if (signal?.aborted) onLeft();
    // A caller's signal may live much longer than the call: `take` and `takeAll` leave nothing behind at it.
    else if (this.get(id)) signal?.addEventListener("abort", onLeft, { once: true });
    return { controller, onLeft };
  }

  /** Takes out all calls. The deadline timer stops. */
  takeAll(): PendingCall[] {
    const calls = this.#open();
    for (const { id } of calls) this.take(id);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return calls;
  }

  /** All calls, oldest first. */
  #open(): PendingCall[] {
    return this.#places.filter((call) => call !== undefined).sort((a, b) => a.id - b.id);
  }

  #grow(): void {
    const calls = this.#open();
    this.#places = emptyPlaces(this.#places.length * 2);
    for (const call of calls) this.#places[call.id % this.#places.length] = call;
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
    for (const call of this.#open()) {
      const isPaused = call.hostCallsOpen > 0 && !call.countsHostCalls;
      if (isPaused) next = Math.min(next, now + call.deadlineMs);
      else if (call.deadlineAt > now) next = Math.min(next, call.deadlineAt);
      else {
        this.take(call.id);
        // Also where nobody has asked yet: a host call of it may wait for its turn.
        call.abandonment ??= this.#watchCaller(call);
        call.abandonment.controller.abort();
        this.#onExpired(call);
      }
    }
    if (next < Number.POSITIVE_INFINITY) this.#watch(next);
  }
}

function emptyPlaces(count: number): (PendingCall | undefined)[] {
  return Array.from({ length: count }, () => undefined);
}
