// Sorts without holding the program up: a million rows take a second, in which somebody may press Ctrl-C.

import { giveWay, Turn } from "./turn.ts";
import type { Run } from "./verb.ts";

/** Pieces this short are sorted by shifting. */
const PIECE_MAX = 16;
const STEPS_PER_TURN_MAX = 200_000;

/**
 * The places 0 to `count` - 1 in the order of `compare`; equal ones stay as they are. Throws the signal's reason once it is
 * aborted.
 */
export async function sortedPlaces(
  count: number,
  compare: (a: number, b: number) => number,
  run: Run,
): Promise<Uint32Array> {
  let places = Uint32Array.from({ length: count }, (_, place) => place);
  let other = new Uint32Array(count);
  let turn = new Turn(STEPS_PER_TURN_MAX / PIECE_MAX);
  for (let from = 0; from < count; from += PIECE_MAX) {
    sortPiece(places, from, Math.min(from + PIECE_MAX, count), compare);
    if (!turn.isOver()) continue;
    await giveWay(run);
    turn.begin();
  }
  turn = new Turn(STEPS_PER_TURN_MAX);
  for (let width = PIECE_MAX; width < count; width *= 2) {
    for (let from = 0; from < count; from += 2 * width) {
      const middle = Math.min(from + width, count);
      const end = Math.min(from + 2 * width, count);
      const merging: Merging = {
        source: places,
        target: other,
        from,
        left: from,
        middle,
        right: middle,
        end,
        at: from,
      };
      while (merging.at < end) {
        merge(merging, compare, turn);
        if (!turn.isOver()) continue;
        await giveWay(run);
        turn.begin();
      }
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

/** How far two pieces, `left` to `middle` and `right` to `end`, have become one. */
interface Merging {
  readonly from: number;
  readonly source: Uint32Array;
  readonly target: Uint32Array;
  left: number;
  readonly middle: number;
  right: number;
  readonly end: number;
  /** The next place in the target. */
  at: number;
}

/** Goes on until it is done, or until the turn is over. */
function merge(merging: Merging, compare: Compare, turn: Turn): void {
  const { source, target, middle, end } = merging;
  let { left, right, at } = merging;
  // What is in order already, as most data partly is, is copied whole.
  const isBegun = left + right > merging.from + middle;
  if (!isBegun && (middle >= end || compare(source[middle - 1]!, source[middle]!) <= 0)) {
    target.set(source.subarray(left, end), at);
    merging.at = end;
    return;
  }
  while (at < end) {
    const takesLeft = right >= end || (left < middle && compare(source[left]!, source[right]!) <= 0);
    target[at++] = takesLeft ? source[left++]! : source[right++]!;
    if (turn.isOver()) break;
  }
  Object.assign(merging, { left, right, at });
}
