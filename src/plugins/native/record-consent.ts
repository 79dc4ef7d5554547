// Consent to what is installed already: for a version that was installed without, or that asks for more than it was
// granted. Consent while installing is in `decide-consent.ts`.

import { join } from "node:path";
import { HostError } from "../../protocol/errors.ts";
import { readConsent } from "./consent.ts";
import { grantNow, knownRequirements } from "./decide-consent.ts";
import type { Installed } from "./install-store.ts";
import { activeVersion, versionsIn } from "./installed.ts";
import { isPluginId } from "./package-identity.ts";
import { noteChange, pointCurrent, withInstallLock } from "./publish-version.ts";
import { isUnsigned, readReceipt, receiptStamp } from "./receipt.ts";
import { writeConsent } from "./seal-version.ts";

/** An installed version that somebody may consent to. */
export interface ConsentTarget {
  readonly pluginId: string;
  readonly version: string;
  /** Somebody consented before; it asks for more than that, or its consent is only given anew. */
  readonly hasConsent: boolean;
  /** Which installation of that version is meant: the consent is to no other. Nothing when its receipt cannot be read. */
  readonly stamp: string | undefined;
}

/**
 * Which installed version a consent is for: the given one, else the first that has none (the one in use, then the
 * highest above it), else the one in use. Nothing when there is none.
 */
export async function consentTarget(
  toolsFolder: string,
  pluginId: string,
  version?: string,
): Promise<ConsentTarget | undefined> {
  if (!isPluginId(pluginId)) return undefined;
  const pluginFolder = join(toolsFolder, pluginId);
  const active = await activeVersion(pluginFolder);
  if (active === undefined) return undefined;
  const versions = await versionsIn(pluginFolder);
  const above = versions.slice(versions.indexOf(active) + 1).toReversed();
  const candidates = version === undefined ? [active, ...above] : versions.filter((one) => one === version);
  const targets: ConsentTarget[] = [];
  for (const candidate of candidates) {
    const folder = join(pluginFolder, candidate);
    const stamp = receiptStamp(folder);
    const hasConsent = (await readConsent(folder)) !== undefined;
    targets.push({ pluginId, version: candidate, hasConsent, stamp });
  }
  return targets.find(({ hasConsent }) => !hasConsent) ?? targets[0];
}

/**
 * Records the consent to an installed version and makes it the one in use. Throws what is wrong with its receipt, and
 * `install_busy` when another package was installed in its place since the target was found.
 */
export async function recordConsent(toolsFolder: string, target: ConsentTarget): Promise<Installed> {
  const { pluginId, version, hasConsent, stamp } = target;
  const pluginFolder = join(toolsFolder, pluginId);
  const folder = join(pluginFolder, version);
  const receipt = await readReceipt(folder);
  const previous = await activeVersion(pluginFolder);
  // A second consent is asked for when the library wants more than the package said: what it says itself counts then.
  const consent = grantNow("flag", hasConsent ? undefined : await knownRequirements(folder));
  const isRecorded = await withInstallLock(toolsFolder, () => {
    if (stamp === undefined || receiptStamp(folder) !== stamp) return false;
    writeConsent(folder, consent);
    pointCurrent(pluginFolder, version);
    noteChange(toolsFolder);
    return true;
  });
  if (!isRecorded) {
    throw new HostError(
      "install_busy",
      `${pluginId} ${version} was installed anew meanwhile: nothing is consented to`,
      {
        hint: "look at what was installed, then try again",
        details: { plugin: pluginId, version },
      },
    );
  }
  return { pluginId, version, folder, unsigned: isUnsigned(receipt), previous, consent };
}
