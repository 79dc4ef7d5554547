// Packs a plugin into an archive that can be installed. What the library says of itself goes in as well, so that whoever
// installs it can be told what it asks for before any of its code runs.

import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { type ErrorCode, HostError, toHostError } from "../../protocol/errors.ts";
import { parseManifest } from "../../protocol/manifest.ts";
import { checkLibraryFile, readLibraryHeader } from "./library-file.ts";
import { collectFiles, findLibraryIn, libraryInput } from "./package-files.ts";
import { checkIdentity } from "./package-identity.ts";
import { type PackageIdentity, type PackageSource, SIGNATURE_SUFFIX } from "./package-source.ts";
import { sha256Of } from "./sha256-of.ts";
import { writeZip, type ZipInput } from "./zip-write.ts";

/** A library of another system or processor can be packed here, but not asked. */
const FOREIGN: ReadonlySet<ErrorCode> = new Set(["library_wrong_machine", "library_load_failed"]);

export interface PackRequest {
  readonly identity: PackageIdentity;
  /** Where the files are, and where the archive goes. */
  readonly folder: string;
  /** The library; without it, the only one in the folder. */
  readonly library?: PackageSource["library"];
  /** What a library's get_manifest returns. */
  readManifest(path: string): Promise<string>;
}

export interface Packed {
  readonly path: string;
  readonly identity: PackageIdentity;
  /** The names in it, sorted. */
  readonly files: readonly string[];
  /** Why the library's manifest is not in it. */
  readonly unread: HostError | undefined;
  /** There is a signature beside it, of the other archive that was there before. */
  readonly leavesOldSignature: boolean;
}

/** Writes `<id>-<version>.zip`. Throws `usage_invalid`, `package_invalid`, `library_unknown`, and what is wrong with the library. */
export async function packPlugin({ identity, folder, library, readManifest }: PackRequest): Promise<Packed> {
  const { pluginId, version } = checkIdentity(identity, "usage_invalid");
  const taken = library ?? (await libraryOf(folder));
  const { path } = taken;
  const inputs = [await libraryInput(taken), ...(await collectFiles(folder, identity))];
  mustBeLibrary(path);
  let unread = checkLibraryFile(path);
  try {
    if (unread === undefined) inputs.push(manifestInput(await readManifest(path), identity));
  } catch (thrown) {
    unread = toHostError(thrown);
    if (!FOREIGN.has(unread.code)) throw unread;
  }
  const target = join(folder, `${pluginId}-${version}.zip`);
  const before = existsSync(`${target}${SIGNATURE_SUFFIX}`) ? await hashOf(target) : undefined;
  await writeZip(target, inputs);
  const leavesOldSignature = before !== undefined && before !== (await hashOf(target));
  return {
    path: target,
    identity: { pluginId, version },
    files: inputs.map(({ name }) => name).sort(),
    unread,
    leavesOldSignature,
  };
}

/** Nobody named it, so it is held to what holds for the library of a project. */
async function libraryOf(folder: string): Promise<NonNullable<PackageSource["library"]>> {
  const { builtLibrary } = await import("./project-package.ts");
  return builtLibrary({ folder, output: await findLibraryIn(folder), build: undefined });
}

/** Empty for an archive that is not there. */
async function hashOf(path: string): Promise<string> {
  return await sha256Of(path).catch(() => "");
}

/** A library of any system will do; a file that cannot be read fails when it is packed. */
function mustBeLibrary(path: string): void {
  const header = readLibraryHeader(path);
  if (header === undefined) return;
  const isOther = "problem" in header || header.kind !== "library";
  if (!isOther) return;
  const problem = "problem" in header ? header.problem : "it is a program or an object file";
  throw new HostError("package_invalid", `${basename(path)} is no library that can be packed: ${problem}`, {
    hint: "build the plugin as a shared library, or name another file",
  });
}

function manifestInput(text: string, { pluginId, version }: PackageIdentity): ZipInput {
  const manifest = parseManifest(text, pluginId);
  const says = [manifest.plugin_id, manifest.version ?? version];
  if (says[0] !== pluginId || says[1] !== version) {
    throw new HostError(
      "package_invalid",
      `the library says that it is ${says.join(" ")}, not ${pluginId} ${version}`,
      {
        hint: "change its manifest, or what you pack it as",
      },
    );
  }
  return { name: "manifest.json", from: Buffer.from(text.endsWith("\n") ? text : `${text}\n`) };
}
