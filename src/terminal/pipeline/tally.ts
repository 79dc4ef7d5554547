// What `A` computes: one of these takes the values of one column, one after the other.

import { JsonNumber, type OrderedJson } from "../../base/ordered-json.ts";
import { plainText } from "../rows.ts";
import { compareKnown, numberIn } from "./exact-number.ts";
import { ExactSum } from "./exact-sum.ts";

export const FIGURES = ["count", "sum", "avg", "min", "max"] as const;
export type Figure = (typeof FIGURES)[number];

export interface Tally {
  /** `value` is no array. */
  add(value: OrderedJson): void;
  /** Undefined when it has more digits than a sum may have. */
  result(): OrderedJson | undefined;
}

export function tallyFor(name: Figure): Tally {
  if (name === "count") return new Count();
  return name === "sum" || name === "avg" ? new Sum(name) : new Extreme(name);
}

/** Everything but null. */
class Count implements Tally {
  #count = 0;

  add(value: OrderedJson): void {
    if (value !== null) this.#count++;
  }

  result(): OrderedJson {
    return new JsonNumber(String(this.#count));
  }
}

/** Of what is a number, or a text with a number in it; without any it is 0. */
class Sum implements Tally {
  readonly #name: "sum" | "avg";
  readonly #sum = new ExactSum();

  constructor(name: "sum" | "avg") {
    this.#name = name;
  }

  add(value: OrderedJson): void {
    const number = numberOf(value);
    if (number !== undefined) this.#sum.add(number);
  }

  result(): OrderedJson | undefined {
    const text = this.#name === "sum" ? this.#sum.total() : this.#sum.average();
    return text === undefined ? undefined : new JsonNumber(text);
  }
}

/** The first of the smallest or largest: by number if all are numbers, else by text. Null does not count, and is what comes of nothing. */
class Extreme implements Tally {
  readonly #sign: 1 | -1;
  #areNumbers = true;
  #bestNumber: { readonly value: OrderedJson; readonly text: string; readonly double: number } | undefined;
  #bestText: { readonly value: OrderedJson; readonly text: string } | undefined;

  constructor(name: "min" | "max") {
    this.#sign = name === "min" ? 1 : -1;
  }

  add(value: OrderedJson): void {
    if (value === null) return;
    const number = this.#areNumbers ? numberOf(value) : undefined;
    if (number === undefined) this.#areNumbers = false;
    else {
      const double = Number(number);
      const best = this.#bestNumber;
      const isBetter = best === undefined || compareKnown(number, double, best.text, best.double) * this.#sign < 0;
      if (isBetter) this.#bestNumber = { value, text: number, double };
    }
    // Of numbers too: a text may still come.
    const text = plainText(value);
    const best = this.#bestText;
    const isBetter = best === undefined || (this.#sign === 1 ? text < best.text : text > best.text);
    if (isBetter) this.#bestText = { value, text };
  }

  result(): OrderedJson {
    return (this.#areNumbers ? this.#bestNumber : this.#bestText)?.value ?? null;
  }
}

function numberOf(value: OrderedJson): string | undefined {
  if (value instanceof JsonNumber) return value.text;
  return typeof value === "string" ? numberIn(value) : undefined;
}
