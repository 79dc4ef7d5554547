import { expect, test } from "vitest";
import { HeldBytes } from "./held-bytes.ts";

test("all together hold as much as may be held and not a byte more, and what is given back is free once", () => {
  const held = new HeldBytes(100);
  const [one, two] = [held.open(), held.open()];
  expect([one.take(60), two.take(41), two.take(40), one.take(1)]).toEqual([true, false, true, false]);
  one.release();
  one.release();
  expect([two.take(61), two.take(60)]).toEqual([false, true]);
});

test("who gave back what it held gets nothing any more", () => {
  const share = new HeldBytes(100).open();
  share.release();
  expect(share.take(1)).toBe(false);
});

test("one for whom something is held takes no more than its part, and leaves the rest to the others", () => {
  const held = new HeldBytes(100, 30);
  const host = {};
  const shares = [held.open("a", host), held.open("b", host), held.open("a"), held.open("b", {})] as const;
  expect([shares[0].take(20), shares[1].take(11), shares[1].take(10)]).toEqual([true, false, true]);
  // One of the two has room.
  expect([shares[2].take(11), shares[2].take(10)]).toEqual([false, true]);
  expect([shares[3].take(21), shares[3].take(20)]).toEqual([false, true]);
  shares[0].release();
  expect([shares[1].take(1), shares[2].take(20), shares[2].take(1)]).toEqual([false, true, false]);
});
