import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameError } from "../../base/frame-layout.ts";
import { FrameReader } from "../../base/frame-reader.ts";
import { FrameWriter } from "../../base/frame-writer.ts";
import { FRAME_BYTES_MAX, FRAME_FIELDS_MAX } from "../../protocol/limits.ts";
import { CHECKS_ARE_MADE, ENTRY, FEATURE, HOST_SLOTS, KIND, LOAD_RESULT, PROTOCOL_VERSION, STATUS } from "./frames.ts";

interface Sent {
  kind: number;
  op: number;
  id: number;
  parent: number;
  fields: (string | null)[];
}

function recordingWriter() {
  const parts: Uint8Array[] = [];
  return { parts, writer: new FrameWriter({ write: (bytes) => parts.push(bytes), cork() {}, uncork() {} }, KIND.call) };
}

/** Packs frames into one run of bytes. */
function packed(frames: readonly Sent[]): Buffer {
  const { parts, writer } = recordingWriter();
  for (const { kind, op, id, parent, fields } of frames) writer.write(kind, op, id, parent, fields);
  writer.flush();
  return Buffer.concat(parts);
}

/** Reads frames from chunks. */
function unpacked(chunks: readonly Buffer[]): Sent[] {
  const frames: Sent[] = [];
  const reader = new FrameReader((frame) => {
    const fields: (string | null)[] = [];
    const { kind, op, id, parent } = frame;
    while (frame.fieldsLeft > 0) fields.push(frame.text());
    frames.push({ kind, op, id, parent, fields });
  });
  for (const chunk of chunks) reader.push(chunk);
  return frames;
}

const text = fc.string({ unit: "binary" }).map((value) => value.replaceAll("\0", "").toWellFormed());
const frame: fc.Arbitrary<Sent> = fc.record({
  kind: fc.integer({ min: 1, max: 15 }),
  op: fc.integer({ min: 0, max: 255 }),
  id: fc.maxSafeNat(),
  parent: fc.maxSafeNat(),
  fields: fc.array(fc.option(text), { maxLength: FRAME_FIELDS_MAX }),
});

test("what was packed is what is unpacked, however the bytes are cut into chunks", () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat()), (frames, cuts) => {
      const bytes = packed(frames);
      const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
      const chunks = [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
      expect(unpacked(chunks)).toEqual(frames);
    }),
  );
});

