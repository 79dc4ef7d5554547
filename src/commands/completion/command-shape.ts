// What a command takes, of whatever kind it is, and what could stand at the next place behind it. Built-in commands,
// process plugins' and native tools each make a shape; how a line is walked along is the same for all of them.

import { type FlagToken, flagToken, takeFlag } from "../flags.ts";
import type { FlagOwner } from "../split-line.ts";
import { hostFlagOffers, hostFlagValues } from "./host-flags.ts";
import type { Known } from "./known.ts";
import type { Offer, Place } from "./offer.ts";

export interface CommandShape {
  /** Tells the command's flags from the host's, and hears of the words. */
  readonly owner: FlagOwner;
  /** The flags that may be added to these. */
  flags(used: ReadonlySet<string>): readonly Offer[];
  /** What one of the command's own flags takes; undefined when it is none of them. */
  values(flag: string, typed: string): Promise<readonly Offer[]> | readonly Offer[] | undefined;
  /** What may stand as the next word. */
  words(before: Walked, typed: string): Promise<readonly Offer[]> | readonly Offer[];
}

/** What stands before the cursor, read by a command's rules. */
export interface Walked {
  /** What is neither a flag nor the value of one. */
  readonly words: readonly string[];
  /** The names of all flags. */
  readonly used: ReadonlySet<string>;
  /** The flag whose value is the next word. */
  readonly pending: string | undefined;
  /** From here on nothing is a flag. */
  readonly isLiteral: boolean;
}

/** What could stand behind the tokens; the host's flags among them are taken into account from then on. */
export async function placeInCommand(
  known: Known,
  shape: CommandShape,
  tokens: readonly string[],
  current: string,
): Promise<Place> {
  const walked = walk(known, shape.owner, tokens);
  const valuesOf = async (flag: string, typed: string) =>
    (await shape.values(flag, typed)) ?? (await hostFlagValues(known, flag, typed));
  if (walked.pending !== undefined) {
    return { kept: "", typed: current, offers: await valuesOf(walked.pending, current) };
  }
  if (!walked.isLiteral && current.startsWith("-")) {
    const equals = current.indexOf("=");
    if (equals === -1) {
      const own = shape.flags(walked.used);
      const hosts = hostFlagOffers(known, shape.owner.isBuiltIn ? "leading" : "anywhere", walked.used);
      return { kept: "", typed: current, offers: [...own, ...behind(known, own, current, hosts)] };
    }
    const [flag, typed] = [current.slice(0, equals), current.slice(equals + 1)];
    return { kept: `${flag}=`, typed, offers: await valuesOf(flag, typed) };
  }
  const offers = await shape.words(walked, current);
  return { kept: "", typed: current, offers: walked.isLiteral ? offers : offers.filter(isNoFlag(walked)) };
}

/** Of the host's flags those that always are of use; all of them once none of the command's fits, and for who says `-v`. */
function behind({ flags }: Known, own: readonly Offer[], typed: string, hosts: readonly Offer[]): readonly Offer[] {
  const fits = own.some(({ value }) => value.toLowerCase().startsWith(typed.toLowerCase()));
  return fits && flags.verbosity <= 0 ? hosts.filter(({ value }) => ALWAYS_OFFERED.has(value)) : hosts;
}

const ALWAYS_OFFERED: ReadonlySet<string> = new Set(["--json", "--help"]);

/** A word that looks like a flag would be taken for one: whoever offers it as a plain word does not get it there. */
function isNoFlag({ isLiteral }: Walked) {
  return ({ value, group = 0 }: Offer) => isLiteral || group < 0 || !value.startsWith("-");
}

/** Reads what stands in front as `splitLine` does, but of a line that is not whole. */
function walk(known: Known, owner: FlagOwner, tokens: readonly string[]): Walked {
  const words: string[] = [];
  const used = new Set<string>();
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token === "--") {
      return { words: [...words, ...tokens.slice(at + 1)], used, pending: undefined, isLiteral: true };
    }
    const owned = owner.owns(token);
    const host = owned === "nobody" ? flagToken(token) : undefined;
    const isHosts = host !== undefined && (host.spec.where === "anywhere" || owner.isBuiltIn);
    if (owned !== "nobody" || isHosts || token.startsWith("--")) used.add(token.split("=", 1)[0]!);
    else {
      words.push(token);
      owner.word(token);
    }
    const takesNext = owned === "command, value follows" || (isHosts && host.takesNext);
    if (isHosts) takeQuietly(known, host, tokens[at + 1]);
    if (!takesNext) continue;
    if (at + 1 === tokens.length) return { words, used, pending: token, isLiteral: false };
    if (tokens[at + 1] !== "--") at++;
  }
  return { words, used, pending: undefined, isLiteral: false };
}

/** A flag that is wrong is told about when the line is run. */
export function takeQuietly(known: Known, flag: FlagToken, next: string | undefined): void {
  try {
    takeFlag(known.flags, flag, next);
  } catch {
    // Completion goes on as if it was not there.
  }
}
