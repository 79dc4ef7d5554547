// The keys of a registry's entry, and their change: the old key signs the new one, and the new one what the old one had
// signed, so that the older versions can be installed still.

import { verifyDetached } from "../plugins/native/minisign.ts";
import { SIGNATURE_SUFFIX } from "../plugins/native/package-source.ts";
import type { RegistryEntry } from "../plugins/native/registry-entry.ts";
import type { SigningKey } from "../plugins/native/secret-key.ts";
import { sha256Of } from "../plugins/native/sha256-of.ts";
import { detachedSignature } from "../plugins/native/sign-file.ts";
import { HostError } from "../protocol/errors.ts";
import type { RawEntry } from "./entry-document.ts";
import { findArtifact, type RegistryFolder } from "./registry-folder.ts";
import { unfitToRead } from "./unfit-to-read.ts";

type Keys = RegistryEntry["public_keys"];

interface KeyRequest {
  readonly pluginId: string;
  /** Of the entry that is there. */
  readonly old: Keys | undefined;
  /** What signs from now on. */
  readonly key: string;
  readonly rotate: SigningKey | undefined;
}

/** The keys that the entry is to have. Throws `signing_key_changed`, and `usage_invalid` when there is nothing to rotate. */
export async function keysAfter({
  pluginId,
  old,
  key,
  rotate,
}: KeyRequest): Promise<{ members: Keys; isRotated: boolean }> {
  if (old === undefined) {
    if (rotate === undefined) return { members: { minisign: key }, isRotated: false };
    throw new HostError("usage_invalid", `"${pluginId}" is not in the registry yet, so it has no key to hand over`, {
      hint: "leave --rotate out",
    });
  }
  const isSame = old.minisign === key;
  // What was done already may be asked for again.
  if (isSame && (rotate === undefined || rotate.publicKey === old.previous)) return { members: old, isRotated: false };
  if (isSame) throw new HostError("usage_invalid", "--sign and --rotate name keys of which none is to be replaced");
  if (rotate === undefined) throw changed(pluginId, "and the key that it has did not hand over to this one");
  if (rotate.publicKey !== old.minisign) throw changed(pluginId, "and --rotate names neither of the two");
  const rotation_signature = await detachedSignature(Buffer.from(key), rotate, "the next signing key");
  return { members: { ...old, minisign: key, previous: old.minisign, rotation_signature }, isRotated: true };
}

/**
 * Signs what the old key had signed, in `raw`, after looking whether it had. Gives the files with the new signatures, and
 * the versions whose archives do not lie in the registry. Throws `signature_invalid` for an archive that somebody changed.
 */
export async function signAnew(
  folder: RegistryFolder,
  old: RegistryEntry,
  raw: RawEntry,
  key: SigningKey,
  signal: AbortSignal,
): Promise<{ readonly files: { path: string; text: string }[]; readonly left: string[] }> {
  const files: { path: string; text: string }[] = [];
  const left = new Set<string>();
  for (const { version, artifacts } of raw.versions) {
    for (const artifact of artifacts) {
      const path = await findArtifact(folder, artifact.url);
      if (path === undefined || artifact.minisign == null) {
        left.add(version);
        continue;
      }
      const unfit = unfitToRead(path, artifact.size);
      if (unfit !== undefined) throw tampered(old.plugin_id, version, unfit.problem);
      const fits = (await sha256Of(path, signal)) === artifact.sha256.toLowerCase();
      if (!fits) throw tampered(old.plugin_id, version, "its bytes are not those of the entry");
      const verified = verifyDetached(path, artifact.minisign.signature, old.public_keys.minisign, signal);
      await verified.catch((error: Error) => {
        if (signal.aborted) throw error;
        throw tampered(old.plugin_id, version, error.message);
      });
      const text = await detachedSignature(path, key, `file:${artifact.url.replace(/^.*\//, "")}\thashed`);
      artifact.minisign.signature = text;
      files.push({ path: `${path}${SIGNATURE_SUFFIX}`, text });
    }
  }
  return { files, left: [...left] };
}

function tampered(pluginId: string, version: string, problem: string): HostError {
  return new HostError("signature_invalid", `"${pluginId}" ${version} in the registry is not signed anew: ${problem}`, {
    hint: 'nothing was changed; "osaurus registry validate" shows what is wrong in the registry',
  });
}

function changed(pluginId: string, problem: string): HostError {
  return new HostError("signing_key_changed", `"${pluginId}" is signed with another key in the registry, ${problem}`, {
    hint: "sign with the key that it has, or hand over with --sign NEWKEY --rotate OLDKEY",
    details: { plugin: pluginId },
  });
}
