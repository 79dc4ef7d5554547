// Reads the body of a request whole, whatever it says that it is: what a plugin's route understands is the plugin's business.

import type { IncomingMessage } from "node:http";
import { SERVER_BODY_BYTES_MAX } from "../../protocol/limits.ts";
import { HttpError } from "../http-error.ts";

const WITHOUT_BODY: ReadonlySet<string> = new Set(["GET", "HEAD", "TRACE"]);

/** Undefined: there is none, or none that counts. Fails with `input_too_large`. */
export function readBody(request: IncomingMessage): Promise<Buffer> | undefined {
  const { headers, method } = request;
  if (WITHOUT_BODY.has(method!)) return undefined;
  const length = headers["content-length"];
  if (headers["transfer-encoding"] === undefined && (length === undefined || length === "0")) return undefined;
  // Said beforehand: nothing of it is read.
  if (length !== undefined && Number(length) > SERVER_BODY_BYTES_MAX) return Promise.reject(tooLarge());
  return collect(request);
}

function collect(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const stop = (error: Error) => {
      request.off("data", take);
      reject(error);
    };
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > SERVER_BODY_BYTES_MAX) stop(tooLarge());
    };
    request.on("data", take);
    request.once("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes)));
    request.once("error", () => stop(brokeOff()));
    request.once("close", () => stop(brokeOff()));
  });
}

/** The rest of the body is still under way: the connection is of no use for anything else. */
function tooLarge(): HttpError {
  return new HttpError("input_too_large", `the body of a request has ${SERVER_BODY_BYTES_MAX} bytes at most`, {
    headers: { connection: "close" },
  });
}

/** Nobody reads this. */
function brokeOff(): HttpError {
  return new HttpError("request_invalid", "the request broke off", { status: 400 });
}
