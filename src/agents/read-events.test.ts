import fc from "fast-check";
import { expect, test } from "vitest";
import { readEvents, type StreamedEvent } from "./read-events.ts";

async function eventsOf(pieces: readonly Uint8Array[], bytesMax = 1000): Promise<StreamedEvent[]> {
  const given = (async function* () {
    yield* pieces;
  })();
  const events: StreamedEvent[] = [];
  for await (const event of readEvents(given, bytesMax)) events.push(event);
  return events;
}

const bytes = (text: string) => Buffer.from(text);
const data = async (text: string, bytesMax?: number) =>
  (await eventsOf([bytes(text)], bytesMax)).map((event) => event.data);

test("events end at an empty line, whatever the line breaks are", async () => {
  for (const end of ["\n", "\r\n", "\r"]) {
    expect(await data(`data: a${end}data:b${end}${end}: comment${end}id: 7${end}data:  c${end}${end}`)).toEqual([
      "a\nb",
      " c",
    ]);
  }
});

test("a mark of the byte order in front, and an empty line that is missing at the end, do no harm", async () => {
  expect(await data("\u{feff}data: a\n\ndata: b\n")).toEqual(["a", "b"]);
});

test("a last line without its end is no event", async () => {
  expect(await data("data: a\n\ndata: b")).toEqual(["a"]);
});

test("an event has its name, and the next one does not", async () => {
  expect(await eventsOf([bytes("event: error\ndata: a\n\ndata: b\n\n")])).toEqual([
    { event: "error", data: "a" },
    { event: undefined, data: "b" },
  ]);
});

test.each(["<html>\n\n", "{}\n", "dat: x\n", "Data: x\n"])("%j is no line of an event stream", async (text) => {
  await expect(data(text)).rejects.toMatchObject({ code: "inference_invalid" });
});

test("an event of the largest size is read, and one byte more is refused", async () => {
  const line = (size: number) => `data:${"x".repeat(size - 5)}\n\n`;
  expect((await data(line(50).repeat(3), 50)).map(({ length }) => length)).toEqual([45, 45, 45]);
  await expect(data(line(51), 50)).rejects.toMatchObject({ code: "inference_invalid" });
  await expect(data("x".repeat(51), 50)).rejects.toMatchObject({ code: "inference_invalid" });
  await expect(data(`data:${"x".repeat(20)}\n`.repeat(3), 50)).rejects.toMatchObject({ code: "inference_invalid" });
});

test("comments that keep a connection awake may go on for ever", async () => {
  expect(await data(`${": ping\n\n".repeat(100)}${": ping\n".repeat(100)}data: a\n\n`, 50)).toEqual(["a"]);
});

test("the same events come out however the bytes were split", async () => {
  const line = fc.constantFrom("data: käse 🧀", "data:", "data", ": ping", "event: x", "id: 1", "", "data: {}");
  const end = fc.constantFrom("\n", "\r\n", "\r");
  const stream = fc.array(fc.tuple(line, end), { maxLength: 20 }).map((lines) => bytes(lines.flat().join("")));
  await fc.assert(
    fc.asyncProperty(stream, fc.array(fc.nat(200)), async (all, cuts) => {
      const places = [0, ...cuts.filter((at) => at < all.length).sort((a, b) => a - b), all.length];
      const pieces = places.slice(1).map((to, at) => all.subarray(places[at], to));
      expect(await eventsOf(pieces)).toEqual(await eventsOf([all]));
      expect(await eventsOf([...all].map((byte) => Uint8Array.of(byte)))).toEqual(await eventsOf([all]));
    }),
  );
});
