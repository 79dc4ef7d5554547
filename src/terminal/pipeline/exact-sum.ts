// Sums and averages of decimal numbers without rounding: 0.1 and 0.2 are 0.3, and 64-bit ids add up to the last digit.

import { EXACT_DIGITS_MAX } from "../../protocol/limits.ts";
import { decimalOf, isVague, SHORT_CHARS_MAX, withoutZerosBehind } from "./exact-number.ts";

/** Characters, counted from the digit 0. */
const ZERO = 0x30;
const POINT = 0x2e - ZERO;
const MINUS = 0x2d - ZERO;
/** Two of these are still a whole number that a double holds. */
const HELD_MAX = 2 ** 52;

export class ExactSum {
  count = 0;
  /** What short numbers come to, in units of 10^-index: whole doubles, which are far faster than big integers. */
  readonly #held: number[] = [];
  /** The rest, by its power of ten. */
  readonly #parts = new Map<number, bigint>();
  #isTooLong = false;

  /** Takes the text of a number. */
  add(text: string): void {
    this.count++;
    if (text.length > SHORT_CHARS_MAX) return this.#addLong(text);
    let units = 0;
    let point = text.length - 1;
    for (let at = 0; at < text.length; at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (digit >= 0 && digit <= 9) units = units * 10 + digit;
      else if (digit === POINT) point = at;
      else if (at > 0) return this.#addLong(text); // An exponent.
    }
    const scale = text.length - 1 - point;
    const held = (this.#held[scale] ?? 0) + (text.charCodeAt(0) - ZERO === MINUS ? -units : units);
    this.#held[scale] = Math.abs(held) > HELD_MAX ? this.#putAside(held, -scale) : held;
  }

  /** Undefined when it has more than `EXACT_DIGITS_MAX` digits, or a summand has. */
  total(): string | undefined {
    const sum = this.#sum();
    return sum && decimalText(sum.units, sum.exponent);
  }

  /**
   * The sum divided by the count: exact where that comes to an end, otherwise 17 significant digits and never fewer than the
   * whole part has. Undefined as for `total`, and for a whole part of more than `EXACT_DIGITS_MAX` digits that would have to
   * be rounded; of nothing it is 0.
   */
  average(): string | undefined {
    const sum = this.#sum();
    return sum && quotientText(sum, BigInt(Math.max(1, this.count)));
  }

  #addLong(text: string): void {
    const { isNegative, digits, exponent } = decimalOf(text);
    if (digits === "") return;
    if (digits.length > EXACT_DIGITS_MAX || isVague(exponent)) this.#isTooLong = true;
    else this.#addPart(BigInt(isNegative ? `-${digits}` : digits), exponent);
  }

  #putAside(held: number, exponent: number): 0 {
    this.#addPart(BigInt(held), exponent);
    return 0;
  }

  #addPart(units: bigint, exponent: number): void {
    this.#parts.set(exponent, (this.#parts.get(exponent) ?? 0n) + units);
  }

  #sum(): Scaled | undefined {
    for (const [scale, held] of this.#held.entries()) {
      if (held) this.#held[scale] = this.#putAside(held, -scale);
    }
    const parts = [...this.#parts].filter(([, units]) => units !== 0n);
    if (this.#isTooLong) return undefined;
    if (parts.length === 0) return { units: 0n, exponent: 0 };
    parts.sort(([a], [b]) => b - a);
    const [highest] = parts[0]!;
    const [lowest] = parts.at(-1)!;
    // Whatever lies between the lowest and the highest place has to be written out to be added.
    if (highest - lowest > EXACT_DIGITS_MAX) return undefined;
    let sum: Scaled = { units: 0n, exponent: highest };
    // From place to place the powers of ten stay small, however many places there are.
    for (const [exponent, units] of parts) {
      sum = { units: sum.units * 10n ** BigInt(sum.exponent - exponent) + units, exponent };
    }
    return sum;
  }
}

/** `units` × 10^`exponent`. */
interface Scaled {
  readonly units: bigint;
  readonly exponent: number;
}

/** In the average of a division that never ends. */
const AVERAGE_DIGITS = 17;

function quotientText({ units, exponent }: Scaled, divisor: bigint): string | undefined {
  const shared = commonDivisor(units < 0n ? -units : units, divisor);
  const above = units / shared;
  const below = divisor / shared;
  const places = placesOf(below);
  if (places !== undefined) return decimalText((above * 10n ** BigInt(places)) / below, exponent - places);
  const size = (above < 0n ? -above : above) / below;
  const wholeDigits = size === 0n ? 1 - leadingZeros(above, below) : `${size}`.length;
  // Units may be tenths or millions: what counts as the whole part is known only with the exponent, which may be any.
  if (wholeDigits + exponent > EXACT_DIGITS_MAX) return undefined;
  const moved = Math.max(AVERAGE_DIGITS, wholeDigits + exponent) - wholeDigits;
  const power = 10n ** BigInt(Math.abs(moved));
  const rounded = moved < 0 ? divideRounded(above, below * power) : divideRounded(above * power, below);
  return decimalText(rounded, exponent - moved);
}

function divideRounded(above: bigint, below: bigint): bigint {
  const half = above < 0n ? -below : below;
  return (2n * above + half) / (2n * below);
}

/** How many decimal places 1/`below` has; undefined when they never end. */
function placesOf(below: bigint): number | undefined {
  let twos = 0;
  let fives = 0;
  let rest = below;
  for (; rest % 2n === 0n; rest /= 2n) twos++;
  for (; rest % 5n === 0n; rest /= 5n) fives++;
  return rest === 1n ? Math.max(twos, fives) : undefined;
}

/** Zeros behind the point of a fraction below one, the one before the point included. */
function leadingZeros(above: bigint, below: bigint): number {
  let zeros = 0;
  for (let rest = above < 0n ? -above : above; rest < below; rest *= 10n) zeros++;
  return zeros;
}

function commonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

/** A number with more zeros than this at its end, or behind its point, is written with an exponent. */
const ZEROS_MAX = 40;

function decimalText(units: bigint, exponent: number): string {
  if (units === 0n) return "0";
  const sign = units < 0n ? "-" : "";
  const all = String(units < 0n ? -units : units);
  const digits = withoutZerosBehind(all);
  const power = exponent + all.length - digits.length;
  const point = digits.length + power;
  if (power > ZEROS_MAX || point < -ZEROS_MAX) return `${sign}${digits}e${power}`;
  if (power >= 0) return sign + digits + "0".repeat(power);
  return point > 0
    ? `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
    : `${sign}0.${"0".repeat(-point)}${digits}`;
}
