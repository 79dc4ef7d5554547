import { expect, test } from "vitest";
import { REPL_LINE_CHARS_MAX } from "../../protocol/limits.ts";
import { commandLines, readCommandLine } from "./command-lines.ts";

test("each line is a command of its own, unless a quote, a backslash or a bar goes on", () => {
  expect(commandLines("a\nb\r\n\n  c  ")).toEqual(["a", "b", "c"]);
  expect(commandLines("say 'one\ntwo'\nb")).toEqual(["say 'one\ntwo'", "b"]);
  expect(commandLines("a \\\n  b")).toEqual(["a    b"]);
  expect(commandLines('say "x\\\ny"')).toEqual(['say "xy"']);
  expect(commandLines("say 'x\\\ny'")).toEqual(["say 'x\\\ny'"]);
  expect(commandLines("a |\nF x\nb")).toEqual(["a | F x", "b"]);
  expect(commandLines("a\n  | F x\n  | S y\nb")).toEqual(["a   | F x   | S y", "b"]);
});

test("comments are left out, and an apostrophe in one opens no quote", () => {
  expect(commandLines("# don't\na # b\n  # c")).toEqual(["a # b"]);
});

test("a line is words and the stages behind its first bar", () => {
  expect(readCommandLine("plugins list | F a='b | c' | S d")).toEqual({
    words: ["plugins", "list"],
    pipeline: " F a='b | c' | S d",
  });
  expect(readCommandLine(`say "a b" '|' \\|`)).toEqual({ words: ["say", "a b", "|", "|"], pipeline: undefined });
  expect(readCommandLine("| F x")).toEqual({ words: [], pipeline: " F x" });
});

test.each([
  ["say 'x", "column 5: a quote is opened and not closed"],
  ["say x\\", "column 6: nothing stands behind the last backslash"],
])("%s is refused with its place", (line, message) => {
  expect(() => readCommandLine(line)).toThrow(message);
});

test("a line may have so many characters, and not one more", () => {
  const line = `x ${"y".repeat(REPL_LINE_CHARS_MAX - 2)}`;
  expect(readCommandLine(line).words).toHaveLength(2);
  expect(() => readCommandLine(`${line}y`)).toThrow(`more than ${REPL_LINE_CHARS_MAX} characters`);
});
