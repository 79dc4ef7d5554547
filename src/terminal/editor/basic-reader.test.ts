import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { recordedOutput } from "../../../test/helpers/fake-terminal.ts";
import { EDITOR_TEXT_CHARS_MAX } from "../../protocol/limits.ts";
import { type BasicOptions, createBasicReader } from "./basic-reader.ts";

function readerOf(options: Partial<BasicOptions> = {}) {
  const input = new PassThrough();
  const output = recordedOutput();
  const reader = createBasicReader({ ...options, input: input as unknown as NodeJS.ReadStream, output });
  return { input, output, reader, ask: async () => await reader.ask({ text: "\u001b[1mlab\u001b[0m> ", more: ". " }) };
}

const text = (value: string) => ({ kind: "text", text: value });

test("lines are given one by one, also those that came together; the last may have no end", async () => {
  const { input, output, ask } = readerOf();
  const bytes = Buffer.from("one\r\ntwo\nthr\u00e9\u00e9\u001b\u0007 東\nlast");
  for (const byte of bytes) input.write(Buffer.from([byte]));
  input.end();
  expect(await ask()).toEqual(text("one"));
  expect(await ask()).toEqual(text("two"));
  expect(await ask()).toEqual(text("thr\u00e9\u00e9 東"));
  expect(await ask()).toEqual(text("last"));
  expect(await ask()).toEqual({ kind: "end" });
  expect(output.text).toBe(`${"lab> ".repeat(5)}\n`);
  expect(input.eventNames().filter((name) => name === "data")).toEqual([]);
});

test("a text that is not whole goes on; one that was expanded is shown and not taken", async () => {
  const { input, output, ask } = readerOf({
    isWhole: (line) => !line.endsWith("\\"),
    expand: (line) =>
      line === "!!" ? { text: "the last" } : line === "!?" ? { problem: "no such line" } : { text: line },
  });
  input.write("!!\n!?\none\\\ntwo\n");
  expect(await ask()).toEqual(text("one\\\ntwo"));
  expect(output.text).toBe("lab> the last\nlab> no such line\nlab> . ");
});

test("a line that is longer than can be held is left out, one that just fits is not", async () => {
  const { input, output, ask } = readerOf();
  input.write(`${"x".repeat(EDITOR_TEXT_CHARS_MAX + 1)}\n`);
  input.write(`${"y".repeat(EDITOR_TEXT_CHARS_MAX)}\n`);
  const typed = await ask();
  expect(typed.kind === "text" && [typed.text.length, typed.text[0]]).toEqual([EDITOR_TEXT_CHARS_MAX, "y"]);
  expect(output.text).toContain("was left out");
});

test("Ctrl-C, an abort and a close end the question", async () => {
  let press = () => {};
  const stop = new AbortController();
  const { ask, reader } = readerOf({
    signal: stop.signal,
    interrupts(listener) {
      press = listener;
      return () => {};
    },
  });
  const first = ask();
  press();
  expect(await first).toEqual({ kind: "interrupt" });
  const second = ask();
  reader.close();
  expect(await second).toEqual({ kind: "end" });
  expect(await ask()).toEqual({ kind: "end" });
  stop.abort();
  await expect(readerOf({ signal: stop.signal }).ask()).rejects.toMatchObject({ code: "interrupted" });
});
