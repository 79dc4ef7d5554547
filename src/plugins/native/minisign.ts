// Detached signatures in the form of the program minisign: what a registry vouches for a package with. Only verifying;
// which key is to be trusted is decided by who calls this. Signing is sign-file.ts's.
//
//   public key   base64 of: "Ed", key id (8 bytes), Ed25519 key (32 bytes)
//   signature    untrusted comment: ...
//                base64 of: "Ed" or "ED", key id (8 bytes), Ed25519 signature (64 bytes)
//                trusted comment: ...
//                base64 of: Ed25519 signature (64 bytes) over the first signature and the trusted comment
//
// "Ed" signs the file itself, "ED" its BLAKE2b-512 hash.

import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { HostError } from "../../protocol/errors.ts";
import { ARCHIVE_BYTES_MAX, SIGNATURE_CHARS_MAX } from "../../protocol/limits.ts";

const KEY_BYTES = 2 + 8 + 32;
const SIGNATURE_BYTES = 2 + 8 + 64;
const GLOBAL_BYTES = 64;
const UNTRUSTED = "untrusted comment: ";
const TRUSTED = "trusted comment: ";

export interface MinisignKey {
  /** As minisign prints it: 16 hex digits. */
  readonly keyId: string;
  readonly key: KeyObject;
  /** The one line of base64 that stands for it everywhere: `RW...`. */
  readonly text: string;
}

export interface MinisignSignature {
  readonly isHashed: boolean;
  readonly keyId: string;
  readonly signature: Buffer;
  readonly trustedComment: string;
  readonly globalSignature: Buffer;
}

export interface VerifiedSignature {
  readonly keyId: string;
  /** What the signer wrote, and signed. */
  readonly trustedComment: string;
}

/**
 * Verifies a signature over a file or over bytes. Throws `signature_invalid`, which says what does not fit.
 *
 * @param file the path of a file, or bytes.
 * @param publicKey `RW...`, or the text of a whole .pub file.
 * @param signal ends the reading of a file: `interrupted`.
 */
export async function verifyDetached(
  file: string | Uint8Array,
  signatureText: string,
  publicKey: string,
  signal?: AbortSignal,
): Promise<VerifiedSignature> {
  const { key, keyId } = parsePublicKey(publicKey);
  const parsed = parseSignature(signatureText);
  if (parsed.keyId !== keyId) {
    throw invalid(`it was made with the key ${parsed.keyId}, and the key that is trusted is ${keyId}`);
  }
  const comment = Buffer.from(parsed.trustedComment, "utf8");
  if (!verify(null, Buffer.concat([parsed.signature, comment]), key, parsed.globalSignature)) {
    throw invalid("its trusted comment is not the one that was signed");
  }
  const message = parsed.isHashed ? await blake2bOf(file, signal) : await wholeFile(file);
  if (!verify(null, message, key, parsed.signature)) throw invalid("it is not a signature of this file");
  return { keyId, trustedComment: parsed.trustedComment };
}

/** Reads a public key: its base64, or a .pub file with its comment. Throws `signature_invalid`. */
export function parsePublicKey(text: string): MinisignKey {
  if (text.length > SIGNATURE_CHARS_MAX) throw invalid("the public key is too long for one");
  const lines = linesOf(text);
  const line = lines.length === 2 && lines[0]!.startsWith(UNTRUSTED) ? lines[1]! : lines[0]!;
  const bytes = lines.length <= 2 ? decode(line, KEY_BYTES) : undefined;
  if (bytes === undefined || bytes.toString("latin1", 0, 2) !== "Ed" || (lines.length === 2 && line === lines[0])) {
    throw invalid("the public key is none of minisign's", 'a key is one line of 56 characters that begins with "RW"');
  }
  const x = bytes.subarray(10).toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  return { key, keyId: keyIdText(bytes), text: line };
}

/** Reads the four lines of a signature; lines may end as on Windows. Throws `signature_invalid`. */
export function parseSignature(text: string): MinisignSignature {
  if (text.length > SIGNATURE_CHARS_MAX) throw invalid(`it has more than ${SIGNATURE_CHARS_MAX} characters`);
  const lines = linesOf(text);
  const [untrusted = "", first = "", trusted = "", last = ""] = lines;
  if (lines.length !== 4) throw invalid(`it has ${lines.length} ${lines.length === 1 ? "line" : "lines"} and not 4`);
  if (!untrusted.startsWith(UNTRUSTED)) throw invalid(`its first line does not begin with "${UNTRUSTED}"`);
  if (!trusted.startsWith(TRUSTED)) throw invalid(`its third line does not begin with "${TRUSTED}"`);
  const bytes = decode(first, SIGNATURE_BYTES);
  if (bytes === undefined) throw invalid(`its second line is not base64 of ${SIGNATURE_BYTES} bytes`);
  const algorithm = bytes.toString("latin1", 0, 2);
  if (algorithm !== "Ed" && algorithm !== "ED") throw invalid("it was made with an algorithm that is not known");
  const globalSignature = decode(last, GLOBAL_BYTES);
  if (globalSignature === undefined) throw invalid(`its fourth line is not base64 of ${GLOBAL_BYTES} bytes`);
  return {
    isHashed: algorithm === "ED",
    keyId: keyIdText(bytes),
    signature: bytes.subarray(10),
    trustedComment: trusted.slice(TRUSTED.length),
    globalSignature,
  };
}

/** The lines, without the line break that ends the last one. */
function linesOf(text: string): string[] {
  return text.replace(/\r?\n$/, "").split(/\r?\n/);
}

/** Only the one right way to write the bytes: Node's decoder takes nearly anything. */
function decode(base64: string, byteCount: number): Buffer | undefined {
  const bytes = Buffer.from(base64, "base64");
  return bytes.length === byteCount && bytes.toString("base64") === base64 ? bytes : undefined;
}

/** The eight bytes are a little-endian number. */
function keyIdText(bytes: Buffer): string {
  return bytes.readBigUInt64LE(2).toString(16).toUpperCase().padStart(16, "0");
}

/** What "ED" signs of a file. Throws the file system's error, and `interrupted` with the signal. */
export async function blake2bOf(file: string | Uint8Array, signal?: AbortSignal): Promise<Buffer> {
  const hash = createHash("blake2b512");
  if (typeof file !== "string") return hash.update(file).digest();
  for await (const chunk of createReadStream(file)) {
    if (signal?.aborted === true) throw new HostError("interrupted", "interrupted");
    hash.update(chunk as Buffer);
  }
  return hash.digest();
}

/** This kind of signature cannot be verified piece by piece. */
async function wholeFile(file: string | Uint8Array): Promise<Uint8Array> {
  if (typeof file !== "string") return file;
  if ((await stat(file)).size > ARCHIVE_BYTES_MAX) {
    throw invalid(`it covers a file of more than ${ARCHIVE_BYTES_MAX} bytes directly, not its hash`);
  }
  return await readFile(file);
}

function invalid(problem: string, hint?: string): HostError {
  return new HostError("signature_invalid", `the signature does not hold: ${problem}`, {
    hint: hint ?? "get the package from its author again, and ask whether the signing key changed",
  });
}
