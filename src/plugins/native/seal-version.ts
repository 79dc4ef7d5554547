// Writes what belongs to an installed version beside its library: the receipt, and the consent.

import { closeSync, fsyncSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { replaceFile } from "../../base/replace-file.ts";
import type { Consent } from "./consent.ts";
import type { PackageSource } from "./package-source.ts";
import { syncFolder } from "./publish-version.ts";
import type { Receipt } from "./receipt.ts";
import type { StagedPackage } from "./stage-package.ts";
import { CONSENT_FILE, RECEIPT_FILE } from "./tools-folder.ts";

const WEB = /^https?:\/\//i;

/** The receipt of a package that is about to be installed. */
export function receiptOf(source: PackageSource, staged: StagedPackage): Receipt {
  const { identity, library, librarySha256 } = staged;
  const { verified } = source;
  return {
    plugin_id: identity.pluginId,
    version: identity.version,
    installed_at: new Date().toISOString(),
    dylib_filename: library,
    dylib_sha256: librarySha256,
    platform: process.platform === "darwin" ? "macos" : process.platform,
    arch: process.arch,
    public_keys: verified === undefined ? null : { minisign: verified.publicKey },
    artifact:
      verified === undefined
        ? { url: urlOf(source.label), sha256: librarySha256, minisign: null }
        : { ...verified.artifact, url: withoutSecrets(verified.artifact.url) },
    ...(verified === undefined ? { allow_unsigned: true } : {}),
  };
}

/**
 * Writes the receipt, and the consent when there is one, and waits until the whole folder is on the disk. What an earlier
 * decision about the same folder left is replaced: a consent that does not stand any more is removed.
 */
export function sealVersion(folder: string, receipt: Receipt, consent: Consent | undefined): void {
  writeReceipt(folder, receipt);
  if (consent === undefined) rmSync(join(folder, CONSENT_FILE), { force: true });
  else writeConsent(folder, consent);
  syncTree(folder);
}

/** The same for a new folder, and nobody waits for the disk. */
export function writeVersion(folder: string, receipt: Receipt, consent: Consent): void {
  writeReceipt(folder, receipt);
  writeFileSync(join(folder, CONSENT_FILE), `${JSON.stringify(consent, null, 2)}\n`, { mode: 0o600 });
}

function writeReceipt(folder: string, receipt: Receipt): void {
  writeFileSync(join(folder, RECEIPT_FILE), `${JSON.stringify(receipt, null, 2)}\n`, { mode: 0o600 });
}

export function writeConsent(folder: string, consent: Consent): void {
  const text = `${JSON.stringify(consent, null, 2)}\n`;
  replaceFile(join(folder, CONSENT_FILE), text, { flush: true, followLinks: false });
}

function urlOf(label: string): string {
  return WEB.test(label) && URL.canParse(label) ? withoutSecrets(label) : pathToFileURL(resolve(label)).href;
}

/** Names, passwords, and the tokens that often stand in a query, stay out of the receipt. */
function withoutSecrets(address: string): string {
  const url = WEB.test(address) ? URL.parse(address) : null;
  if (url === null) return address;
  for (const part of ["username", "password", "search", "hash"] as const) url[part] = "";
  return url.href;
}

function syncTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) syncTree(path);
    else {
      const file = openSync(path, "r");
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    }
  }
  syncFolder(folder);
}
