// Where a model's server is: the address as people give it, the addresses that it may mean, and whether a key may go there.

import { isIP } from "node:net";
import { makeHostPlain } from "../base/plain-host.ts";
import { HostError } from "../protocol/errors.ts";
import { BASE_URL_CHARS_MAX } from "../protocol/limits.ts";

/** The address without what does not belong to it. Throws `model_provider_invalid`; the text is not repeated. */
export function readBaseUrl(text: string): URL {
  if (text.length > BASE_URL_CHARS_MAX) throw invalid(`it is over ${BASE_URL_CHARS_MAX} characters long`);
  if (!URL.canParse(text)) throw invalid("it is no URL", "write it like http://127.0.0.1:11434/v1");
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw invalid("it must begin with http:// or https://");
  if (!makeHostPlain(url)) throw invalid("it has no host");
  if (url.username !== "" || url.password !== "") {
    throw invalid(
      "it has a password in it, which would be kept and shown",
      "give a key with --api-key-env or --api-key-stdin",
    );
  }
  if (url.search !== "" || url.hash !== "") throw invalid("it has something behind a question mark or a hash");
  // What is asked for under the address, which people copy along with it.
  url.pathname = url.pathname
    .replace(/\/(?:chat\/completions|completions|models|embeddings)\/*$/, "")
    .replace(/\/+$/, "");
  return url;
}

/** What the address may mean, the likelier one first: people leave out the version, and not every server has one. */
export function baseUrlCandidates(url: URL): readonly string[] {
  const given = textOf(url);
  if (/\/v\d+[a-z\d]*$/.test(url.pathname)) return [given];
  return [`${given}/v1`, given];
}

/** Which of the candidates it is when the server does not say. */
export function likelyBaseUrl(url: URL): string {
  const candidates = baseUrlCandidates(url);
  return url.pathname === "/" ? candidates[0]! : candidates.at(-1)!;
}

/** Whether the server is on this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    (isIP(hostname) === 4 && hostname.startsWith("127."))
  );
}

/**
 * Whether what is sent there without encryption stays among machines that somebody looks after: this one, private
 * networks, names that the public name service does not have.
 */
export function isNear(url: URL): boolean {
  if (isLoopback(url)) return true;
  const { hostname } = url;
  const bare = hostname.replace(/^\[|\]$/g, "");
  if (isIP(bare) === 4)
    return /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(bare);
  if (isIP(bare) === 6) return /^f[cd]/i.test(bare);
  return !hostname.includes(".") || /\.(?:local|internal|lan|home\.arpa|test)$/.test(hostname);
}

function textOf(url: URL): string {
  return url.href.replace(/\/$/, "");
}

function invalid(problem: string, hint?: string): HostError {
  return new HostError(
    "model_provider_invalid",
    `the base URL cannot be used: ${problem}`,
    hint === undefined ? {} : { hint },
  );
}
