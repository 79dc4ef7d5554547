// Frames: what crosses the socket between host and runner. The layout is described in native/runner/frame.h, which
// holds the same numbers.

import { isAscii } from "node:buffer";
import { FRAME_BYTES_MAX, FRAME_FIELDS_MAX } from "../../protocol/limits.ts";

export const PROTOCOL_VERSION = 1;
const HEAD_BYTES = 24;
const LENGTH_BYTES = 4;
const FIELD_NULL = 0xffffffff;
const TWO_32 = 2 ** 32;

export const KIND = {
  call: 1,
  return: 2,
  hostCall: 3,
  hostReturn: 4,
  chunk: 5,
  log: 6,
  hello: 7,
  ping: 8,
  pong: 9,
  fault: 10,
  dump: 11,
  credit: 12,
  ready: 13,
} as const;

export const STATUS = { null: 0, text: 1, refused: 2, tooLarge: 3 } as const;

export const ENTRY = { invoke: 1, route: 2, config: 3, event: 4, destroy: 5 } as const;
export type Entry = keyof typeof ENTRY;

export const LOAD_RESULT = {
  ok: 0,
  libraryFailed: 1,
  entryMissing: 2,
  entryNull: 3,
  tableIncomplete: 4,
  initNull: 5,
  manifestNull: 6,
  manifestTooLarge: 7,
} as const;

export const FEATURE = { route: 1, config: 2, event: 4 } as const;

export type FieldValue = string | null | Uint8Array;

/** What arrived is not a frame; the line cannot be used any further. */
export class FrameError extends Error {}

/** Where a writer's bytes go: a socket, in effect. */
export interface ByteSink {
  write(bytes: Uint8Array): unknown;
  cork(): void;
  uncork(): void;
}

const SLAB_BYTES = 64 * 1024;
/** So that the runner can begin with the first of many frames while the rest is still being packed. */
const FRAMES_PER_WRITE_MAX = 16;
/** Of one UTF-16 code unit. */
const UTF8_BYTES_MAX = 3;

/**
 * Packs frames and hands them over together: the frames of one turn cost one system call, or one for every sixteen.
 * Bytes that were handed over are never written to again.
 */
