// One host that runs on for each data folder: two of them would push settings twice, hold each other's databases and both
// believe that a plugin is theirs. Commands that come and go are not held up by it.

import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../base/make-folder.ts";
import type { Paths } from "../base/paths.ts";
import { mayBeRunning, processMark } from "../base/process-mark.ts";
import { HostError } from "../protocol/errors.ts";

const TRIES_MAX = 10;

/**
 * Takes the data folder for this host. Fails with `host_in_use` while another one runs on it; what a host left behind that
 * died is taken over.
 *
 * @returns gives it back; safe to call twice.
 */
export function lockDataFolder(paths: Pick<Paths, "data">): () => void {
  const folder = join(paths.data, "run");
  const path = join(folder, "host.lock");
  const own = `${path}.${process.pid}`;
  const mark = processMark();
  makeFolder(folder);
  writeFileSync(own, mark, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
      try {
        linkSync(own, path); // Made whole under another name: nobody ever reads half a mark.
        return () => {
          if (readMark(path) === mark) rmSync(path, { force: true });
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const holder = readMark(path);
      if (holder !== undefined && mayBeRunning(holder)) throw inUse(paths.data, holder);
      rmSync(path, { force: true });
    }
    throw inUse(paths.data, readMark(path) ?? "?");
  } finally {
    rmSync(own, { force: true });
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
