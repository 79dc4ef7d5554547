import { setImmediate } from "node:timers/promises";
import { MessageChannel } from "node:worker_threads";
import { afterEach, expect, test, vi } from "vitest";
import { EDITOR_TEXT_CHARS_MAX } from "../../protocol/limits.ts";
import { KeyReader } from "./key-reader.ts";

afterEach(() => vi.useRealTimers());

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

/** Waits until everything that was written has been told. */
async function expectRead(expected: readonly string[], ...chunks: readonly (string | Buffer)[]): Promise<void> {
  const read = readAll(...chunks);
  await expect.poll(() => read, { timeout: 10_000 }).toEqual(expected);
}

test("a paste is the same wherever it is cut, and what is typed after it are keys", async () => {
  const bytes = Buffer.from("a\x1b[200~one\r\x1b[31m\x03東\x1b[201~");
  const whole = ['"a"', "[one\r\x1b[31m\x03東]"];
  const cuts = Array.from({ length: bytes.length + 1 }, (_, at) => [bytes.subarray(0, at), bytes.subarray(at)]);
  const single = Array.from(bytes, (byte) => Buffer.from([byte]));
  await Promise.all([...cuts, single].map(async (chunks) => await expectRead(whole, ...chunks)));
  const read: string[] = [];
  const reader = new KeyReader((event) => read.push(event.kind === "key" ? event.name : event.bytes.toString()));
  reader.write(Buffer.from("\x1b[200~\x1b[201~"));
  await expect.poll(() => read).toEqual([""]);
  reader.write(Buffer.from("\r\x1b[A\x1b[200~two\x1b[201~"));
  await expect.poll(() => read).toEqual(["", "return", "up", "two"]);
});

test("a paste that holds marks of its own types nothing, however much lies between and wherever it is cut", async () => {
  const paste = (text: string) => `\x1b[200~${text}\x1b[201~`;
  const orders = "\rhistory clear\r";
  const attacks: [pasted: string, text: string][] = [
    [`nice\x1b[201~${orders}`, `nice${orders}`],
    [`nice\x1b[201~${orders}\x1b[200~x`, `nice${orders}x`],
    [`\x1b[201~\x03${orders}`, `\x03${orders}`],
    ["\x1b[201~".repeat(500) + orders, orders],
    ...[0, 5_000, 70_000].map((count): [string, string] => {
      const pad = "\x15".repeat(count) + orders;
      return [`safe\x1b[201~${pad}`, `safe${pad}`];
    }),
  ];
  const cut = (text: string, size: number) =>
    Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size));
  await Promise.all(
    attacks.flatMap(([pasted, text]) =>
      [1_000_000, 4_095, 97].map(async (size) => await expectRead([`[${text}]`], ...cut(paste(pasted), size))),
    ),
  );
});

test("behind a mark that lies within, a paste may go on late; what was there to be read counts before the time", async () => {
  const read: string[] = [];
  const reader = new KeyReader((event) => read.push(event.kind === "key" ? event.name : event.bytes.toString()));
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  reader.write(Buffer.from("\x1b[200~safe\x1b[201~\x15\x15"));
  await passTime(150);
  reader.write(Buffer.from("\rrm\r\x1b[201~"));
  await passTime(150);
  expect(read).toEqual([]);
  await passTime(500);
  expect(read).toEqual(["safe\x15\x15\rrm\r"]);
  vi.useRealTimers();
  // As when the machine is busy: the time is over, and the bytes lie there.
  const { port1, port2 } = new MessageChannel();
  port1.on("message", (text: string) => reader.write(Buffer.from(text)));
  // Behind this, the timers are next, and what there is to read comes after them.
  await setImmediate();
  reader.write(Buffer.from("\x1b[200~one\x1b[201~"));
  port2.postMessage("\rtwo\r\x1b[201~");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  await expect.poll(() => read.slice(1), { timeout: 10_000 }).toEqual(["one\rtwo\r"]);
  port1.close();
});

/** Nothing comes for so long, and what that sets off has happened. Timers are not the real ones then. */
async function passTime(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms);
  await setImmediate();
}

test("a paste whose end is lost is left with Ctrl-C alone", async () => {
  const read: string[] = [];
  const reader = new KeyReader((event) => read.push(event.kind === "key" ? event.name : event.bytes.toString()));
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  reader.write(Buffer.from("\x1b[200~\x03"));
  await passTime(150);
  reader.write(Buffer.from("half\x03"));
  await passTime(150);
  reader.write(Buffer.from("b\x03"));
  await passTime(150);
  expect(read).toEqual([]);
  reader.write(Buffer.from("\x03"));
  reader.write(Buffer.from("\x03"));
  await passTime(150);
  expect(read).toEqual(["ctrl-c"]);
  reader.write(Buffer.from("x"));
  expect(read).toEqual(["ctrl-c", "x"]);
});

test("a paste of as many bytes as can be held is whole, a larger one empty", async () => {
  const bytes = EDITOR_TEXT_CHARS_MAX * 4;
  const read = (count: number) => readAll("\x1b[200~", Buffer.alloc(count - 4, "x"), "y".repeat(4), "\x1b[201~");
  const [whole, larger, endless] = [read(bytes), read(bytes + 1), read(bytes + 1_000)];
  await expect.poll(() => whole.map((event) => event.length)).toEqual([bytes + 2]);
  await expect.poll(() => [larger, endless]).toEqual([["[too large]"], ["[too large]"]]);
});
