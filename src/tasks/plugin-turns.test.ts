import { expect, test } from "vitest";
import { PluginTurns } from "./plugin-turns.ts";

/** Whether it is this one's turn by now. */
function entering(turns: PluginTurns, plugin = "p") {
  const facts = { isIn: false };
  void turns.enter(plugin).then(() => {
    facts.isIn = true;
  });
  return facts;
}

test("so many have their turn at once for each plugin, the others in the order in which they came", async () => {
  const turns = new PluginTurns(2);
  const all = [entering(turns), entering(turns), entering(turns), entering(turns), entering(turns, "another")];
  await null;
  expect(all.map(({ isIn }) => isIn)).toEqual([true, true, false, false, true]);
  turns.leave("p");
  await null;
  expect(all.map(({ isIn }) => isIn)).toEqual([true, true, true, false, true]);
});

test("once they are closed everybody has a turn at once: those who wait, and those who come later", async () => {
  const turns = new PluginTurns(1);
  const all = [entering(turns), entering(turns), entering(turns)];
  turns.close();
  all.push(entering(turns));
  await null;
  expect(all.map(({ isIn }) => isIn)).toEqual([true, true, true, true]);
  for (const _ of all) turns.leave("p");
});
