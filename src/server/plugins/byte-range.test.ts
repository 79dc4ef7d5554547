import fc from "fast-check";
import { expect, test } from "vitest";
import { byteRange } from "./byte-range.ts";

test.each([
  ["bytes=0-0", 0, 0],
  ["bytes=0-9", 0, 9],
  ["bytes=3-5", 3, 5],
  ["bytes=5-", 5, 9],
  ["bytes=9-", 9, 9],
  ["bytes=3-10", 3, 9],
  ["bytes=3-99999999999999999999999999", 3, 9],
  ["bytes=-1", 9, 9],
  ["bytes=-10", 0, 9],
  ["bytes=-11", 0, 9],
  ["BYTES= 0-1 ", 0, 1],
])("of ten bytes, %s are those from %i to %i", (header, first, last) => {
  expect(byteRange(header, 10)).toEqual({ first, last });
});

test.each(["bytes=10-", "bytes=10-11", "bytes=99999999999999999999999999-", "bytes=-0"])(
  "of ten bytes, %s are none",
  (header) => expect(byteRange(header, 10)).toBe("none"),
);

test.each(["bytes=0-", "bytes=-1", "bytes=0-0"])("an empty file has no bytes that %s could be", (header) => {
  expect(byteRange(header, 0)).toBe("none");
});

test.each([
  "",
  "bytes",
  "bytes=",
  "bytes=-",
  "bytes=a-b",
  "bytes=5-3",
  "bytes=0x1-2",
  "bytes=1.5-2",
  "bytes=--1",
  "bytes=0-1,3-4",
  "bytes=0-1, bytes=3-4",
  "lines=0-1",
  "bytes 0-1",
  "bytes=٣-٤",
])("%j is no range that is served: the whole file is", (header) => {
  expect(byteRange(header, 10)).toBe("whole");
});

test("whatever the header, a range lies inside the file", () => {
  const number = fc.oneof(fc.constant(""), fc.bigInt({ min: 0n, max: 1n << 70n }).map(String), fc.nat(20).map(String));
  const header = fc.oneof(
    fc.string(),
    fc.tuple(number, number).map(([first, last]) => `bytes=${first}-${last}`),
  );
  fc.assert(
    fc.property(header, fc.nat(20), (text, size) => {
      const range = byteRange(text, size);
      if (typeof range === "string") return;
      expect(range.first).toBeGreaterThanOrEqual(0);
      expect(range.last).toBeGreaterThanOrEqual(range.first);
      expect(range.last).toBeLessThan(size);
    }),
  );
});
