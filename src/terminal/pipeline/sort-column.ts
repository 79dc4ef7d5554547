// What rows are sorted by: a column of keys, made once for all rows, so that comparing two of them is cheap.

import { isIP, isIPv4 } from "node:net";
import ipaddr from "ipaddr.js";
import { JsonNumber, type OrderedJson } from "../../base/ordered-json.ts";
import { plainText } from "../rows.ts";
import { compareKnown, isShort, numberIn } from "./exact-number.ts";

/** `auto`: numbers as numbers and before everything else, then IP addresses, then texts without regard to case. */
export type Cast = "auto" | "number" | "text" | "ip";

const NUMBER = 0;
const ADDRESS = 1;
const TEXT = 2;
/** What is not there, is null, or cannot be cast: behind all others, whichever way they are sorted. */
const MISSING = 3;

export class SortColumn {
  readonly #cast: Cast;
  readonly #sign: 1 | -1;
  readonly #kinds: Uint8Array;
  readonly #doubles: Float64Array;
  readonly #texts: string[];

  constructor(count: number, cast: Cast, isDescending: boolean) {
    this.#cast = cast;
    this.#sign = isDescending ? -1 : 1;
    this.#kinds = new Uint8Array(count).fill(MISSING);
    this.#doubles = new Float64Array(count);
    this.#texts = new Array<string>(count).fill("");
  }

  /** Of a list the first item counts. */
  set(place: number, value: OrderedJson | undefined): void {
    if (value === undefined || value === null) return;
    if (Array.isArray(value)) return this.set(place, value[0]);
    const cast = this.#cast;
    const number = cast === "auto" || cast === "number" ? numberOf(value) : undefined;
    if (number !== undefined) return this.#put(place, NUMBER, number);
    const address = (cast === "auto" || cast === "ip") && typeof value === "string" ? addressKey(value) : undefined;
    if (address !== undefined) return this.#put(place, ADDRESS, address);
    if (cast === "auto" || cast === "text") this.#put(place, TEXT, plainText(value).toLowerCase());
  }

  #put(place: number, kind: number, text: string): void {
    this.#kinds[place] = kind;
    this.#texts[place] = text;
    if (kind === NUMBER) this.#doubles[place] = Number(text);
  }

  /** Compares the keys at two places. */
  comparison(): (a: number, b: number) => number {
    return this.#hasOnlyDoubles() ? this.#comparisonOfDoubles() : (a, b) => this.#compare(a, b);
  }

  /** What is short is told apart by its double. */
  #hasOnlyDoubles(): boolean {
    return this.#kinds.every((kind, place) => kind === MISSING || (kind === NUMBER && isShort(this.#texts[place]!)));
  }

  #comparisonOfDoubles(): (a: number, b: number) => number {
    const keys = this.#doubles.map((double, place) =>
      this.#kinds[place] === MISSING ? Number.POSITIVE_INFINITY : double * this.#sign,
    );
    return (a, b) => {
      const one = keys[a]!;
      const other = keys[b]!;
      return one < other ? -1 : Number(one > other);
    };
  }

  #compare(a: number, b: number): number {
    const kind = this.#kinds[a]!;
    const otherKind = this.#kinds[b]!;
    if (kind === MISSING || otherKind === MISSING) return kind - otherKind;
    if (kind !== otherKind) return (kind - otherKind) * this.#sign;
    const one = this.#texts[a]!;
    const other = this.#texts[b]!;
    if (kind === NUMBER) return this.#sign * compareKnown(one, this.#doubles[a]!, other, this.#doubles[b]!);
    if (one === other) return 0;
    return one < other ? -this.#sign : this.#sign;
  }
}

function numberOf(value: OrderedJson): string | undefined {
  if (value instanceof JsonNumber) return value.text;
  if (typeof value === "boolean") return value ? "1" : "0";
  return typeof value === "string" ? numberIn(value) : undefined;
}

/** A text that sorts as the address does; IPv4 comes before IPv6. */
function addressKey(text: string): string | undefined {
  const mayBeAddress = /^[0-9a-fA-F]{0,4}[.:]/.test(text);
  if (!mayBeAddress || isIP(text) === 0) return undefined;
  const [address = ""] = text.split("%");
  const bytes = ipaddr.parse(address).toByteArray();
  return (isIPv4(text) ? "4" : "6") + bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
