import fc from "fast-check";
import { expect, test } from "vitest";
import { EXACT_DIGITS_MAX } from "../../protocol/limits.ts";
import { compareNumbers, numberIn } from "./exact-number.ts";
import { ExactSum } from "./exact-sum.ts";

test.each([
  ["12", "12"],
  [" +3 ", "+3"],
  [".5", ".5"],
  ["5.", "5."],
  ["007", "007"],
  ["-1.5E+3", "-1.5E+3"],
])("%j holds the number %s", (text, number) => {
  expect(numberIn(text)).toBe(number);
});

test.each(["", " ", ".", "-", "1,5", "0x10", "1e", "Infinity", "NaN", "1 2", "--1", "e5", "١"])(
  "%j is no number",
  (text) => {
    expect(numberIn(text)).toBeUndefined();
  },
);

test.each([
  ["9007199254740993", "9007199254740992"],
  ["0.1", "0.09999999999999999999999"],
  ["1e400", "1e399"],
  ["1e-399", "1e-400"],
  ["-1e-400", "-1e-399"],
  ["1e999999999", "9e999999998"],
  ["1e-400", "-1e400"],
  ["0", "-1e-400"],
  ["100000000000000000000.5", "100000000000000000000.49"],
])("%s is more than %s", (more, less) => {
  expect(compareNumbers(more, less)).toBeGreaterThan(0);
  expect(compareNumbers(less, more)).toBeLessThan(0);
});

test.each([
  ["1.0", "1"],
  ["1e3", "1000.000"],
  ["-0", "0.0"],
  ["1e400", "10e399"],
  ["0e99999999999999999999", "0"],
  ["12300000000000000000000", "123e20"],
])("%s equals %s", (one, other) => {
  expect(compareNumbers(one, other)).toBe(0);
  expect(compareNumbers(other, one)).toBe(0);
});

/** Numbers as they are written, with their value in units of 10^-40. */
const UNITS = 40;
const written = fc
  .record({
    whole: fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
    fraction: fc.stringMatching(/^[0-9]{0,12}$/),
    power: fc.option(fc.integer({ min: -20, max: 20 }), { nil: undefined }),
    isShort: fc.boolean(),
  })
  .map(({ whole, fraction, power, isShort }) => {
    const mantissa = `${isShort ? whole % 1000n : whole}${fraction === "" ? "" : `.${fraction}`}`;
    const text = power === undefined ? mantissa : `${mantissa}e${power}`;
    const digits = BigInt(mantissa.replace(".", ""));
    return { text, units: digits * 10n ** BigInt(UNITS - fraction.length + (power ?? 0)) };
  });

test("numbers compare as what they are, however they are written", () => {
  fc.assert(
    fc.property(written, written, (a, b) => {
      expect(Math.sign(compareNumbers(a.text, b.text))).toBe(a.units < b.units ? -1 : Number(a.units > b.units));
    }),
    { numRuns: 2000 },
  );
});

test("a sum is what the numbers come to, to the last digit", () => {
  fc.assert(
    fc.property(fc.array(written, { maxLength: 20 }), (numbers) => {
      const sum = sumOf(numbers.map(({ text }) => text));
      const wanted = numbers.reduce((units, one) => units + one.units, 0n);
      expect(unitsOf(sum.total()!, UNITS)).toBe(wanted);
    }),
    { numRuns: 500 },
  );
});

