// Installs native plugins: stages a package, holds it against the rules (signature, pinned key, consent), and publishes
// it ("Osaurus: Packaging"). Whatever fails, the version that was in use stays in use. Where packages come from is in
// `registry-install.ts`; removing and going back in files of their own.

import { join } from "node:path";
import { HostError } from "../../protocol/errors.ts";
import { requirementsOf } from "../../protocol/manifest.ts";
import { type Consent, readConsent } from "./consent.ts";
import { type ActiveConsent, type AskInstall, asksFor, decideConsent, knownRequirements } from "./decide-consent.ts";
import { type DevFacts, devInUse, removeDevVersions } from "./dev-version.ts";
import { installFailure } from "./install-failure.ts";
import { activeVersion, versionsIn } from "./installed.ts";
import { isPluginId } from "./package-identity.ts";
import type { PackageIdentity, PackageSource } from "./package-source.ts";
import { publishVersion, stampOf, withInstallLock } from "./publish-version.ts";
import { readReceipt } from "./receipt.ts";
import { receiptOf, sealVersion } from "./seal-version.ts";
import { stagePackage } from "./stage-package.ts";
import { openStaging, type Staging } from "./staging.ts";

/** How often a decision is made anew because somebody else changed the plugin meanwhile. */
const DECISIONS_MAX = 5;