export class FrameWriter {
  readonly #sink: ByteSink;
  #slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #from = 0;
  #to = 0;
  #ready: Uint8Array[] = [];
  #scheduled = false;
  #queued = 0;
  readonly #flush = () => this.flush();

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /** Queues one frame. Throws `FrameError`, with nothing queued, when it is too large or a text contains NUL. */
  write(kind: number, op: number, id: number, parent: number, fields: readonly FieldValue[]): void {
    let room = HEAD_BYTES;
    for (const field of fields) {
      const size = field?.length ?? 0;
      if (size > FRAME_BYTES_MAX) throw new FrameError(`${size} characters do not fit into a frame`);
      if (typeof field !== "string") room += 5 + size;
      else if (field.includes("\0")) throw new FrameError("a text with a NUL character cannot reach a C function");
      else room += 5 + size * UTF8_BYTES_MAX;
    }
    if (room <= SLAB_BYTES) {
      if (SLAB_BYTES - this.#to < room) this.#nextSlab();
      this.#to = encode(this.#slab, this.#to, kind, op, id, parent, fields);
    } else {
      // Counting the bytes first would cost more than the room that stays unused: it is never touched.
      const own = Buffer.allocUnsafeSlow(room);
      const end = encode(own, 0, kind, op, id, parent, fields);
      if (end - LENGTH_BYTES > FRAME_BYTES_MAX) throw new FrameError(`${end} bytes do not fit into a frame`);
      this.#cut();
      this.#ready.push(own.subarray(0, end));
    }
    if (++this.#queued >= FRAMES_PER_WRITE_MAX) return this.flush();
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Not a microtask: those of callers that each await something would come between, one write for every frame.
    process.nextTick(this.#flush);
  }

  /** Hands over what is queued, now. */
  flush(): void {
    this.#scheduled = false;
    this.#queued = 0;
    this.#cut();
    const ready = this.#ready;
    if (ready.length === 1) {
      this.#ready = [];
      this.#sink.write(ready[0]!);
    } else if (ready.length > 1) {
      this.#ready = [];
      this.#sink.cork();
      for (const bytes of ready) this.#sink.write(bytes);
      this.#sink.uncork();
    }
  }

  #cut(): void {
    if (this.#to > this.#from) this.#ready.push(this.#slab.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }

  #nextSlab(): void {
    this.#cut();
    this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    this.#from = 0;
    this.#to = 0;
  }
}

/** Writes one frame at `start`; gives the position behind it. */
function encode(
  to: Buffer,
  start: number,
  kind: number,
  op: number,
  id: number,
  parent: number,
  fields: readonly FieldValue[],
): number {
  let at = start + HEAD_BYTES;
  for (const field of fields) {
    let size = 0;
    if (typeof field === "string") size = to.write(field, at + 4, "utf8");
    else if (field !== null) {
      to.set(field, at + 4);
      size = field.length;
    }
    putU32(to, at, field === null ? FIELD_NULL : size);
    at += 4 + size;
    to[at++] = 0;
  }
  putU32(to, start, at - start - LENGTH_BYTES);
  to[start + 4] = kind;
  to[start + 5] = op;
  to[start + 6] = fields.length;
  to[start + 7] = 0;
  putU32(to, start + 8, id >>> 0);
  putU32(to, start + 12, (id / TWO_32) >>> 0);
  putU32(to, start + 16, parent >>> 0);
  putU32(to, start + 20, (parent / TWO_32) >>> 0);
  return at;
}

function putU32(to: Uint8Array, at: number, value: number): void {
  to[at] = value;
  to[at + 1] = value >>> 8;
  to[at + 2] = value >>> 16;
  to[at + 3] = value >>> 24;
}

export function getU32(from: Uint8Array, at: number): number {
  return (from[at]! | (from[at + 1]! << 8) | (from[at + 2]! << 16) | (from[at + 3]! << 24)) >>> 0;
}

/** From this size on it pays to ask whether a text is plain ASCII, which decodes at twice the speed. */
const ASCII_CHECK_BYTES_MIN = 2048;

/** The frame that has just arrived; valid only until the handler returns. */
export class FrameView {
  kind = 0;
  op = 0;
  id = 0;
  parent = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;
  #left = 0;

  /** Points the view at a whole frame. */
  set(bytes: Buffer, start: number, end: number): void {
    this.kind = bytes[start + 4]!;
    this.op = bytes[start + 5]!;
    this.#left = bytes[start + 6]! | (bytes[start + 7]! << 8);
    this.id = getU32(bytes, start + 8) + getU32(bytes, start + 12) * TWO_32;
    this.parent = getU32(bytes, start + 16) + getU32(bytes, start + 20) * TWO_32;
    if (this.#left > FRAME_FIELDS_MAX) throw new FrameError(`a frame with ${this.#left} fields`);
    this.#bytes = bytes;
    this.#at = start + HEAD_BYTES;
    this.#end = end;
  }

  /** How many fields have not been read yet. */
  get fieldsLeft(): number {
    return this.#left;
  }

  /** The next field as text, invalid UTF-8 replaced; `null` for NULL, and when there are no more fields. */
  text(): string | null {
    const size = this.#next();
    if (size < 0) return null;
    const from = this.#at - size - 1;
    const to = this.#at - 1;
    if (size < ASCII_CHECK_BYTES_MIN) return this.#bytes.toString("utf8", from, to);
    return textOf(this.#bytes.subarray(from, to));
  }

  /** The next field as a copy of its bytes. */
  bytes(): Buffer | null {
    const size = this.#next();
    return size < 0 ? null : Buffer.from(this.#bytes.subarray(this.#at - size - 1, this.#at - 1));
  }

  /** Steps over the next field; gives its size, or -1. */
  #next(): number {
    if (this.#left === 0) return -1;
    this.#left--;
    if (this.#end - this.#at < 5) throw new FrameError("a frame that is cut short");
    const size = getU32(this.#bytes, this.#at);
    const isNull = size === FIELD_NULL;
    const next = this.#at + 5 + (isNull ? 0 : size);
    if (next > this.#end || this.#bytes[next - 1] !== 0) throw new FrameError("a field that leaves its frame");
    this.#at = next;
    return isNull ? -1 : size;
  }
}

function textOf(bytes: Buffer): string {
  return bytes.toString(isAscii(bytes) ? "latin1" : "utf8");
}

/**
 * Cuts a stream of bytes into frames. Small frames are read where they lie; for a frame that spans chunks the memory
 * is taken once. The handler must not keep the view.
 */
export class FrameReader {
  readonly #view = new FrameView();
  readonly #onFrame: (frame: FrameView) => void;
  #rest: Buffer | undefined;
  #have = 0;

  constructor(onFrame: (frame: FrameView) => void) {
    this.#onFrame = onFrame;
  }

  /** Takes the next bytes. Throws `FrameError` when they are no frames; the reader is of no use afterwards. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#rest) {
        at = this.#fill(chunk, at);
        continue;
      }
      const have = chunk.length - at;
      const size = have < LENGTH_BYTES ? 0 : frameBytes(chunk, at);
      if (size === 0 || size > have) {
        this.#rest = Buffer.allocUnsafe(size === 0 ? LENGTH_BYTES : size);
        this.#have = chunk.copy(this.#rest, 0, at);
        return;
      }
      this.#view.set(chunk, at, at + size);
      at += size;
      this.#onFrame(this.#view);
    }
  }

  /** Adds to the unfinished frame; gives the position in the chunk behind what it took. */
  #fill(chunk: Buffer, at: number): number {
    let rest = this.#rest!;
    const taken = chunk.copy(rest, this.#have, at);
    this.#have += taken;
    if (this.#have < rest.length) return at + taken;
    if (rest.length === LENGTH_BYTES) {
      const whole = Buffer.allocUnsafe(frameBytes(rest, 0));
      rest.copy(whole);
      this.#rest = whole;
      return at + taken;
    }
    rest = this.#rest!;
    this.#rest = undefined;
    this.#view.set(rest, 0, rest.length);
    this.#onFrame(this.#view);
    return at + taken;
  }
}

/** Size of the frame whose length word is at `at`, that word included. */
function frameBytes(bytes: Buffer, at: number): number {
  const length = getU32(bytes, at);
  if (length < HEAD_BYTES - LENGTH_BYTES || length > FRAME_BYTES_MAX) {
    throw new FrameError(`a frame of ${length} bytes`);
  }
  return length + LENGTH_BYTES;
}
