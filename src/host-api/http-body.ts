// The body of a response: unpacked, and no larger than plugins may have. What is packed can grow a thousandfold, so the
// unpacked bytes are counted as they come, and the connection ends with the first one too many.

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";
import { HTTP_BODY_BYTES_MAX, HTTP_CODINGS_MAX } from "../protocol/limits.ts";
import { HttpFailure, networkFailure } from "./http-failure.ts";

export interface BodyDeps {
  readonly method: string;
  /** The response's; those that speak of the packed body are taken out when it is unpacked. */
  readonly headers: Map<string, string>;
  /** Counts bytes that are kept; false when all the plugin's responses together have too many. */
  hold(bytes: number): boolean;
  readonly signal: AbortSignal;
  /** What else is known about how the exchange ended. */
  failure(): HttpFailure | undefined;
}

type Bytes = AsyncIterable<Buffer>;
type Unpack = (packed: Bytes) => Bytes;

const UNPACK: Readonly<Record<string, Unpack>> = {
  gzip: (packed) => through(packed, () => createGunzip()),
  "x-gzip": (packed) => through(packed, () => createGunzip()),
  br: (packed) => through(packed, () => createBrotliDecompress()),
  // Half of the servers that say so leave the wrapping out.
  deflate: (packed) => through(packed, (first) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw())),
};

/** Reads all of it. Throws `HttpFailure`. */
export async function readBody(response: IncomingMessage, deps: BodyDeps): Promise<Buffer> {
  const { method, headers, hold, signal, failure } = deps;
  if (method === "HEAD") return Buffer.alloc(0);
  const unpackers = unpackersFor(headers.get("content-encoding"));
  if (unpackers.length > 0) {
    headers.delete("content-encoding");
    headers.delete("content-length");
  } else if (Number(headers.get("content-length")) > HTTP_BODY_BYTES_MAX) {
    throw tooLarge();
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    let source: Bytes = response;
    for (const unpack of unpackers) source = unpack(source);
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > HTTP_BODY_BYTES_MAX) throw tooLarge();
      if (!hold(chunk.length)) throw tooMuchAtOnce();
      chunks.push(chunk);
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error instanceof HttpFailure ? error : (failure() ?? networkFailure(error));
  }
  return Buffer.concat(chunks, bytes);
}

/** What undoes a Content-Encoding, the last coding first; nothing when one of them is not known: then all is left as it is. */
function unpackersFor(coding: string | undefined): Unpack[] {
  const names = (coding ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  const known = names.filter((name) => name !== "" && name !== "identity").map((name) => UNPACK[name]);
  if (known.length > HTTP_CODINGS_MAX) throw new HttpFailure("invalid_response", "The response is packed too often.");
  return known.every((one) => one !== undefined) ? known.reverse() : [];
}

/** A body of no bytes has nothing to unpack, whatever its headers say. */
async function* through(packed: Bytes, make: (firstByte: number) => Duplex): Bytes {
  const source = packed[Symbol.asyncIterator]();
  let first = await source.next();
  while (!first.done && first.value.length === 0) first = await source.next();
  if (first.done) return;
  const { value } = first;
  async function* whole(): Bytes {
    yield value;
    yield* { [Symbol.asyncIterator]: () => source };
  }
  const unpacker = make(value[0]!);
  const feeding = pipeline(whole(), unpacker);
  feeding.catch(() => {}); // Whoever reads gets the error.
  yield* unpacker as Bytes;
  await feeding;
}

function tooLarge(): HttpFailure {
  return new HttpFailure("response_too_large", `The response's body has more than ${HTTP_BODY_BYTES_MAX} bytes.`);
}

function tooMuchAtOnce(): HttpFailure {
  return new HttpFailure("response_too_large", "The plugin's responses have too many bytes together.");
}
