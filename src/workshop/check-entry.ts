// Examines one entry of a registry: what it says, and through check-artifact.ts every archive that it names.

import { join } from "node:path";
import { readSmallFile } from "../base/read-small-file.ts";
import { compareVersions, parseVersion } from "../base/semver.ts";
import { checkPinnedKey } from "../plugins/native/key-rotation.ts";
import { parsePublicKey } from "../plugins/native/minisign.ts";
import { isPluginId } from "../plugins/native/package-identity.ts";
import { type RegistryEntry, readEntry } from "../plugins/native/registry-entry.ts";
import { toHostError } from "../protocol/errors.ts";
import { REGISTRY_ENTRY_BYTES_MAX } from "../protocol/limits.ts";
import { checkArtifact } from "./check-artifact.ts";
import { fail, type RegistryFinding, warn } from "./registry-finding.ts";

export interface EntryToCheck {
  /** The registry; nothing for an entry that lies somewhere. */
  readonly root: string | undefined;
  /** As seen from the registry; else absolute. */
  readonly file: string;
  /** Gets the archives that the entry names. */
  readonly used: Set<string>;
  readonly signal: AbortSignal;
}

/** What is wrong with it; one `ok` when nothing is. */
export async function checkEntryFile(checked: EntryToCheck): Promise<RegistryFinding[]> {
  const { root, file } = checked;
  const pluginId = file.replace(/^.*\//, "").replace(/\.json$/, "");
  if (!isPluginId(pluginId))
    return [fail(file, "plugin_id", `"${pluginId}" cannot be the id of a plugin`, "rename the file")];
  const read = readSmallFile(root === undefined ? file : join(root, file), REGISTRY_ENTRY_BYTES_MAX);
  if (read?.text === undefined) return [fail(file, "entry_file", read?.problem ?? "it vanished")];
  const reading = readEntry(read.text, pluginId);
  if ("problem" in reading) return [fail(file, reading.rule, reading.problem, "mend the file")];
  const { entry } = reading;
  const findings = [...checkVersions(file, entry), ...(await checkKeys(file, entry))];
  for (const { version, artifacts } of entry.versions) {
    for (const artifact of artifacts) findings.push(...(await checkArtifact(checked, entry, version, artifact)));
  }
  return findings.some(({ status }) => status === "fail") ? findings : [sound(file, entry), ...findings];
}

function checkVersions(file: string, { versions }: RegistryEntry): RegistryFinding[] {
  const findings: RegistryFinding[] = [];
  if (versions.length === 0) findings.push(warn(file, "versions", "it has no version", "publish one"));
  for (const [index, { version, artifacts }] of versions.entries()) {
    const after = versions[index + 1]?.version;
    if (after !== undefined && compareVersions(parseVersion(version)!, parseVersion(after)!) < 0) {
      const detail = `${after} stands below ${version}, which is older`;
      findings.push(fail(file, "version_order", detail, "put the newest version first"));
    }
    if (artifacts.length === 0)
      findings.push(warn(file, "versions", `${version} has no archive`, "publish one, or take it out"));
    const systems = artifacts.map(({ os, arch }) => `${os} ${arch}`);
    const twice = systems.find((system, at) => systems.indexOf(system) !== at);
    if (twice === undefined) continue;
    findings.push(
      fail(file, "artifact_twice", `${version} has two archives for ${twice}`, "only the first is used; take one out"),
    );
  }
  return findings;
}

async function checkKeys(file: string, { plugin_id, public_keys: keys }: RegistryEntry): Promise<RegistryFinding[]> {
  const findings: RegistryFinding[] = [];
  const rotation = (detail: string) =>
    fail(file, "rotation", detail, "sign the new key with the old one: osaurus registry publish … --rotate OLDKEYFILE");
  const { minisign, previous, rotation_signature: signature } = keys;
  for (const key of previous ? [minisign, previous] : [minisign]) {
    try {
      parsePublicKey(key);
    } catch (error) {
      findings.push(fail(file, "entry_shape", toHostError(error).message, "put the line of the .pub file there"));
    }
  }
  if (findings.length > 0) return findings;
  if (previous && previous === minisign) findings.push(rotation("the previous key is the one of now"));
  else if (previous) {
    await checkPinnedKey(plugin_id, previous, keys).catch(() => {
      const what = signature ? "the rotation_signature is not one of the previous key over the key of now" : NOT_SIGNED;
      findings.push(rotation(`${what}: nobody who has the plugin gets another version of it`));
    });
  } else if (signature)
    findings.push(rotation("there is a rotation_signature, and no previous key that it could be of"));
  return findings;
}

const NOT_SIGNED = "the previous key is named, and did not sign the key of now";

function sound(path: string, { versions, public_keys }: RegistryEntry): RegistryFinding {
  const names = versions.map(({ version }) => version);
  const shown = names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
  const { keyId } = parsePublicKey(public_keys.minisign);
  return { path, status: "ok", code: "entry", detail: `${shown || "no version"}; key ${keyId}` };
}
