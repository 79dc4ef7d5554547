// What plugins said of themselves earlier, from the cache file that all programs of this user share, other osp hosts
// among them. Reading never fails: a file that is missing, broken, too large or somebody else's counts as empty.
// Writing is left to update-describe-cache.ts, which a command from the cache never loads.

import { readFileSync, statSync } from "node:fs";
import { DESCRIBE_CACHE_BYTES_MAX, DESCRIBE_FAILURE_KEPT_MS } from "../../protocol/limits.ts";
import type { DescribeV1 } from "../../protocol/process-plugin.ts";
import { type FileStamp, isSameStamp } from "./file-stamp.ts";
import { isNormalDescription } from "./normal-description.ts";

/** One file's description, as it stands in the cache file. */
export interface CacheEntry {
  readonly path: string;
  readonly size: number;
  readonly mtime_secs: number;
  readonly mtime_nanos: number;
  /** In an entry that was only read, whatever somebody wrote there. */
  readonly describe: unknown;
}

/** A description that failed slowly, as it stands in the cache file. */
export interface FailureEntry extends Omit<CacheEntry, "describe"> {
  readonly code: FailureCode;
  readonly message: string;
  readonly failed_at_ms: number;
  /** How long it was waited for: who would wait longer asks again. */
  readonly timeout_ms: number;
}

const FAILURE_CODES = ["describe_timeout", "describe_failed", "describe_not_json", "describe_invalid"] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

export interface CacheContent {
  readonly entries: readonly CacheEntry[];
  readonly failures: readonly FailureEntry[];
}

const FAILURE_CHARS_MAX = 10_000;
const EMPTY: CacheContent = { entries: [], failures: [] };

/** All of the cache file that has the form of an entry. */
export function readDescribeCache(file: string): CacheContent {
  let document: unknown;
  try {
    const stat = statSync(file);
    if (!stat.isFile() || stat.size > DESCRIBE_CACHE_BYTES_MAX) return EMPTY;
    document = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return EMPTY;
  }
  if (!isObject(document)) return EMPTY;
  return { entries: listOf(document["entries"], isEntry), failures: listOf(document["failures"], isFailure) };
}

type Key = Omit<CacheEntry, "describe">;

/** Whether an entry is about a file as it is now. */
export function isEntryOf(entry: Key, stamp: FileStamp): boolean {
  return isSameStamp(stamp, { size: entry.size, mtimeSecs: entry.mtime_secs, mtimeNanos: entry.mtime_nanos });
}

/** The members that tie an entry to a file. */
export function entryKey(path: string, { size, mtimeSecs, mtimeNanos }: FileStamp): Key {
  return { path, size, mtime_secs: mtimeSecs, mtime_nanos: mtimeNanos };
}

export interface TrustedDescription {
  readonly description: DescribeV1;
  /** It had to be put into its normal form, which the cache should hold. */
  readonly wasForeign: boolean;
}

/** The description in an entry; undefined when it is none. */
export async function trustDescription(value: unknown): Promise<TrustedDescription | undefined> {
  if (isNormalDescription(value)) return { description: value, wasForeign: false };
  const { DescribeV1 } = await import("../../protocol/process-plugin.ts");
  try {
    const parsed = DescribeV1.safeParse(value);
    return parsed.success ? { description: parsed.data, wasForeign: true } : undefined;
  } catch {
    return undefined; // Nested so deeply that the schema ran out of stack.
  }
}

/** Whether a failure still counts: it is young, and it was waited for as long as now would be. */
export function isFailureKept(failure: FailureEntry, nowMs: number, timeoutMs: number): boolean {
  const age = nowMs - failure.failed_at_ms;
  if (age < 0 || age > DESCRIBE_FAILURE_KEPT_MS) return false;
  return failure.code !== "describe_timeout" || failure.timeout_ms >= timeoutMs;
}

export function isFailureCode(code: unknown): code is FailureCode {
  return (FAILURE_CODES as readonly unknown[]).includes(code);
}

function hasKey(value: unknown): value is Key & Record<string, unknown> {
  if (!isObject(value) || typeof value["path"] !== "string" || !value["path"].startsWith("/")) return false;
  return [value["size"], value["mtime_secs"], value["mtime_nanos"]].every(Number.isSafeInteger);
}

function isEntry(value: unknown): value is CacheEntry {
  return hasKey(value) && isObject(value["describe"]);
}

function isFailure(value: unknown): value is FailureEntry {
  if (!hasKey(value) || !isFailureCode(value["code"])) return false;
  const { message, failed_at_ms: failedAt, timeout_ms: timeout } = value;
  if (typeof message !== "string" || message.length > FAILURE_CHARS_MAX) return false;
  return Number.isSafeInteger(failedAt) && Number.isSafeInteger(timeout);
}

function listOf<T>(value: unknown, isItem: (item: unknown) => item is T): T[] {
  return Array.isArray(value) ? value.filter(isItem) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
