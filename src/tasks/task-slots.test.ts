import { expect, test } from "vitest";
import { TaskSlots } from "./task-slots.ts";

const { signal } = new AbortController();

test("there are so many places, and so many for each agent", () => {
  const slots = new TaskSlots(3, 2);
  const first = slots.tryTake("a");
  expect([first, slots.tryTake("a")].every(Boolean)).toBe(true);
  expect(slots.tryTake("a")).toBeUndefined();
  expect(slots.tryTake("b")).toBeDefined();
  expect(slots.tryTake("b")).toBeUndefined();
  first!();
  first!(); // A place is given back once.
  expect(slots.tryTake("b")).toBeDefined();
  expect(slots.tryTake("c")).toBeUndefined();
});

test("whoever waits gets a place in turn, and one whose agent has enough holds up nobody", async () => {
  const slots = new TaskSlots(2, 1);
  const [ofA, ofB] = [slots.tryTake("a")!, slots.tryTake("b")!];
  const order: string[] = [];
  const waiting = ["a", "c", "d"].map(async (agent) => {
    const slot = await slots.take(agent, signal);
    order.push(agent);
    return slot;
  });
  ofB();
  await waiting[1];
  expect(order).toEqual(["c"]);
  ofA();
  await waiting[0];
  expect(order).toEqual(["c", "a"]);
  (await waiting[1]!)();
  await waiting[2];
  expect(order).toEqual(["c", "a", "d"]);
});

test("whoever stops waiting takes no place", async () => {
  const slots = new TaskSlots(1, 1);
  const slot = slots.tryTake("a")!;
  const leaving = new AbortController();
  const left = slots.take("a", leaving.signal);
  leaving.abort();
  await expect(left).rejects.toMatchObject({ code: "interrupted" });
  await expect(slots.take("a", leaving.signal)).rejects.toMatchObject({ code: "interrupted" });
  slot();
  expect(slots.tryTake("a")).toBeDefined();
});
