// Reads the body of a caller's request, as far as it may be.

import type { IncomingMessage } from "node:http";
import type { HeldShare } from "../../base/held-bytes.ts";
import { bodiesBusy, type RelayProblem } from "./relay-answer.ts";

/** The body; what is wrong with it; or undefined when the caller went away. */
export async function readRequestBody(
  request: IncomingMessage,
  bytesMax: number,
  held: HeldShare,
): Promise<Buffer | RelayProblem | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > bytesMax) return tooLarge(bytesMax);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // Leaving the loop must not destroy the connection, on which the answer still goes out.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax) return tooLarge(bytesMax);
      if (!held.take(chunk.length)) return bodiesBusy();
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return request.complete ? Buffer.concat(chunks, bytes) : undefined;
}

function tooLarge(bytesMax: number): RelayProblem {
  return { code: "body_too_large", message: `a body has ${bytesMax} bytes at most` };
}
