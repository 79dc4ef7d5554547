import { expect, test } from "vitest";
import { recoverAddress, signPersonal } from "./ethereum-signature.ts";

// The example that the documentation of web3.js has for signing.
const KEY = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318";
const ADDRESS = "0x2c7536e3605d9c16a7a3d7b1898e529396a65c23";
const TEXT = "Some data";
const R = "b91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd";
const S = "6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a029";
const SIGNED = `0x${R}${S}1c`;

/** How many points the curve has. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

test("a known text signed with a known key is the known signature", () => {
  expect(signPersonal(KEY, TEXT)).toBe(SIGNED);
  expect(recoverAddress(TEXT, SIGNED)).toBe(ADDRESS);
  expect(recoverAddress(TEXT, `0x${SIGNED.slice(2).toUpperCase()}`)).toBe(ADDRESS);
});

test("the length that is signed is that in bytes, so texts beyond ASCII come back as well", () => {
  const text = "osprey Fischadler águila pescadora \u{1f985}";
  expect(recoverAddress(text, signPersonal(KEY, text))).toBe(ADDRESS);
});

test("another text, another v or a changed byte lead to another address or to none", () => {
  expect(recoverAddress("Some date", SIGNED)).not.toBe(ADDRESS);
  expect(recoverAddress(TEXT, `0x${R}${S}1b`)).not.toBe(ADDRESS);
  expect(recoverAddress(TEXT, `0x${R}${S.replace("60", "61")}1c`)).not.toBe(ADDRESS);
});

test("the other signature that anybody can make of one, with the higher s, is refused", () => {
  const high = (ORDER - BigInt(`0x${S}`)).toString(16).padStart(64, "0");
  expect(recoverAddress(TEXT, `0x${R}${high}1b`)).toBeUndefined();
  expect(recoverAddress(TEXT, `0x${R}${high}1c`)).toBeUndefined();
});

test.each([
  ["nothing", ""],
  ["no prefix", SIGNED.slice(2)],
  ["a byte too few", SIGNED.slice(0, -2)],
  ["a byte too many", `${SIGNED}00`],
  ["a digit that is none", `0x${R}${S.slice(0, -1)}g1c`],
  ["v counted from 0", `0x${R}${S}00`],
  ["v counted from 0, the other one", `0x${R}${S}01`],
  ["v of 26", `0x${R}${S}1a`],
  ["v of 29", `0x${R}${S}1d`],
  ["v with the number of a chain", `0x${R}${S}25`],
  ["r of 0", `0x${"0".repeat(64)}${S}1c`],
  ["s of 0", `0x${R}${"0".repeat(64)}1c`],
  ["r as large as the curve", `0x${ORDER.toString(16)}${S}1c`],
  ["s as large as the curve", `0x${R}${ORDER.toString(16)}1c`],
  ["r and s of all ones", `0x${"f".repeat(128)}1c`],
  ["a line end behind it", `${SIGNED}\n`],
])("a signature with %s is none", (_, signature) => {
  expect(recoverAddress(TEXT, signature)).toBeUndefined();
});
