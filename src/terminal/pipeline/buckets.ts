// Puts rows into buckets by what they have at their keys, in the order in which the buckets are first needed.

import { JsonNumber, type OrderedJson } from "../../base/ordered-json.ts";
import type { Row } from "../rows.ts";
import { decimalOf, isShort, SHORT_CHARS_MAX } from "./exact-number.ts";

export interface Bucket {
  /** What its rows have in common, a value for each key; as the first of them has it. */
  readonly values: readonly OrderedJson[];
  readonly rows: Row[];
}

export class Buckets {
  readonly #root = new Branch();
  readonly all: Bucket[] = [];

  /** The bucket for these values, which are no arrays and no objects; a new one where there is none. */
  at(values: readonly OrderedJson[]): Bucket {
    let branch = this.#root;
    for (const value of values) branch = branch.under(value);
    if (branch.bucket === undefined) {
      branch.bucket = { values: [...values], rows: [] };
      this.all.push(branch.bucket);
    }
    return branch.bucket;
  }
}

/** The values, each once. */
export function distinct(values: readonly OrderedJson[]): OrderedJson[] {
  const buckets = new Buckets();
  for (const value of values) buckets.at([value]);
  return buckets.all.map((bucket) => bucket.values[0]!);
}

class Branch {
  bucket: Bucket | undefined;
  readonly #plain = new Map<string | number | boolean | null, Branch>();
  /** Below numbers that a double cannot tell apart. */
  readonly #long = new Map<string, Branch>();

  under(value: OrderedJson): Branch {
    if (!(value instanceof JsonNumber)) return childOf(this.#plain, value as string | boolean | null);
    const { text } = value;
    if (isShort(text)) return childOf(this.#plain, Number(text));
    const { isNegative, digits, exponent } = decimalOf(text);
    // The same number may be written in a short way elsewhere.
    const isShortElsewhere = digits.length <= SHORT_CHARS_MAX && Math.abs(exponent) <= EXPONENT_MAX;
    if (isShortElsewhere) return childOf(this.#plain, Number(text));
    return childOf(this.#long, `${isNegative ? "-" : ""}${digits}e${exponent}`);
  }
}

/** Far from where doubles end. */
const EXPONENT_MAX = 200;

function childOf<K>(children: Map<K, Branch>, key: K): Branch {
  let child = children.get(key);
  if (child === undefined) {
    child = new Branch();
    children.set(key, child);
  }
  return child;
}
