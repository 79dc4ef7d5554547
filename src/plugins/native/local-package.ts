// A package that lies on this machine: an archive, or a folder. A signature that lies beside an archive is checked when
// it is known which key it has to be of; without one the package counts as unsigned.

import { constants, existsSync, type Stats, statSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Paths } from "../../base/paths.ts";
import { HostError } from "../../protocol/errors.ts";
import { ARCHIVE_BYTES_MAX } from "../../protocol/limits.ts";
import { IDENTITY_FILES, identityOfFileName } from "./package-identity.ts";
import { type PackageSource, SIGNATURE_SUFFIX } from "./package-source.ts";

const SIGNATURE_FILE_BYTES_MAX = 64 * 1024;

export interface LocalPackageDeps {
  readonly paths: Pick<Paths, "cache">;
  readonly cwd: string;
  /** The key that packages of a plugin have to be signed with, if any is known. */
  keyOf(pluginId: string): Promise<string | undefined>;
}

/** Whether a word on the command line means a file or a folder, and not the id of a plugin. */
export function isLocalSpec(spec: string, cwd: string): boolean {
  if (spec === "." || spec === ".." || /^(\/|\.\/|\.\.\/)/.test(spec)) return true;
  const path = resolve(cwd, spec);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile()) return true;
  // A folder that happens to have the name of a plugin is no package.
  if (found?.isDirectory()) return spec.includes("/") || IDENTITY_FILES.some((name) => existsSync(join(path, name)));
  return spec.endsWith(".zip");
}

/** Throws `package_unknown`, `signature_invalid`. The caller disposes of the source. */
export async function openLocalPackage(deps: LocalPackageDeps, spec: string): Promise<PackageSource> {
  const path = resolve(deps.cwd, spec);
  const found = await statPackage(path);
  if (found.isDirectory()) return await folderPackage(path);
  if (!found.isFile()) throw invalid(`${path} is neither a file nor a folder`);
  if (/\.(so|dylib)$/.test(path)) {
    throw invalid(`${basename(path)} is a library and no package`, 'pack it with "osaurus tools package"');
  }
  const unsigned: PackageSource = { kind: "archive", path, label: path, fromRegistry: false };
  const signature = await readSignature(`${path}${SIGNATURE_SUFFIX}`);
  const pluginId = identityOfFileName(basename(path))?.pluginId;
  if (signature === undefined || pluginId === undefined) return unsigned;
  const publicKey = await deps.keyOf(pluginId);
  return publicKey === undefined ? unsigned : await openSigned(deps, unsigned, signature, publicKey);
}

/** What lies at the path of a package. Throws `package_unknown` when nothing does. */
export async function statPackage(path: string): Promise<Stats> {
  return await stat(path).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "ENOENT" ? "" : `: ${error.code}`;
    throw new HostError("package_unknown", `there is no package at ${path}${why}`, { hint: "check the path" });
  });
}

/** A project is installed with the library that its build made. */
async function folderPackage(path: string): Promise<PackageSource> {
  const folder: PackageSource = { kind: "folder", path, label: path, fromRegistry: false };
  if (!IDENTITY_FILES.some((name) => existsSync(join(path, name)))) return folder;
  const { libraryToInstall } = await import("./project-package.ts");
  const library = libraryToInstall(path);
  return library === undefined ? folder : { ...folder, library };
}

/** What was verified is what is unpacked: a copy that nobody else can reach. */
async function openSigned(
  { paths }: LocalPackageDeps,
  unsigned: PackageSource,
  signature: string,
  publicKey: string,
): Promise<PackageSource> {
  const [{ verifyDetached }, { copyFile }] = await Promise.all([import("./minisign.ts"), import("./download.ts")]);
  const { label } = unsigned;
  const { path, sha256, size, dispose } = await copyFile(label, {
    folder: join(paths.cache, "downloads"),
    bytesMax: ARCHIVE_BYTES_MAX,
  });
  try {
    const { keyId } = await verifyDetached(path, signature, publicKey);
    const artifact = { url: pathToFileURL(label).href, sha256, minisign: { signature, key_id: keyId }, size };
    return { ...unsigned, path, verified: { artifact, publicKey }, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function readSignature(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new HostError("signature_invalid", `the signature ${path} cannot be read: ${error.code}`);
  });
  if (file === undefined) return undefined;
  try {
    const stat = await file.stat();
    if (stat.isFile() && stat.size <= SIGNATURE_FILE_BYTES_MAX) return await file.readFile("utf8");
    throw new HostError(
      "signature_invalid",
      `${path} is ${stat.isFile() ? "too large for" : "no file and so not"} a signature`,
    );
  } finally {
    await file.close();
  }
}

function invalid(message: string, hint = "name a zip archive or a folder"): HostError {
  return new HostError("package_invalid", message, { hint });
}