test("a frame can be cut at every byte", () => {
  const frames = [{ kind: KIND.call, op: 1, id: 2 ** 40 + 7, parent: 3, fields: ["agent", null, "", "käse"] }];
  const bytes = packed(frames);
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(unpacked([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(frames);
  }
});

test("frames larger than a slab, and many small ones that fill several, arrive whole and in order", () => {
  const frames = Array.from({ length: 3000 }, (_, id) => ({
    kind: KIND.call,
    op: 0,
    id,
    parent: 0,
    fields: ["x".repeat(id % 700 === 0 ? 200_000 : id % 97)],
  }));
  expect(unpacked([packed(frames)])).toEqual(frames);
});

test("bytes that were handed over are never written to again", () => {
  const { parts, writer } = recordingWriter();
  writer.write(KIND.call, 0, 1, 0, ["first"]);
  writer.flush();
  const before = Buffer.from(parts[0]!);
  for (let id = 2; id < 5000; id++) writer.write(KIND.call, 0, id, 0, ["later and longer"]);
  writer.flush();
  expect(Buffer.from(parts[0]!)).toEqual(before);
});

test("the frames of one turn leave together, many of them in several pieces", async () => {
  const { parts, writer } = recordingWriter();
  for (let id = 0; id < 5; id++) writer.write(KIND.call, 0, id, 0, ["x"]);
  await Promise.resolve();
  for (let id = 5; id < 10; id++) writer.write(KIND.call, 0, id, 0, ["x"]);
  expect(parts).toHaveLength(0);
  await new Promise((resolve) => setImmediate(resolve));
  expect(parts).toHaveLength(1);
  for (let id = 0; id < 100; id++) writer.write(KIND.call, 0, id, 0, ["x"]);
  expect(parts.length).toBeGreaterThan(2);
});

test("frames that may wait leave once all that happened was looked at, and no later than one that may not", async () => {
  const { parts, writer } = recordingWriter();
  const queue = (id: number, mayWait: boolean) => writer.write(KIND.call, 0, id, 0, ["x"], mayWait);
  queue(1, true);
  await new Promise<void>((resolve) => process.nextTick(() => process.nextTick(resolve)));
  expect(parts).toHaveLength(0);
  await new Promise((resolve) => setImmediate(resolve));
  expect(parts).toHaveLength(1);
  queue(2, true);
  queue(3, false);
  await new Promise<void>((resolve) => process.nextTick(() => process.nextTick(resolve)));
  expect(parts).toHaveLength(2);
  await new Promise((resolve) => setImmediate(resolve));
  expect(unpacked(parts.map((part) => Buffer.from(part))).map(({ id }) => id)).toEqual([1, 2, 3]);
});

test("a text with a NUL is refused, and nothing of its frame is sent", () => {
  const { parts, writer } = recordingWriter();
  expect(() => writer.write(KIND.call, 0, 1, 0, ["fine", "a\0b"])).toThrow(FrameError);
  writer.flush();
  expect(parts).toHaveLength(0);
});

test("the largest frame passes and one byte more is refused", () => {
  const head = 20 + 5;
  const largest = "x".repeat(FRAME_BYTES_MAX - head);
  const bytes = packed([{ kind: KIND.call, op: 0, id: 1, parent: 0, fields: [largest] }]);
  expect(bytes.length).toBe(FRAME_BYTES_MAX + 4);
  expect(unpacked([bytes])[0]?.fields[0]?.length).toBe(largest.length);
  expect(() => packed([{ kind: KIND.call, op: 0, id: 1, parent: 0, fields: [`${largest}x`] }])).toThrow(FrameError);
});

test("a length outside the bounds, too many fields and fields that leave the frame are refused", () => {
  const good = packed([{ kind: KIND.return, op: 1, id: 1, parent: 0, fields: ["abc"] }]);
  const changed = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(good);
    change(bytes);
    return () => unpacked([bytes]);
  };
  expect(changed(() => undefined)).not.toThrow();
  expect(changed((bytes) => bytes.writeUInt32LE(19, 0))).toThrow(FrameError);
  expect(changed((bytes) => bytes.writeUInt32LE(FRAME_BYTES_MAX + 1, 0))).toThrow(FrameError);
  expect(changed((bytes) => bytes.writeUInt16LE(FRAME_FIELDS_MAX + 1, 6))).toThrow(FrameError);
  expect(changed((bytes) => bytes.writeUInt16LE(2, 6))).toThrow(FrameError);
  expect(changed((bytes) => bytes.writeUInt32LE(4, 24))).toThrow(FrameError);
  expect(changed((bytes) => bytes.writeUInt32LE(0xfffffffe, 24))).toThrow(FrameError);
  expect(changed((bytes) => bytes.writeUInt8(1, bytes.length - 1))).toThrow(FrameError);
});

test("bytes that are no UTF-8 become replacement characters, in short texts and in long ones", () => {
  const texts: (string | null)[] = [];
  const reader = new FrameReader((view) => texts.push(view.text()));
  for (const size of [10, 5000]) {
    const bytes = packed([{ kind: KIND.return, op: 1, id: 1, parent: 0, fields: ["x".repeat(size)] }]);
    bytes[30] = 0xff;
    reader.push(bytes);
  }
  expect(texts.map((value) => value?.includes("\ufffd"))).toEqual([true, true]);
});

test("the numbers are those of the runner", () => {
  const native = join(import.meta.dirname, "../../../native/runner");
  const header = readFileSync(join(native, "frame.h"), "utf8");
  const limits = readFileSync(join(native, "limits.h"), "utf8");
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  const tables = { FRAME: KIND, STATUS, ENTRY, LOAD: LOAD_RESULT, FEATURE };
  const ours = Object.entries(tables).flatMap(([prefix, table]) =>
    Object.entries(table).map(([name, value]) => `${prefix}_${snake(name)} = ${value}`),
  );
  for (const line of ours) expect(header).toMatch(new RegExp(`\\b${line}\\b`));
  expect(header).toContain(`#define PROTOCOL_VERSION ${PROTOCOL_VERSION}u`);
  const checks = readFileSync(join(native, "checks.h"), "utf8");
  expect(checks).toContain(`#define CHECKS_ARE_MADE ${CHECKS_ARE_MADE}`);
  expect(readFileSync(join(native, "entries.h"), "utf8")).toContain(`#define HOST_SLOTS ${HOST_SLOTS}`);
  expect(limits).toContain(`FRAME_FIELDS_MAX ${FRAME_FIELDS_MAX}u`);
  expect(limits).toContain("FRAME_BYTES_MAX (64u * 1024u * 1024u)");
  expect(FRAME_BYTES_MAX).toBe(64 * 1024 * 1024);
});
