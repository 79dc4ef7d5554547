import { expect, test } from "vitest";
import { bytesText } from "./bytes-text.ts";
import { endOf } from "./key-ends.ts";

test.each([
  [0, "0 bytes"],
  [1_023, "1023 bytes"],
  [1_024, "1.0 KiB"],
  [1_536 * 1_024, "1.5 MiB"],
  [2 ** 52, "4096.0 TiB"],
])("%d bytes are %s", (bytes, said) => {
  expect(bytesText(bytes)).toBe(said);
});

test("a key ends so many days from now, or never", () => {
  const nowMs = Date.UTC(2026, 0, 1);
  expect(endOf("never", nowMs)).toBeNull();
  expect(endOf("month", nowMs)).toBe("2026-01-31T00:00:00.000Z");
});
