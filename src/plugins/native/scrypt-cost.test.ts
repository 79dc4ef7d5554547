import { expect, test } from "vitest";
import { scryptCost } from "./scrypt-cost.ts";

test.each([
  ["what minisign writes", 33_554_432n, 1_073_741_824n, { N: 2 ** 20, r: 8, p: 1 }],
  ["what libsodium calls interactive", 524_288n, 16_777_216n, { N: 2 ** 14, r: 8, p: 1 }],
  ["less than there may be", 0n, 0n, { N: 2, r: 8, p: 512 }],
  ["few steps in much memory", 32_768n, 1_073_741_824n, { N: 2 ** 10, r: 8, p: 1 }],
  ["many steps in little memory", 33_554_432n, 1_048_576n, { N: 2 ** 10, r: 8, p: 1024 }],
])("%s takes this much", (_, steps, memoryBytes, cost) => {
  expect(scryptCost({ steps, memoryBytes })).toEqual(cost);
});
