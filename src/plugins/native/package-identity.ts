// Which plugin and version a package says it is ("Osaurus: Packaging"): by a file in it, by the name of its archive, or
// because a registry says so. Where several say it, they have to agree.

import { open } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { parseVersion } from "../../base/semver.ts";
import { type ErrorCode, HostError } from "../../protocol/errors.ts";
import { describeMistakes } from "../../protocol/issue-text.ts";
import { MANIFEST_BYTES_MAX, PLUGIN_ID_CHARS_MAX } from "../../protocol/limits.ts";
import { type Manifest, readManifest } from "../../protocol/manifest.ts";
import type { PackageIdentity } from "./package-source.ts";
import { isPlainName } from "./tools-folder.ts";

/** Files that may say it. The first that does counts; `manifest.json` is what the library's get_manifest returns. */
export const IDENTITY_FILES = ["osaurus-plugin.json", "plugin.json", "manifest.json"] as const;

const PLATFORM_TAIL = /-(macos|darwin|linux)-(arm64|aarch64|x64|x86_64|amd64|universal)$/i;
const PLUGIN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const Claim = z.object({ plugin_id: z.optional(z.string()), version: z.optional(z.string()) });

export interface PackageFacts {
  readonly identity: PackageIdentity;
  /** The whole manifest, when the package brings it along. Without it nobody knows what it asks for before it is loaded. */
  readonly manifest: Manifest | undefined;
}

/** Whether a text may be a plugin's id. It becomes the name of a folder. */
export function isPluginId(text: string): boolean {
  return PLUGIN_ID.test(text) && text.length <= PLUGIN_ID_CHARS_MAX;
}

/** Throws `code` unless both are what they have to be. */
export function checkIdentity(
  { pluginId, version }: PackageIdentity,
  code: ErrorCode = "package_invalid",
): PackageIdentity {
  if (!isPluginId(pluginId)) {
    throw new HostError(code, `"${pluginId}" cannot be the id of a plugin`, {
      hint: `an id has letters, digits, ".", "_" and "-" only, begins with a letter or a digit, and has at most ${PLUGIN_ID_CHARS_MAX} characters`,
    });
  }
  if (parseVersion(version) === undefined || !isPlainName(version)) {
    throw new HostError(code, `"${version}" is no version`, { hint: 'versions look like "1.0.0" or "1.0.0-rc.1"' });
  }
  return { pluginId, version };
}

/**
 * What the name of an archive says: `<id>-<version>.zip`, or `<id>-<version>-<os>-<arch>.zip`. The version is the
 * longest end of the name that is one. Nothing when the name has no such form.
 */
export function identityOfFileName(fileName: string): PackageIdentity | undefined {
  const name = bareName(fileName);
  for (let at = name.indexOf("-"); at !== -1; at = name.indexOf("-", at + 1)) {
    const [pluginId, version] = [name.slice(0, at), name.slice(at + 1)];
    if (parseVersion(version) && isPluginId(pluginId)) return { pluginId, version };
  }
  return undefined;
}

function bareName(fileName: string): string {
  return fileName.replace(/\.zip$/i, "").replace(PLATFORM_TAIL, "");
}

/**
 * What a package is. Throws `package_invalid` when nothing says it, when what says it does not agree,
 * and when it brings a manifest along that is none.
 *
 * @param folder the unpacked package.
 * @param given what a registry says, or else the name of the archive.
 */
export async function readPackageFacts(
  folder: string,
  given: { readonly registry?: PackageIdentity | undefined; readonly fileName?: string | undefined },
): Promise<PackageFacts> {
  const claims: { from: string; claim: z.infer<typeof Claim> }[] = [];
  let manifest: Manifest | undefined;
  for (const from of IDENTITY_FILES) {
    const json = await readJson(folder, from);
    if (json === undefined) continue;
    const parsed = Claim.safeParse(json.value);
    if (!parsed.success) throw invalid(`${from} has a plugin_id or a version that is no text`);
    claims.push({ from, claim: parsed.data });
    if (isWholeManifest(json.value)) manifest = manifestIn(json.text, from, manifest);
  }
  const named = given.fileName === undefined ? undefined : identityOfFileName(given.fileName);
  const inside = whole(claims.map(({ claim }) => claim));
  const identity = given.registry ?? inside ?? named;
  if (identity === undefined) throw unnamed(given.fileName);
  const { pluginId, version } = checkIdentity(identity);
  // A name may be read in two ways.
  if (named !== undefined && bareName(given.fileName!) !== `${pluginId}-${version}`)
    claims.push({ from: "the file name", claim: { plugin_id: named.pluginId, version: named.version } });
  for (const { from, claim } of claims) {
    agree(from, "plugin_id", claim.plugin_id, pluginId);
    agree(from, "version", claim.version, version);
  }
  return { identity: { pluginId, version }, manifest };
}

/** The id and the version may stand in different files. */
function whole(claims: readonly z.infer<typeof Claim>[]): PackageIdentity | undefined {
  const pluginId = claims.find((claim) => claim.plugin_id !== undefined)?.plugin_id;
  const version = claims.find((claim) => claim.version !== undefined)?.version;
  return pluginId === undefined || version === undefined ? undefined : { pluginId, version };
}

function isWholeManifest(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "capabilities");
}

/** `manifest.json` comes last, and is what counts of several. */
function manifestIn(text: string, from: string, before: Manifest | undefined): Manifest {
  const { manifest, mistakes } = readManifest(text);
  if (manifest === undefined) throw invalid(`${from} in the package is no manifest: ${describeMistakes(mistakes)}`);
  return from === "manifest.json" || before === undefined ? manifest : before;
}

function agree(from: string, what: string, claimed: string | undefined, is: string): void {
  if (claimed === undefined || claimed === is) return;
  throw invalid(`the package does not agree with itself: ${from} says ${what} "${claimed}", the package is "${is}"`);
}

async function readJson(folder: string, name: string): Promise<{ text: string; value: unknown } | undefined> {
  const text = await readBounded(join(folder, name), name);
  if (text === undefined) return undefined;
  try {
    return { text, value: JSON.parse(text) };
  } catch (error) {
    throw invalid(`${name} is not JSON: ${(error as Error).message}`);
  }
}

/** The text of a file of a package; nothing when there is none. */
async function readBounded(path: string, name: string): Promise<string | undefined> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw invalid(`${name} is no file`);
    if (stat.size > MANIFEST_BYTES_MAX) throw invalid(`${name} is larger than ${MANIFEST_BYTES_MAX} bytes`);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

function unnamed(fileName: string | undefined): HostError {
  return invalid(
    "the package does not say which plugin and version it is",
    fileName === undefined
      ? `put an osaurus-plugin.json with "plugin_id" and "version" into the folder`
      : 'name the archive <plugin_id>-<version>.zip, or make it with "osaurus tools package"',
  );
}

function invalid(message: string, hint = "ask the author of the package"): HostError {
  return new HostError("package_invalid", message, { hint });
}
