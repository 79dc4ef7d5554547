// The body of a request to the control API: what its schema says, and nothing besides.

import * as z from "zod/mini";
import { describeMistakes, listIssues } from "../../protocol/issue-text.ts";
import { HttpError } from "../http-error.ts";

/** Throws `request_invalid`, with the members that are wrong or not known. */
export function readBody(schema: z.ZodMiniType, body: unknown): unknown {
  const given = body === undefined ? {} : body;
  const read = z.safeParse(schema, given);
  if (read.success) return read.data;
  const mistakes = listIssues(read.error, given);
  const [first] = mistakes;
  throw new HttpError("request_invalid", `the body does not fit: ${describeMistakes(mistakes)}`, {
    hint: "/openapi.json says what it may have",
    ...(first === undefined ? {} : { param: first.path }),
  });
}
