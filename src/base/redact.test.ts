import { expect, test } from "vitest";
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
