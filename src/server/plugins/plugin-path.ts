// Takes the target of a request apart: whose it is, and what of it. Paths that some reader behind us could take for a way
// out of a folder are refused here, however they are written, so that nobody behind has to think of them.

import { PLUGIN_URL_BYTES_MAX } from "../../protocol/limits.ts";
import { type HostAnswer, refusal } from "./host-answer.ts";

export interface PluginPath {
  readonly kind: "path";
  /** Decoded; there may be no such plugin. */
  readonly pluginId: string;
  /** All of the path, as it came. */
  readonly target: string;
  /** Below the plugin, begins with "/", as it came. */
  readonly path: string;
  /** Behind the question mark, as it came; empty without one. */
  readonly search: string;
}

/** Where all of it lies. */
const PREFIX = "/plugins/";

/** Whether a request is for this part of the server; spelled in any other way it is not. */
export function isPluginUrl(url: string): boolean {
  return url.startsWith(PREFIX) || url === "/plugins" || url.startsWith("/plugins?");
}

/** @param url begins with "/plugins", see `isPluginUrl`. */
export function parsePluginUrl(url: string): PluginPath | HostAnswer {
  // What comes over a connection is one byte a character.
  if (url.length > PLUGIN_URL_BYTES_MAX) return refusal(414, "Request URL is too long");
  const question = url.indexOf("?");
  const end = question === -1 ? url.length : question;
  const slash = url.indexOf("/", PREFIX.length);
  if (slash === -1 || slash >= end || slash === PREFIX.length) return refusal(404, "Invalid plugin route");
  const whole = url.slice(PREFIX.length, end);
  if (leadsOut(whole)) return refusal(400, "Invalid path");
  return {
    kind: "path",
    pluginId: decoded(url.slice(PREFIX.length, slash)),
    target: url.slice(0, end),
    path: url.slice(slash, end),
    search: question === -1 ? "" : url.slice(question + 1),
  };
}

const ROUNDS_MAX = 8;
/** A character of ASCII, however often its "%" was itself encoded. */
const ENCODED = /%(?:25)*([0-7][0-9a-f])/gi;

/** A ".." between separators, or a NUL; plain, encoded, or encoded several times over. */
function leadsOut(path: string): boolean {
  let plain = path;
  for (let round = 0; plain.includes("%"); round++) {
    const next = plain.replace(ENCODED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    if (next === plain) break;
    // Encodings within encodings, that deep, are nobody's honest path.
    if (round === ROUNDS_MAX) return true;
    plain = next;
  }
  if (plain.includes("\0")) return true;
  return plain.includes("..") && plain.split(/[/\\]/).includes("..");
}

/** As itself where it cannot be decoded. */
export function decoded(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The last value of a member of the query, decoded ("+" is no space); undefined when it is not there. */
export function queryValue(search: string, name: string): string | undefined {
  if (!search.includes(name)) return undefined;
  const mine = search.split("&").findLast((part) => part === name || part.startsWith(`${name}=`));
  return mine === undefined ? undefined : decoded(mine.slice(name.length + 1));
}

/** The query without all members of that name. */
export function withoutQuery(search: string, name: string): string {
  const left = search.split("&").filter((part) => part !== name && !part.startsWith(`${name}=`));
  return left.join("&");
}
