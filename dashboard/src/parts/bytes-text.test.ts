import { expect, test } from "vitest";
import { bytesText } from "./bytes-text.ts";

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [1_023, "1023 bytes"],
  [1_024, "1.0 KiB"],
  [1_536 * 1_024, "1.5 MiB"],
  [2 ** 52, "4096.0 TiB"],
])("%d bytes are %s", (bytes, said) => {
  expect(bytesText(bytes)).toBe(said);
});
