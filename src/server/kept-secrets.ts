// Secrets that the host gives away and knows again, each with what it stands for: codes of links, cookies of sessions. All of
// it is in memory; a host that starts anew knows none.
//
// They are 256 random bits and are kept as their hashes: how long a look-up takes tells nothing of them.

import { createHash, randomBytes } from "node:crypto";

interface Bounds {
  /** Of too many the oldest is forgotten. */
  readonly max: number;
  readonly msMax: number;
}

interface Kept<Value> {
  readonly value: Value;
  /** On the clock that was given. */
  readonly untilMs: number;
}

const SECRET_BYTES = 32;

export class KeptSecrets<Value> {
  readonly #kept = new Map<string, Kept<Value>>();
  readonly #bounds: Bounds;
  readonly #clock: () => number;

  /** @param clock in milliseconds; one that nobody sets, so that nothing lives longer for it. */
  constructor(bounds: Bounds, clock: () => number = () => performance.now()) {
    this.#bounds = bounds;
    this.#clock = clock;
  }

  /** Gives the secret, once. */
  keep(value: Value): string {
    const secret = randomBytes(SECRET_BYTES).toString("base64url");
    // All live equally long, so the first is the oldest.
    if (this.#kept.size >= this.#bounds.max) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(hashOf(secret), { value, untilMs: this.#clock() + this.#bounds.msMax });
    return secret;
  }

  find(secret: string): Value | undefined {
    const name = hashOf(secret);
    const found = this.#kept.get(name);
    if (found === undefined) return undefined;
    if (this.#clock() < found.untilMs) return found.value;
    this.#kept.delete(name);
    return undefined;
  }

  /** Nobody finds it any more. */
  take(secret: string): Value | undefined {
    const value = this.find(secret);
    this.#kept.delete(hashOf(secret));
    return value;
  }
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
