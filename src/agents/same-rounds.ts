// Notices a model that goes round in circles: the same calls, the same results, again and again.

import { createHash } from "node:crypto";
import { RUN_SAME_ROUNDS_MAX, RUN_SAME_ROUNDS_TOLD } from "../protocol/limits.ts";
import type { MadeCall } from "./call-round.ts";

/** `tell`: the model should be told, this once. `end`: it was, and goes on all the same. */
export type Verdict = "go on" | "tell" | "end";

export const CIRCLE_NOTICE =
  "The same calls have given the same results several times. Do something else, or answer with what you have.";

export class SameRounds {
  #last = "";
  #count = 0;

  add(made: readonly MadeCall[]): Verdict {
    const hash = createHash("sha256");
    for (const { call, digest } of made) hash.update(JSON.stringify([call.name, call.arguments, digest]));
    const round = hash.digest("hex");
    this.#count = round === this.#last ? this.#count + 1 : 1;
    this.#last = round;
    if (this.#count >= RUN_SAME_ROUNDS_MAX) return "end";
    return this.#count === RUN_SAME_ROUNDS_TOLD ? "tell" : "go on";
  }
}
