// The state of a file, as clients are told it and as they ask whether it is still the one they have (RFC 9110, 13).

import type { BigIntStats } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";

/** One state of one file. Writing to it, replacing it and moving it make another one. */
export interface FileState {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly ctimeNs: bigint;
  readonly mtimeNs: bigint;
  /** In bytes. */
  readonly size: number;
  readonly etag: string;
  readonly lastModified: string;
}

export function fileState(stats: BigIntStats): FileState {
  const { dev, ino, ctimeNs, mtimeNs, mtimeMs } = stats;
  const size = Number(stats.size);
  const etag = `"${stats.size.toString(36)}-${mtimeNs.toString(36)}-${ctimeNs.toString(36)}-${ino.toString(36)}"`;
  return { dev, ino, ctimeNs, mtimeNs, size, etag, lastModified: new Date(Number(mtimeMs)).toUTCString() };
}

export function isSameState(state: FileState, stats: BigIntStats): boolean {
  return (
    state.ino === stats.ino &&
    state.ctimeNs === stats.ctimeNs &&
    state.mtimeNs === stats.mtimeNs &&
    BigInt(state.size) === stats.size &&
    state.dev === stats.dev
  );
}

/** Whether the client has this state already. */
export function isUnchanged(headers: IncomingHttpHeaders, { etag, lastModified }: FileState): boolean {
  const tags = headers["if-none-match"];
  if (tags !== undefined) return tags.trim() === "*" || tagsIn(tags).includes(etag);
  const since = Date.parse(headers["if-modified-since"] ?? "");
  return !Number.isNaN(since) && Date.parse(lastModified) <= since;
}

/** Whether a part may be sent to somebody who has parts already: only of this very state. */
export function isRangeOf(headers: IncomingHttpHeaders, { etag, lastModified }: FileState, now: number): boolean {
  const condition = headers["if-range"];
  if (condition === undefined || condition === etag) return true;
  // A time in seconds names a state only when the second is over.
  return condition === lastModified && now - Date.parse(lastModified) >= 2_000;
}

/** Without the mark of weak ones: to be unchanged, that is enough. */
function tagsIn(header: string): string[] {
  return header.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
}
