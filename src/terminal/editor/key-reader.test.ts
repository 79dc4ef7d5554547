import { expect, test } from "vitest";
import { EDITOR_TEXT_CHARS_MAX } from "../../protocol/limits.ts";
import { KeyReader } from "./key-reader.ts";

/** What the chunks mean: keys by name, characters in quotes, pastes in brackets. */
function readAll(...chunks: readonly (string | Buffer)[]): string[] {
  const read: string[] = [];
  const reader = new KeyReader((event) => {
    if (event.kind === "paste") read.push(event.isTooLarge ? "[too large]" : `[${event.bytes}]`);
    else read.push(event.text === undefined ? event.name : `"${event.text}"`);
  });
  for (const chunk of chunks) reader.write(Buffer.from(chunk));
  return read;
}

test("keys have the names that the editor's table knows them by", () => {
  expect(readAll("aÄ東🚀\r\n\t\x7f")).toEqual(['"a"', '"Ä"', '"東"', '"🚀"', "return", "enter", "tab", "backspace"]);
  expect(readAll("\x01\x00\x1f\x1e")).toEqual(["ctrl-a", "ctrl-space", "ctrl-_", "ctrl-^"]);
  expect(readAll("\x1b[A\x1bOB\x1b[H\x1b[F\x1b[3~\x1b[Z\x1b[1;5D")).toEqual([
    ...["up", "down", "home", "end", "delete", "shift-tab", "ctrl-left"],
  ]);
  expect(readAll("\x1bb\x1b\r\x1b\x7f\x1b<\x1b>")).toEqual(["alt-b", "alt-return", "alt-backspace", "alt-<", "alt->"]);
});

test("Escape alone is a key once nothing follows", async () => {
  const read: string[] = [];
  const reader = new KeyReader((event) => read.push(event.kind === "key" ? event.name : event.kind));
  reader.write(Buffer.from("\x1b"));
  expect(read).toEqual([]);
  await expect.poll(() => read).toEqual(["escape"]);
});

test("answers and sequences that nobody waits for type nothing", () => {
  expect(readAll("\x1b[12;40R\x1b[?62;22c\x1b]11;rgb:0000/0000/0000\x07\x1bP1$r0m\x1b\\\x1b[<0;3;4Mx").at(-1)).toBe(
    '"x"',
  );
  expect(readAll("\x1b]11;rgb:00/00/00\x1b\\y")).toEqual(['"y"']);
});

test("a paste is the same wherever it is cut", () => {
  const bytes = Buffer.from("a\x1b[200~one\r\x1b[31m\x03東\x1b[201~b\x1b[A\x1b[200~\x1b[201~");
  const whole = ['"a"', "[one\r\x1b[31m\x03東]", '"b"', "up", "[]"];
  for (let at = 0; at <= bytes.length; at++) {
    expect(readAll(bytes.subarray(0, at), bytes.subarray(at)), `cut at ${at}`).toEqual(whole);
  }
  const single = Array.from(bytes.subarray(0, 11), (byte) => Buffer.from([byte]));
  expect(readAll(...single, bytes.subarray(11))).toEqual(whole);
});

test("a paste that holds the mark of its own end does not type its rest; two pastes stay two", () => {
  expect(readAll("\x1b[200~nice\x1b[201~rm -r\r\x1b[201~")).toEqual(["[nice\x1b[201~rm -r\r]"]);
  expect(readAll("\x1b[200~one\x1b[201~\x1b[200~two\x1b[201~")).toEqual(["[one]", "[two]"]);
});

test("a paste whose end is lost is left with Ctrl-C", () => {
  expect(readAll("\x1b[200~half", "\x03", "x")).toEqual(["ctrl-c", '"x"']);
});

test("a paste of as many bytes as can be held is whole, a larger one empty", () => {
  const bytes = EDITOR_TEXT_CHARS_MAX * 4;
  const read = (count: number) => readAll("\x1b[200~", Buffer.alloc(count - 4, "x"), "y".repeat(4), "\x1b[201~z");
  expect(read(bytes).map((event) => event.length)).toEqual([bytes + 2, 3]);
  expect(read(bytes + 1)).toEqual(["[too large]", '"z"']);
});
