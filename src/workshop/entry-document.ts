// The JSON of a registry's entry as it is written. Members that are not known stay where they are.

import { compareVersions, parseVersion } from "../base/semver.ts";
import type { InspectedPackage } from "../plugins/native/inspect-package.ts";
import type { RegistryEntry } from "../plugins/native/registry-entry.ts";
import { HostError } from "../protocol/errors.ts";

type Members = Record<string, unknown>;

interface RawArtifact extends Members {
  os: string;
  arch: string;
  url: string;
  sha256: string;
  size?: number;
  minisign?: Members & { signature: string };
}

interface RawVersion extends Members {
  version: string;
  artifacts: RawArtifact[];
}

/** Only what was checked against the schema, or made here, is looked at as this. */
export interface RawEntry extends Members {
  plugin_id: string;
  public_keys: RegistryEntry["public_keys"];
  versions: RawVersion[];
}

/** An entry without a version: what the manifest says of the plugin stands at its top. */
export function newEntry({ identity, manifest }: InspectedPackage, keys: RegistryEntry["public_keys"]): RawEntry {
  const { name, description, license, authors } = manifest ?? {};
  return {
    plugin_id: identity.pluginId,
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(license === undefined ? {} : { license }),
    ...(authors === undefined ? {} : { authors }),
    public_keys: keys,
    versions: [],
  };
}

/**
 * Adds the version, or the systems that it lacks, in its place: newest first. `added` is false when exactly these bytes
 * are there for all of its systems. Throws `package_invalid` when other bytes are.
 */
export function addVersion(
  entry: RawEntry,
  inspected: InspectedPackage,
  signature: string,
): { readonly artifact: string; readonly added: boolean } {
  const { identity, systems, sha256, size } = inspected;
  const there = entry.versions.find(({ version }) => version === identity.version);
  const same = (there?.artifacts ?? []).filter((one) => systems.some((wanted) => isFor(one, wanted)));
  const other = same.find((one) => one.sha256.toLowerCase() !== sha256);
  if (other !== undefined) throw otherBytes(inspected, other);
  const missing = systems.filter((wanted) => !same.some((one) => isFor(one, wanted)));
  if (missing.length === 0) return { artifact: same[0]!.url, added: false };
  const url = artifactPath(inspected);
  const artifacts = missing.map(({ os, arch }) => ({ os, arch, url, sha256, size, minisign: { signature } }));
  if (there !== undefined) there.artifacts.push(...artifacts);
  else insert(entry.versions, { version: identity.version, ...aboutVersion(inspected), artifacts });
  return { artifact: url, added: true };
}

export function textOf(entry: RawEntry): string {
  return `${JSON.stringify(entry, null, 2)}\n`;
}

function isFor(artifact: RawArtifact, { os, arch }: { readonly os: string; readonly arch: string }): boolean {
  return artifact.os === os && artifact.arch === arch;
}

/** Where its archive is put. Says for which system it is, so that those of one version can lie side by side. */
export function artifactPath({ identity: { pluginId, version }, systems }: InspectedPackage): string {
  const arch = systems.length === 1 ? systems[0]!.arch : "universal";
  return `artifacts/${pluginId}-${version}-${systems[0]!.os}-${arch}.zip`;
}

function aboutVersion({ manifest }: InspectedPackage): Members {
  const least = manifest?.min_osaurus;
  const release_date = new Date().toISOString().slice(0, 10);
  const isVersion = least !== undefined && parseVersion(least) !== undefined;
  return { release_date, ...(isVersion ? { requires: { osaurus_min_version: least } } : {}) };
}

function insert(versions: RawVersion[], one: RawVersion): void {
  const own = parseVersion(one.version)!;
  const at = versions.findIndex(({ version }) => compareVersions(parseVersion(version)!, own) < 0);
  versions.splice(at === -1 ? versions.length : at, 0, one);
}

function otherBytes({ identity, sha256 }: InspectedPackage, { os, arch, sha256: published }: RawArtifact): HostError {
  const { pluginId, version } = identity;
  return new HostError("package_invalid", `"${pluginId}" ${version} for ${os} ${arch} is published with other bytes`, {
    hint: "raise the version: what was published is never exchanged",
    details: { plugin: pluginId, version, published_sha256: published, sha256 },
  });
}
