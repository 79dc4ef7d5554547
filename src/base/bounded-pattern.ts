// Tests texts against a pattern that somebody else wrote. A regular expression can be made to run for years. What
// a pattern is for, and what a slow one means for the caller, is decided by those who ask.

import { PATTERN_MS_MAX } from "../protocol/limits.ts";
import { boundedWork } from "./bounded-work.ts";

/** The pattern did not come to an end: in time, in memory, or for another reason that only running it shows. */
export class PatternTooSlow extends Error {
  override readonly name = "PatternTooSlow";
}

export interface BoundedPattern {
  /** Whether the pattern is found in the text. Throws `PatternTooSlow`. */
  test(text: string): boolean;
}

/** Prepares a pattern, without running it. Throws a `SyntaxError` for one that is none. */
export function boundedPattern(pattern: string, flags = ""): BoundedPattern {
  const regExp = new RegExp(pattern, flags);
  return { test: (text) => testBounded(regExp, text) };
}

function testBounded(regExp: RegExp, text: string): boolean {
  try {
    return boundedWork(PATTERN_MS_MAX, () => {
      regExp.lastIndex = 0; // The flags "g" and "y" would go on where the last test ended.
      return regExp.test(text);
    });
  } catch (error) {
    // Besides running out of time it can run out of stack, and some patterns turn out too large only when they run.
    throw new PatternTooSlow("the pattern did not come to an end", { cause: error });
  }
}
