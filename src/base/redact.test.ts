import { expect, test } from "vitest";
import { ENCODED_FORMS_CHARS_MAX, ENCODED_SECRET_CHARS_MAX, SECRET_FORMS_MAX } from "../protocol/limits.ts";
import { redact, redactor, secretForms } from "./redact.ts";

const cleaned = (text: string, values: string[], charsMax?: number) => redact(text, secretForms(values), charsMax);

test("a secret value is taken out wherever it stands", () => {
  expect(cleaned("token=s3cr3t-value, again s3cr3t-value.", ["s3cr3t-value"])).toBe(
    "token=[redacted], again [redacted].",
  );
});

test("a value of five characters stays, one of six goes", () => {
  expect(cleaned("12345 123456", ["12345", "123456"])).toBe("12345 [redacted]");
  expect(cleaned("12345", ["12345"])).toBe("12345");
});

test("blanks alone are no secret", () => {
  expect(cleaned("a          b", ["          "])).toBe("a          b");
});

test("a value inside a JSON text is found in spite of its escapes", () => {
  const value = 'pass"word\\with\ttab';
  expect(cleaned(JSON.stringify({ value }), [value])).toBe('{"value":"[redacted]"}');
});

test("each line of a value of several lines is found by itself", () => {
  const key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----";
  expect(cleaned("read MIIEvQIBADANBg", [key])).toBe("read [redacted]");
});

test("of two values that contain one another the longer one is taken out whole", () => {
  expect(cleaned("abcdef-and-more", ["abcdef", "abcdef-and-more"])).toBe("[redacted]");
});

test("a secret across the place where a text is cut leaves nothing behind", () => {
  expect(cleaned("12345secret-value", ["secret-value"], 8)).toBe("12345[redacted]");
  expect(cleaned("12345secret-value and more", ["nowhere"], 8)).toBe("12345sec");
});

test("of many values each is found, as of few", () => {
  for (const count of [10, 1_000]) {
    const values = Array.from({ length: count }, (_, index) => `value ${index} of "many"`);
    const clean = redactor(() => values);
    expect(clean(`a ${values[0]}, ${JSON.stringify(values.at(-1))}`)).toBe('a [redacted], "[redacted]"');
    expect(clean("value of none")).toBe("value of none");
    expect(clean(`12345${values[3]} and more`, 8)).toBe("12345[redacted]");
    expect(clean(`123456789${values[3]}`, 8)).toBe("12345678");
  }
});

test("of many values that contain one another the longest one is taken out whole", () => {
  const values = Array.from({ length: 100 }, (_, index) => "x".repeat(6 + index));
  expect(redactor(() => values)(`a ${"x".repeat(105)} b`)).toBe("a [redacted] b");
});

test("values that come later are taken out from then on", () => {
  let values = ["first-value"];
  const clean = redactor(() => values);
  expect(clean("first-value second-value")).toBe("[redacted] second-value");
  values = ["first-value", "second-value"];
  expect(clean("first-value second-value")).toBe("[redacted] [redacted]");
});

test("a document among the values does not keep the others from being taken out", () => {
  const lines = Array.from({ length: 30_000 }, (_, index) => `line number ${index}`).join("\n");
  expect(secretForms([lines, "the-secret"])).toHaveLength(20_000);
  expect(cleaned("the-secret", [lines, "the-secret"])).toBe("[redacted]");
});

const SPECIAL = "ä/b+c d\"e\\f'g(h)*i€🦅&j";