test("an average is exact where it ends, and right in 17 digits where it does not", () => {
  fc.assert(
    fc.property(fc.array(written, { minLength: 1, maxLength: 12 }), (numbers) => {
      const total = numbers.reduce((units, one) => units + one.units, 0n);
      const average = sumOf(numbers.map(({ text }) => text)).average()!;
      const more = 30;
      const off = unitsOf(average, UNITS + more) * BigInt(numbers.length) - total * 10n ** BigInt(more);
      const ends = (total * 10n ** 30n) % BigInt(numbers.length) === 0n;
      if (ends) expect(off).toBe(0n);
      // Less than half of the seventeenth digit.
      else expect(abs(off) * 2n * 10n ** 16n <= abs(total) * 10n ** BigInt(more)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test.each([
  [[], "0", "0"],
  [["1", "2", "3"], "6", "2"],
  [["1.5", "5"], "6.5", "3.25"],
  [["0.1", "0.2"], "0.3", "0.15"],
  [["1", "0", "0"], "1", "0.33333333333333333"],
  [["2", "0", "0"], "2", "0.66666666666666667"],
  [["-2", "0", "0"], "-2", "-0.66666666666666667"],
  [["100000000000000000000", "0", "0"], "100000000000000000000", "33333333333333333333"],
  [["123456789012.1234567890123456789", "1", "0"], "123456789013.1234567890123456789", "41152263004.374486"],
  [["1e-5", "0", "0"], "0.00001", "0.0000033333333333333333"],
  [["9007199254740993", "1"], "9007199254740994", "4503599627370497"],
  [["1e400", "1e400"], "2e400", "1e400"],
  [["1e-400"], "1e-400", "1e-400"],
  [["1.50", "1.50"], "3", "1.5"],
  [["5", "-5"], "0", "0"],
] as const)("%j come to %s, and to %s on average", (numbers, total, average) => {
  const sum = sumOf(numbers);
  expect(sum.total()).toBe(total);
  expect(sum.average()).toBe(average);
});

test("a sum may have as many digits as it may have, and not one more", () => {
  expect(sumOf([`1e${EXACT_DIGITS_MAX}`, "1"]).total()).toHaveLength(EXACT_DIGITS_MAX + 1);
  expect(sumOf([`1e${EXACT_DIGITS_MAX + 1}`, "1"]).total()).toBeUndefined();
  expect(sumOf(["1e999999999", "1"]).average()).toBeUndefined();
  expect(sumOf(["9".repeat(EXACT_DIGITS_MAX)]).total()).toBe("9".repeat(EXACT_DIGITS_MAX));
  expect(sumOf(["9".repeat(EXACT_DIGITS_MAX + 1)]).total()).toBeUndefined();
});

test("an average of numbers with any exponent costs nothing, and is refused where its whole part would be rounded", () => {
  const third = sumOf([`1e${EXACT_DIGITS_MAX}`, "0", "0"]).average();
  expect(third).toBe("3".repeat(EXACT_DIGITS_MAX));
  expect(sumOf([`1e${EXACT_DIGITS_MAX + 1}`, "0", "0"]).average()).toBeUndefined();
  for (const exponent of ["100000000", "999999999", "9".repeat(15), "9".repeat(400)]) {
    expect(sumOf([`1e${exponent}`, "0", "0"]).average()).toBeUndefined();
  }
  // What comes to an end is exact, and what is small needs no more digits than any other.
  expect(sumOf(["1e100000000", "0"]).average()).toBe("5e99999999");
  expect(sumOf(["1e-100000000", "0", "0"]).average()).toBe("33333333333333333e-100000017");
});

test("an exponent that is too long to be kept is not taken for another one", () => {
  const [far, farther] = [`1e${"9".repeat(15)}`, `1e${"9".repeat(16)}`];
  for (const text of [far, farther, `-${far}`, `1e-${"9".repeat(16)}`]) {
    expect([sumOf([text]).total(), sumOf([text]).average()]).toEqual([undefined, undefined]);
  }
  expect(sumOf([`0e${"9".repeat(400)}`]).total()).toBe("0");
  expect(sumOf(["1e400000000000000"]).total()).toBe("1e400000000000000");
  expect(compareNumbers(farther, "1e999999999")).toBeGreaterThan(0);
});

test("numbers of fifteen digits add up to the last one, however many they are", () => {
  expect(sumOf(Array(20_000).fill("999999999999999")).total()).toBe("19999999999999980000");
});

function sumOf(texts: readonly string[]): ExactSum {
  const sum = new ExactSum();
  for (const text of texts) sum.add(text);
  return sum;
}

/** The number in units of 10^-`places`. */
function unitsOf(text: string, places: number): bigint {
  const [mantissa = "", power = "0"] = text.split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  return BigInt(whole + fraction) * 10n ** BigInt(places - fraction.length + Number(power));
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
