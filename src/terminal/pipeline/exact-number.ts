// Numbers as texts, compared as what they are: doubles decide where they can, digits where doubles are too coarse.

/**
 * The text of a number in a text: what JSON calls a number, and what people write besides (`+3`, `.5`, `007`), with blanks
 * around it. Undefined for anything else; words such as `Infinity` are no numbers.
 */
export function numberIn(text: string): string | undefined {
  const first = text.charCodeAt(0);
  // Most texts are none, and their first character shows it.
  const mayBeNumber = first <= 0x39; // Up to the digit 9: signs, the point and blanks stand before the digits.
  if (!mayBeNumber) return undefined;
  const trimmed = text.trim();
  return /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(trimmed) ? trimmed : undefined;
}

/** Less than, equal to or greater than 0 as `a` is to `b`. Both are texts of numbers, of any size. */
export function compareNumbers(a: string, b: string): number {
  return compareKnown(a, Number(a), b, Number(b));
}

/** The same for whoever has the doubles at hand: rounding never turns the order of two numbers round. */
export function compareKnown(a: string, aDouble: number, b: string, bDouble: number): number {
  if (aDouble !== bDouble) return aDouble < bDouble ? -1 : 1;
  return a === b || (isShort(a) && isShort(b)) ? 0 : compareDigits(decimalOf(a), decimalOf(b));
}

/** Two different numbers of at most 15 digits are different doubles too. */
export const SHORT_CHARS_MAX = 15;

export function isShort(text: string): boolean {
  return text.length <= SHORT_CHARS_MAX && !hasExponent(text);
}

function hasExponent(text: string): boolean {
  return text.includes("e") || text.includes("E");
}

/** A number taken apart: `digits` × 10^`exponent`; no zeros at either end of the digits, and none at all for zero. */
export interface Decimal {
  readonly isNegative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

export function decimalOf(text: string): Decimal {
  const [mantissa = "", power = "0"] = text.split(/[eE]/);
  const [whole = "", fraction = ""] = mantissa.replace(/^[+-]/, "").split(".");
  const written = (whole + fraction).replace(/^0+/, "");
  const digits = withoutZerosBehind(written);
  const exponent = boundedPower(power) - fraction.length + (written.length - digits.length);
  return { isNegative: text.startsWith("-") && digits !== "", digits, exponent: digits === "" ? 0 : exponent };
}

/** A regular expression would try each of a million zeros in the middle as a beginning of the end. */
export function withoutZerosBehind(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end--;
  return digits.slice(0, end);
}

/** Exponents beyond this are all the same; a text may have a million digits there. */
const POWER_MAX = 1e15;

/** Whether the exponent may stand for others that are as far out. */
export function isVague(exponent: number): boolean {
  return Math.abs(exponent) >= POWER_MAX / 2;
}

function boundedPower(text: string): number {
  return Math.max(-POWER_MAX, Math.min(POWER_MAX, Number(text)));
}

function compareDigits(a: Decimal, b: Decimal): number {
  const aSign = signOf(a);
  const bSign = signOf(b);
  if (aSign !== bSign || aSign === 0) return aSign - bSign;
  const byPlace = a.digits.length + a.exponent - (b.digits.length + b.exponent);
  // From the first digit on they are compared like words: the digits at equal places stand for the same power of ten.
  const bySize = byPlace !== 0 ? byPlace : a.digits < b.digits ? -1 : Number(a.digits > b.digits);
  return bySize * aSign;
}

function signOf({ isNegative, digits }: Decimal): -1 | 0 | 1 {
  if (digits === "") return 0;
  return isNegative ? -1 : 1;
}
