// Tests texts against a pattern that somebody else wrote. A regular expression can be made to run for years; the `vm`
// module is the only place where the runtime ends one. What a pattern is for, and what a slow one means for the
// caller, is decided by those who ask.

import { type Context, constants, createContext, Script } from "node:vm";
import { PATTERN_MS_MAX } from "../protocol/limits.ts";

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

interface Bench {
  readonly context: Context;
  readonly script: Script;
}

/** Made for the first test: most commands never have one. */
let bench: Bench | undefined;

function testBounded(regExp: RegExp, text: string): boolean {
  bench ??= {
    // Plain globals: without the interceptors of an ordinary context each test is several times faster.
    context: createContext(constants.DONT_CONTEXTIFY),
    script: new Script("regExp.test(text)"),
  };
  regExp.lastIndex = 0; // The flags "g" and "y" would go on where the last test ended.
  bench.context.regExp = regExp;
  bench.context.text = text;
  try {
    return bench.script.runInContext(bench.context, { timeout: PATTERN_MS_MAX }) as boolean;
  } catch (error) {
    // Besides running out of time it can run out of stack, and some patterns turn out too large only when they run.
    throw new PatternTooSlow("the pattern did not come to an end", { cause: error });
  } finally {
    bench.context.regExp = undefined;
    bench.context.text = undefined;
  }
}
