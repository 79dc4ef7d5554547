// The body of a response: unpacked, and no larger than plugins may have. What is packed can grow a thousandfold, so the
// bytes are counted as they come, those between one coding and the next as well, and the connection ends with the first
// one too many.

import { addAbortSignal, type Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";
import {
  HTTP_BODY_BYTES_MAX,
  HTTP_CODINGS_MAX,
  HTTP_PACKED_BYTES_MAX,
  HTTP_SMALL_BYTES_MAX,
} from "../protocol/limits.ts";
import { HttpFailure, networkFailure } from "./http-failure.ts";

export interface BodyDeps {
  readonly method: string;
  /** The response's; those that speak of the packed body are taken out when it is unpacked. */
  readonly headers: Map<string, string>;
  /** Counts bytes that are kept; false when all the plugin's responses together have too many. */
  hold(bytes: number): boolean;
  /** Awaited once when the body turns out to be large: resolves when there may be one more of these. */
  large(): Promise<void>;
  /** Ends the unpacking, too, at once. */
  readonly signal: AbortSignal;
  /** What else is known about how the exchange ended. */
  failure(): HttpFailure | undefined;
}

const BODY_BYTES_FIRST = 16 * 1024;

type Bytes = AsyncIterable<Buffer>;
type Unpack = (packed: Bytes, signal: AbortSignal) => Bytes;

const UNPACK: Readonly<Record<string, Unpack>> = {
  gzip: (packed, signal) => through(packed, signal, () => createGunzip()),
  "x-gzip": (packed, signal) => through(packed, signal, () => createGunzip()),
  br: (packed, signal) => through(packed, signal, () => createBrotliDecompress()),
  // Half of the servers that say so leave the wrapping out.
  deflate: (packed, signal) =>
    through(packed, signal, (first) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw())),
};

/** Reads all of it. Throws `HttpFailure`. */
export async function readBody(response: Bytes, deps: BodyDeps): Promise<Buffer> {
  const { method, headers, signal, failure } = deps;
  if (method === "HEAD") return Buffer.alloc(0);
  const unpackers = unpackersFor(headers.get("content-encoding"));
  if (unpackers.length > 0) {
    headers.delete("content-encoding");
    headers.delete("content-length");
  } else if (Number(headers.get("content-length")) > HTTP_BODY_BYTES_MAX) {
    throw tooLarge();
  }
  try {
    let source: Bytes = response;
    for (const unpack of unpackers) source = unpack(counted(source), signal);
    return await collected(source, deps);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error instanceof HttpFailure ? error : (failure() ?? networkFailure(error));
  }
}

/** All bytes in one piece. They are copied: a server may send them one by one, and each chunk is an object. */
async function collected(source: Bytes, { hold, large }: BodyDeps): Promise<Buffer> {
  let body = Buffer.allocUnsafeSlow(BODY_BYTES_FIRST);
  let bytes = 0;
  for await (const chunk of source) {
    const start = bytes;
    bytes += chunk.length;
    if (bytes > HTTP_BODY_BYTES_MAX) throw tooLarge();
    if (!hold(chunk.length)) throw tooMuchAtOnce();
    if (bytes > HTTP_SMALL_BYTES_MAX && start <= HTTP_SMALL_BYTES_MAX) await large();
    if (bytes > body.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(HTTP_BODY_BYTES_MAX, Math.max(bytes, 2 * body.length)));
      body.copy(larger, 0, 0, start);
      body = larger;
    }
    chunk.copy(body, start);
  }
  return body.subarray(0, bytes);
}

/** Packed bytes, which may be what other packed bytes became. */
async function* counted(packed: Bytes): Bytes {
  let bytes = 0;
  for await (const chunk of packed) {
    bytes += chunk.length;
    if (bytes > HTTP_PACKED_BYTES_MAX) throw tooLarge(HTTP_PACKED_BYTES_MAX, "packed ");
    yield chunk;
  }
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
async function* through(packed: Bytes, signal: AbortSignal, make: (firstByte: number) => Duplex): Bytes {
  const source = packed[Symbol.asyncIterator]();
  let first = await source.next();
  while (!first.done && first.value.length === 0) first = await source.next();
  if (first.done) return;
  const { value } = first;
  async function* whole(): Bytes {
    yield value;
    yield* { [Symbol.asyncIterator]: () => source };
  }
  // Packed bytes that become nothing keep whoever reads waiting for ever: the signal ends it from outside.
  const unpacker = addAbortSignal(signal, make(value[0]!));
  const feeding = pipeline(whole(), unpacker);
  feeding.catch(() => {}); // Whoever reads gets the error.
  yield* unpacker as Bytes;
  await feeding;
}

function tooLarge(bytesMax = HTTP_BODY_BYTES_MAX, what = ""): HttpFailure {
  return new HttpFailure("response_too_large", `The response's body has more than ${bytesMax} ${what}bytes.`);
}

function tooMuchAtOnce(): HttpFailure {
  return new HttpFailure("response_too_large", "The plugin's responses have too many bytes together.");
}