export interface InstallOptions {
  /** Packages without a signature that was checked are installed too. */
  readonly allowUnsigned?: boolean | undefined;
  /** Somebody said `--consent`: what the plugin asks for is granted without a question. */
  readonly consentGiven?: boolean | undefined;
  /** Asks somebody who is there; absent where nobody is. */
  readonly ask?: AskInstall | undefined;
  /** Asks also for what a registry's signature would be consent to. */
  readonly asksDespiteRegistry?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Installed {
  readonly pluginId: string;
  readonly version: string;
  /** The folder of the version. */
  readonly folder: string;
  readonly unsigned: boolean;
  /** The version that was in use before, if any. */
  readonly previous: string | undefined;
  readonly consent: Consent;
  /** The version was in use before: nothing changed but that somebody consented to it. */
  readonly isConsentOnly?: boolean;
}

/** What is known of the plugin before a change. */
interface Before extends ActiveConsent {
  readonly version: string | undefined;
  /** The minisign key that updates have to be signed with. */
  readonly pinnedKey: string | undefined;
}

/**
 * Installs a package and makes it the version in use. The source is disposed of in any case.
 *
 * Throws `unsigned_refused`, `signing_key_changed`, what staging throws, `install_busy` and `install_failed`, and then
 * nothing is changed. Throws `consent_required` when somebody who was asked said no, and nothing is changed either; and
 * when nobody could be asked: over a version in use that has consent the new
 * one lies ready but is not used, else it is the one in use, and is not loaded.
 */
export async function installPackage(
  toolsFolder: string,
  source: PackageSource,
  options: InstallOptions,
): Promise<Installed> {
  try {
    const unsigned = source.verified === undefined;
    const staging = openStaging(toolsFolder);
    try {
      const staged = await stagePackage(source, staging.folder, options);
      // What is no package is called that first.
      if (unsigned && options.allowUnsigned !== true) throw unsignedRefused(source);
      const { pluginId, version } = staged.identity;
      const requirements = staged.manifest && requirementsOf(staged.manifest);
      const pluginFolder = join(toolsFolder, pluginId);
      const ask = askOnce(options.ask);
      for (let tries = 0; tries < DECISIONS_MAX; tries += 1) {
        const stamp = stampOf(pluginFolder);
        const before = await lookBefore(pluginFolder);
        checkPin(pluginId, source, before);
        const consent = await decideConsent(source, staged, before, { ...options, ask });
        const activate = consent !== undefined || before.consent === undefined;
        if (!activate && before.version === version)
          throw consentMissing(staged.identity, { kept: version, requirements });
        sealVersion(staged.folder, receiptOf(source, staged), consent);
        if (options.signal?.aborted) throw new HostError("interrupted", "interrupted");
        const isPublished = await withInstallLock(toolsFolder, () => {
          if (stampOf(pluginFolder) !== stamp) return false;
          const trash = join(staging.folder, "replaced");
          publishVersion({ toolsFolder, pluginId, version, from: staged.folder, trash, activate });
          if (activate) removeDevVersions(pluginFolder, version);
          return true;
        });
        if (!isPublished) continue;
        const kept = activate ? undefined : before.version;
        if (consent === undefined) throw consentMissing(staged.identity, { kept, requirements });
        return { pluginId, version, folder: join(pluginFolder, version), unsigned, previous: before.version, consent };
      }
      throw new HostError("install_busy", `others keep changing the plugin "${pluginId}"`, { hint: "try again" });
    } finally {
      leaveStaging(staging);
    }
  } catch (error) {
    throw installFailure(error);
  } finally {
    await source.dispose?.();
  }
}

/** The key that the installed plugin was verified with; nothing when it was not, or is not installed. */
export async function pinnedKey(toolsFolder: string, pluginId: string): Promise<string | undefined> {
  return isPluginId(pluginId) ? await findPinnedKey(join(toolsFolder, pluginId)) : undefined;
}

async function lookBefore(pluginFolder: string): Promise<Before> {
  // An author's own build says nothing of what somebody consented to: the version that it stands in for does.
  const stands = devInUse(pluginFolder);
  const version = stands === undefined ? await activeVersion(pluginFolder) : await versionBefore(pluginFolder, stands);
  const key = await findPinnedKey(pluginFolder);
  if (version === undefined) return { version, consent: undefined, granted: undefined, pinnedKey: key };
  const folder = join(pluginFolder, version);
  const consent = await readConsent(folder);
  const granted = consent && (consent.requirements ?? (await knownRequirements(folder)));
  return { version, consent, granted, pinnedKey: key };
}

async function versionBefore(pluginFolder: string, { before }: DevFacts): Promise<string | undefined> {
  return (await versionsIn(pluginFolder)).find((version) => version === before);
}

/** That of the version in use; when it has none, of the highest that has one: going back does not lose the pin. */
async function findPinnedKey(pluginFolder: string): Promise<string | undefined> {
  const active = await activeVersion(pluginFolder);
  if (active === undefined) return undefined;
  for (const version of [active, ...(await versionsIn(pluginFolder)).toReversed()]) {
    // A receipt that cannot be read pins nothing, as in other hosts: the plugin is not loaded with it either.
    const receipt = await readReceipt(join(pluginFolder, version)).catch(() => undefined);
    const key = receipt?.artifact.minisign && receipt.public_keys?.["minisign"];
    if (key) return key;
  }
  return undefined;
}

function checkPin(pluginId: string, { verified }: PackageSource, before: Before): void {
  if (before.pinnedKey === undefined || verified?.publicKey === before.pinnedKey) return;
  if (verified !== undefined && verified.previousKey === before.pinnedKey) return;
  const hint = `if you trust the new package, run "osaurus tools uninstall ${pluginId} --keep-data" and install it again`;
  const details = { plugin: pluginId };
  if (verified === undefined) {
    const message = `the installed "${pluginId}" is signed and the new package is not`;
    throw new HostError("unsigned_refused", `${message}; --allow-unsigned does not change that`, { hint, details });
  }
  const message = `the new package of "${pluginId}" is signed with another key than the installed one`;
  throw new HostError("signing_key_changed", message, { hint, details });
}

/** What cannot be removed is in nobody's way, and is tried again by the next installation. */
function leaveStaging(staging: Staging): void {
  try {
    staging.remove();
  } catch {
    // The outcome of the installation is what counts.
  }
}

/** Somebody who has answered is not asked again when the decision has to be made anew. */
function askOnce(ask: AskInstall | undefined): AskInstall | undefined {
  let answer: ReturnType<AskInstall> | undefined;
  return ask && ((question) => (answer ??= ask(question)));
}

function unsignedRefused({ label }: PackageSource): HostError {
  return new HostError("unsigned_refused", `no signature vouches for ${label}`, {
    hint: 'add "--allow-unsigned" if you trust where it comes from',
  });
}

/**
 * @param kept the version that stays in use.
 * @param requirements what the package says that it asks for.
 */
function consentMissing(
  { pluginId, version }: PackageIdentity,
  { kept, requirements }: { kept: string | undefined; requirements: readonly string[] | undefined },
): HostError {
  const state =
    kept === undefined
      ? "is installed but is not loaded"
      : kept === version
        ? "was not replaced"
        : `is installed but ${kept} stays in use`;
  const why = `nobody consented to it; ${asksFor(requirements)}`;
  return new HostError("consent_required", `${pluginId} ${version} ${state}: ${why}`, {
    hint:
      kept === version
        ? 'install it again with "--consent"'
        : `run "osaurus tools install ${pluginId}@${version} --consent"`,
    details: { plugin: pluginId, version, active: kept ?? version, ...(requirements && { requirements }) },
  });
}
