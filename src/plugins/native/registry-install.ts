// Packages from registries and from the web, ready to be installed: fetched, and held against everything that vouches
// for them before a byte is unpacked. Installing them is install-store.ts's.
//
// The order for a registry: find the entry, hold its key against the installed one, choose the archive, fetch it, and
// compare size, SHA-256 and signature. A package from a registry without a signature is refused.

import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { HostError } from "../../protocol/errors.ts";
import { ARCHIVE_BYTES_MAX, DOWNLOAD_MS_MAX, REGISTRY_MS_MAX, SIGNATURE_CHARS_MAX } from "../../protocol/limits.ts";
import { copyFile, type Downloaded, type DownloadOptions, downloadFile } from "./download.ts";
import { fetchBytes } from "./fetch-url.ts";
import { type FoundEntry, notInRegistries, openRegistries } from "./find-in-registries.ts";
import { pinnedKey } from "./install-store.ts";
import { checkPinnedKey } from "./key-rotation.ts";
import { verifyDetached } from "./minisign.ts";
import { identityOfFileName, isPluginId } from "./package-identity.ts";
import type { ArtifactFacts, PackageSource } from "./package-source.ts";
import { resolveArtifact, type TargetSystem, thisSystem } from "./registry-entry.ts";
import type { ArtifactPlace } from "./registry-parts.ts";
import type { RegistryDeps } from "./registry-source.ts";
import { toolsFolder } from "./tools-folder.ts";

/**
 * Fetches a plugin from the user's registries. Throws `plugin_unknown`, `version_unknown`, `registry_invalid`,
 * `registry_unreachable`, `signing_key_changed`, `download_failed`, `download_mismatch` and `signature_invalid`, and
 * leaves nothing behind then. The caller disposes of the source.
 */
export async function fetchFromRegistry(
  deps: RegistryDeps,
  pluginId: string,
  version?: string,
  system: TargetSystem = thisSystem(),
): Promise<PackageSource> {
  const registries = openRegistries(deps);
  const found = isPluginId(pluginId) ? await registries.find(pluginId) : undefined;
  if (found === undefined) throw await notInRegistries(registries, pluginId);
  return await fetchFound(deps, found, version, system);
}

/** The same for an entry that was found already. */
export async function fetchFound(
  deps: RegistryDeps,
  { entry, source }: FoundEntry,
  version?: string,
  system: TargetSystem = thisSystem(),
): Promise<PackageSource> {
  const { plugin_id: pluginId, public_keys: keys } = entry;
  const previousKey = await checkPinnedKey(pluginId, await pinnedKey(toolsFolder(deps.paths), pluginId), keys);
  const chosen = resolveArtifact(entry, { ...system, version });
  const { sha256, size, minisign } = chosen.artifact;
  if (!minisign) throw unsignedEntry(pluginId, chosen.version, source.registry.name);
  const place = await source.place(chosen.artifact.url);
  const file = await fetchPackage(deps, place, { expected: { sha256, size } });
  return await withFile(file, async () => {
    const { keyId } = await verifyDetached(file.path, minisign.signature, keys.minisign);
    const artifact: ArtifactFacts = {
      url: urlOf(place),
      sha256: file.sha256,
      minisign: { signature: minisign.signature, key_id: keyId },
      size: file.size,
    };
    return {
      kind: "archive",
      path: file.path,
      label: urlOf(place),
      identity: { pluginId, version: chosen.version },
      verified: { artifact, publicKey: keys.minisign, ...(previousKey === undefined ? {} : { previousKey }) },
      fromRegistry: true,
      dispose: file.dispose,
    };
  });
}

/**
 * Fetches a package from an address that somebody typed. A signature that lies beside it, at the same address with
 * `.minisig` behind it, is verified when the name of the file says which plugin it is and that plugin's key is known;
 * else the package counts as unsigned. Throws `usage_invalid`, `download_failed` and `signature_invalid`.
 */
export async function fetchUrl(deps: RegistryDeps, url: string): Promise<PackageSource> {
  const file = await fetchPackage(deps, { url }, {});
  return await withFile(file, async () => {
    const identity = identityOfFileName(fileNameOf(url));
    const verified = identity && (await verifyBeside(deps, url, file, identity.pluginId));
    return {
      kind: "archive",
      path: file.path,
      label: url,
      ...(identity ? { identity } : {}),
      ...(verified ? { verified } : {}),
      fromRegistry: false,
      dispose: file.dispose,
    };
  });
}

/**
 * The key that packages of a plugin have to be signed with: that of the installed version, else the registries'. Nothing
 * when neither knows one; a registry that cannot be asked knows none.
 */
export async function knownKey(deps: RegistryDeps, pluginId: string): Promise<string | undefined> {
  const pinned = await pinnedKey(toolsFolder(deps.paths), pluginId);
  if (pinned !== undefined) return pinned;
  try {
    return (await openRegistries(deps).find(pluginId))?.entry.public_keys.minisign;
  } catch (error) {
    if (!(error instanceof HostError) || !error.code.startsWith("registry_")) throw error;
    deps.note?.(error.message);
    return undefined;
  }
}

async function verifyBeside(
  deps: RegistryDeps,
  url: string,
  file: Downloaded,
  pluginId: string,
): Promise<PackageSource["verified"]> {
  const beside = new URL(url);
  beside.pathname += ".minisig";
  const options = { bytesMax: SIGNATURE_CHARS_MAX, msMax: REGISTRY_MS_MAX, signal: deps.signal };
  const signature = (await fetchBytes(beside.href, options))?.toString("utf8");
  if (signature === undefined) return undefined;
  const publicKey = await knownKey(deps, pluginId);
  if (publicKey === undefined) {
    deps.note?.(`there is a signature at ${beside.href}, but no key of "${pluginId}" is known to hold it against`);
    return undefined;
  }
  const { keyId } = await verifyDetached(file.path, signature, publicKey);
  const artifact = { url, sha256: file.sha256, minisign: { signature, key_id: keyId }, size: file.size };
  return { artifact, publicKey };
}

async function fetchPackage(
  { paths, signal }: RegistryDeps,
  place: ArtifactPlace,
  { expected }: Pick<DownloadOptions, "expected">,
): Promise<Downloaded> {
  const folder = join(paths.cache, "downloads");
  const options = {
    folder,
    bytesMax: ARCHIVE_BYTES_MAX,
    msMax: DOWNLOAD_MS_MAX,
    signal,
    ...(expected && { expected }),
  };
  return await ("path" in place ? copyFile(place.path, options) : downloadFile(place.url, options));
}

/** The file goes with the failure. */
async function withFile<T>(file: Downloaded, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    await file.dispose();
    throw error;
  }
}

function urlOf(place: ArtifactPlace): string {
  return "path" in place ? pathToFileURL(place.path).href : place.url;
}

function fileNameOf(url: string): string {
  const name = basename(new URL(url).pathname);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function unsignedEntry(pluginId: string, version: string, registry: string): HostError {
  return new HostError(
    "signature_invalid",
    `the registry "${registry}" has no signature for "${pluginId}" ${version}; nothing is installed from a registry without one`,
    {
      hint: "whoever keeps the registry has to add it; a package that you trust can be installed from its file or URL",
      details: { plugin: pluginId, version, registry },
    },
  );
}
