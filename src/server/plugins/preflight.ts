// What browsers ask before a page of somebody else may send something. The host answers by itself; a plugin never sees it.
// Only what is public anyway is allowed, and never with cookies.

import type { IncomingHttpHeaders } from "node:http";
import type { HostAnswer } from "./host-answer.ts";

const AGE_SECONDS = 600;
/** Names of methods and headers, and what stands between them. */
const TOKENS = /^[\w!#$%&'*+.^`|~, -]{0,1000}$/;

/** @param isExposed whether what the request is about is public. */
export function preflightAnswer(headers: IncomingHttpHeaders, isExposed: boolean): HostAnswer {
  const allowed: Record<string, string> = isExposed
    ? {
        "access-control-allow-origin": "*",
        "access-control-max-age": String(AGE_SECONDS),
        vary: "Access-Control-Request-Method, Access-Control-Request-Headers",
      }
    : {};
  if (isExposed) {
    const methods = tokens(headers["access-control-request-method"]);
    const names = tokens(headers["access-control-request-headers"]);
    if (methods !== undefined) allowed["access-control-allow-methods"] = methods;
    if (names !== undefined) allowed["access-control-allow-headers"] = names;
  }
  return { kind: "answer", status: 204, headers: { "cache-control": "no-store", ...allowed }, body: "" };
}

function tokens(text: string | string[] | undefined): string | undefined {
  return typeof text === "string" && text !== "" && TOKENS.test(text) ? text : undefined;
}
