// The secret half of a signing key, in the file format of the program minisign. Read, unlocked and made here; signing with
// it is sign-file.ts's.
//
//   untrusted comment: ...
//   base64 of: "Ed"; "Sc" when there is a password, else two zeros; "B2"
//              salt (32 bytes), steps (8) and memory (8) of scrypt
//              key id (8), Ed25519 seed (32), public key (32), BLAKE2b-256 of "Ed" and these three (32)
//
// With a password, the last line is mixed (XOR) with what scrypt makes of it. Without one, minisign leaves the hash away.

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  scrypt,
  timingSafeEqual,
} from "node:crypto";
import { statSync } from "node:fs";
import { promisify } from "node:util";
import { blake2b } from "@noble/hashes/blake2.js";
import { readSmallFile } from "../../base/read-small-file.ts";
import { HostError } from "../../protocol/errors.ts";
import {
  SECRET_KEY_BYTES_MAX,
  SECRET_KEY_MEMORY_BYTES_MAX,
  SECRET_KEY_PASSWORD_BYTES_MAX,
  SECRET_KEY_STEPS_MAX,
} from "../../protocol/limits.ts";
import { type ScryptCost, type ScryptLimits, scryptCost } from "./scrypt-cost.ts";

const COMMENT = "untrusted comment: ";
const SALT_AT = 6;
const STEPS_AT = 38;
const MEMORY_AT = 46;
/** From here on it is secret. */
const SECRET_AT = 54;
const HASH_AT = SECRET_AT + 8 + 32 + 32;
const KEY_BYTES = HASH_AT + 32;
/** What stands before a seed in a PKCS #8 key. */
const SEED_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** A key that signs. Nothing of it can be printed or made into text. */
export interface SigningKey {
  /** `RW...` */
  readonly publicKey: string;
  /** As it stands in signatures. */
  readonly id: Buffer;
  readonly secret: KeyObject;
}

export interface SecretKeyFile {
  readonly isProtected: boolean;
  /** Others than its owner may read it, or write another key into it. */
  readonly isOpenToOthers: boolean;
  /** Throws `signing_key_invalid` when the password is not the right one, or the key is damaged. */
  unlock(password?: string): Promise<SigningKey>;
}

/** Reads a secret-key file. Throws `signing_key_invalid`; no message has anything of what is in the file. */
export function readSecretKey(path: string): SecretKeyFile {
  const file = readSmallFile(path, SECRET_KEY_BYTES_MAX);
  if (file === undefined)
    throw invalid(path, "there is no such file", 'make a key with "osaurus registry keygen FILE"');
  if (file.problem !== undefined) throw invalid(path, file.problem);
  const [comment, line, ...more] = file.text.replace(/\r?\n$/, "").split(/\r?\n/);
  if (comment?.startsWith(COMMENT) !== true || line === undefined || more.length > 0) {
    throw invalid(path, "it has not the two lines of one");
  }
  const bytes = Buffer.from(line, "base64");
  if (bytes.length !== KEY_BYTES || bytes.toString("base64") !== line) throw invalid(path, whatItIs(line));
  const [algorithm, derivation, hash] = [0, 2, 4].map((at) => bytes.toString("latin1", at, at + 2));
  const isProtected = derivation === "Sc";
  if (algorithm !== "Ed" || hash !== "B2" || !(isProtected || derivation === "\0\0")) {
    throw invalid(path, "it is of a kind that is not known");
  }
  const limits = { steps: bytes.readBigUInt64LE(STEPS_AT), memoryBytes: bytes.readBigUInt64LE(MEMORY_AT) };
  if (isProtected) mustBeBearable(path, limits);
  return {
    isProtected,
    isOpenToOthers: ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o066) !== 0,
    async unlock(password = "") {
      const plain = Buffer.from(bytes);
      try {
        if (isProtected) await mix(plain, checkedPassword(path, password), limits);
        return signingKey(path, plain, isProtected);
      } finally {
        plain.fill(0);
      }
    },
  };
}

