// Which offers fit what was typed, and in which order they are shown. The order depends on nothing but the texts.

import { byCodeUnits } from "../../base/by-code-units.ts";
import { COMPLETION_OFFERS_MAX } from "../../protocol/limits.ts";
import type { Offer } from "./offer.ts";

/** From the best: all of it, its start, the start of a part of it, its letters in their order. */
const FIT = { exact: 0, start: 1, part: 2, letters: 3 } as const;
/** One letter is in half of all words. */
const LETTERS_TYPED_MIN = 2;

export interface Ranked {
  readonly offer: Offer;
  /** Whether the value begins with what was typed, in any letter case. */
  readonly begins: boolean;
}

interface Fitting extends Ranked {
  readonly fit: number;
  /** How much of it was not typed. */
  readonly rest: number;
}

/** The offers that fit, best first; of several with one value the first. */
export function rankOffers(typed: string, offers: readonly Offer[]): readonly Ranked[] {
  const seen = new Set<string>();
  const fitting: Fitting[] = [];
  const lower = typed.toLowerCase();
  for (const offer of offers) {
    if (seen.has(offer.value)) continue;
    seen.add(offer.value);
    const found = fitOf(lower, offer);
    if (found !== undefined) fitting.push(found);
  }
  // Letters that are just somewhere in a word are a last resort.
  const better = fitting.filter(({ fit }) => fit < FIT.letters);
  return (better.length > 0 ? better : fitting).sort(compare).slice(0, COMPLETION_OFFERS_MAX);
}

function fitOf(typed: string, offer: Offer): Fitting | undefined {
  // Of what is typed nothing, everything fits, and all of it equally well.
  if (typed === "") return { offer, begins: true, fit: FIT.start, rest: 0 };
  const value = offer.value.toLowerCase();
  if (value === typed) return { offer, begins: true, fit: FIT.exact, rest: 0 };
  const rest = value.length - typed.length;
  if (value.startsWith(typed)) return { offer, begins: true, fit: FIT.start, rest };
  if (beginsPart(value, typed)) return { offer, begins: false, fit: FIT.part, rest };
  const span = typed.length < LETTERS_TYPED_MIN ? undefined : lettersSpan(value, typed);
  return span === undefined ? undefined : { offer, begins: false, fit: FIT.letters, rest: span };
}

function beginsPart(value: string, typed: string): boolean {
  for (let at = value.indexOf(typed, 1); at !== -1; at = value.indexOf(typed, at + 1)) {
    if ("-_.:/".includes(value[at - 1]!)) return true;
  }
  return false;
}

/** How many characters of the value the typed letters reach over, when they all follow each other in it. */
function lettersSpan(value: string, typed: string): number | undefined {
  const start = value.indexOf(typed[0]!);
  let at = start;
  for (let index = 1; index < typed.length && at !== -1; index++) at = value.indexOf(typed[index]!, at + 1);
  return at === -1 ? undefined : at - start;
}

function compare(a: Fitting, b: Fitting): number {
  return (
    (a.offer.group ?? 0) - (b.offer.group ?? 0) ||
    a.fit - b.fit ||
    a.rest - b.rest ||
    bySort(a.offer.sort, b.offer.sort) ||
    byCodeUnits(a.offer.value.toLowerCase(), b.offer.value.toLowerCase()) ||
    byCodeUnits(a.offer.value, b.offer.value)
  );
}

/** As numbers where both are, else as texts; whoever has no wish comes last. */
function bySort(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const [left, right] = [numberOf(a), numberOf(b)];
  if (left !== undefined && right !== undefined) return left - right;
  return byCodeUnits(a.toLowerCase(), b.toLowerCase());
}

function numberOf(text: string): number | undefined {
  return /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : undefined;
}
