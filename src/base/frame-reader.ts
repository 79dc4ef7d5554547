// Cuts what the socket brings into frames, and reads their fields.

import { isAscii } from "node:buffer";
import { FRAME_BYTES_MAX, FRAME_FIELDS_MAX } from "../protocol/limits.ts";
import { FIELD_NULL, FrameError, getU32, HEAD_BYTES, LENGTH_BYTES, TWO_32 } from "./frame-layout.ts";

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
