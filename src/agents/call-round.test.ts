import { expect, test } from "vitest";
import { CallRound, type MadeCall, turnOfResult } from "./call-round.ts";

const calls = ["a", "b", "c"].map((id) => ({ id, name: "t", arguments: "{}" }));
const made = (index: number): MadeCall => ({ call: calls[index]!, forModel: `r${index}`, digest: "", wasMade: true });

test("results are handed on in the calls' order, each once all before it are there", () => {
  const handed: string[] = [];
  const round = new CallRound(calls, ({ call }) => handed.push(call.id));
  round.end(1, made(1));
  expect(handed).toEqual([]);
  round.end(0, made(0));
  expect(handed).toEqual(["a", "b"]);
  expect(round.made.map(({ call }) => call.id)).toEqual(["a", "b"]);
  round.end(2, made(2));
  expect(handed).toEqual(["a", "b", "c"]);
  expect(round.rest()).toEqual([]);
});

test("at any moment each call has a result: the one that is there, or what is known of it", () => {
  const round = new CallRound(calls);
  round.begin(0);
  round.end(1, made(1));
  const rest = round.rest();
  expect(rest.map(({ wasMade }) => wasMade)).toEqual([true, true, false]);
  expect(rest.map((one) => turnOfResult(one).content)).toEqual([
    expect.stringContaining("is not known"),
    "r1",
    expect.stringContaining("before this call was made"),
  ]);
  expect(round.made).toEqual([]);
});
