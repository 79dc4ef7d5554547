// Goes back to the version before the one in use.

import { join } from "node:path";
import { compareVersions, parseVersion } from "../../base/semver.ts";
import { HostError } from "../../protocol/errors.ts";
import { readConsent, whyNoConsent } from "./consent.ts";
import { asksFor, knownRequirements } from "./decide-consent.ts";
import { devInUse, withoutDev } from "./dev-version.ts";
import { endDev } from "./install-dev.ts";
import { activeVersion, versionsIn } from "./installed.ts";
import { isPluginId } from "./package-identity.ts";
import { noteChange, pointCurrent, stampOf, withInstallLock } from "./publish-version.ts";
import { readReceipt } from "./receipt.ts";

/**
 * Makes the highest version below the one in use the one in use; gives both. Throws `plugin_unknown`,
 * `rollback_impossible` when there is none, `consent_required` when nobody consented to it, and what keeps it from
 * being loaded.
 */
export async function rollbackPlugin(toolsFolder: string, pluginId: string): Promise<{ from: string; to: string }> {
  const pluginFolder = join(toolsFolder, pluginId);
  const from = isPluginId(pluginId) ? await activeVersion(pluginFolder) : undefined;
  if (from === undefined) throw new HostError("plugin_unknown", `no plugin "${pluginId}" is installed`);
  if (devInUse(pluginFolder) !== undefined) return await backFromDev(toolsFolder, pluginId);
  const stamp = stampOf(pluginFolder);
  const to = await versionBefore(pluginFolder, from);
  if (to === undefined) {
    throw new HostError("rollback_impossible", `no version of "${pluginId}" below ${from} is installed`, {
      hint: `install the one you want: "osaurus tools install ${pluginId}@VERSION"`,
      details: { plugin: pluginId, active: from },
    });
  }
  const folder = join(pluginFolder, to);
  await readReceipt(folder);
  if ((await readConsent(folder)) === undefined) {
    const requirements = await knownRequirements(folder);
    const why = `${await whyNoConsent(folder)}; ${asksFor(requirements)}`;
    throw new HostError("consent_required", `${pluginId} ${to} cannot be used: ${why}`, {
      hint: `run "osaurus tools install ${pluginId}@${to} --consent", which goes back to it too`,
      details: { plugin: pluginId, version: to, active: from, ...(requirements && { requirements }) },
    });
  }
  const isDone = await withInstallLock(toolsFolder, () => {
    if (stampOf(pluginFolder) !== stamp) return false;
    pointCurrent(pluginFolder, to);
    noteChange(toolsFolder);
    return true;
  });
  if (isDone) return { from, to };
  throw new HostError("install_busy", `others keep changing the plugin "${pluginId}"`, { hint: "try again" });
}

/** The version to which going back would lead; nothing when there is none. */
export async function rollbackTarget(pluginFolder: string): Promise<string | undefined> {
  const dev = devInUse(pluginFolder);
  if (dev !== undefined) return dev.before ?? undefined;
  const active = await activeVersion(pluginFolder);
  return active === undefined ? undefined : await versionBefore(pluginFolder, active);
}

async function versionBefore(pluginFolder: string, version: string): Promise<string | undefined> {
  const active = parseVersion(version)!;
  const versions = withoutDev(pluginFolder, await versionsIn(pluginFolder));
  return versions.findLast((one) => compareVersions(parseVersion(one)!, active) < 0);
}

/** From an author's own build it goes back to the version that the build stands in for. */
async function backFromDev(toolsFolder: string, pluginId: string): Promise<{ from: string; to: string }> {
  const { before, version } = devInUse(join(toolsFolder, pluginId)) ?? {};
  const ended = before === null ? undefined : await endDev(toolsFolder, pluginId);
  if (ended?.to !== undefined) return { from: ended.from, to: ended.to };
  throw new HostError("rollback_impossible", `nothing but the build ${version} of "${pluginId}" is installed`, {
    hint: `"osaurus tools dev --stop ${pluginId}" takes it away`,
    details: { plugin: pluginId, active: version },
  });
}
