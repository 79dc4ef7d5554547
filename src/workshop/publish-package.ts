// Puts a package into a folder that is a registry: the archive below `artifacts/`, what is said of it into
// `plugins/<plugin_id>.json`. Nothing gets in whose signature does not hold, and what is in is never exchanged.
//
// An entry is computed from the one that was read and written only while that is still the one: two who publish at once
// get both their versions in.

import { basename, join } from "node:path";
import { withFileLock } from "../base/file-lock.ts";
import { readSmallFile } from "../base/read-small-file.ts";
import { type InspectedPackage, withPackage } from "../plugins/native/inspect-package.ts";
import { statPackage } from "../plugins/native/local-package.ts";
import { verifyDetached } from "../plugins/native/minisign.ts";
import { SIGNATURE_SUFFIX } from "../plugins/native/package-source.ts";
import type { SigningKey } from "../plugins/native/secret-key.ts";
import { detachedSignature } from "../plugins/native/sign-file.ts";
import { HostError } from "../protocol/errors.ts";
import { FILE_LOCK_MS_MAX, REGISTRY_ENTRY_BYTES_MAX, SIGNATURE_CHARS_MAX } from "../protocol/limits.ts";
import { addVersion, artifactPath, newEntry, type RawEntry, textOf } from "./entry-document.ts";
import { namedArchives } from "./named-archives.ts";
import {
  checkedEntry,
  findArtifact,
  isGone,
  lockPath,
  openFolder,
  type RegistryFolder,
  readEntryText,
  writeIndex,
  writePublished,
} from "./registry-folder.ts";
import { keysAfter, signAnew } from "./rotate-entry.ts";

/** How often the entry is computed again because somebody else published meanwhile. */
const TRIES_MAX = 10;

export interface PublishRequest {
  /** The archive; without `sign`, its signature lies beside it. */
  readonly zip: string;
  readonly folder: string;
  readonly sign?: SigningKey | undefined;
  /** The key before `sign`, which hands over to it. */
  readonly rotate?: SigningKey | undefined;
  /** The key of the signature beside the archive, for a plugin that is not in the registry yet. */
  readonly publicKey?: string | undefined;
  /** It was named, and not only found beside: then it has to be the key of the entry as well. */
  readonly isKeyNamed?: boolean;
  readonly signal: AbortSignal;
}

export interface Published {
  readonly pluginId: string;
  readonly version: string;
  readonly systems: readonly string[];
  readonly keyId: string;
  /** The entry and the archive, as seen from the registry. */
  readonly entry: string;
  readonly artifact: string;
  /** False: exactly this was there already. */
  readonly added: boolean;
  readonly rotated: boolean;
  /** Versions whose archives lie elsewhere, and which have the signature of the old key still. */
  readonly notSignedAnew: readonly string[];
}

/**
 * Publishes it. Throws `package_unknown`, what is wrong with the package, `signature_invalid`, `signing_key_changed` for
 * another key than the entry's without `rotate`, `registry_invalid` for an entry that is not usable, and `package_invalid`
 * when the version is there with other bytes. The registry is then as it was.
 */
export async function publishPackage(request: PublishRequest): Promise<Published> {
  if (!(await statPackage(request.zip)).isFile()) throw noFile(request.zip);
  return await withPackage(request.zip, { signal: request.signal }, async (inspected) => {
    const folder = openFolder(request.folder);
    const { pluginId } = inspected.identity;
    // The name is that of the list of all plugins.
    if (pluginId === "index") throw new HostError("package_invalid", 'no plugin in a registry can be called "index"');
    for (let tries = 1; ; tries++) {
      const before = readEntryText(folder, pluginId);
      const { changes, published } = await prepare(request, folder, inspected, before);
      if (!published.added && !published.rotated) return published;
      const written = await withFileLock(lockPath(folder), FILE_LOCK_MS_MAX, () => {
        if (readEntryText(folder, pluginId) !== before) return false;
        writePublished(folder, changes);
        writeIndex(folder);
        return true;
      });
      if (written?.value === true) return published;
      if (written === undefined || tries === TRIES_MAX) throw busy(folder);
    }
  });
}

