// Puts a fixture into the folder of installed plugins as `osaurus tools install --allow-unsigned --consent` would.

import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nativeFixture } from "./native-plugins.ts";

export interface InstallFixtureOptions {
  /** Without it, `test.<fixture>`. */
  readonly id?: string;
  readonly version?: string;
  /** Requirements that were consented to; `false`: nobody consented. */
  readonly consent?: readonly string[] | null | false;
  /** Members of the receipt that are different; `false`: no receipt. */
  readonly receipt?: Readonly<Record<string, unknown>> | false;
  /** Another library than the fixture's. */
  readonly library?: string;
}

/** Installs it below `data`; gives the folder of the version. */
export function installFixture(data: string, fixture: string, options: InstallFixtureOptions = {}): string {
  const { id = `test.${fixture}`, version = "1.0.0", consent = [], library = nativeFixture(fixture) } = options;
  const pluginFolder = join(data, "Tools", id);
  const folder = join(pluginFolder, version);
  mkdirSync(folder, { recursive: true });
  const name = `plugin.${process.platform === "darwin" ? "dylib" : "so"}`;
  cpSync(library, join(folder, name));
  const sha256 = createHash("sha256").update(readFileSync(library)).digest("hex");
  if (options.receipt !== false) {
    const receipt = {
      plugin_id: id,
      version,
      installed_at: "2026-01-01T00:00:00.000Z",
      dylib_filename: name,
      dylib_sha256: sha256,
      platform: process.platform === "darwin" ? "macos" : "linux",
      arch: process.arch,
      public_keys: null,
      artifact: { url: `file://${library}`, sha256, minisign: null },
      allow_unsigned: true,
      ...options.receipt,
    };
    writeFileSync(join(folder, "receipt.json"), JSON.stringify(receipt));
  }
  if (consent !== false) {
    const text = JSON.stringify({ granted_at: "2026-01-01T00:00:00.000Z", requirements: consent, how: "flag" });
    writeFileSync(join(folder, ".user_consent"), text);
  }
  rmSync(join(pluginFolder, "current"), { force: true });
  symlinkSync(version, join(pluginFolder, "current"));
  return folder;
}
