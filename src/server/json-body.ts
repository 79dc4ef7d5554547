// Bodies of requests: JSON and nothing else. A form that a web page may send anywhere without asking has another type, so
// the type is looked at before the body is.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { isTooDeep } from "../protocol/json-bounds.ts";
import { SERVER_BODY_BYTES_MAX } from "../protocol/limits.ts";
import { HttpError } from "./http-error.ts";

const WITH_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A hook: what changes something says that it is JSON, also when it has no body. */
export async function requireJsonType(request: FastifyRequest): Promise<void> {
  if (!WITH_BODY.has(request.method)) return;
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type)) {
    throw new HttpError("request_invalid", "the request has to be of the type application/json", { status: 415 });
  }
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    throw new HttpError("request_invalid", "the body of a request must not be compressed", { status: 415 });
  }
}

/** Reads bodies of the type application/json, and no others. */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const options = { parseAs: "buffer", bodyLimit: SERVER_BODY_BYTES_MAX } as const;
  app.addContentTypeParser("application/json", options, async (_: FastifyRequest, body: Buffer) => parseJson(body));
}

/**
 * The value of a JSON text; undefined when there is none: not all that is asked for needs something said. A member named `__proto__` is one like any other: nobody may copy members of what comes
 * from outside by assignment.
 */
function parseJson(body: Uint8Array): unknown {
  if (body.length === 0) return undefined;
  const text = decodeText(body);
  if (isTooDeep(text)) throw new HttpError("request_invalid", "the JSON of the request is nested too deeply");
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError("request_invalid", "the body of the request is not JSON");
  }
}

function decodeText(body: Uint8Array): string {
  try {
    return decoder.decode(body);
  } catch {
    throw new HttpError("request_invalid", "the body of the request is not UTF-8");
  }
}
