// Plugins that crashed while they were loaded are left alone until somebody asks, or until the plugin or the host is
// another one ("Osaurus: Plugin Authoring", life cycle):
//
//   <tools>/.quarantine          a JSON array of {id, version, build}; older hosts wrote plain ids
//   <tools>/.currently_loading   the id of the plugin that is being loaded, and which process does so
//
// A crash of a plugin is seen at once, because it ends its runner only. The marker is for what takes the host along: a
// plugin that freezes the whole machine is not loaded again after the restart.

import { randomBytes } from "node:crypto";
import { linkSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { withFileLock } from "../../base/file-lock.ts";
import { makeFolder } from "../../base/make-folder.ts";
import { mayBeRunning, processMark } from "../../base/process-mark.ts";
import { readSmallFile } from "../../base/read-small-file.ts";
import { replaceFile } from "../../base/replace-file.ts";
import { VERSION } from "../../base/version.ts";
import { HostError } from "../../protocol/errors.ts";
import { INSTALL_LOCK_MS_MAX, QUARANTINE_BYTES_MAX } from "../../protocol/limits.ts";

export const QUARANTINE_FILE = ".quarantine";
const MARKER_FILE = ".currently_loading";
const MARKER_BYTES_MAX = 4096;

const Entry = z.object({
  id: z.string(),
  /** Version of the plugin and of the host when it crashed; without them the entry stays until somebody removes it. */
  version: z.optional(z.string()),
  build: z.optional(z.string()),
  reason: z.optional(z.string()),
});
const Entries = z.array(z.unknown());
const AnyEntry = z.union([z.string(), Entry]);

export type QuarantineEntry = z.infer<typeof Entry>;

/** One that cannot be understood is nobody's; it must not set the others free. */
function readEntry(json: unknown): QuarantineEntry[] {
  const parsed = AnyEntry.safeParse(json);
  if (!parsed.success) return [];
  return [typeof parsed.data === "string" ? { id: parsed.data } : parsed.data];
}

/** All that are quarantined. A file that cannot be understood holds none. */
export function readQuarantine(tools: string): QuarantineEntry[] {
  try {
    const { text = "" } = readSmallFile(join(tools, QUARANTINE_FILE), QUARANTINE_BYTES_MAX) ?? {};
    const parsed = Entries.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.flatMap(readEntry) : [];
  } catch {
    return [];
  }
}

/** Whether a version of a plugin is to be left alone. Another version, or another host, gets one try. */
export function isHeld({ version, build }: QuarantineEntry, installedVersion: string): boolean {
  if (version === undefined || build === undefined) return true;
  return version === installedVersion && build === VERSION;
}

/** Quarantines a plugin; an entry that it has already is replaced. */
export async function quarantine(tools: string, id: string, version: string, reason: string): Promise<void> {
  const entry = { id, version, build: VERSION, reason };
  await changeQuarantine(tools, (entries) => [...entries.filter((one) => one.id !== id), entry]);
}

/** Releases one plugin, marker included. Gives whether there was something to release. */
export async function release(tools: string, id: string): Promise<boolean> {
  const markers = markersIn(tools).filter((marker) => marker.id === id && !marker.isLive);
  for (const { path } of markers) rmSync(path, { force: true });
  const isHere = readQuarantine(tools).some((entry) => entry.id === id);
  if (isHere) await changeQuarantine(tools, (entries) => entries.filter((entry) => entry.id !== id));
  return isHere || markers.length > 0;
}

/** Releases all. Gives how many there were. */
export async function releaseAll(tools: string): Promise<number> {
  const count = readQuarantine(tools).length;
  for (const { path, isLive } of markersIn(tools)) if (!isLive) rmSync(path, { force: true });
  rmSync(join(tools, QUARANTINE_FILE), { force: true });
  return count;
}

/**
 * What a scan begins with: plugins in whose load a host ended are quarantined, and entries of plugins that are not
 * installed any more are dropped.
 *
 * @param versionOf the version that is installed; undefined for none.
 */
export async function settleQuarantine(tools: string, versionOf: (id: string) => string | undefined): Promise<void> {
  for (const { id, path, isLive } of markersIn(tools)) {
    if (isLive) continue;
    const version = versionOf(id);
    if (version !== undefined) await quarantine(tools, id, version, "the host ended while it was being loaded");
    rmSync(path, { force: true });
  }
  const isGone = ({ id }: QuarantineEntry) => versionOf(id) === undefined;
  if (readQuarantine(tools).some(isGone)) await changeQuarantine(tools, (all) => all.filter((one) => !isGone(one)));
}

/** Notes that a plugin is being loaded; gives what takes the note back. A folder that cannot be written gets none. */
export function markLoading(tools: string, id: string): () => void {
  const own = join(tools, `${MARKER_FILE}-${randomBytes(6).toString("hex")}`);
  const usual = join(tools, MARKER_FILE);
  try {
    writeFileSync(own, `${id}\n${processMark()}\n`, { flag: "wx", mode: 0o600 });
  } catch {
    return () => undefined;
  }
  try {
    linkSync(own, usual);
  } catch {
    return () => rmSync(own, { force: true }); // Another plugin is being loaded at the same time.
  }
  rmSync(own, { force: true });
  return () => rmSync(usual, { force: true });
}

function markersIn(tools: string): { id: string; path: string; isLive: boolean }[] {
  let names: string[];
  try {
    names = readdirSync(tools).filter((name) => name === MARKER_FILE || name.startsWith(`${MARKER_FILE}-`));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const path = join(tools, name);
    const [id = "", owner] = (readSmallFile(path, MARKER_BYTES_MAX)?.text ?? "").split("\n");
    return id === ""
      ? []
      : [{ id: id.trim(), path, isLive: owner !== undefined && owner !== "" && mayBeRunning(owner) }];
  });
}

async function changeQuarantine(
  tools: string,
  change: (entries: QuarantineEntry[]) => QuarantineEntry[],
): Promise<void> {
  makeFolder(tools);
  const path = join(tools, QUARANTINE_FILE);
  const done = await withFileLock(`${path}.lock`, INSTALL_LOCK_MS_MAX, () => {
    const entries = change(readQuarantine(tools));
    if (entries.length === 0) rmSync(path, { force: true });
    else replaceFile(path, `${JSON.stringify(entries, null, 2)}\n`, { followLinks: false });
  });
  if (!done) {
    throw new HostError("install_busy", `another process has been changing ${path} for too long`, {
      hint: "try again",
    });
  }
}
