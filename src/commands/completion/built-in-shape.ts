// What a built-in command takes: its options as the command itself has them, and its words as built-in-values.ts says.

import type { CommandOption } from "../command.ts";
import type { FlagOwner } from "../split-line.ts";
import type { CommandEntry } from "../tree.ts";
import { valuesFor, wordsOf } from "./built-in-values.ts";
import type { CommandShape } from "./command-shape.ts";
import type { Known } from "./known.ts";
import { choiceOffers, profileOffers } from "./known-values.ts";
import type { Offer } from "./offer.ts";
import { optionsOf } from "./options-of.ts";

type Options = Readonly<Record<string, CommandOption>>;

/** @param hasFlags whether there is a flag on the line, or the start of one: otherwise nobody needs to know the options. */
export async function builtInShape(known: Known, entry: CommandEntry, hasFlags: boolean): Promise<CommandShape> {
  const options = hasFlags ? await optionsOf(entry) : {};
  return {
    owner: optionsOwner(options),
    flags: (used) =>
      Object.entries(options)
        .filter(([name, { multiple, short }]) => multiple || !(used.has(`--${name}`) || used.has(`-${short}`)))
        .map(([name, { about }]) => ({ value: `--${name}`, about })),
    values(name, typed) {
      const option = optionOf(name, options);
      if (option?.value === undefined) return option && [];
      return name === "--profile" ? profileOffers(known) : optionValues(known, option.value, typed);
    },
    words: async ({ words }, typed) => await wordsOf(known, entry.words, words, typed),
  };
}

async function optionValues(known: Known, value: string, typed: string): Promise<readonly Offer[]> {
  const choices = choiceOffers(value);
  return choices.length > 0 ? choices : await valuesFor(known, value, typed);
}

/** The same as the command's own reading makes of its tokens. */
function optionsOwner(options: Options): FlagOwner {
  return {
    isBuiltIn: true,
    owns(token) {
      const option = token.startsWith("-") ? optionOf(token.split("=", 1)[0]!, options) : undefined;
      if (option === undefined) return "nobody";
      const takesNext = option.type === "string" && option.optionalValue === undefined && !token.includes("=");
      return takesNext ? "command, value follows" : "command";
    },
    word() {},
  };
}

function optionOf(name: string, options: Options): CommandOption | undefined {
  if (name.startsWith("--")) return Object.hasOwn(options, name.slice(2)) ? options[name.slice(2)] : undefined;
  return Object.values(options).find(({ short }) => short !== undefined && name === `-${short}`);
}
