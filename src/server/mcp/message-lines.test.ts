import { expect, test } from "vitest";
import { MessageLines } from "./message-lines.ts";

function splitter(bytesMax = 100) {
  const lines: string[] = [];
  const told: string[] = [];
  const splitter = new MessageLines(
    bytesMax,
    (line) => lines.push(line),
    () => told.push("too long"),
  );
  return { lines, told, push: (text: string) => splitter.push(Buffer.from(text)), end: () => splitter.end(), splitter };
}

test("messages come out whole, wherever the pieces were cut", () => {
  const text = Buffer.from('{"a":"é€😀"}\n{"b":1}\r\n\n  \n{"c":2}');
  for (let at = 0; at <= text.length; at++) {
    const { lines, splitter: given } = splitter();
    given.push(text.subarray(0, at));
    given.push(text.subarray(at));
    given.end();
    expect(lines.map((line) => line.trim())).toEqual(['{"a":"é€😀"}', '{"b":1}', '{"c":2}']);
  }
});

test("a line at the limit is given, one past it is dropped whole and told once", () => {
  const { lines, told, push } = splitter(10);
  push(`${"a".repeat(10)}\n`);
  push(`${"b".repeat(6)}`);
  push(`${"b".repeat(5)}`);
  push(`${"b".repeat(500)}\nshort\n`);
  expect(lines).toEqual(["a".repeat(10), "short"]);
  expect(told).toEqual(["too long"]);
});

test("a line in a thousand pieces costs no more than one in a single piece", () => {
  const { lines, push } = splitter(2_000_000);
  for (let i = 0; i < 1_000; i++) push("x".repeat(1_000));
  push("\n");
  expect(lines[0]!.length).toBe(1_000_000);
});
