// One host that runs on for each data folder: two of them would push settings twice, hold each other's databases and both
// believe that a plugin is theirs. Commands that come and go are not held up by it.

import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { withFileLock } from "../base/file-lock.ts";
import { makeFolder } from "../base/make-folder.ts";
import type { Paths } from "../base/paths.ts";
import { isKnownHere, mayBeRunning, processMark } from "../base/process-mark.ts";
import { HostError } from "../protocol/errors.ts";
import { FILE_LOCK_MS_MAX, HOST_LOCK_SIGN_MS, HOST_LOCK_SILENT_MS_MAX } from "../protocol/limits.ts";

export interface LockOptions {
  /** Ends the wait for a host elsewhere. */
  readonly signal?: AbortSignal;
  /** A host in another container may hold it: for so long it is looked at. */
  onWait?(ms: number): void;
  /** Another host has taken the folder over, because this one gave no sign of life for too long. */
  onLost?(): void;
  /** Shorter times, for tests. */
  readonly signMs?: number;
  readonly silentMs?: number;
}

/**
 * Takes the data folder for this host. Fails with `host_in_use` while another one runs on it; what a host left behind that
 * died is taken over. Whether a process of another container runs cannot be looked up: such a host is there as long as it
 * gives signs of life, which takes HOST_LOCK_SILENT_MS_MAX to find out.
 *
 * @returns gives it back; safe to call twice.
 */
export async function lockDataFolder(paths: Pick<Paths, "data">, options: LockOptions = {}): Promise<() => void> {
  const { signMs = HOST_LOCK_SIGN_MS, silentMs = HOST_LOCK_SILENT_MS_MAX } = options;
  const folder = join(paths.data, "run");
  const path = join(folder, "host.lock");
  makeFolder(folder);
  // Two hosts may run in one process.
  const mark = `${processMark()} ${randomUUID()}`;
  let silent: string | undefined;
  for (;;) {
    // Of several that come at once, one after the other looks: whoever is second sees the first.
    const looked = await withFileLock(`${path}.guard`, FILE_LOCK_MS_MAX, () => {
      const holder = readMark(path);
      const isHeld = holder !== undefined && holder !== "" && holder !== silent && mayBeRunning(holder);
      if (isHeld) return holder;
      const own = `${path}.${randomUUID()}`;
      writeFileSync(own, mark, { mode: 0o600 });
      renameSync(own, path);
      return undefined;
    });
    if (looked === undefined) throw inUse(paths.data, readMark(path) ?? "?");
    const holder = looked.value;
    if (holder === undefined) break;
    if (isKnownHere(holder)) throw inUse(paths.data, holder);
    options.onWait?.(silentMs);
    if (!(await isSilent(path, silentMs, options.signal))) throw inUse(paths.data, holder);
    silent = holder;
  }
  const signs = setInterval(() => {
    if (readMark(path) === mark) return giveSign(path);
    clearInterval(signs);
    options.onLost?.();
  }, signMs).unref();
  return () => {
    clearInterval(signs);
    if (readMark(path) === mark) rmSync(path, { force: true });
  };
}

const LOOK_MS = 100;

/** Whether the lock stays as it is for so long. Clocks of other computers are not relied on: only that it changes. */
async function isSilent(path: string, silentMs: number, signal: AbortSignal | undefined): Promise<boolean> {
  const signOf = () => statSync(path, { bigint: true, throwIfNoEntry: false })?.mtimeNs;
  const first = signOf();
  const until = performance.now() + silentMs;
  while (performance.now() < until) {
    try {
      await delay(Math.min(LOOK_MS, silentMs), undefined, { signal });
    } catch {
      throw new HostError("interrupted", "interrupted");
    }
    if (signOf() !== first) return signOf() === undefined;
  }
  return true;
}

function giveSign(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // The next one may do.
  }
}

function readMark(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function inUse(data: string, holder: string): HostError {
  const pid = holder.split(" ")[0];
  return new HostError("host_in_use", `another host, process ${pid}, runs on the data folder ${data}`, {
    hint: "stop that one first, or set OSAURUS_HOME to another folder",
    details: { pid: Number(pid) || null },
  });
}
