import { expect, test } from "vitest";
import { redact, secretForms } from "./redact.ts";

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
