// How often somebody may be wrong when he signs in: SIGN_IN_TRIES_MAX times at once, and as many more in each SIGN_IN_TRIES_MS.
// Codes and keys cannot be guessed however often one tries, and what is right lets in at any time; this tells a program that tries
// on and on to stop.

import { SIGN_IN_TRIES_MAX, SIGN_IN_TRIES_MS } from "../../protocol/limits.ts";

const MS_EACH = SIGN_IN_TRIES_MS / SIGN_IN_TRIES_MAX;

export class SignInTries {
  /** When nothing is held against anybody any more. */
  #clearAtMs = 0;
  readonly #clock: () => number;

  /** @param clock in milliseconds; one that nobody sets. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** 0 when somebody may be wrong, else the seconds until then. */
  get waitS(): number {
    const overMs = this.#clearAtMs - this.#clock() - (SIGN_IN_TRIES_MS - MS_EACH);
    return Math.max(0, Math.ceil(overMs / 1_000));
  }

  noteFailure(): void {
    this.#clearAtMs = Math.max(this.#clearAtMs, this.#clock()) + MS_EACH;
  }
}
