import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { shellWord } from "./shell-word.ts";

test.each(["plain-word_1.0", "two words", "it's", "; touch /tmp/x #", "$HOME `id` \\", "", "*", "ü\n"])(
  "a shell reads %j back as one word and runs nothing of it",
  (text) => expect(execFileSync("sh", ["-c", `printf %s ${shellWord(text)}`], { encoding: "utf8" })).toBe(text),
);
