import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SQL_BYTES_MAX, SQL_PATTERN_BYTES_MAX, SQL_VALUE_BYTES_MAX } from "../protocol/limits.ts";
import {
  ANSWER_NUMBERS,
  FLAG,
  KEY_BYTES,
  KIND,
  OPEN_FLAG,
  packNumbers,
  REQUEST,
  RUN_KIND,
  STATUS,
  unpackNumbers,
} from "./database-frames.ts";

const NATIVE = join(import.meta.dirname, "../../native");
const header = readFileSync(join(NATIVE, "database/protocol.h"), "utf8");
const frames = readFileSync(join(NATIVE, "runner/frame.h"), "utf8");

/** `notADatabase` as `ANSWER_NOT_A_DATABASE`. */
function cName(prefix: string, name: string): string {
  return `${prefix}_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function numberIn(text: string, name: string): number | undefined {
  const found = new RegExp(`\\b${name}(?: =)? (\\d+)u?\\b`).exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

test("both sides have the same numbers", () => {
  const tables = { REQUEST, ANSWER: { ...STATUS, ...FLAG }, OPEN: OPEN_FLAG, RUN: RUN_KIND };
  for (const [prefix, table] of Object.entries(tables)) {
    for (const [name, value] of Object.entries(table)) {
      expect(numberIn(header, cName(prefix, name)), name).toBe(value);
    }
  }
  expect(numberIn(header, "KEY_BYTES")).toBe(KEY_BYTES);
  expect(numberIn(header, "ANSWER_NUMBERS")).toBe(ANSWER_NUMBERS);
  expect(numberIn(frames, "FRAME_CALL")).toBe(KIND.request);
  expect(numberIn(frames, "FRAME_RETURN")).toBe(KIND.answer);
});

test("neither side has a number that the other one lacks", () => {
  const enums = [...header.matchAll(/enum \w+ \{([^}]*)\}/g)].flatMap((match) => match[1]!.match(/[A-Z_]+ = \d+/g)!);
  const ours = [REQUEST, STATUS, FLAG, OPEN_FLAG, RUN_KIND].flatMap((table) => Object.keys(table));
  expect(enums).toHaveLength(ours.length);
});

test("limits that plugins notice are the same on both sides", () => {
  const native = readFileSync(join(NATIVE, "database/limits.h"), "utf8");
  for (const [name, value] of Object.entries({ SQL_BYTES_MAX, SQL_VALUE_BYTES_MAX, SQL_PATTERN_BYTES_MAX })) {
    const text = new RegExp(`#define ${name} \\(?([\\d* ]+)\\)?$`, "m").exec(native)?.[1] ?? "";
    const product = text.split("*").reduce((sum, factor) => sum * Number(factor), 1);
    expect(product, name).toBe(value);
  }
});

test("numbers are read as they were written, up to the largest", () => {
  const numbers = [0, 1, 255, 2 ** 32, Number.MAX_SAFE_INTEGER];
  expect(unpackNumbers(packNumbers(...numbers), numbers.length)).toEqual(numbers);
});

test("parts of a number are rounded up, and there is nothing below zero or beyond what is exact", () => {
  const written = packNumbers(0.1, -1, Number.POSITIVE_INFINITY);
  expect(unpackNumbers(written, 3)).toEqual([1, 0, Number.MAX_SAFE_INTEGER]);
});

test("a field of another size holds no numbers", () => {
  expect(unpackNumbers(packNumbers(1, 2), 3)).toBeUndefined();
  expect(unpackNumbers(new Uint8Array(15), 2)).toBeUndefined();
  expect(unpackNumbers(null, 2)).toBeUndefined();
});
