// Writes what was learned into the cache file that all programs of this user share. Nothing here may ever matter to
// whoever asked for a plugin: a cache that cannot be written is only slower.

import { statSync } from "node:fs";
import { withFileLock } from "../../base/file-lock.ts";
import { replaceFile } from "../../base/replace-file.ts";
import {
  DESCRIBE_CACHE_BYTES_MAX,
  DESCRIBE_FAILURE_KEPT_MS,
  DESCRIPTION_KEPT_BYTES_MAX,
} from "../../protocol/limits.ts";
import { type CacheContent, type CacheEntry, type FailureEntry, readDescribeCache } from "./describe-cache.ts";

/** Who waits longer for a cache than this would be faster without one. */
const CACHE_LOCK_MS_MAX = 1_000;

export interface CacheChange extends CacheContent {
  /** Files of which nothing is to be known any more. */
  readonly forget: readonly string[];
}

/**
 * Adds entries and removes others. What other processes have written meanwhile stays, except for files that are gone.
 * Gives the number of files in `forget` of which something was known; 0 when the cache cannot be written.
 */
export async function updateDescribeCache(file: string, change: CacheChange): Promise<number> {
  try {
    const done = await withFileLock(`${file}.lock`, CACHE_LOCK_MS_MAX, () => applyChange(file, change));
    return done?.value ?? 0;
  } catch {
    return 0;
  }
}

function applyChange(file: string, change: CacheChange): number {
  const before = readDescribeCache(file);
  const replaced = new Set(
    [...change.entries, ...change.failures, ...change.forget.map(asPath)].map(({ path }) => path),
  );
  const stays = (entry: { path: string }) => !replaced.has(entry.path) && isThere(entry.path);
  const isYoung = ({ failed_at_ms: at }: FailureEntry) => Math.abs(Date.now() - at) <= DESCRIBE_FAILURE_KEPT_MS;
  const after: CacheContent = {
    entries: sorted([...onePerPath(before.entries).filter(stays), ...change.entries.filter(isKept)]),
    failures: sorted([...before.failures.filter((one) => stays(one) && isYoung(one)), ...change.failures]),
  };
  const text = textOf(after) ?? textOf(change);
  if (text !== undefined && text !== textOf(before)) replaceFile(file, text, { followLinks: false });
  const forget = new Set(change.forget);
  const known = [...before.entries, ...before.failures].flatMap(({ path }) => (forget.has(path) ? path : []));
  return new Set(known).size;
}

/** The file's text; undefined when it cannot be kept: it is too large, or holds something nested too deeply to write. */
function textOf({ entries, failures }: CacheContent): string | undefined {
  try {
    // Without failures the file has just the member that other hosts know.
    const text = `${JSON.stringify(failures.length === 0 ? { entries } : { entries, failures }, null, 2)}\n`;
    return Buffer.byteLength(text) <= DESCRIBE_CACHE_BYTES_MAX ? text : undefined;
  } catch {
    return undefined;
  }
}

/** One huge description must not keep all others out. */
function isKept({ describe }: CacheEntry): boolean {
  return Buffer.byteLength(JSON.stringify(describe)) <= DESCRIPTION_KEPT_BYTES_MAX;
}

/** By path, so that the file does not depend on which plugin answered first. */
function sorted<E extends { readonly path: string }>(entries: readonly E[]): E[] {
  return entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function onePerPath(entries: readonly CacheEntry[]): CacheEntry[] {
  return [...new Map(entries.map((entry) => [entry.path, entry])).values()];
}

/** False only for a file that is certainly gone. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return !["ENOTDIR", "ENAMETOOLONG", "ERR_INVALID_ARG_VALUE"].includes(String((error as { code?: unknown }).code));
  }
}

function asPath(path: string): { path: string } {
  return { path };
}
