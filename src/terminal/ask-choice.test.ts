import { expect, test } from "vitest";
import { recordedOutput } from "../../test/helpers/fake-terminal.ts";
import { askChoice } from "./ask-choice.ts";

const CHOICES = [
  { letter: "y", label: "yes", value: 1 },
  { letter: "n", label: "no", value: 0 },
];

async function asked(...typed: (string | undefined)[]) {
  const stderr = recordedOutput();
  const questions: string[] = [];
  const prompt = async (question: string) => {
    questions.push(question);
    return typed.shift();
  };
  const value = await askChoice({ prompt, stderr }, "go on?", CHOICES);
  return { value, questions, text: stderr.text };
}

test("a letter chooses, in either case and with space around it", async () => {
  expect(await asked("y")).toEqual({ value: 1, questions: ["go on? "], text: "[y] yes  [n] no\n" });
  expect((await asked(" N ")).value).toBe(0);
});

test("anything else is asked again; an empty line chooses nothing", async () => {
  const { value, questions, text } = await asked("", "yes", "x", "n");
  expect([value, questions.length]).toEqual([0, 4]);
  expect(text.match(/please type one of y, n\n/g)).toHaveLength(3);
});

test("the end of the input is no choice, not even the first one", async () => {
  expect((await asked("x", undefined)).value).toBeUndefined();
});
