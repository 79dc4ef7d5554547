// Which key may sign the next version of an installed plugin: the one that signed the installed version, or one that this
// one has signed itself.

import { HostError } from "../../protocol/errors.ts";
import { parsePublicKey, verifyDetached } from "./minisign.ts";
import type { RegistryEntry } from "./registry-entry.ts";

/**
 * Holds a registry's key against the one that was pinned when the plugin was installed. Gives the pinned key when the
 * registry's takes its place. Throws `signing_key_changed`.
 *
 * @param pinned nothing when no signed version is installed: then every key will do.
 */
export async function checkPinnedKey(
  pluginId: string,
  pinned: string | undefined,
  keys: RegistryEntry["public_keys"],
): Promise<string | undefined> {
  if (pinned === undefined || pinned === keys.minisign) return undefined;
  if (keys.previous !== pinned || !keys.rotation_signature) {
    throw changed(pluginId, pinned, keys.minisign, "and nothing says that the old key handed over to it");
  }
  for (const text of waysToSign(keys.minisign)) {
    if (await holds(text, keys.rotation_signature, pinned)) return pinned;
  }
  throw changed(pluginId, pinned, keys.minisign, "and its rotation_signature is not one of the old key over the new");
}

/** What the old key may have signed: the line of base64 alone, or the file with the new key as minisign writes it. */
function waysToSign(key: string): string[] {
  const id = idOf(key);
  // Minisign itself writes the id as a number, without zeros in front.
  const files = [id, id.replace(/^0+/, "")].map((shown) => `untrusted comment: minisign public key ${shown}\n${key}\n`);
  return [...new Set(files), `${key}\n`, key];
}

async function holds(text: string, signature: string, key: string): Promise<boolean> {
  try {
    await verifyDetached(Buffer.from(text), signature, key);
    return true;
  } catch (error) {
    if (error instanceof HostError && error.code === "signature_invalid") return false;
    throw error;
  }
}

function changed(pluginId: string, pinned: string, key: string, problem: string): HostError {
  return new HostError(
    "signing_key_changed",
    `"${pluginId}" is installed with the signing key ${idOf(pinned)}, the registry names ${idOf(key)}, ${problem}`,
    {
      hint: `ask its author; if the new key is right, run "osaurus tools uninstall ${pluginId} --keep-data" and install it again`,
      details: { plugin: pluginId, installed_key: idOf(pinned), registry_key: idOf(key) },
    },
  );
}

function idOf(key: string): string {
  try {
    return parsePublicKey(key).keyId;
  } catch {
    return "that cannot be read";
  }
}
