// Whether somebody has consented to what a package asks for: by a flag, by consenting to no less before, by a registry
// whose signature held, or at a question.

import { join } from "node:path";
import { readSmallFile } from "../../base/read-small-file.ts";
import { parseVersion } from "../../base/semver.ts";
import { HostError } from "../../protocol/errors.ts";
import { MANIFEST_BYTES_MAX } from "../../protocol/limits.ts";
import { type Manifest, parseManifest, requirementsOf } from "../../protocol/manifest.ts";
import { beyondConsent, type Consent } from "./consent.ts";
import { devVersionOf } from "./dev-version.ts";
import { packageDigest } from "./package-digest.ts";
import { IDENTITY_FILES } from "./package-identity.ts";
import type { PackageIdentity, PackageSource } from "./package-source.ts";
import type { StagedPackage } from "./stage-package.ts";
import { KEPT_MANIFEST_FILE } from "./tools-folder.ts";

/** How many are named in a message; its details have them all. */
const REQUIREMENTS_SHOWN_MAX = 20;

/** What somebody is told who is asked whether a plugin may be installed. All texts are the package's own. */
export interface InstallQuestion {
  readonly pluginId: string;
  readonly version: string;
  readonly name: string | undefined;
  readonly authors: readonly string[];
  readonly description: string | undefined;
  /** What it asks for; nothing when the package does not say. */
  readonly tools: readonly { readonly id: string; readonly requirements: readonly string[] }[] | undefined;
  readonly unsigned: boolean;
  /** What it asks for beyond what the active version was granted; nothing for the first consent. */
  readonly beyond: readonly string[] | undefined;
  /** Of the package and of all of this: the same only while both are. */
  readonly digest: string;
}

/** Asks somebody, and gives how consent was given; nothing when it was refused. */
export type AskInstall = (question: InstallQuestion) => Promise<Consent["how"] | undefined>;

/** What is known of the version in use. */
export interface ActiveConsent {
  readonly consent: Consent | undefined;
  /** What was granted; nothing when that is not known. */
  readonly granted: readonly string[] | undefined;
}

export interface ConsentOptions {
  /** Somebody said `--consent`. */
  readonly consentGiven?: boolean | undefined;
  readonly ask?: AskInstall | undefined;
  /** A registry's signature is no answer: somebody is asked for each first consent. */
  readonly asksDespiteRegistry?: boolean | undefined;
}

/** The consent to a package; nothing when nobody could be asked. Throws `consent_required` when somebody said no. */
export async function decideConsent(
  source: PackageSource,
  { identity, manifest, folder }: Pick<StagedPackage, "identity" | "manifest" | "folder">,
  { consent, granted }: ActiveConsent,
  { consentGiven = false, ask, asksDespiteRegistry = false }: ConsentOptions,
): Promise<Consent | undefined> {
  const wanted = manifest && requirementsOf(manifest);
  const grant = (how: Consent["how"]) => grantNow(how, wanted);
  if (consentGiven) return grant("flag");
  let beyond: readonly string[] | undefined;
  if (consent !== undefined && granted !== undefined) {
    beyond = beyondConsent(granted, wanted ?? []);
    // Where the package does not say what it asks for, the old grants hold, and are held against it when it is loaded.
    if (beyond.length === 0) return { ...consent, requirements: [...granted] };
  }
  const isVouchedFor = source.fromRegistry && source.verified !== undefined && beyond === undefined;
  if (isVouchedFor && !asksDespiteRegistry) return grant("registry");
  if (ask === undefined) return undefined;
  const shown = questionOf(identity, manifest, { unsigned: source.verified === undefined, beyond });
  const digest = await packageDigest(folder, { shown, key: source.verified?.publicKey });
  const how = await ask({ ...shown, digest });
  if (how !== undefined) return grant(how);
  throw new HostError("consent_required", `nothing was installed: nobody consented to ${identity.pluginId}`, {
    hint: 'add "--consent" to grant what it asks for',
    details: { plugin: identity.pluginId, version: identity.version },
  });
}

/** What somebody is told before the answer; what names it is left to the caller. */
export function questionOf(
  { pluginId, version }: PackageIdentity,
  manifest: Manifest | undefined,
  rest: Pick<InstallQuestion, "unsigned" | "beyond">,
): Omit<InstallQuestion, "digest"> {
  return {
    pluginId,
    version,
    name: manifest?.name,
    authors: manifest?.authors ?? [],
    description: manifest?.description,
    tools: manifest && (manifest.capabilities.tools ?? []).map(({ id, requirements = [] }) => ({ id, requirements })),
    ...rest,
  };
}

/** What a plugin asks for, as the end of a sentence; whoever has no terminal has to decide by it. */
export function asksFor(requirements: readonly string[] | undefined): string {
  if (requirements === undefined) return "what it asks for is not known before it is loaded";
  const more = requirements.length - REQUIREMENTS_SHOWN_MAX;
  const shown = requirements.slice(0, REQUIREMENTS_SHOWN_MAX).join(", ");
  return `it asks for: ${more > 0 ? `${shown} and ${more} more` : shown || "nothing"}`;
}

/** A consent that is given now. */
export function grantNow(how: Consent["how"], requirements: readonly string[] | undefined): Consent {
  return { granted_at: new Date().toISOString(), requirements: requirements ? [...requirements] : null, how };
}

/** What an installed version asks for, as far as files tell; what its library said when it was loaded comes first. */
export async function knownRequirements(versionFolder: string): Promise<string[] | undefined> {
  const manifest = knownManifest(versionFolder);
  return manifest && requirementsOf(manifest);
}

/**
 * What is odd about the version that a library says of itself, in words. Nobody compares it when the library is loaded:
 * the name of an archive may be all that said which version was installed.
 */
export function oddVersion(versionFolder: string, version: string): string | undefined {
  const says = knownManifest(versionFolder)?.version;
  if (says === undefined || says === version || devVersionOf(says) === version || parseVersion(says) === undefined)
    return undefined;
  return `the library says that it is version ${says}, and it is installed as ${version}`;
}

/** The manifest of an installed version, as far as files tell. */
export function knownManifest(versionFolder: string): Manifest | undefined {
  for (const name of [KEPT_MANIFEST_FILE, ...IDENTITY_FILES.toReversed()]) {
    const text = readSmallFile(join(versionFolder, name), MANIFEST_BYTES_MAX)?.text;
    if (text === undefined) continue;
    try {
      return parseManifest(text, name);
    } catch {
      // Not a whole manifest.
    }
  }
  return undefined;
}
