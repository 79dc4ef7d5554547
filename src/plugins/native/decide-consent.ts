// Whether somebody has consented to what a package asks for: by a flag, by consenting to no less before, by a registry
// whose signature held, or at a question.

import { join } from "node:path";
import { readSmallFile } from "../../base/read-small-file.ts";
import { HostError } from "../../protocol/errors.ts";
import { MANIFEST_BYTES_MAX } from "../../protocol/limits.ts";
import { parseManifest, requirementsOf } from "../../protocol/manifest.ts";
import { beyondConsent, type Consent } from "./consent.ts";
import { IDENTITY_FILES, type PackageFacts } from "./package-identity.ts";
import type { PackageSource } from "./package-source.ts";
import { KEPT_MANIFEST_FILE } from "./tools-folder.ts";

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
}

/** The consent to a package; nothing when nobody could be asked. Throws `consent_required` when somebody said no. */
export async function decideConsent(
  source: PackageSource,
  { identity, manifest }: PackageFacts,
  { consent, granted }: ActiveConsent,
  { consentGiven = false, ask }: ConsentOptions,
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
  if (source.fromRegistry && source.verified !== undefined && beyond === undefined) return grant("registry");
  if (ask === undefined) return undefined;
  const how = await ask({
    ...identity,
    name: manifest?.name,
    authors: manifest?.authors ?? [],
    description: manifest?.description,
    tools: manifest && (manifest.capabilities.tools ?? []).map(({ id, requirements = [] }) => ({ id, requirements })),
    unsigned: source.verified === undefined,
    beyond,
  });
  if (how !== undefined) return grant(how);
  throw new HostError("consent_required", `nothing was installed: nobody consented to ${identity.pluginId}`, {
    hint: 'add "--consent" to grant what it asks for',
    details: { plugin: identity.pluginId, version: identity.version },
  });
}

/** A consent that is given now. */
export function grantNow(how: Consent["how"], requirements: readonly string[] | undefined): Consent {
  return { granted_at: new Date().toISOString(), requirements: requirements ? [...requirements] : null, how };
}

/** What an installed version asks for, as far as files tell; what its library said when it was loaded comes first. */
export async function knownRequirements(versionFolder: string): Promise<string[] | undefined> {
  for (const name of [KEPT_MANIFEST_FILE, ...IDENTITY_FILES.toReversed()]) {
    const text = readSmallFile(join(versionFolder, name), MANIFEST_BYTES_MAX)?.text;
    if (text === undefined) continue;
    try {
      return requirementsOf(parseManifest(text, name));
    } catch {
      // Not a whole manifest.
    }
  }
  return undefined;
}
