import { expect, test } from "vitest";
import { addressOf, newIdentity } from "./agent-identity.ts";

/** Known pairs of private keys and addresses, as Ethereum's own tools give them. */
test.each([
  ["0000000000000000000000000000000000000000000000000000000000000001", "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"],
  ["0000000000000000000000000000000000000000000000000000000000000002", "0x2b5ad5c4795c026514f8317c7a215e218dccd6cf"],
  ["4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318", "0x2c7536e3605d9c16a7a3d7b1898e529396a65c23"],
])("the address of the key %s is %s", (key, address) => {
  expect(addressOf(Buffer.from(key, "hex"))).toBe(address);
});

test("each identity is another one, and its address belongs to its key", () => {
  const [one, other] = [newIdentity(), newIdentity()];
  expect(one.address).toMatch(/^0x[0-9a-f]{40}$/);
  expect(one.privateKey).toMatch(/^[0-9a-f]{64}$/);
  expect(addressOf(Buffer.from(one.privateKey, "hex"))).toBe(one.address);
  expect(other.privateKey).not.toBe(one.privateKey);
  expect(other.address).not.toBe(one.address);
});
