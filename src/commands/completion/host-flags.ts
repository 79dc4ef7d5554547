// The host's own flags, and what they take.

import { FLAGS } from "../flag-table.ts";
import type { FlagSpec } from "../flags.ts";
import { type Known, placesOf } from "./known.ts";
import { choiceOffers, pluginOffers, profileOffers, themeOffers } from "./known-values.ts";
import type { Offer } from "./offer.ts";
import { pathOffers } from "./path-offers.ts";

/** The host's flags come behind the command's own, and other spellings behind those. */
const HOST_GROUP = 5;
const ALIAS_GROUP = 6;

/** Of each of these, a line has at most one. */
const ONE_OF: readonly (readonly string[])[] = [
  ["--format", "--json", "--table", "--md", "--mreg", "--value", "--guide"],
  ["--mode", "--plain", "--rich"],
  ["--color", "--no-color"],
  ["--unicode", "--ascii"],
  ["--presentation", "--app-style"],
  ["--no-config-file", "--no-config"],
];
const REPEATABLE: ReadonlySet<string> = new Set(["--verbose", "--quiet", "--debug", "--plugin-dir"]);
/** Means something in an interactive shell alone. */
const SESSION_ONLY: ReadonlySet<string> = new Set(["--cache"]);

/**
 * The flags of the host that may be added to these.
 *
 * @param where `leading` for all of them, `anywhere` for those that may stand behind a plugin's command.
 */
export function hostFlagOffers(known: Known, where: FlagSpec["where"], used: ReadonlySet<string>): Offer[] {
  return Object.entries(FLAGS)
    .filter(([, spec]) => where === "leading" || spec.where === "anywhere")
    .filter(([name]) => known.isSession || !SESSION_ONLY.has(name))
    .filter(([name, { short }]) => REPEATABLE.has(name) || !isUsed(used, name, short))
    .map(([value, { about, alias }]) => ({ value, about, group: alias ? ALIAS_GROUP : HOST_GROUP }));
}

function isUsed(used: ReadonlySet<string>, name: string, short: string | undefined): boolean {
  if (short !== undefined && used.has(short)) return true;
  const rivals = ONE_OF.find((names) => names.includes(name)) ?? [name];
  return rivals.some((one) => used.has(one));
}

/** What a flag of the host takes; nothing for one that is not the host's, or takes nothing. */
export async function hostFlagValues(known: Known, flag: string, typed: string): Promise<readonly Offer[]> {
  const name = Object.keys(FLAGS).find((one) => one === flag || FLAGS[one]!.short === flag);
  if (name === undefined) return [];
  if (name === "--plugin-provider") return await pluginOffers(known);
  if (name === "--plugin-dir") return pathOffers(typed, placesOf(known));
  if (name === "--profile") return await profileOffers(known);
  if (name === "--theme") return await themeOffers(known);
  return choiceOffers(FLAGS[name]!.value);
}
