// A file system that is small enough to fill. Whether there can be one: to mount it is a privilege.

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Mounts one of 1 MiB at a folder until the test ends; gives what fills it to the last byte, nothing where none can be had. */
export function mountSmallDisk(path: string): (() => void) | undefined {
  mkdirSync(path, { recursive: true });
  if (process.platform !== "linux") return undefined;
  const how = ["-t", "tmpfs", "-o", "size=1m,nr_inodes=64,mode=700", "tmpfs", path];
  if (spawnSync("mount", how).status !== 0) return undefined;
  onTestFinished(() => void spawnSync("umount", ["-l", path]));
  return () => fill(path);
}

function fill(path: string): void {
  // Room for what is in files, and then for files that are empty.
  for (const sizeBytes of [65_536, 4096, 0]) {
    try {
      for (let i = 0; ; i++)
        writeFileSync(join(path, `fill-${sizeBytes}-${i}`), Buffer.alloc(sizeBytes), { flag: "wx" });
    } catch {
      // It is full.
    }
  }
}
