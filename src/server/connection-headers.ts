// Headers about one connection, not about what passes it: whoever passes a message on leaves them out. One list for all that
// pass messages on; a header that one of them forgot would let a caller steer the next connection.

import { validateHeaderName, validateHeaderValue } from "node:http";

/** In lower case. */
export const CONNECTION_HEADERS = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
] as const;

/** What a message's own `connection` header names besides, in lower case. */
export function connectionNames(connection: string | undefined): ReadonlySet<string> {
  const names = (connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  return new Set(names.filter((name) => name !== ""));
}

/** False: the name or the value could break out of its line. */
export function isSendable(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