/** A fresh key, and the texts of both its files as minisign writes them. */
export async function makeKeyPair(
  password: string | undefined,
  // As much as minisign itself takes: some seconds and 1 GiB, for us and for everybody who guesses.
  cost: ScryptLimits = { steps: BigInt(SECRET_KEY_STEPS_MAX), memoryBytes: BigInt(SECRET_KEY_MEMORY_BYTES_MAX) },
): Promise<{
  readonly keyId: string;
  readonly publicKey: string;
  readonly publicText: string;
  readonly secretText: string;
}> {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const seed = privateKey.export({ format: "der", type: "pkcs8" }).subarray(-32);
  const id = randomBytes(8);
  const bytes = Buffer.alloc(KEY_BYTES);
  bytes.write(password === undefined ? "Ed\0\0B2" : "EdScB2", "latin1");
  const raw = rawPublicKey(publicKey);
  Buffer.concat([id, seed, raw]).copy(bytes, SECRET_AT);
  hashOf(bytes).copy(bytes, HASH_AT);
  if (password !== undefined) {
    randomBytes(32).copy(bytes, SALT_AT);
    bytes.writeBigUInt64LE(cost.steps, STEPS_AT);
    bytes.writeBigUInt64LE(cost.memoryBytes, MEMORY_AT);
    await mix(bytes, Buffer.from(password, "utf8"), cost);
  }
  const secretText = `${COMMENT}minisign encrypted secret key\n${bytes.toString("base64")}\n`;
  bytes.fill(0);
  seed.fill(0);
  const text = publicKeyText(id, raw);
  const keyId = id.readBigUInt64LE().toString(16).toUpperCase().padStart(16, "0");
  return { keyId, publicKey: text, publicText: `${COMMENT}minisign public key ${keyId}\n${text}\n`, secretText };
}

function signingKey(path: string, plain: Buffer, isProtected: boolean): SigningKey {
  const hash = plain.subarray(HASH_AT);
  // No wrong password makes zeros of it; the two halves have to fit in any case.
  const hasHash = hash.some((byte) => byte !== 0);
  if (hasHash && !timingSafeEqual(hash, hashOf(plain))) {
    if (isProtected) throw invalid(path, "the password is wrong, or the file is damaged", "try again");
    throw invalid(path, "it is damaged");
  }
  const id = Buffer.from(plain.subarray(SECRET_AT, SECRET_AT + 8));
  const seed = plain.subarray(SECRET_AT + 8, SECRET_AT + 40);
  const der = Buffer.concat([SEED_PREFIX, seed]);
  const secret = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  der.fill(0);
  const raw = rawPublicKey(createPublicKey(secret));
  if (!raw.equals(plain.subarray(SECRET_AT + 40, HASH_AT))) throw invalid(path, "it is damaged");
  return { publicKey: publicKeyText(id, raw), id, secret };
}

/** XOR with what scrypt makes of the password, in place: once locks, twice unlocks. */
async function mix(bytes: Buffer, password: Buffer, limits: ScryptLimits): Promise<void> {
  const { N, r, p } = scryptCost(limits);
  // Node counts the blocks of the sequential part as well.
  const maxmem = 128 * r * (N + p + 2) + 1024;
  const derive = promisify<Buffer, Buffer, number, ScryptCost & { maxmem: number }, Buffer>(scrypt);
  const derived = await derive(password, bytes.subarray(SALT_AT, STEPS_AT), KEY_BYTES - SECRET_AT, { N, r, p, maxmem });
  for (let at = 0; at < derived.length; at++) bytes[SECRET_AT + at]! ^= derived[at]!;
  derived.fill(0);
  password.fill(0);
}

/** Somebody may hand an author a file that takes all memory, or years. */
function mustBeBearable(path: string, { steps, memoryBytes }: ScryptLimits): void {
  if (memoryBytes > BigInt(SECRET_KEY_MEMORY_BYTES_MAX)) {
    throw invalid(
      path,
      `to unlock it takes ${memoryBytes} bytes of memory, and ${SECRET_KEY_MEMORY_BYTES_MAX} is the most`,
    );
  }
  if (steps > BigInt(SECRET_KEY_STEPS_MAX)) {
    throw invalid(path, `to unlock it takes ${steps} steps, and ${SECRET_KEY_STEPS_MAX} is the most`);
  }
}

function checkedPassword(path: string, password: string): Buffer {
  const bytes = Buffer.from(password, "utf8");
  if (bytes.length <= SECRET_KEY_PASSWORD_BYTES_MAX) return bytes;
  throw invalid(path, `no password has more than ${SECRET_KEY_PASSWORD_BYTES_MAX} bytes`, "try again");
}

function hashOf(bytes: Buffer): Buffer {
  const hashed = Buffer.concat([bytes.subarray(0, 2), bytes.subarray(SECRET_AT, HASH_AT)]);
  const hash = Buffer.from(blake2b(hashed, { dkLen: 32 }));
  hashed.fill(0);
  return hash;
}

function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: "der", type: "spki" }).subarray(-32);
}

function publicKeyText(id: Buffer, raw: Buffer): string {
  return Buffer.concat([Buffer.from("Ed"), id, raw]).toString("base64");
}

function whatItIs(line: string): string {
  return /^RW[A-Za-z0-9+/]{54}$/.test(line)
    ? "it is a public key, and signing takes the secret one"
    : `its second line is not base64 of ${KEY_BYTES} bytes`;
}

function invalid(path: string, problem: string, hint = "name the secret-key file that minisign made"): HostError {
  return new HostError("signing_key_invalid", `${path} is no key to sign with: ${problem}`, {
    hint,
    details: { path },
  });
}
