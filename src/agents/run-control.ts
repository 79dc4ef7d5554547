// What may end a run from outside: whoever asked for it, the host, the clock, and a taker of events that failed.

import { untilAborted } from "../base/until-aborted.ts";
import { type ErrorCode, HostError, toHostError } from "../protocol/errors.ts";
import type { RunError, RunEvent } from "../protocol/inference.ts";
import { RUN_MS_MAX } from "../protocol/limits.ts";

export interface RunEnding {
  readonly finish: "cancelled" | "failed";
  readonly error: RunError | undefined;
}

export class RunControl {
  readonly signal: AbortSignal;
  readonly #own = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #onEvent: ((event: RunEvent) => void | Promise<void>) | undefined;
  readonly #msMax: number;
  #isTooLate = false;
  #isSilent = false;

  /** @param msMax how long the run may take. `close` has to be called. */
  constructor(
    signals: readonly AbortSignal[],
    onEvent: ((event: RunEvent) => void | Promise<void>) | undefined,
    msMax: number = RUN_MS_MAX,
  ) {
    this.signal = AbortSignal.any([...signals, this.#own.signal]);
    this.#onEvent = onEvent;
    this.#msMax = msMax;
    this.#timer = setTimeout(() => {
      this.#isTooLate = !this.signal.aborted;
      this.#own.abort();
    }, msMax);
  }

  /** The run is to say and do nothing more, though what it does at this moment may not be cut off yet. */
  get isOver(): boolean {
    return this.#isSilent || this.signal.aborted;
  }

  readonly throwIfOver = (): void => {
    if (this.isOver) throw new HostError("interrupted", "interrupted");
  };

  /** From now on nothing is told any more, and the run ends with `cancelled`. `abort` cuts off what goes on. */
  silence(): void {
    this.#isSilent = true;
  }

  abort(): void {
    this.#own.abort();
  }

  /** Tells an event. Throws `interrupted` when the run is over, also when it is the taker that fails. */
  readonly emit = async (event: RunEvent): Promise<void> => {
    this.throwIfOver();
    try {
      const taken = this.#onEvent?.(event);
      if (taken !== undefined) await untilAborted(taken, this.signal);
    } catch (error) {
      this.#own.abort();
      throw new HostError("interrupted", "interrupted", { cause: error });
    }
    this.throwIfOver();
  };

  /** How the run ended that was ended by this. */
  endingOf(thrown: unknown): RunEnding {
    if (this.#isSilent) return { finish: "cancelled", error: undefined };
    if (this.#isTooLate) {
      const message = `the run took longer than ${timeText(this.#msMax)}`;
      return { finish: "failed", error: { code: "inference_timeout", message } };
    }
    if (this.signal.aborted) return { finish: "cancelled", error: undefined };
    return { finish: "failed", error: runError(toHostError(thrown)) };
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}

function timeText(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000} minutes` : `${ms} ms`;
}

export function runError({ code, message, hint, details }: HostError): RunError {
  const retryAfterMs = details?.["retry_after_ms"];
  const status = details?.["status"];
  return {
    code: code satisfies ErrorCode,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(typeof retryAfterMs === "number" ? { retryAfterMs } : {}),
    ...(typeof status === "number" ? { status } : {}),
  };
}
