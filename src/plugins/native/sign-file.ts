// Signs files as the program minisign does: a detached signature of the BLAKE2b-512 hash, in a file beside the signed one.

import { sign } from "node:crypto";
import { basename } from "node:path";
import { replaceFile } from "../../base/replace-file.ts";
import { blake2bOf } from "./minisign.ts";
import { SIGNATURE_SUFFIX } from "./package-source.ts";
import type { SigningKey } from "./secret-key.ts";

/** Writes `<path>.minisig`, over one that is there; gives its path. Throws the file system's error. */
export async function signFile(path: string, key: SigningKey): Promise<string> {
  const when = Math.floor(Date.now() / 1000);
  const text = await detachedSignature(path, key, `timestamp:${when}\tfile:${plainText(basename(path))}\thashed`);
  const target = `${path}${SIGNATURE_SUFFIX}`;
  replaceFile(target, text, { mode: 0o644, followLinks: false });
  return target;
}

/**
 * The four lines, for a file or for bytes.
 *
 * @param trustedComment one line; it is signed as well.
 */
export async function detachedSignature(
  file: string | Uint8Array,
  { id, secret }: SigningKey,
  trustedComment: string,
): Promise<string> {
  const signature = sign(null, await blake2bOf(file), secret);
  const whole = sign(null, Buffer.concat([signature, Buffer.from(trustedComment, "utf8")]), secret);
  const first = Buffer.concat([Buffer.from("ED"), id, signature]).toString("base64");
  const lines = ["untrusted comment: signature from osaurus", first, `trusted comment: ${trustedComment}`];
  return `${[...lines, whole.toString("base64")].join("\n")}\n`;
}

/** The comment is one line, and shown on terminals. */
function plainText(name: string): string {
  return name.replaceAll(/\p{Cc}/gu, "?");
}
