// Asking for files over HTTP: bounded in size and time, only over https (or from this machine), through redirects that
// are followed one by one, each judged like the first address.

import { HostError } from "../../protocol/errors.ts";
import { REDIRECTS_MAX } from "../../protocol/limits.ts";

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface FetchOptions {
  readonly bytesMax: number;
  readonly msMax: number;
  readonly signal?: AbortSignal | undefined;
}

/** Gets a file piece by piece. */
export type Take = (chunk: Uint8Array) => Promise<void>;

/**
 * Fetches a small file whole; nothing when the server says that there is none (404, 410). Throws `download_failed` for
 * everything else.
 */
export async function fetchBytes(url: string, options: FetchOptions): Promise<Buffer | undefined> {
  return await request(url, options, async (response) => {
    if (response.status === 404 || response.status === 410) return undefined;
    const chunks: Uint8Array[] = [];
    await readBody(url, response, options, async (chunk) => void chunks.push(chunk));
    return Buffer.concat(chunks);
  });
}

export interface PieceOptions extends FetchOptions {
  /** The error for more than `bytesMax` bytes, where it is not `download_failed`. */
  readonly tooLarge?: () => HostError;
}

/** Fetches a file and hands it over piece by piece. Throws `download_failed`, and whatever `HostError` `take` throws. */
export async function fetchPieces(url: string, options: PieceOptions, take: Take): Promise<void> {
  await request(url, options, (response) => readBody(url, response, options, take));
}

/** Whether an address may be asked at all: https anywhere, http only on this machine. Throws `usage_invalid`. */
export function checkUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw badUrl(text, "it is no URL");
  if (url.username !== "" || url.password !== "") throw badUrl(url.host, "it has a user name or password in it");
  if (url.protocol === "https:") return url;
  if (url.protocol !== "http:") throw badUrl(text, "it is neither https nor http");
  if (!isLoopback(url)) throw badUrl(text, "http is for this machine only");
  return url;
}

export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function badUrl(text: string, problem: string): HostError {
  return new HostError("usage_invalid", `nothing can be fetched from ${text}: ${problem}`, {
    hint: "give an address that begins with https://",
  });
}

/** Asks, and hands the answer over; whatever goes wrong on the way becomes a `HostError`. */
async function request<T>(
  address: string,
  { msMax, signal }: FetchOptions,
  use: (response: Response) => Promise<T>,
): Promise<T> {
  const first = checkUrl(address);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), msMax);
  const until = signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal;
  try {
    const response = await followRedirects(first, until);
    try {
      return await use(response);
    } finally {
      // What nobody read must not keep its connection.
      await response.body?.cancel().catch(() => {});
    }
  } catch (error) {
    if (error instanceof HostError) throw error;
    if (signal?.aborted) throw new HostError("interrupted", "interrupted");
    if (deadline.signal.aborted) throw failed(address, `it was not there after ${msMax} ms`);
    throw failed(address, reasonOf(error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function followRedirects(first: URL, signal: AbortSignal): Promise<Response> {
  let url = first;
  for (let hop = 0; hop <= REDIRECTS_MAX; hop++) {
    const response = await fetch(url, { redirect: "manual", signal, headers: { "accept-encoding": "identity" } });
    if (!REDIRECTS.has(response.status)) return response;
    await response.body?.cancel();
    url = nextHop(url, response.headers.get("location"));
  }
  throw failed(first.href, `it leads on to more than ${REDIRECTS_MAX} other addresses`);
}

/** Where an answer leads on to. Throws `download_failed` when nobody may go there. */
export function nextHop(from: URL, location: string | null): URL {
  const next = location === null ? null : URL.parse(location, from.href);
  if (next === null) throw failed(from.href, "it leads on to an address that is none");
  try {
    checkUrl(next.href);
  } catch (error) {
    throw failed(from.href, `it leads on to ${next.host || next.protocol}: ${(error as Error).message}`);
  }
  if (from.protocol === "https:" && next.protocol !== "https:") throw failed(from.href, "it leads away from https");
  return next;
}

async function readBody(
  url: string,
  response: Response,
  { bytesMax, tooLarge }: PieceOptions,
  take: Take,
): Promise<void> {
  if (response.status !== 200) throw failed(url, `the server answered ${response.status}`, { answered: true });
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > bytesMax) throw tooLarge?.() ?? failed(url, `it has more than ${bytesMax} bytes`, { answered: true });
    await take(chunk);
  }
}

/** @param how `answered`: there was a server and it had its say. */
export function failed(
  url: string,
  problem: string,
  { answered = false, cause }: { answered?: boolean; cause?: unknown } = {},
) {
  return new HostError("download_failed", `${url} could not be fetched: ${problem}`, {
    hint: "check the address and the network, and try again",
    details: { url, problem, answered },
    cause,
  });
}

/** The network's own reason lies below a general one. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  if (cause instanceof Error) return (cause as NodeJS.ErrnoException).code ?? cause.message;
  return message;
}
