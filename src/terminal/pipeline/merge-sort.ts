// Sorts without holding the program up: a million rows take a second, in which somebody may press Ctrl-C.

import { setImmediate } from "node:timers/promises";
import type { Run } from "./verb.ts";

/** Pieces this short are sorted by shifting. */
const PIECE_MAX = 16;
const STEPS_PER_TURN = 200_000;

/**
 * The places 0 to `count` - 1 in the order of `compare`; equal ones stay as they are. Throws the signal's reason once it is
 * aborted.
 */
export async function sortedPlaces(
  count: number,
  compare: (a: number, b: number) => number,
  { signal }: Run,
): Promise<Uint32Array> {
  let places = Uint32Array.from({ length: count }, (_, place) => place);
  let other = new Uint32Array(count);
  for (let from = 0; from < count; from += PIECE_MAX)
    sortPiece(places, from, Math.min(from + PIECE_MAX, count), compare);
  let steps = 0;
  for (let width = PIECE_MAX; width < count; width *= 2) {
    for (let from = 0; from < count; from += 2 * width) {
      const middle = Math.min(from + width, count);
      const end = Math.min(from + 2 * width, count);
      merge(places, other, from, middle, end, compare);
      steps += end - from;
      if (steps < STEPS_PER_TURN) continue;
      steps = 0;
      await setImmediate();
      signal.throwIfAborted();
    }
    [places, other] = [other, places];
  }
  return places;
}

type Compare = (a: number, b: number) => number;

function sortPiece(places: Uint32Array, from: number, end: number, compare: Compare): void {
  for (let next = from + 1; next < end; next++) {
    const place = places[next]!;
    let at = next;
    for (; at > from && compare(places[at - 1]!, place) > 0; at--) places[at] = places[at - 1]!;
    places[at] = place;
  }
}

function merge(
  source: Uint32Array,
  target: Uint32Array,
  from: number,
  middle: number,
  end: number,
  compare: Compare,
): void {
  // What is in order already, as most data partly is, is copied whole.
  if (middle >= end || compare(source[middle - 1]!, source[middle]!) <= 0) {
    target.set(source.subarray(from, end), from);
    return;
  }
  let left = from;
  let right = middle;
  for (let at = from; at < end; at++) {
    const takesLeft = right >= end || (left < middle && compare(source[left]!, source[right]!) <= 0);
    target[at] = takesLeft ? source[left++]! : source[right++]!;
  }
}
