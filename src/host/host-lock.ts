// One host that runs on for each data folder: two of them would push settings twice, hold each other's databases and both
// believe that a plugin is theirs. Commands that come and go are not held up by it.

import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withFileLock } from "../base/file-lock.ts";
import { makeFolder } from "../base/make-folder.ts";
import type { Paths } from "../base/paths.ts";
import { mayBeRunning, processMark } from "../base/process-mark.ts";
import { HostError } from "../protocol/errors.ts";
import { FILE_LOCK_MS_MAX } from "../protocol/limits.ts";

/**
 * Takes the data folder for this host. Fails with `host_in_use` while another one runs on it; what a host left behind that
 * died is taken over.
 *
 * @returns gives it back; safe to call twice.
 */
export async function lockDataFolder(paths: Pick<Paths, "data">): Promise<() => void> {
  const folder = join(paths.data, "run");
  const path = join(folder, "host.lock");
  makeFolder(folder);
  // Two hosts may run in one process.
  const mark = `${processMark()} ${randomUUID()}`;
  // Of several that come at once, one after the other looks: whoever is second sees the first.
  const taken = await withFileLock(`${path}.guard`, FILE_LOCK_MS_MAX, () => {
    const holder = readMark(path);
    if (holder !== undefined && holder !== "" && mayBeRunning(holder)) throw inUse(paths.data, holder);
    const own = `${path}.${randomUUID()}`;
    writeFileSync(own, mark, { mode: 0o600 });
    renameSync(own, path);
  });
  if (taken === undefined) throw inUse(paths.data, readMark(path) ?? "?");
  return () => {
    if (readMark(path) === mark) rmSync(path, { force: true });
  };
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
