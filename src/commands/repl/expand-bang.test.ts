import { expect, test } from "vitest";
import { expandBang } from "./expand-bang.ts";

const LINES = [
  { id: 3, command_line: "plugins list" },
  { id: 4, command_line: "inventory hosts --json" },
  { id: 7, command_line: "config show" },
];

test.each([
  ["!!", "config show"],
  ["!! | F x", "config show | F x"],
  ["!-1", "config show"],
  ["!-3", "plugins list"],
  ["!4", "inventory hosts --json"],
  ["!4 --table", "inventory hosts --json --table"],
  ["!inv", "inventory hosts --json"],
  ["!?list", "plugins list"],
  ["!?hosts --json", "inventory hosts --json"],
  ["  !!  ", "config show"],
])("%s stands for an earlier line", (typed, text) => {
  expect(expandBang(typed, LINES)).toEqual({ text });
});

test.each([
  ["!", '"!" stands alone'],
  ["!-4", "there are only 3 lines"],
  ["!-0", "there are only 3 lines"],
  ["!5", "no line has the number 5"],
  ["!zzz", 'no line begins with "zzz"'],
  ["!?zzz", 'no line has "zzz" in it'],
  ["!?", 'no line has "" in it'],
])("%s stands for none, which is said", (typed, problem) => {
  expect(expandBang(typed, LINES)).toEqual({ problem: expect.stringContaining(problem) });
});

test("a line without a bang in front is left alone, and an empty history has nothing", () => {
  expect(expandBang("say !!", LINES)).toBeUndefined();
  expect(expandBang("!!", [])).toEqual({ problem: "there is no line before this one" });
});
