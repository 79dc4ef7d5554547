// Signs a package, and makes sure that the signature holds before anybody gets to see it.

import { readFile } from "node:fs/promises";
import { verifyDetached } from "../plugins/native/minisign.ts";
import type { SigningKey } from "../plugins/native/secret-key.ts";
import { signFile } from "../plugins/native/sign-file.ts";

/** Leaves `<path>.minisig`, and gives its path. Throws `signature_invalid` when the file changed meanwhile. */
export async function signPackage(path: string, key: SigningKey): Promise<string> {
  const signature = await signFile(path, key);
  await verifyDetached(path, await readFile(signature, "utf8"), key.publicKey);
  return signature;
}
