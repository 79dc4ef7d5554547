// How a plugin file comes by its description: what was kept of earlier, else by asking it. What that teaches goes into
// `learned`, for the cache.

import { HostError } from "../../protocol/errors.ts";
import { DESCRIBE_FAILED_SLOW_MS } from "../../protocol/limits.ts";
import type { DescribeV1 } from "../../protocol/process-plugin.ts";
import {
  type CacheContent,
  type CacheEntry,
  entryKey,
  type FailureEntry,
  isEntryOf,
  isFailureCode,
  isFailureKept,
  trustDescription,
} from "./describe-cache.ts";
import { type FileStamp, isSameStamp } from "./file-stamp.ts";
import { checkHostVersion } from "./host-version.ts";
import type { Candidate } from "./roots.ts";
import type { Environment } from "./run-process.ts";

export interface Described {
  /** With an error, it may still be there to show what the plugin says of itself. */
  readonly description: DescribeV1 | null;
  readonly error: HostError | null;
  /** `nothing`: it was not asked, and nothing was kept of earlier. */
  readonly from: "asking" | "cache" | "nothing";
}

export interface DescribeContext {
  readonly env: Environment;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly onSlowDescribe?: ((path: string) => void) | undefined;
  /** Whether files of `PATH` are asked, too. */
  readonly active: boolean;
  /** A file that is about to be run anyway, so that it may be asked wherever it lies. */
  readonly mayAskPath?: string | undefined;
  /** What was kept of earlier does not count for those that may be asked. */
  readonly fresh: boolean;
  /** Nothing is asked; what was kept counts also for a file that was changed since. */
  readonly asksNobody: boolean;
  readonly kept: Kept;
  readonly learned: Learned;
}

/** What is known of files, by their path. */
export interface Kept {
  readonly entries: ReadonlyMap<string, CacheEntry>;
  readonly failures: ReadonlyMap<string, FailureEntry>;
  /** Of this process, failures of all kinds among it: a plugin is not asked twice for one command. */
  readonly memory: Map<string, Remembered>;
}

export interface Remembered {
  readonly stamp: FileStamp;
  readonly described: Described;
}

/** What the cache does not say yet. */
export interface Learned {
  readonly entries: CacheEntry[];
  readonly failures: FailureEntry[];
  readonly forget: string[];
}

/** The cache's content by path; of several entries for one the last. */
export function keptIn({ entries, failures }: CacheContent, memory: Map<string, Remembered>): Kept {
  const byPath = <E extends { path: string }>(list: readonly E[]) => new Map(list.map((one) => [one.path, one]));
  return { entries: byPath(entries), failures: byPath(failures), memory };
}

/** Describes a plugin file. One that fails is a result; only `interrupted` is thrown. */
export async function describeCandidate(candidate: Candidate, context: DescribeContext): Promise<Described> {
  const isOpen = candidate.source !== "path" || context.active || candidate.path === context.mayAskPath;
  const mayAsk = isOpen && !context.asksNobody;
  const kept = context.fresh && mayAsk ? undefined : await findKept(candidate, context);
  if (kept !== undefined) return kept;
  if (!mayAsk) return { description: null, error: null, from: "nothing" };
  const described = await ask(candidate, context);
  context.kept.memory.set(candidate.path, { stamp: candidate.stamp, described });
  return described;
}

async function findKept(
  { path, stamp }: Candidate,
  { kept, learned, timeoutMs, asksNobody }: DescribeContext,
): Promise<Described | undefined> {
  const remembered = kept.memory.get(path);
  if (remembered && isSameStamp(remembered.stamp, stamp)) return remembered.described;
  const entry = kept.entries.get(path);
  const trusted = entry && (asksNobody || isEntryOf(entry, stamp)) ? await trustDescription(entry.describe) : undefined;
  if (trusted !== undefined) {
    const { description, wasForeign } = trusted;
    if (wasForeign) learned.entries.push({ ...entryKey(path, stamp), describe: description });
    return { description, error: checkHostVersion(description.min_osp_version), from: "cache" };
  }
  const failure = kept.failures.get(path);
  if (!failure || !isEntryOf(failure, stamp) || !isFailureKept(failure, Date.now(), timeoutMs)) return undefined;
  const what = `${failure.message} (remembered: "osp plugins refresh" asks it again)`;
  const error = new HostError(failure.code, what, { hint: 'run "osp plugins refresh" to ask it again' });
  return { description: null, error, from: "cache" };
}

/** From then on a person may wonder what is going on. */
const DESCRIBE_SLOW_MS = 1_000;

async function ask(candidate: Candidate, context: DescribeContext): Promise<Described> {
  const { env, cwd, signal, timeoutMs, onSlowDescribe } = context;
  const { path } = candidate;
  const { describePlugin } = await import("./describe.ts");
  const startedAt = performance.now();
  const slow = setTimeout(() => onSlowDescribe?.(path), DESCRIBE_SLOW_MS);
  try {
    const { description, error } = await describePlugin({ path, env, cwd, signal, timeoutMs });
    learn(candidate, context, { description, error, durationMs: performance.now() - startedAt });
    return { description, error, from: "asking" };
  } finally {
    clearTimeout(slow);
  }
}

interface Asked extends Pick<Described, "description" | "error"> {
  readonly durationMs: number;
}

function learn(
  { path, stamp }: Candidate,
  { kept, learned, timeoutMs }: DescribeContext,
  { description, error, durationMs }: Asked,
): void {
  const key = entryKey(path, stamp);
  if (description !== null) learned.entries.push({ ...key, describe: description });
  else if (durationMs > DESCRIBE_FAILED_SLOW_MS && error !== null && isFailureCode(error.code)) {
    const { code, message } = error;
    learned.failures.push({ ...key, code, message, failed_at_ms: Date.now(), timeout_ms: timeoutMs });
  } else if (kept.entries.has(path) || kept.failures.has(path)) learned.forget.push(path);
}
