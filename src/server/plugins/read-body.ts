// Reads the body of a request whole, whatever it says that it is: what a plugin's route understands is the plugin's business.

import type { IncomingMessage } from "node:http";
import type { HeldShare } from "../../base/held-bytes.ts";
import { untilAborted } from "../../base/until-aborted.ts";
import { HttpError } from "../http-error.ts";

const WITHOUT_BODY: ReadonlySet<string> = new Set(["GET", "HEAD", "TRACE"]);

/** What requests are told that are still open when the host ends. */
export const HOST_STOPS = "Plugin error: the host is stopping";

export interface BodyBounds {
  readonly bytesMax: number;
  /** Takes what is in memory. */
  readonly held: HeldShare;
  /** When nobody waits for the rest any more. */
  readonly stopping: AbortSignal;
}

/** Undefined: there is none, or none that counts. Fails with `input_too_large`, `host_busy`, `interrupted`. */
export async function readBody(request: IncomingMessage, bounds: BodyBounds): Promise<Buffer | undefined> {
  const { headers, method } = request;
  if (WITHOUT_BODY.has(method!)) return undefined;
  const length = headers["content-length"];
  if (headers["transfer-encoding"] === undefined && (length === undefined || length === "0")) return undefined;
  // Said beforehand: nothing of it is read.
  if (length !== undefined && Number(length) > bounds.bytesMax) throw tooLarge(bounds.bytesMax);
  try {
    return await untilAborted(collect(request, bounds), bounds.stopping);
  } catch (error) {
    throw bounds.stopping.aborted ? hostStops() : error;
  }
}

function collect(request: IncomingMessage, { bytesMax, held }: BodyBounds): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const stop = (error: Error) => {
      request.off("data", take);
      chunks.length = 0;
      reject(error);
    };
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > bytesMax) stop(tooLarge(bytesMax));
      else if (!held.take(chunk.length)) stop(noRoom());
    };
    // Whoever is gone by now says so no more.
    if (request.destroyed && !request.complete) return stop(brokeOff());
    request.on("data", take);
    request.once("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.once("error", () => stop(brokeOff()));
    request.once("close", () => stop(brokeOff()));
  });
}

/** The rest of the body is still under way: the connection is of no use for anything else. */
function tooLarge(bytesMax: number): HttpError {
  return new HttpError("input_too_large", `the body of a request has ${bytesMax} bytes at most`, {
    headers: { connection: "close" },
  });
}

function noRoom(): HttpError {
  return new HttpError("host_busy", "too many requests and answers are under way", {
    headers: { connection: "close", "retry-after": "1" },
  });
}

function hostStops(): HttpError {
  return new HttpError("interrupted", HOST_STOPS, { status: 503, headers: { connection: "close" } });
}

/** Nobody reads this. */
function brokeOff(): HttpError {
  return new HttpError("request_invalid", "the request broke off", { status: 400 });
}
