// Puts an author's own build in the place of an installed plugin, and takes it away again. Nothing vouches for such a
// build and nobody is asked about it: whoever runs the build of a project trusts it already. What was installed stays as
// it is, and no consent or key of the build ever counts for a package.

import { lstatSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { isDiskFull } from "../../base/is-disk-full.ts";
import { HostError } from "../../protocol/errors.ts";
import { grantNow } from "./decide-consent.ts";
import { type DevFacts, devFactsIn, devInUse, devVersionOf, removeDevVersions, withoutDev } from "./dev-version.ts";
import { installFailure } from "./install-failure.ts";
import { activeVersion, versionsIn } from "./installed.ts";
import type { PackageSource } from "./package-source.ts";
import {
  linkedVersion,
  noteChange,
  type Publication,
  pointCurrent,
  publishVersion,
  withInstallLock,
} from "./publish-version.ts";
import { readQuarantine, release } from "./quarantine.ts";
import { receiptOf, writeVersion } from "./seal-version.ts";
import { stagePackage } from "./stage-package.ts";
import { openStaging } from "./staging.ts";
import { CURRENT_LINK, KEPT_MANIFEST_FILE, RECEIPT_FILE } from "./tools-folder.ts";

export interface DevBuild {
  /** The project's folder, and the library that its build made. */
  readonly source: PackageSource;
  /** What the library said of itself when it was tried. */
  readonly manifestText: string;
  /** What it asks for. */
  readonly requirements: readonly string[];
  readonly signal: AbortSignal;
  /** Whether it comes up where it serves. When this fails, what was in use before the build is in use again. */
  accept?(): Promise<void>;
}

export interface InstalledDev {
  readonly pluginId: string;
  /** With `+dev` behind it. */
  readonly version: string;
  readonly folder: string;
  /** The version that is in use again when the author is done. */
  readonly before: string | undefined;
}

/**
 * Makes a build the version in use; an older build of the same author's goes. Throws what `stagePackage` throws,
 * `project_invalid`, `install_busy`, `install_failed` and what `accept` throws; then what was in use before is.
 */
export async function installDev(toolsFolder: string, build: DevBuild): Promise<InstalledDev> {
  const { source, signal } = build;
  const staging = openStaging(toolsFolder);
  try {
    const staged = await stagePackage(source, staging.folder, { signal });
    const { pluginId } = staged.identity;
    const version = devVersionOf(staged.identity.version);
    const pluginFolder = join(toolsFolder, pluginId);
    const inUse = await activeVersion(pluginFolder);
    writeFileSync(join(staged.folder, KEPT_MANIFEST_FILE), build.manifestText, { mode: 0o644 });
    const trash = join(staging.folder, "replaced");
    const { before, former } = await withInstallLock(toolsFolder, () => {
      refuseForeign(join(pluginFolder, version), version);
      const stands = devInUse(pluginFolder);
      const linked = linkedVersion(pluginFolder);
      const before = stands === undefined ? ((linked && basename(linked)) ?? inUse ?? null) : stands.before;
      const dev: DevFacts = { project: source.path, built_at: new Date().toISOString(), before };
      const receipt = { ...receiptOf(source, staged), version, dev };
      // A build is made anew in no time: nobody waits until it is on the disk, and one that is cut off is not loaded.
      writeVersion(staged.folder, receipt, grantNow("dev", build.requirements));
      publishVersion({ toolsFolder, pluginId, version, from: staged.folder, trash, activate: true });
      return { before, former: stands?.version };
    });
    await letTry(toolsFolder, pluginId, version);
    try {
      await build.accept?.();
    } catch (error) {
      const failed = join(staging.folder, "failed");
      const back = { toolsFolder, pluginId, version, from: trash, trash: failed, activate: true };
      // Where that cannot be done either, the build stays; what is wrong with it is what its author has to know.
      await takeBack(back, former).catch(() => undefined);
      throw error;
    }
    await withInstallLock(toolsFolder, () => removeDevVersions(pluginFolder, version));
    return { pluginId, version, folder: join(pluginFolder, version), before: before ?? undefined };
  } catch (error) {
    throw installFailure(error);
  } finally {
    staging.remove();
  }
}

/**
 * Takes an author's build away; what was in use before is in use again. Gives both, nothing when there was no build in
 * use. Throws `install_busy` and `install_failed`; a full disk is no reason: this makes room.
 */
export async function endDev(toolsFolder: string, pluginId: string): Promise<EndedDev | undefined> {
  const pluginFolder = join(toolsFolder, pluginId);
  if (lstatSync(pluginFolder, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
  const versions = await versionsIn(pluginFolder);
  try {
    return await withInstallLock(toolsFolder, () => takeAway(toolsFolder, pluginId, versions));
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
  try {
    // There is no room for a lock, and so for nobody's installation.
    return takeAway(toolsFolder, pluginId, versions, { makesRoom: true });
  } catch (error) {
    throw installFailure(error);
  }
}

interface EndedDev {
  readonly from: string;
  readonly to: string | undefined;
}

/** @param makesRoom removes the build before the link to it is another one: a link needs room as well. */
function takeAway(
  toolsFolder: string,
  pluginId: string,
  versions: readonly string[],
  { makesRoom = false } = {},
): EndedDev | undefined {
  const pluginFolder = join(toolsFolder, pluginId);
  const stands = devInUse(pluginFolder);
  const to = stands && returnTo(pluginFolder, stands, versions);
  if (makesRoom) removeDevVersions(pluginFolder);
  if (stands !== undefined) {
    if (to === undefined) rmSync(join(pluginFolder, CURRENT_LINK), { force: true });
    else pointCurrent(pluginFolder, to);
  }
  removeDevVersions(pluginFolder);
  try {
    rmdirSync(pluginFolder);
  } catch {
    // Other versions, or what the plugin itself kept.
  }
  if (stands === undefined) return undefined;
  noteChange(toolsFolder);
  return { from: stands.version, to };
}

/**
 * Has what was in use before a build in use again.
 *
 * @param back puts the build that had the same version in its place, if there was one.
 * @param former the version of the author's build that was in use; nothing when none was.
 */
async function takeBack(back: Publication, former: string | undefined): Promise<void> {
  const { toolsFolder, pluginId, version } = back;
  if (former === undefined) await endDev(toolsFolder, pluginId);
  else {
    await withInstallLock(toolsFolder, () => {
      const pluginFolder = join(toolsFolder, pluginId);
      // Somebody may have installed something meanwhile.
      if (devInUse(pluginFolder)?.version !== version) return;
      if (former === version) return publishVersion(back);
      pointCurrent(pluginFolder, former);
      removeDevVersions(pluginFolder, former);
      noteChange(toolsFolder);
    });
  }
  // Its crashes are not those of the build before, which may have the same version.
  await letTry(toolsFolder, pluginId, version);
}

/** The version of before; when that is gone meanwhile, the highest of those that are installed. */
function returnTo(pluginFolder: string, { before }: DevFacts, versions: readonly string[]): string | undefined {
  if (before === null) return undefined;
  const installed = withoutDev(pluginFolder, versions).filter(
    (version) => lstatSync(join(pluginFolder, version, RECEIPT_FILE), { throwIfNoEntry: false }) !== undefined,
  );
  return installed.includes(before) ? before : installed.at(-1);
}

/** A package may have such a version, too; nothing of it is overwritten. */
function refuseForeign(folder: string, version: string): void {
  const isThere = lstatSync(folder, { throwIfNoEntry: false }) !== undefined;
  if (!isThere || devFactsIn(folder) !== undefined) return;
  throw new HostError("project_invalid", `the version ${version} of the plugin is installed, as a package`, {
    hint: "give the project another version",
    details: { folder },
  });
}

/** The build before may have crashed so often that it was left alone: this one is another. */
async function letTry(toolsFolder: string, pluginId: string, version: string): Promise<void> {
  const held = readQuarantine(toolsFolder).find(({ id }) => id === pluginId);
  if (held?.version === version) await release(toolsFolder, pluginId);
}
