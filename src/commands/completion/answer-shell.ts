// What the completion scripts of shells ask: `osp __complete SHELL ...`. The answer is lines for the script; whatever fails,
// there are none, because nobody could read a message in the middle of a line that they type.
//
//   bash   COMP_WORDBREAKS and the line up to the cursor  →  replies as bash inserts them
//   zsh    the words up to the cursor                     →  what is left as it is, then for each: kind, value, what is shown
//   fish   the words up to the cursor, the last as typed  →  for each: value, what it is

import { lineWord } from "../../base/line-words.ts";
import { COMPLETION_LINE_CHARS_MAX } from "../../protocol/limits.ts";
import type { CommandIo } from "../../terminal/io.ts";
import { noFlags } from "../flags.ts";
import { bashLine, bashQuoted } from "./bash-line.ts";
import { typedLine } from "./complete.ts";
import { fishWord } from "./fish-word.ts";
import { createKnown, type Known, placesOf } from "./known.ts";
import { isShowable, NOWHERE, type Place } from "./offer.ts";
import { pathOffers } from "./path-offers.ts";
import { type Ranked, rankOffers } from "./rank-offers.ts";

/** Prints the answer. Never throws. */
export async function answerShell(
  args: readonly string[],
  io: Pick<CommandIo, "env" | "cwd" | "stdout">,
): Promise<void> {
  const [shell, ...rest] = args;
  if (rest.join(" ").length > COMPLETION_LINE_CHARS_MAX) return;
  try {
    const known = createKnown({ io: { env: io.env, cwd: io.cwd }, flags: noFlags(), expandsHome: false });
    const lines = shell !== undefined && Object.hasOwn(SHELLS, shell) ? await SHELLS[shell]!(known, rest) : [];
    if (lines.length > 0) io.stdout.write(lines.map((line) => `${line}\n`).join(""));
  } catch {
    // As if nothing was known.
  }
}

const SHELLS: Readonly<Record<string, (known: Known, args: readonly string[]) => Promise<readonly string[]>>> = {
  async bash(known, [wordBreaks = "", text = ""]) {
    const { words, current, isTarget } = bashLine(text, wordBreaks);
    if (words.length === 0) return [];
    const place = isTarget
      ? { kept: "", typed: current.text, offers: pathOffers(current.text, placesOf(known)) }
      : await placeInShell(known, words.slice(1), current.text);
    // Readline puts what all replies begin with in the place of what was typed: they have to begin with that.
    return beginning(place).flatMap(({ offer }) => {
      const value = `${place.kept}${offer.value}`;
      if (!value.startsWith(current.text.slice(0, current.keptChars))) return [];
      const quoted = bashQuoted(value.slice(current.keptChars), current);
      if (quoted === undefined) return [];
      if (current.quote === "") return [offer.isOpen ? quoted : `${quoted} `];
      // A reply that begins with the quote takes the place of the one that was typed, too.
      const opened = quoted.startsWith(current.quote) ? current.quote + quoted : quoted;
      // Readline closes a quote only where the last character does not look like one that does.
      return [offer.isOpen ? opened : `${opened}${current.quote}`];
    });
  },

  async zsh(known, args) {
    const place = await placeInShell(known, args.slice(0, -1), args.at(-1) ?? "");
    const { kept, typed } = place;
    const ranked = ranks(place);
    const fitting = ranked.filter(({ offer }) => offer.value.startsWith(typed));
    const shown = fitting.length > 0 ? fitting : ranked;
    const folder = typed.slice(0, typed.lastIndexOf("/") + 1);
    const isInFolder = folder !== "" && shown.every(({ offer }) => offer.value.startsWith(folder));
    // zsh knows best how the start of the word was typed, so that is left to it.
    const stays = isInFolder ? "folder" : kept.endsWith("=") ? "flag" : "nothing";
    const values = shown.map(({ offer }) =>
      isInFolder ? offer.value.slice(folder.length) : stays === "flag" ? offer.value : kept + offer.value,
    );
    const width = Math.min(
      values.reduce((most, value) => Math.max(most, value.length), 0),
      SHOWN_WIDTH_MAX,
    );
    const lines = shown.map(({ offer: { about, isOpen } }, index) => {
      const value = values[index]!;
      const text = about === undefined ? value : `${value.padEnd(width)}  -- ${about}`;
      return `${isOpen ? "open" : "whole"}\t${value}\t${text}`;
    });
    return [`${stays}\t${fitting.length > 0 ? "fitting" : "others"}`, ...lines];
  },

  async fish(known, args) {
    const place = await placeInShell(known, args.slice(0, -1), fishWord(args.at(-1) ?? ""));
    return ranks(place).map(
      ({ offer: { value, about } }) => `${place.kept}${value}${about === undefined ? "" : `\t${about}`}`,
    );
  },
};

const SHOWN_WIDTH_MAX = 30;

function ranks({ typed, offers }: Place): readonly Ranked[] {
  return rankOffers(
    typed,
    offers.filter(({ value }) => isShowable(value)),
  );
}

/** Those that begin with what was typed; of others only one that is the only one. */
function beginning(place: Place): readonly Ranked[] {
  const ranked = ranks(place);
  const exact = ranked.filter(({ offer }) => offer.value.startsWith(place.typed));
  const begun = exact.length > 0 ? exact : ranked.filter(({ begins }) => begins);
  return begun.length === 0 && ranked.length === 1 ? ranked : begun;
}

/** A `|` among the words is one that the program gets; and one word alone may be a whole line. */
async function placeInShell(known: Known, words: readonly string[], current: string): Promise<Place> {
  const { placeAt } = await import("./place-at.ts");
  const bar = words.includes("--") ? -1 : words.lastIndexOf("|");
  if (bar !== -1) return (await import("./stage-offers.ts")).placeInStage(words.slice(bar + 1), current, undefined);
  return words.length === 0 && /[\s|]/.test(current)
    ? await placeInText(known, current)
    : await placeAt(known, words, current);
}

async function placeInText(known: Known, text: string): Promise<Place> {
  const typed = typedLine(text);
  if (typed === undefined || typed.quote !== "") return NOWHERE;
  const words = typed.tokens.map(({ kind, text: word }) => (kind === "bar" ? "|" : word));
  const place = await placeInShell(known, words, typed.current);
  const offers = place.offers.map((offer) => ({ ...offer, value: lineWord(offer.value) }));
  return { ...place, kept: `${text.slice(0, typed.from)}${place.kept}`, offers };
}
