// Takes an event stream apart: bytes as they arrive, whatever their pieces are, to the data of each event. All that is held
// is one event, and that has a bound.

import { HostError } from "../protocol/errors.ts";

const LF = 0x0a;
const CR = 0x0d;
const HELD_BYTES = 4096;
/** Fields that the protocol has; a line of any other shape is no part of an event stream. */
const FIELD = /^(?:data|event|id|retry)(?::|$)|^:|^$/;

export interface StreamedEvent {
  readonly event: string | undefined;
  readonly data: string;
}

/** The events, without those that have no data. Throws `inference_invalid` for lines that are none and events too long. */
export async function* readEvents(
  chunks: AsyncIterable<Uint8Array>,
  eventBytesMax: number,
): AsyncGenerator<StreamedEvent> {
  const lines = new LineReader(eventBytesMax);
  let data: string[] = [];
  let name: string | undefined;
  const take = (): StreamedEvent | undefined => {
    const event = data.length === 0 ? undefined : { event: name, data: data.join("\n") };
    data = [];
    name = undefined;
    return event;
  };
  for await (const chunk of chunks) {
    for (const line of lines.read(chunk)) {
      if (line === "") {
        lines.startEvent();
        const event = take();
        if (event !== undefined) yield event;
        continue;
      }
      if (!FIELD.test(line)) throw invalidStream("a line of it is none of an event stream");
      if (line.startsWith("data")) data.push(fieldValue(line));
      else if (line.startsWith("event")) name = fieldValue(line);
      // A comment keeps a connection awake: however many there are, they are no event.
      else if (line.startsWith(":") && data.length === 0) lines.startEvent();
    }
  }
  // The last event need not have its empty line: servers forget it. A line that was cut is none.
  const last = take();
  if (last !== undefined) yield last;
}

export function invalidStream(problem: string, cause?: unknown): HostError {
  return new HostError("inference_invalid", `what the model's server sent is not valid: ${problem}`, {
    ...(cause === undefined ? {} : { cause }),
  });
}

function fieldValue(line: string): string {
  const at = line.indexOf(":");
  if (at === -1) return "";
  return line.slice(line[at + 1] === " " ? at + 2 : at + 1);
}

/** Splits bytes into lines, each looked at once. */
class LineReader {
  readonly #eventBytesMax: number;
  /** What there is of a line; grows by doubling, so that a line in single bytes costs no more than one in large pieces. */
  #held = Buffer.alloc(HELD_BYTES);
  #heldBytes = 0;
  #eventBytes = 0;
  /** The line before ended in CR: an LF that follows belongs to it. */
  #afterCr = false;
  #isFirst = true;

  constructor(eventBytesMax: number) {
    this.#eventBytesMax = eventBytesMax;
  }

  *read(chunk: Uint8Array): Generator<string> {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === LF && this.#afterCr) {
        this.#afterCr = false;
        start = at + 1;
        continue;
      }
      this.#afterCr = byte === CR;
      if (byte !== LF && byte !== CR) continue;
      this.#hold(chunk.subarray(start, at));
      start = at + 1;
      yield this.#line();
    }
    this.#hold(chunk.subarray(start));
  }

  startEvent(): void {
    this.#eventBytes = 0;
  }

  #hold(bytes: Uint8Array): void {
    this.#eventBytes += bytes.length;
    if (this.#eventBytes > this.#eventBytesMax) throw invalidStream(`an event is over ${this.#eventBytesMax} bytes`);
    const bytesWanted = this.#heldBytes + bytes.length;
    if (bytesWanted > this.#held.length) {
      const larger = Buffer.alloc(Math.max(bytesWanted, 2 * this.#held.length));
      this.#held.copy(larger, 0, 0, this.#heldBytes);
      this.#held = larger;
    }
    this.#held.set(bytes, this.#heldBytes);
    this.#heldBytes = bytesWanted;
  }

  #line(): string {
    const text = this.#held.toString("utf8", 0, this.#heldBytes);
    this.#heldBytes = 0;
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    return isFirst && text.startsWith("\u{feff}") ? text.slice(1) : text;
  }
}
