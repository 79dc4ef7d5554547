// One `tools dev` at a time for each plugin, by a file with the mark of its process. What a process left that was killed is
// taken over.

import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { withFileLock } from "../base/file-lock.ts";
import { isDiskFull } from "../base/is-disk-full.ts";
import { makeFolder } from "../base/make-folder.ts";
import { mayBeRunning, processMark } from "../base/process-mark.ts";
import type { Project } from "../projects/project.ts";
import { HostError } from "../protocol/errors.ts";
import { FILE_LOCK_MS_MAX, PLUGIN_ID_CHARS_MAX } from "../protocol/limits.ts";
import { endLeftBuild } from "./left-build.ts";

interface DevLockOptions {
  /** For what only removes things: goes on where there is no room for a lock. */
  readonly evenIfFull?: boolean;
}

/**
 * Takes the plugin for this process. Throws `dev_running` while another one works on it, and `output_failed` where the
 * lock cannot be written.
 *
 * @returns gives it back; safe to call twice.
 */
export async function lockDev(
  devFolder: string,
  { kind, pluginId }: Pick<Project, "kind" | "pluginId">,
  { evenIfFull = false }: DevLockOptions = {},
): Promise<() => void> {
  if (!SAFE_ID.test(pluginId) || pluginId.length > PLUGIN_ID_CHARS_MAX) throw notAnId(pluginId);
  const path = lockPathOf(devFolder, { kind, pluginId });
  const mark = `${processMark()} ${randomUUID()}`;
  const holder = await takeLock(path, mark).catch((error: unknown) => {
    if (!evenIfFull || !isDiskFull(error)) throw notWritten(error, path);
    return holderOf(path);
  });
  if (holder !== undefined) throw running(pluginId, holder, path);
  return () => {
    if (textOf(path) === mark) rmSync(path, { force: true });
  };
}

/** Told apart by kind: a native plugin and a process plugin may have one id. */
export function lockPathOf(devFolder: string, { kind, pluginId }: Pick<Project, "kind" | "pluginId">): string {
  return join(devFolder, `${kind}-${pluginId}.lock`);
}

/** Gives the mark of another process that has it; nothing when it is this one's now. */
async function takeLock(path: string, mark: string): Promise<string | undefined> {
  makeFolder(dirname(path));
  const looked = await withFileLock(`${path}.guard`, FILE_LOCK_MS_MAX, () => {
    removeLeftovers(path);
    const holder = holderOf(path);
    if (holder !== undefined) return holder;
    endLeftBuild(path);
    const own = `${path}.${randomUUID()}`;
    try {
      writeFileSync(own, mark, { mode: 0o600 });
      renameSync(own, path);
    } catch (error) {
      rmSync(own, { force: true });
      throw error;
    }
    return undefined;
  });
  return looked === undefined ? "?" : looked.value;
}

/** The mark of a process that may still run. */
function holderOf(path: string): string | undefined {
  const mark = textOf(path);
  return mark !== undefined && mark !== "" && mayBeRunning(mark) ? mark : undefined;
}

/** What a process left that was killed while it wrote its mark. To be called under the guard: then nobody is writing one. */
function removeLeftovers(path: string): void {
  for (const name of readdirSync(dirname(path))) {
    const end = name.startsWith(`${basename(path)}.`) ? name.slice(basename(path).length + 1) : "";
    if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(end)) rmSync(join(dirname(path), name), { force: true });
  }
}

/** It becomes the name of files and folders. */
const SAFE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

function notAnId(pluginId: string): HostError {
  return new HostError("project_invalid", `"${pluginId}" cannot be the id of a plugin`, {
    hint: 'an id has letters, digits, ".", "_" and "-" only, and begins with a letter or a digit',
  });
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function running(pluginId: string, holder: string, path: string): HostError {
  const pid = Number(holder.split(" ")[0]) || null;
  return new HostError("dev_running", `another "tools dev", process ${pid ?? "?"}, works on "${pluginId}"`, {
    hint: `end that one first, with Ctrl-C where it runs; if there is none (it may have run in a container), remove ${path}`,
    details: { plugin: pluginId, pid },
  });
}

function notWritten(error: unknown, path: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof HostError || syscall === undefined) return error;
  return new HostError("output_failed", `cannot write ${path}: ${code} (${syscall})`, {
    hint: isDiskFull(error)
      ? 'make room on the disk; "osaurus tools dev --stop" takes a build away that serves, and works all the same'
      : `look at the owner and the mode of ${dirname(path)}`,
    details: { reason: code, path },
    cause: error,
  });
}
