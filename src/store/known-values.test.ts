import { expect, test } from "vitest";
import { KNOWN_VALUES_MAX } from "../protocol/limits.ts";
import { KnownValues } from "./known-values.ts";

const map = (...values: string[]) => new Map(values.map((value, index) => [`k${index}`, value]));

test("the values of all agents are known, and those that were replaced meanwhile", () => {
  const known = new KnownValues();
  known.hold("a", map("one", "two"));
  known.hold("b", map("three"));
  known.hold("a", map("two", "four"));
  expect([...known.list()].sort()).toEqual(["four", "one", "three", "two"]);
});

test("of the values that are none any more the newest thousand are known, one more pushes the oldest out", () => {
  const known = new KnownValues();
  for (let i = 0; i < KNOWN_VALUES_MAX; i++) known.note(`value ${i}`);
  expect(known.list()).toHaveLength(KNOWN_VALUES_MAX);
  known.note("value 0"); // The newest again.
  known.note("one more");
  expect(known.list()).toHaveLength(KNOWN_VALUES_MAX);
  expect(known.list()).toContain("value 0");
  expect(known.list()).not.toContain("value 1");
});

test("however much is written, what is a value now is known", () => {
  const known = new KnownValues();
  known.hold("a", map("the secret"));
  for (let i = 0; i <= KNOWN_VALUES_MAX; i++) known.note(`value ${i}`);
  expect(known.list()[0]).toBe("the secret");
});

test("values that are long push out older ones before there are a thousand; the newest one stays", () => {
  const known = new KnownValues();
  for (const letter of "abcde") known.note(letter.repeat(1024 * 1024));
  expect(known.list().map((value) => value[0])).toEqual(["e", "d", "c", "b"]);
  known.note("f".repeat(5 * 1024 * 1024));
  expect(known.list().map((value) => value[0])).toEqual(["f"]);
});

test("the list is the same one while there is nothing new", () => {
  const known = new KnownValues();
  const values = map("one");
  known.hold("a", values);
  known.note("two");
  const list = known.list();
  known.hold("a", values);
  known.note("two");
  expect(known.list()).toBe(list);
  known.note("three");
  expect(known.list()).not.toBe(list);
});
