import { expect, test } from "vitest";
import { RUN_SAME_ROUNDS_MAX, RUN_SAME_ROUNDS_TOLD } from "../protocol/limits.ts";
import type { MadeCall } from "./call-round.ts";
import { SameRounds } from "./same-rounds.ts";

const round = (digest: string): MadeCall[] => [
  { call: { id: "c", name: "t", arguments: "{}" }, forModel: "", digest, wasMade: true },
];

test("the model is told at its limit and not before, and the run ends at the next", () => {
  const rounds = new SameRounds();
  const verdicts = Array.from({ length: RUN_SAME_ROUNDS_MAX }, () => rounds.add(round("same")));
  expect(verdicts.indexOf("tell")).toBe(RUN_SAME_ROUNDS_TOLD - 1);
  expect(verdicts.indexOf("end")).toBe(RUN_SAME_ROUNDS_MAX - 1);
});

test("one other result in between, and it is counted from the beginning", () => {
  const rounds = new SameRounds();
  for (let count = 1; count < RUN_SAME_ROUNDS_MAX; count++) rounds.add(round("same"));
  expect(rounds.add(round("other"))).toBe("go on");
  expect(rounds.add(round("same"))).toBe("go on");
});
