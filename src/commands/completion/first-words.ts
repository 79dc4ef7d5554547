// What a line may begin with, and what follows the word of a group of commands.

import { configText } from "../../config/config.ts";
import { installedIds } from "../../host/offered-tools.ts";
import { BUILT_IN_WORDS } from "../built-in-words.ts";
import { isReplWord, REPL_WORDS, type ReplWord } from "../repl/built-in-words.ts";
import { COMMANDS, type CommandEntry } from "../tree.ts";
import type { CommandShape } from "./command-shape.ts";
import { type Known, placesOf } from "./known.ts";
import { aliasOffers, commandOffers, profileOffers } from "./known-values.ts";
import type { Offer } from "./offer.ts";
import { pathOffers } from "./path-offers.ts";

/** Profiles may stand in front of a command; few lines begin with one. */
const PROFILE_GROUP = 2;

/** All words that a line may begin with. One that means two things means the first of them, as it does to the program. */
export async function firstWords(known: Known): Promise<Offer[]> {
  const [builtIn, aliases, commands, profiles] = await Promise.all([
    builtInOffers(known),
    orNone(aliasOffers(known)),
    orNone(enabledOffers(known)),
    orNone(profileOffers(known)),
  ]);
  const natives = known.flags.defaultsOnly ? [] : nativeNames(installedIds(known.paths));
  const isNamed = known.flags.profile !== undefined;
  return [
    ...(known.isSession ? sessionOffers() : []),
    ...builtIn,
    ...aliases,
    ...commands,
    ...natives.map((value) => ({ value, about: "a native plugin" })),
    ...(isNamed ? [] : profiles.map((offer) => ({ ...offer, group: PROFILE_GROUP }))),
  ];
}

/** Of a configuration that cannot be read, the built-in commands are left, which can mend it. */
async function orNone(offers: Promise<readonly Offer[]>): Promise<readonly Offer[]> {
  return await offers.catch(() => []);
}

async function enabledOffers(known: Known): Promise<Offer[]> {
  return (await commandOffers(known, "enabled")).filter(({ group }) => group === 0);
}

/** The ids, and their last parts where those are nobody else's. */
function nativeNames(ids: readonly string[]): string[] {
  const last = (id: string) => id.slice(id.lastIndexOf(".") + 1);
  const count = (name: string) => ids.filter((id) => last(id) === name).length;
  return ids.flatMap((id) =>
    last(id) !== id && count(last(id)) === 1 && !ids.includes(last(id)) ? [last(id), id] : [id],
  );
}

async function builtInOffers(known: Known): Promise<Offer[]> {
  const shown = await known.config().then(
    (config) => configText(config, "auth.visible.builtins"),
    () => undefined,
  );
  const names = (shown ?? "")
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  const isShown = (word: string) => names.length === 0 || names.includes("*") || names.includes(word);
  return [...BUILT_IN_WORDS]
    .filter((word) => isShown(word) && !isHidden(word))
    .map((value) => ({ value, about: aboutOf(value) }));
}

function isHidden(word: string): boolean {
  return word !== "help" && COMMANDS.every((entry) => entry.words[0] !== word);
}

function aboutOf(word: string): string {
  if (word === "help") return "show help of a command";
  const entries = COMMANDS.filter(({ words }) => words[0] === word);
  const single = entries.find(({ words }) => words.length === 1);
  return single?.about ?? entries.map(({ words }) => words[1]).join(", ");
}

/** The commands of a group. */
export function subcommandOffers(all: readonly CommandEntry[], group: string): Offer[] {
  return all.filter(({ words }) => words[0] === group).map(({ words, about }) => ({ value: words[1]!, about }));
}

function sessionOffers(): Offer[] {
  return Object.entries(REPL_WORDS).map(([value, { about }]) => ({ value, about }));
}

const SESSION_FLAGS: Readonly<Partial<Record<ReplWord, Offer>>> = {
  last: { value: "--raw", about: "without the stages that it was shown with" },
  source: { value: "--ignore-errors", about: "go on after a line that fails" },
};

/** What such a word takes; undefined for one that is no word of the shell's own. */
export function sessionShape(known: Known, word: string): CommandShape | undefined {
  if (word === "help" || !isReplWord(word)) return undefined;
  const flag = SESSION_FLAGS[word];
  return {
    owner: { isBuiltIn: true, owns: (token) => (token === flag?.value ? "command" : "nobody"), word() {} },
    flags: (used) => (flag === undefined || used.has(flag.value) ? [] : [flag]),
    values: () => undefined,
    words: (_before, typed) => (word === "source" ? pathOffers(typed, placesOf(known)) : []),
  };
}
