import { expect, test } from "vitest";
import { endOf } from "./key-ends.ts";

test("a key ends so many days from now, or never", () => {
  const nowMs = Date.UTC(2026, 0, 1);
  expect(endOf("never", nowMs)).toBeNull();
  expect(endOf("month", nowMs)).toBe("2026-01-31T00:00:00.000Z");
});
