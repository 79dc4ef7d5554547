// What a native tool takes, by the schema of its arguments. Its texts are a stranger's.

import type { ManifestTool } from "../../protocol/manifest.ts";
import { CALL_OPTIONS } from "../call-options.ts";
import { NATIVE_OPTIONS, nativeOwner } from "../native-arguments.ts";
import { findFlag, isBoolean, type ToolFlag, type ToolFlags, toolFlags } from "../native-flags.ts";
import { nestedFlags } from "../native-nested.ts";
import type { CommandShape } from "./command-shape.ts";
import { type Known, placesOf } from "./known.ts";
import { menuText, type Offer } from "./offer.ts";
import { pathOffers } from "./path-offers.ts";

const REQUIRED_GROUP = -1;
const NESTED_GROUP = 1;
const OPTION_GROUP = 3;

export function nativeShape(known: Known, tool: ManifestTool): CommandShape {
  const flags = toolFlags(tool.parameters);
  return {
    owner: nativeOwner(flags),
    flags: (used) => [...ownFlags(flags, used), ...callFlags(used)],
    values(name, typed) {
      const found = findFlag(flags, name);
      if (found !== undefined) return found.no ? [] : valueOffers(known, found.flag, typed);
      return Object.hasOwn(CALL_OPTIONS, name.slice(2)) ? [] : undefined;
    },
    words({ words, used, isLiteral }, typed) {
      const missing = flags.all.filter((flag) => flag.isRequired && !isUsed(flags, flag, used));
      const flag = missing[words.length] ?? missing.findLast(({ isList }) => isList);
      const required = isLiteral ? [] : missing.slice(words.length).map(flagOffer);
      return [...required, ...(flag === undefined ? [] : valueOffers(known, flag, typed))];
    },
  };
}

function ownFlags(flags: ToolFlags, used: ReadonlySet<string>): Offer[] {
  const top = flags.all.filter((flag) => flag.isList || !isUsed(flags, flag, used));
  const nested = nestedFlags(flags).filter((flag) => flag.isList || !used.has(flag.name));
  return [...top.map(flagOffer), ...nested.map((flag) => ({ ...flagOffer(flag), group: NESTED_GROUP }))];
}

function flagOffer({ name, about, isRequired }: ToolFlag): Offer {
  const offer = { value: name, about: menuText(about) };
  return isRequired ? { ...offer, display: `${name}*`, group: REQUIRED_GROUP } : offer;
}

/** In any of its spellings. */
function isUsed(flags: ToolFlags, flag: ToolFlag, used: ReadonlySet<string>): boolean {
  return [...used].some((name) => flags.spellings.get(name)?.flag === flag);
}

function callFlags(used: ReadonlySet<string>): Offer[] {
  return Object.entries(NATIVE_OPTIONS)
    .filter(([name]) => !used.has(`--${name}`))
    .map(([name, { about }]) => ({ value: `--${name}`, about, group: OPTION_GROUP }));
}

function valueOffers(known: Known, flag: ToolFlag, typed: string): Offer[] {
  if (flag.isSecret) return [];
  const choices = [...(flag.choices?.keys() ?? [])].map((value, index) => ({ value, sort: String(index) }));
  if (choices.length > 0) return choices;
  if (isBoolean(flag)) return [{ value: "true" }, { value: "false" }];
  // The value is read from a file.
  if (typed.startsWith("@") && !typed.startsWith("@@")) {
    return pathOffers(typed.slice(1), placesOf(known)).map((offer) => ({ ...offer, value: `@${offer.value}` }));
  }
  return flag.isPath ? pathOffers(typed, placesOf(known)) : [];
}
