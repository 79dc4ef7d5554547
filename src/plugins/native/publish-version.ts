// Puts a prepared version in its place, and moves the link to the version in use. Everything here happens under one
// lock and by renaming, so that a host which looks meanwhile sees the old version or the new one, and so does the next
// start after a kill.

import { randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { withFileLock } from "../../base/file-lock.ts";
import { makeFolder } from "../../base/make-folder.ts";
import { replaceFile } from "../../base/replace-file.ts";
import { HostError } from "../../protocol/errors.ts";
import { INSTALL_LOCK_MS_MAX } from "../../protocol/limits.ts";
import { installFailure } from "./install-failure.ts";
import { sortVersions } from "./installed.ts";
import { CURRENT_LINK } from "./tools-folder.ts";

const LOCK_FILE = ".install.lock";
/** Its content is another one after each change, for hosts that run while somebody installs. */
const CHANGED_FILE = ".changed";
/** A version that is just being replaced: `.replaced-<uuid>-<version>`. */
const REPLACED = /^\.replaced-[0-9a-f-]{36}-(.+)$/;

/**
 * Runs `change` while nobody else changes the installed plugins, after what a killed process left half done was mended.
 * Throws `install_busy` and `install_failed`.
 */
export async function withInstallLock<T>(toolsFolder: string, change: () => T): Promise<T> {
  try {
    const done = await withFileLock(join(toolsFolder, LOCK_FILE), INSTALL_LOCK_MS_MAX, change);
    if (done !== undefined) return done.value;
  } catch (error) {
    throw installFailure(error);
  }
  throw new HostError("install_busy", "another process is changing the installed plugins", { hint: "try again" });
}

export interface Publication {
  readonly toolsFolder: string;
  readonly pluginId: string;
  readonly version: string;
  /** The prepared folder of the version, on the same file system. */
  readonly from: string;
  /** Where the version that was replaced goes; whoever calls removes it. */
  readonly trash: string;
  /** Whether the version becomes the one in use. */
  readonly activate: boolean;
}

/** Puts a version in its place; after a failure everything is as before. To be called under the lock. */
export function publishVersion({ toolsFolder, pluginId, version, from, trash, activate }: Publication): void {
  const pluginFolder = join(toolsFolder, pluginId);
  const target = join(pluginFolder, version);
  const aside = join(pluginFolder, `.replaced-${randomUUID()}-${version}`);
  makeFolder(pluginFolder);
  mustBeFolder(pluginFolder);
  mendReplaced(pluginFolder);
  const isReplacement = lstatSync(target, { throwIfNoEntry: false }) !== undefined;
  try {
    // A process that is killed here leaves a version without its folder: `mendReplaced` puts it back.
    if (isReplacement) renameSync(target, aside);
    try {
      renameSync(from, target);
      try {
        if (activate) pointCurrent(pluginFolder, version);
      } catch (error) {
        renameSync(target, from);
        throw error;
      }
    } catch (error) {
      if (isReplacement) renameSync(aside, target);
      throw error;
    }
  } catch (error) {
    removeIfEmpty(pluginFolder);
    throw error;
  }
  try {
    if (isReplacement) renameSync(aside, trash);
    syncFolder(pluginFolder);
  } catch {
    // The change is made and stays; what is left of the old version is removed by the next one.
  }
  noteChange(toolsFolder);
}

/** Makes `version` the one in use, in one step. */
export function pointCurrent(pluginFolder: string, version: string): void {
  const temporary = join(pluginFolder, `.current-${randomUUID()}`);
  try {
    symlinkSync(version, temporary);
    renameSync(temporary, join(pluginFolder, CURRENT_LINK));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Tells hosts that run. */
export function noteChange(toolsFolder: string): void {
  try {
    replaceFile(join(toolsFolder, CHANGED_FILE), `${randomUUID()}\n`, { followLinks: false });
  } catch {
    // The change itself is made and stays; only hosts that run notice it later.
  }
}

/**
 * Brings back what a process that was killed while it replaced a version had put aside, and removes what is not needed
 * any more. To be called under the lock.
 */
export function mendReplaced(pluginFolder: string): void {
  for (const name of readdirSync(pluginFolder)) {
    const path = join(pluginFolder, name);
    if (/^\.current-[0-9a-f-]{36}$/.test(name)) rmSync(path, { force: true });
    const version = REPLACED.exec(name)?.[1];
    if (version === undefined) continue;
    const target = join(pluginFolder, version);
    if (lstatSync(target, { throwIfNoEntry: false }) === undefined) renameSync(path, target);
    else rmSync(path, { recursive: true, force: true });
  }
}

/** Whether something in the folder waits for `mendReplaced`. */
export function needsMending(names: readonly string[]): boolean {
  return names.some((name) => REPLACED.test(name));
}

/** What a decision about one plugin rests on; when it is another one later, somebody else changed something. */
export function stampOf(pluginFolder: string): string {
  try {
    const stamps = sortVersions(readdirSync(pluginFolder)).map((version) => {
      const stat = lstatSync(join(pluginFolder, version));
      return `${version} ${stat.ino} ${stat.mtimeMs}`;
    });
    return [linkedVersion(pluginFolder) ?? "", ...stamps].join("\n");
  } catch {
    return "";
  }
}

/** What `current` says; nothing when it is no link. */
export function linkedVersion(pluginFolder: string): string | undefined {
  try {
    return readlinkSync(join(pluginFolder, CURRENT_LINK));
  } catch {
    return undefined;
  }
}

/** A link in the place of a plugin's folder would lead what is written elsewhere. */
export function mustBeFolder(path: string): void {
  if (lstatSync(path).isDirectory()) return;
  throw new HostError("install_failed", `${path} is no folder`, { hint: "remove it", details: { path } });
}

/** Waits until names in a folder are on the disk. */
export function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something is in it.
  }
}
