// What could stand at a place of a line that is typed in the interactive shell. Nothing is run for it, no plugin and no
// other process; what is not known is not offered.

import { type LineToken, lineWords } from "../../base/line-words.ts";
import { COMPLETION_LINE_CHARS_MAX } from "../../protocol/limits.ts";
import type { Candidate, CompletionAnswer } from "../../terminal/editor/completion-answer.ts";
import type { CommandIo } from "../../terminal/io.ts";
import { ABSOLUTE_WORDS } from "../built-in-words.ts";
import type { Flags } from "../flags.ts";
import { sessionShape } from "./first-words.ts";
import { createKnown, type Known } from "./known.ts";
import { isShowable, type Offer, type Place } from "./offer.ts";
import { rankOffers } from "./rank-offers.ts";

export interface CompletionRequest {
  readonly line: string;
  /** Only what stands in front of it counts. */
  readonly cursor: number;
  readonly io: Pick<CommandIo, "env" | "cwd">;
  /** Those that hold for the session, or `noFlags()`. */
  readonly flags: Flags;
  /** The commands that were entered: words in front of what is typed. */
  readonly shellPath?: readonly string[];
}

/** The answer for a line; it has no candidates where nothing is known, and where anything fails. */
export async function complete(request: CompletionRequest): Promise<CompletionAnswer> {
  const { line, cursor, io, flags, shellPath = [] } = request;
  const nothing = { from: cursor, to: cursor, candidates: [] };
  if (cursor > COMPLETION_LINE_CHARS_MAX) return nothing;
  const typed = typedLine(line.slice(0, cursor));
  // What is escaped is not known before it is typed.
  if (typed === undefined) return nothing;
  try {
    const known = createKnown({ io, flags, expandsHome: true });
    const place = await placeOf(known, typed, shellPath);
    return { from: typed.from, to: cursor, candidates: candidatesOf(place, typed.quote) };
  } catch {
    return nothing;
  }
}

/** The words and bars of a line in front of the cursor. */
interface TypedLine {
  /** The whole ones. */
  readonly tokens: readonly LineToken[];
  /** The word at the cursor: its text without quotes, the place where it begins, the quote that it begins with. */
  readonly current: string;
  readonly from: number;
  readonly quote: string;
}

/** Takes a line apart up to its end; undefined where a backslash ends it. */
export function typedLine(text: string): TypedLine | undefined {
  const { tokens, problem } = lineWords(text);
  if (problem?.kind === "nothing escaped") return undefined;
  const last = tokens.at(-1);
  if (last?.kind !== "word" || last.to < text.length) return { tokens, current: "", from: text.length, quote: "" };
  const quote = /^["']/.exec(text.slice(last.from))?.[0] ?? "";
  return { tokens: tokens.slice(0, -1), current: last.text, from: last.from, quote };
}

async function placeOf(known: Known, { tokens, current }: TypedLine, shellPath: readonly string[]): Promise<Place> {
  const bar = tokens.findLastIndex(({ kind }) => kind === "bar");
  const words = tokens.slice(bar + 1).map(({ text }) => text);
  if (bar !== -1) {
    const { placeInStage } = await import("./stage-offers.ts");
    return placeInStage(words, current, known.flags.session?.last);
  }
  const { placeAt } = await import("./place-at.ts");
  if (shellPath.length === 0 || isAbsolute(known, words[0])) return await placeAt(known, words, current);
  const inShell = await placeAt(known, [...shellPath, ...words], current);
  if (words.length > 0) return inShell;
  // What means the same everywhere can begin a line here, too.
  const { offers } = await placeAt(known, [], current);
  const everywhere = offers.filter(({ value }) => isAbsolute(known, value)).map((offer) => ({ ...offer, group: 1 }));
  return { ...inShell, offers: [...inShell.offers, ...everywhere] };
}

function isAbsolute(known: Known, word: string | undefined): boolean {
  return word !== undefined && (word === "help" || ABSOLUTE_WORDS.has(word) || sessionShape(known, word) !== undefined);
}

function candidatesOf({ kept, typed, offers }: Place, quote: string): Candidate[] {
  return rankOffers(
    typed,
    offers.filter(({ value }) => isShowable(value)),
  ).map(({ offer }) => candidateOf(kept, offer, quote));
}

function candidateOf(kept: string, { value, display, about, isOpen }: Offer, quote: string): Candidate {
  return {
    value: quoted(`${kept}${value}`, quote, isOpen === true),
    display: display ?? value,
    ...(about === undefined ? {} : { about }),
    isFinal: isOpen !== true,
  };
}

/**
 * The text as one word of a line, in the quotes that were begun where there are any. Nothing in it means anything then: no
 * `|`, no quote, no backslash. Of a word that goes on, the quote stays open.
 */
function quoted(text: string, begun: string, goesOn: boolean): string {
  const isPlain = !/[\s'"\\|]/.test(text);
  if (begun === "" && isPlain) return text;
  const close = goesOn ? "" : begun || "'";
  if (begun === '"') return `"${text.replace(/["\\]/g, "\\$&")}${close}`;
  return `'${text.replaceAll("'", `'"'"'`)}${close}`;
}
