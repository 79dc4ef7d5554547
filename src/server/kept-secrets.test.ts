import { expect, test } from "vitest";
import { KeptSecrets } from "./kept-secrets.ts";

function withClock(max = 10) {
  let ms = 1_000;
  const kept = new KeptSecrets<string>({ max, msMax: 500 }, () => ms);
  return { kept, pass: (passedMs: number) => (ms += passedMs) };
}

test("a secret has 256 bits, and is known for as long as it lives and not a millisecond longer", () => {
  const { kept, pass } = withClock();
  const secret = kept.keep("a");
  expect(secret).toMatch(/^[\w-]{43}$/);
  pass(499);
  expect(kept.find(secret)).toBe("a");
  pass(1);
  expect(kept.find(secret)).toBeUndefined();
  pass(-500);
  expect(kept.find(secret)).toBeUndefined();
});

test("what is taken is found no more; what nobody kept is not found", () => {
  const { kept } = withClock();
  const secret = kept.keep("a");
  expect([kept.take(secret), kept.take(secret), kept.find(secret)]).toEqual(["a", undefined, undefined]);
  expect([kept.find(""), kept.take("A".repeat(43))]).toEqual([undefined, undefined]);
});

test("of too many the oldest is forgotten", () => {
  const { kept } = withClock(2);
  const [first, second, third] = ["a", "b", "c"].map((value) => kept.keep(value));
  expect([kept.find(first!), kept.find(second!), kept.find(third!)]).toEqual([undefined, "b", "c"]);
});