/** What is to be written, all of it verified; nothing is written yet. */
async function prepare(
  { zip, sign, rotate, publicKey: named, isKeyNamed, signal }: PublishRequest,
  folder: RegistryFolder,
  inspected: InspectedPackage,
  before: string | undefined,
) {
  const { pluginId, version } = inspected.identity;
  const old = before === undefined ? undefined : checkedEntry(before, pluginId);
  if (isKeyNamed && named !== undefined && old !== undefined)
    await keysAfter({ pluginId, old: old.public_keys, key: named, rotate });
  const key = sign?.publicKey ?? (rotate === undefined ? (old?.public_keys.minisign ?? named) : undefined);
  if (key === undefined) throw noKey(pluginId, rotate !== undefined);
  const keys = await keysAfter({ pluginId, old: old?.public_keys, key, rotate });
  const signature = sign ? await signedBy(sign, inspected, zip) : readSignature(zip);
  const { keyId } = await verifyDetached(inspected.path, signature, key);
  const raw: RawEntry = before === undefined ? newEntry(inspected, keys.members) : JSON.parse(before);
  raw.public_keys = keys.members;
  const anew = keys.isRotated && sign && old ? await signAnew(folder, old, raw, sign, signal) : { files: [], left: [] };
  const { artifact, added: isNew } = addVersion(raw, inspected, signature);
  if (isNew && namedArchives(folder.root)(artifact)) throw taken(artifact);
  const added = isNew || (await isToBeRepaired(folder, artifact, inspected));
  const text = textOf(raw);
  checkedEntry(text, pluginId); // It must not be us who break a rule.
  if (Buffer.byteLength(text) > REGISTRY_ENTRY_BYTES_MAX) throw tooLarge(pluginId);
  const archive = added ? { from: inspected.path, to: artifact } : undefined;
  const signatures = [
    ...anew.files,
    ...(added ? [{ path: join(folder.root, `${artifact}${SIGNATURE_SUFFIX}`), text: signature }] : []),
  ];
  const published: Published = {
    pluginId,
    version,
    systems: inspected.systems.map(({ os, arch }) => `${os} ${arch}`),
    keyId,
    entry: `plugins/${pluginId}.json`,
    artifact,
    added,
    rotated: keys.isRotated,
    notSignedAnew: anew.left,
  };
  return { changes: { archive, signatures, entry: { path: published.entry, text } }, published };
}

/**
 * Whether the archive of a version that is there was lost. An entry may name any place: only what we would have called so
 * ourselves is written again, all else has to be there. Throws what findArtifact does.
 */
async function isToBeRepaired(folder: RegistryFolder, artifact: string, inspected: InspectedPackage): Promise<boolean> {
  if (artifact === artifactPath(inspected) && isGone(folder, artifact)) return true;
  await findArtifact(folder, artifact);
  return false;
}

async function signedBy(key: SigningKey, { path }: InspectedPackage, zip: string): Promise<string> {
  const file = basename(zip).replaceAll(/\p{Cc}/gu, "?");
  return await detachedSignature(path, key, `timestamp:${Math.floor(Date.now() / 1000)}\tfile:${file}\thashed`);
}

function readSignature(zip: string): string {
  const path = `${zip}${SIGNATURE_SUFFIX}`;
  const file = readSmallFile(path, SIGNATURE_CHARS_MAX);
  if (file?.text !== undefined) return file.text;
  const problem = file === undefined ? `there is no signature ${path}` : `the signature ${path}: ${file.problem}`;
  throw new HostError("signature_invalid", `nothing is published without a signature, and ${problem}`, {
    hint: "name the secret key with --sign KEYFILE",
  });
}

function noFile(zip: string): HostError {
  return new HostError("package_invalid", `${zip} is no file`, {
    hint: '"osaurus tools package" makes one that can be published',
  });
}

function noKey(pluginId: string, isRotation: boolean): HostError {
  if (isRotation) {
    return new HostError("usage_invalid", "--rotate takes the new key as well", {
      hint: "name it with --sign KEYFILE",
    });
  }
  return new HostError(
    "usage_invalid",
    `"${pluginId}" is not in the registry yet, and it is not said which key signs it`,
    {
      hint: "name the secret key with --sign KEYFILE, or the public one with --key",
    },
  );
}

function taken(artifact: string): HostError {
  return new HostError("package_invalid", `${artifact} is the archive of something else that is published`, {
    hint: "choose another version: what was published is never exchanged",
  });
}

function tooLarge(pluginId: string): HostError {
  return new HostError(
    "registry_invalid",
    `the entry of "${pluginId}" would have more than ${REGISTRY_ENTRY_BYTES_MAX} bytes`,
    {
      hint: "take old versions out of it",
    },
  );
}

function busy(folder: RegistryFolder): HostError {
  return new HostError("config_busy", `somebody else has been publishing into ${folder.root} for too long`, {
    hint: `try again; if nobody is publishing, remove ${lockPath(folder)}`,
  });
}
