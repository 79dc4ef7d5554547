// Compares what is installed with the receipts, without loading anything.

import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { HostError, toHostError } from "../../protocol/errors.ts";
import { oddVersion } from "./decide-consent.ts";
import { activeVersion, namesIn, versionsIn } from "./installed.ts";
import { linkedVersion } from "./publish-version.ts";
import { isUnsigned, libraryHash, type Receipt, readReceipt } from "./receipt.ts";
import { sha256Of } from "./sha256-of.ts";
import { CURRENT_LINK, isPlainName } from "./tools-folder.ts";

export interface Verification {
  readonly pluginId: string;
  /** The version in use; nothing when it is not known. */
  readonly version: string | undefined;
  /** The library's name in the folder of the version. */
  readonly file: string | undefined;
  readonly error: HostError | undefined;
  /** What is no error: the library may call itself another version. */
  readonly warning: string | undefined;
  readonly unsigned: boolean;
  /** It is an author's own build. */
  readonly dev: boolean;
  /** The key that the package was verified with when it was installed. */
  readonly publicKey: string | undefined;
}

/** The version in use of each plugin, by id. A folder in which only data was kept is no plugin. */
export async function verifyInstalled(toolsFolder: string): Promise<Verification[]> {
  const rows: Verification[] = [];
  for (const pluginId of await namesIn(toolsFolder)) {
    const row = await verifyPlugin(join(toolsFolder, pluginId), pluginId);
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

/** The same for one plugin; nothing when its folder holds no version. */
async function verifyPlugin(pluginFolder: string, pluginId: string): Promise<Verification | undefined> {
  const linked = linkedVersion(pluginFolder);
  const versions = await versionsIn(pluginFolder);
  const entry = await lstat(join(pluginFolder, CURRENT_LINK)).catch(() => undefined);
  if (versions.length === 0 && entry === undefined) return undefined;
  const version = linked ?? (await activeVersion(pluginFolder));
  let receipt: Receipt | undefined;
  let error: HostError | undefined;
  try {
    if (entry !== undefined && !entry.isSymbolicLink()) throw broken(`${CURRENT_LINK} is no link`);
    if (version === undefined || !versions.includes(version)) {
      throw broken(`${CURRENT_LINK} leads to ${linked ?? "nothing"}, which is not installed`);
    }
    const folder = join(pluginFolder, version);
    receipt = await readReceipt(folder);
    if (receipt.plugin_id !== pluginId || receipt.version !== version) {
      throw broken(`its receipt is that of ${receipt.plugin_id} ${receipt.version}`);
    }
    await checkLibrary(join(folder, receipt.dylib_filename), libraryHash(receipt));
  } catch (thrown) {
    error = toHostError(thrown);
  }
  return {
    pluginId,
    version,
    file: receipt?.dylib_filename,
    error,
    warning: version && isPlainName(version) ? oddVersion(join(pluginFolder, version), version) : undefined,
    unsigned: receipt === undefined || isUnsigned(receipt),
    dev: receipt?.dev !== undefined,
    publicKey: receipt && !isUnsigned(receipt) ? receipt.public_keys?.["minisign"] : undefined,
  };
}

/** Throws `library_changed` and `install_broken` unless the library is the one that was installed. */
export async function checkLibrary(path: string, sha256: string): Promise<void> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat === undefined) throw broken(`there is no library ${path}`);
  if (!stat.isFile()) throw broken(`${path} is no file`);
  const is = await sha256Of(path).catch((error: NodeJS.ErrnoException) => {
    throw broken(`${path} cannot be read: ${error.code}`);
  });
  if (is === sha256) return;
  throw new HostError("library_changed", `${path} is not what was installed: its SHA-256 is ${is}, not ${sha256}`, {
    hint: "install the plugin again if you do not trust the change",
    details: { path },
  });
}

function broken(problem: string): HostError {
  return new HostError("install_broken", `the installation is broken: ${problem}`, {
    hint: "install the plugin again",
  });
}
