// Consent to what is installed already: for a version that was installed without, or that asks for more than it was
// granted. Also puts an installed version in use again. Consent while installing is in `decide-consent.ts`.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { HostError } from "../../protocol/errors.ts";
import { requirementsOf } from "../../protocol/manifest.ts";
import { beyondConsent, type Consent, readConsent, whyNoConsent } from "./consent.ts";
import { type AskInstall, asksFor, grantNow, knownManifest, knownRequirements, questionOf } from "./decide-consent.ts";
import { devInUse, removeDevVersions, withoutDev } from "./dev-version.ts";
import type { Installed } from "./install-store.ts";
import { activeVersion, versionsIn } from "./installed.ts";
import { isPluginId } from "./package-identity.ts";
import type { PackageIdentity } from "./package-source.ts";
import { noteChange, pointCurrent, withInstallLock } from "./publish-version.ts";
import { isUnsigned, libraryHash, type Receipt, readReceipt, receiptStamp } from "./receipt.ts";
import { writeConsent } from "./seal-version.ts";
import { checkLibrary } from "./verify-installed.ts";

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
  const active = devInUse(pluginFolder)?.before ?? (await activeVersion(pluginFolder));
  const versions = withoutDev(pluginFolder, await versionsIn(pluginFolder));
  if (active === undefined || !versions.includes(active)) return undefined;
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
 * Which installed version is meant by a word that no registry knows: the given one, else the highest that has a receipt.
 * Nothing when there is none.
 */
export async function installedTarget(
  toolsFolder: string,
  pluginId: string,
  version?: string,
): Promise<PackageIdentity | undefined> {
  if (!isPluginId(pluginId)) return undefined;
  const pluginFolder = join(toolsFolder, pluginId);
  const versions = withoutDev(pluginFolder, await versionsIn(pluginFolder)).toReversed();
  if (version !== undefined) return versions.includes(version) ? { pluginId, version } : undefined;
  const chosen = versions.find((one) => receiptStamp(join(pluginFolder, one)) !== undefined) ?? versions[0];
  return chosen === undefined ? undefined : { pluginId, version: chosen };
}

/**
 * Records the consent to an installed version and makes it the one in use. Throws what is wrong with it, and
 * `install_busy` when another package was installed in its place since the target was found.
 */
export async function recordConsent(toolsFolder: string, target: ConsentTarget): Promise<Installed> {
  const { pluginId, version, hasConsent, stamp } = target;
  const folder = join(toolsFolder, pluginId, version);
  const receipt = await checkVersion(folder, target);
  // A second consent is asked for when the library wants more than the package said: what it says itself counts then.
  const consent = grantNow("flag", hasConsent ? undefined : await knownRequirements(folder));
  return await putInUse(toolsFolder, target, { receipt, stamp, consent, isNew: true });
}

/**
 * Makes an installed version the one in use, as it is. Who is there is asked when consent to it is missing, or is to less
 * than its package says that it asks for. Throws what is wrong with it, `consent_required`, and `install_busy` when
 * something else was installed in its place meanwhile; then nothing is changed.
 *
 * @param libraryAsksFor what the library asked for when it was loaded, beyond what its package says.
 */
export async function activateInstalled(
  toolsFolder: string,
  target: PackageIdentity,
  ask?: AskInstall,
  libraryAsksFor: readonly string[] = [],
): Promise<Installed> {
  const folder = join(toolsFolder, target.pluginId, target.version);
  const stamp = receiptStamp(folder);
  const receipt = await checkVersion(folder, target);
  const given = await readConsent(folder);
  const manifest = knownManifest(folder);
  const said = manifest && requirementsOf(manifest);
  const granted = given && (given.requirements ?? said ?? []);
  const wanted =
    libraryAsksFor.length === 0 ? said : [...new Set([...(said ?? granted ?? []), ...libraryAsksFor])].sort();
  const beyond = granted && beyondConsent(granted, wanted ?? []);
  if (given && beyond?.length === 0) {
    return await putInUse(toolsFolder, target, { receipt, stamp, consent: given, isNew: false });
  }
  const shown = questionOf(target, manifest, { unsigned: isUnsigned(receipt), beyond });
  const how = await ask?.({ ...shown, digest: hashOf({ shown, stamp }) });
  if (how === undefined) throw await notConsented(folder, target, wanted, beyond);
  return await putInUse(toolsFolder, target, { receipt, stamp, consent: grantNow(how, wanted), isNew: true });
}

/**
 * Whether a version is what was installed. Throws what is wrong with its receipt or its library, and says where it came
 * from.
 */
export async function checkVersion(folder: string, { pluginId, version }: PackageIdentity): Promise<Receipt> {
  const receipt = await readReceipt(folder);
  if (receipt.plugin_id !== pluginId || receipt.version !== version) {
    const message = `the receipt in ${folder} is for ${receipt.plugin_id} ${receipt.version}, not for ${pluginId} ${version}`;
    throw new HostError("receipt_invalid", message, { hint: "install the plugin again", details: { folder } });
  }
  try {
    await checkLibrary(join(folder, receipt.dylib_filename), libraryHash(receipt));
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const { code, message, details } = error;
    const hint = `install it again from where it came from: ${whereFrom(receipt)}`;
    throw new HostError(code, message, { hint, ...(details && { details }), cause: error });
  }
  return receipt;
}

interface Use {
  readonly receipt: Receipt;
  /** Of the installation that was looked at. */
  readonly stamp: string | undefined;
  readonly consent: Consent;
  /** The consent was given just now. */
  readonly isNew: boolean;
}

async function putInUse(
  toolsFolder: string,
  { pluginId, version }: PackageIdentity,
  { receipt, stamp, consent, isNew }: Use,
): Promise<Installed> {
  const pluginFolder = join(toolsFolder, pluginId);
  const folder = join(pluginFolder, version);
  const previous = await activeVersion(pluginFolder);
  const isDone = await withInstallLock(toolsFolder, () => {
    if (stamp === undefined || receiptStamp(folder) !== stamp) return false;
    if (isNew) writeConsent(folder, consent);
    pointCurrent(pluginFolder, version);
    removeDevVersions(pluginFolder);
    noteChange(toolsFolder);
    return true;
  });
  if (!isDone) {
    throw new HostError(
      "install_busy",
      `${pluginId} ${version} was installed anew meanwhile: nothing is consented to`,
      {
        hint: "look at what was installed, then try again",
        details: { plugin: pluginId, version },
      },
    );
  }
  const isConsentOnly = isNew && previous === version;
  return { pluginId, version, folder, unsigned: isUnsigned(receipt), previous, consent, isConsentOnly };
}

async function notConsented(
  folder: string,
  { pluginId, version }: PackageIdentity,
  wanted: readonly string[] | undefined,
  beyond: readonly string[] | undefined,
): Promise<HostError> {
  const why = beyond ? `it asks for more than was consented to: ${beyond.join(", ")}` : await whyNoConsent(folder);
  const message = `${pluginId} ${version} is installed and cannot be used: ${why}; ${asksFor(wanted)}`;
  return new HostError("consent_required", message, {
    hint: `if you want that, "osaurus tools install ${pluginId}@${version} --consent"`,
    details: { plugin: pluginId, version, ...(wanted && { requirements: wanted }) },
  });
}

function hashOf(json: unknown): string {
  return createHash("sha256").update(JSON.stringify(json)).digest("hex");
}

/** A path where it was one: the URL of a file cannot be installed from. */
function whereFrom({ artifact: { url } }: Receipt): string {
  try {
    return url.startsWith("file:") ? fileURLToPath(url) : url;
  } catch {
    return url;
  }
}
