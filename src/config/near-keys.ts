// The keys that somebody may have meant.

import type { Config } from "./config.ts";
import { schemaKeys } from "./schema.ts";

const NEAR_MAX = 5;
const KEY_CHARS_COMPARED_MAX = 100;

/** At most five keys that look like the typed one, the most similar first. */
export function nearKeys(config: Config, typed: string): readonly string[] {
  const word = typed.toLowerCase().slice(0, KEY_CHARS_COMPARED_MAX);
  const names = new Set([...schemaKeys(), ...config.keys()]);
  const scored = [...names].map((name) => ({ name, score: similarity(word, name.toLowerCase()) }));
  return scored
    .filter(({ score }) => score >= 0.5)
    .sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1))
    .slice(0, NEAR_MAX)
    .map(({ name }) => name);
}

/** From 0 to 1: how many pairs of neighbouring characters the two have in common; all, when one contains the other. */
function similarity(a: string, b: string): number {
  if (a.length >= 3 && b.includes(a)) return 1;
  const pairs = new Map<string, number>();
  for (let at = 0; at < a.length - 1; at++) {
    const pair = a.slice(at, at + 2);
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  let common = 0;
  for (let at = 0; at < b.length - 1; at++) {
    const pair = b.slice(at, at + 2);
    const left = pairs.get(pair) ?? 0;
    if (left > 0) common++;
    pairs.set(pair, left - 1);
  }
  const all = a.length + b.length - 2;
  return all <= 0 ? 0 : (2 * common) / all;
}
