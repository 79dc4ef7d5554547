// One `tools dev` at a time for each plugin, by a file with the mark of its process. What a process left that was killed is
// taken over.

import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withFileLock } from "../base/file-lock.ts";
import { makeFolder } from "../base/make-folder.ts";
import { mayBeRunning, processMark } from "../base/process-mark.ts";
import type { Project } from "../projects/project.ts";
import { HostError } from "../protocol/errors.ts";
import { FILE_LOCK_MS_MAX, PLUGIN_ID_CHARS_MAX } from "../protocol/limits.ts";

/**
 * Takes the plugin for this process. Throws `dev_running` while another one works on it.
 *
 * @returns gives it back; safe to call twice.
 */
export async function lockDev(devFolder: string, { kind, pluginId }: Pick<Project, "kind" | "pluginId">) {
  if (!SAFE_ID.test(pluginId) || pluginId.length > PLUGIN_ID_CHARS_MAX) throw notAnId(pluginId);
  makeFolder(devFolder);
  const path = join(devFolder, `${kind === "native" ? "" : "osp-"}${pluginId}.lock`);
  const mark = `${processMark()} ${randomUUID()}`;
  const looked = await withFileLock(`${path}.guard`, FILE_LOCK_MS_MAX, () => {
    const holder = textOf(path);
    if (holder !== undefined && holder !== "" && mayBeRunning(holder)) return holder;
    const own = `${path}.${randomUUID()}`;
    writeFileSync(own, mark, { mode: 0o600 });
    renameSync(own, path);
    return undefined;
  });
  const holder = looked === undefined ? "?" : looked.value;
  if (holder !== undefined) throw running(pluginId, holder, path);
  return () => {
    if (textOf(path) === mark) rmSync(path, { force: true });
  };
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
