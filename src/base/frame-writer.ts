// Packs frames and hands their bytes to the socket.

import { FRAME_BYTES_MAX } from "../protocol/limits.ts";
import { FIELD_NULL, type FieldValue, FrameError, HEAD_BYTES, LENGTH_BYTES, putU32, TWO_32 } from "./frame-layout.ts";

/** Where a writer's bytes go: a socket, in effect. */
export interface ByteSink {
  write(bytes: Uint8Array): unknown;
  cork(): void;
  uncork(): void;
}

const SLAB_BYTES = 64 * 1024;
/** So that the runner can begin with the first of many calls while the rest is still being packed. */
const CALLS_PER_WRITE_MAX = 16;
/** Of one UTF-16 code unit. */
const UTF8_BYTES_MAX = 3;

/**
 * Packs frames and hands them over together: the frames of one turn cost one system call, or one for every sixteen
 * calls. Frames that may wait leave together with those of all other events that are there now: of many sockets that were
 * read, for instance. Bytes that were handed over are never written to again.
 */
export class FrameWriter {
  readonly #sink: ByteSink;
  readonly #flushKind: number;
  #slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #from = 0;
  #to = 0;
  #ready: Uint8Array[] = [];
  #isScheduled = false;
  #isLater = false;
  #callsQueued = 0;
  readonly #flush = () => this.flush();

  /** @param flushKind sixteen frames of this kind are handed over without waiting for the end of the turn. */
  constructor(sink: ByteSink, flushKind: number) {
    this.#sink = sink;
    this.#flushKind = flushKind;
  }

  /**
   * Queues one frame. Throws `FrameError`, with nothing queued, when it is too large or a text contains NUL.
   *
   * @param mayWait the other side is busy anyway, so that it may wait for others that are about to come.
   */
  write(kind: number, op: number, id: number, parent: number, fields: readonly FieldValue[], mayWait = false): void {
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
    if (kind === this.#flushKind && ++this.#callsQueued >= CALLS_PER_WRITE_MAX) return this.flush();
    if (mayWait) return this.#flushLater();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // Not a microtask: those of callers that each await something would come between, one write for every frame.
    process.nextTick(this.#flush);
  }

  #flushLater(): void {
    if (this.#isScheduled || this.#isLater) return;
    this.#isLater = true;
    setImmediate(this.#flush);
  }

  /** Hands over what is queued, now. */
  flush(): void {
    this.#isScheduled = false;
    this.#isLater = false;
    this.#callsQueued = 0;
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
