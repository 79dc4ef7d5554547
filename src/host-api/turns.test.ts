import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

/** Who is let through, as that happens. */
function watch(takes: Readonly<Record<string, Promise<unknown>>>): () => Promise<string[]> {
  const names: string[] = [];
  for (const [name, take] of Object.entries(takes)) void take.then(() => names.push(name));
  return async () => {
    await new Promise(setImmediate);
    return names;
  };
}

test("as many as may go on at once, and the next one when one of them is done", async () => {
  const turns = new Turns(2);
  const leave = await turns.take("a");
  const admitted = watch({ b: turns.take("b"), c: turns.take("c"), d: turns.take("d") });
  expect(await admitted()).toEqual(["b"]);
  leave();
  leave(); // A second time changes nothing.
  expect(await admitted()).toEqual(["b", "c"]);
});

test("an owner with its share lets others go first, and goes on when one of its own is done", async () => {
  const turns = new Turns(3, 1);
  const leave = await turns.take("a");
  const admitted = watch({ again: turns.take("a"), other: turns.take("b") });
  expect(await admitted()).toEqual(["other"]);
  leave();
  expect(await admitted()).toEqual(["other", "again"]);
});

test("whoever gives up waiting takes no turn", async () => {
  const turns = new Turns(1);
  const leave = await turns.take("a");
  const giveUp = new AbortController();
  const waiting = turns.take("a", giveUp.signal);
  const behind = turns.take("a");
  giveUp.abort(new Error("given up"));
  await expect(waiting).rejects.toThrow("given up");
  await expect(turns.take("a", giveUp.signal)).rejects.toThrow("given up");
  leave();
  (await behind)();
  (await turns.take("a"))();
});
