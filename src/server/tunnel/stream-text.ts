// Cuts the bytes of a streamed answer where a character ends, so that each piece is a text of its own.

import { isUtf8 } from "node:buffer";

export interface TextPiece {
  readonly data: string;
  readonly isBinary: boolean;
}

export class StreamText {
  #rest: Uint8Array = new Uint8Array();

  /** Undefined: not a whole character yet. What is no text is given as base64. */
  take(chunk: Uint8Array): TextPiece | undefined {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const whole = bytes.length - incompleteBytes(bytes);
    this.#rest = bytes.subarray(whole);
    if (whole === 0) return undefined;
    if (isUtf8(bytes.subarray(0, whole))) return piece(bytes.subarray(0, whole), false);
    this.#rest = new Uint8Array();
    return piece(bytes, true);
  }

  /** What is left when nothing comes any more: part of a character. */
  end(): TextPiece | undefined {
    const rest = this.#rest;
    this.#rest = new Uint8Array();
    return rest.length === 0 ? undefined : piece(rest, true);
  }
}

function piece(bytes: Uint8Array, isBinary: boolean): TextPiece {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { data: buffer.toString(isBinary ? "base64" : "utf8"), isBinary };
}

/** How many bytes at the end begin a character whose other bytes are still to come. */
function incompleteBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue; // Not the first of its character.
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > back ? back : 0;
  }
  return 0;
}
