// What stands between an installed library and its load: the receipt, the signature, consent, the quarantine, the
// machine it is for, and its hash. And behind the load: whether the plugin asks for more than somebody consented to.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { readSmallFile } from "../../base/read-small-file.ts";
import { replaceFile } from "../../base/replace-file.ts";
import { HostError } from "../../protocol/errors.ts";
import { MANIFEST_BYTES_MAX } from "../../protocol/limits.ts";
import { requirementsOf } from "../../protocol/manifest.ts";
import { beyondConsent, type Consent, readConsent, whyNoConsent } from "./consent.ts";
import { asksFor, knownRequirements } from "./decide-consent.ts";
import type { InstalledPlugin } from "./installed.ts";
import type { LoadedNativePlugin } from "./launch-runner.ts";
import { checkLibraryFile } from "./library-file.ts";
import { isHeld, markLoading, readQuarantine } from "./quarantine.ts";
import { isUnsigned, libraryHash, type Receipt, readReceipt } from "./receipt.ts";
import { CONSENT_FILE, KEPT_MANIFEST_FILE } from "./tools-folder.ts";
import { copyVerified, type PreparedLibrary } from "./verified-copy.ts";

export interface InstallationFolders {
  readonly tools: string;
  /** For copies of libraries that are being loaded. */
  readonly scratch: string;
}

/** Checks an installed plugin and gives what a runner may open. Throws a `HostError` for each thing that forbids it. */
export async function prepareInstalled(
  plugin: InstalledPlugin,
  folders: InstallationFolders,
): Promise<PreparedLibrary> {
  const { pluginId } = plugin;
  const { library, receipt } = await admissible(plugin, folders.tools);
  const wrong = checkLibraryFile(library);
  const copy = await copyChecked(library, receipt, folders, wrong);
  try {
    if (process.platform === "darwin") await checkCodeSignature(copy.path, library, receipt);
  } catch (error) {
    copy.release();
    throw error;
  }
  return { ...copy, folder: plugin.folder, over: markLoading(folders.tools, pluginId) };
}

/** What may be seen without the library's bytes. Throws a `HostError` for each thing that forbids a load. */
export async function admissible(
  plugin: InstalledPlugin,
  tools: string,
): Promise<{ readonly library: string; readonly receipt: Receipt }> {
  const { pluginId, version, folder, library } = plugin;
  if (library instanceof HostError) throw library;
  const held = readQuarantine(tools).find((entry) => entry.id === pluginId);
  if (held && isHeld(held, version)) throw quarantinedError(pluginId, held.reason);
  const receipt = await readReceipt(folder);
  checkReceipt(receipt, plugin);
  if (!(await readConsent(folder))) throw await consentMissing(plugin, await knownRequirements(folder));
  return { library, receipt };
}

/** A changed library is called that, even where its header is wrong as well. */
async function copyChecked(library: string, receipt: Receipt, { scratch }: InstallationFolders, wrong?: HostError) {
  const copy = await copyVerified(library, libraryHash(receipt), scratch);
  if (wrong) {
    copy.release();
    throw wrong;
  }
  return copy;
}

/**
 * The last look: the plugin may ask for no more than was consented to. Consent that was given before anybody knew what
 * for is filled in, and what the plugin said of itself is kept for display.
 */
export async function admitInstalled(plugin: InstalledPlugin, loaded: LoadedNativePlugin): Promise<void> {
  const wanted = requirementsOf(loaded.manifest);
  const consent = await readConsent(plugin.folder);
  const beyond = beyondConsent(consent?.requirements ?? wanted, wanted);
  if (!consent) throw await consentMissing(plugin, wanted);
  if (beyond.length > 0) throw asksForMore(plugin, beyond);
  const filledIn: Consent = { ...consent, requirements: wanted };
  if (consent.requirements === null) keep(join(plugin.folder, CONSENT_FILE), `${JSON.stringify(filledIn)}\n`);
  const path = join(plugin.folder, KEPT_MANIFEST_FILE);
  const kept = readSmallFile(path, MANIFEST_BYTES_MAX)?.text;
  if (kept !== loaded.manifestText) keep(path, loaded.manifestText);
}

/** A folder that cannot be written (an installation for all users) is no reason not to load. */
function keep(path: string, text: string): void {
  try {
    replaceFile(path, text, { followLinks: false, mode: 0o644 });
  } catch {
    // What would be kept is only a convenience.
  }
}

function checkReceipt(receipt: Receipt, { pluginId, version, folder }: InstalledPlugin): void {
  if (receipt.plugin_id !== pluginId || receipt.version !== version) {
    const found = `${receipt.plugin_id} ${receipt.version}`;
    throw new HostError("receipt_invalid", `the receipt in ${folder} is for ${found}, not for ${pluginId} ${version}`, {
      hint: "install the plugin again",
      details: { folder },
    });
  }
  if (isUnsigned(receipt) && receipt.allow_unsigned !== true) {
    throw new HostError("unsigned_refused", `plugin "${pluginId}" ${version} is not signed`, {
      hint: "if you trust where it comes from, install it again with --allow-unsigned",
      details: { plugin: pluginId, version },
    });
  }
}

/** @param wanted all that it asks for, if that is known. */
async function consentMissing(plugin: InstalledPlugin, wanted: readonly string[] | undefined): Promise<HostError> {
  const why = await whyNoConsent(plugin.folder);
  return consentError(plugin, `waits for your consent, because ${why}; ${asksFor(wanted)}`, wanted);
}

function asksForMore(plugin: InstalledPlugin, beyond: readonly string[]): HostError {
  return consentError(plugin, `asks for more than you consented to: ${beyond.join(", ")}`, beyond);
}

function consentError({ pluginId, version }: InstalledPlugin, what: string, requirements?: readonly string[]) {
  return new HostError("consent_required", `plugin "${pluginId}" ${version} ${what}`, {
    hint: `if you want that, "osaurus tools install ${pluginId}@${version} --consent"`,
    details: { plugin: pluginId, version, ...(requirements && { requirements }) },
  });
}

function quarantinedError(pluginId: string, reason: string | undefined): HostError {
  const why = reason === undefined ? "" : `: ${reason}`;
  return new HostError(
    "plugin_quarantined",
    `plugin "${pluginId}" is quarantined, because a load of it failed badly${why}`,
    {
      hint: `"osaurus tools retry ${pluginId}" tries again, "osaurus tools uninstall ${pluginId}" removes it`,
      details: { plugin: pluginId },
    },
  );
}

/** Whoever allowed an unsigned package allowed an unsigned library; one whose signature is broken is never loaded. */
async function checkCodeSignature(copy: string, library: string, receipt: Receipt): Promise<void> {
  try {
    await promisify(execFile)("/usr/bin/codesign", ["--verify", "--strict", copy], { timeout: 30_000 });
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? error);
    if (receipt.allow_unsigned === true && said.includes("not signed at all")) return;
    throw new HostError("signature_invalid", `codesign refuses ${library}`, {
      hint: `see "codesign -vv ${library}"; re-sign it with a Developer ID Application certificate`,
      details: { library },
      cause: error,
    });
  }
}