/** As a program that writes ASCII only. */
const ascii = (json: string) =>
  json.replace(/[^\0-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
const json = JSON.stringify({ v: SPECIAL });
const strictly = encodeURIComponent(SPECIAL).replace(
  /[!'()*]/g,
  (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
);

test.each([
  ["JSON with escaped slashes", json.replaceAll("/", "\\/")],
  ["JSON of ASCII only", ascii(json)],
  ["JSON of ASCII only, in capitals", ascii(json).replace(/[0-9a-f]{4}/g, (hex) => hex.toUpperCase())],
  ["JSON of ASCII only with escaped slashes", ascii(json).replaceAll("/", "\\/")],
  ["JSON within JSON", JSON.stringify({ body: json })],
  ["JSON of ASCII only within JSON", JSON.stringify({ body: ascii(json) })],
  ["JSON with escaped slashes within JSON", JSON.stringify({ body: json.replaceAll("/", "\\/") })],
  ["a part of an address", `https://h/?v=${encodeURIComponent(SPECIAL)}&z=1`],
  [
    "a part of an address, in small letters",
    `?v=${encodeURIComponent(SPECIAL).replace(/%../g, (c) => c.toLowerCase())}&`,
  ],
  ["a part of an address, strictly", `?v=${strictly}&z=1`],
  [
    "a path in which slashes stay",
    `/x/${encodeURIComponent(SPECIAL).replaceAll("%2F", "/")}`.replace(
      /['()*]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
  ],
  ["a form", new URLSearchParams({ v: SPECIAL, z: "1" }).toString()],
  ["base64", `v: ${Buffer.from(SPECIAL).toString("base64")}`],
  ["base64 for addresses", `v: ${Buffer.from(SPECIAL).toString("base64url")}`],
])("a value is found in %s", (_, text) => {
  const shown = cleaned(text, [SPECIAL]);
  expect(shown).toContain("[redacted]");
  for (const part of ["c d", "c+d", "c%20d", "(h)", "%28h%29", Buffer.from(SPECIAL).toString("base64").slice(4, 12)]) {
    expect(shown).not.toContain(part);
  }
  // Without the value it is there to be found.
  expect(cleaned(text, ["another value"])).toBe(text);
});

test("base64 is looked for from twelve characters on, whatever the padding, and at the beginning of something longer", () => {
  expect(cleaned(btoa("elevenchars"), ["elevenchars"])).toBe(btoa("elevenchars"));
  for (const value of ["twelve-chars", "thirteen-char", "fourteen-chars"]) {
    expect(cleaned(`a ${btoa(value)} b`, [value])).toBe("a [redacted] b");
    expect(cleaned(btoa(`${value}:more`), [value])).toMatch(/^\[redacted\].{6,9}$/);
  }
});

test("encodings are looked for up to the longest value that has them; one that is longer is still found as it is", () => {
  const longest = `/${"x".repeat(ENCODED_SECRET_CHARS_MAX - 1)}`;
  expect(cleaned(encodeURIComponent(longest), [longest])).toBe("[redacted]");
  const longer = `${longest}x`;
  expect(cleaned(encodeURIComponent(longer), [longer])).toBe(encodeURIComponent(longer));
  expect(cleaned(longer, [longer])).toBe("[redacted]");
});

test("of too many values all are found as they are before one is looked for in an encoding", () => {
  const values = Array.from({ length: SECRET_FORMS_MAX }, (_, index) => `value/${index}`);
  expect(secretForms(values)).toHaveLength(SECRET_FORMS_MAX);
  expect(cleaned(`${values.at(-1)}`, values)).toBe("[redacted]");
  expect(cleaned("value\\/0", values)).toBe("value\\/0");
  expect(cleaned("value\\/0", values.slice(0, -1))).toBe("[redacted]");
});

test("encodings of many long values together stay bounded", () => {
  const values = Array.from({ length: 1_000 }, (_, index) => `/${index}${"ä".repeat(ENCODED_SECRET_CHARS_MAX / 2)}`);
  const chars = secretForms(values).reduce((sum, form) => sum + form.length, 0);
  const asTheyAre = values.reduce((sum, value) => sum + value.length, 0);
  expect(chars).toBeLessThan(asTheyAre + 2 * ENCODED_FORMS_CHARS_MAX);
});
