// Key pairs and signatures as minisign makes them, for tests that need many.

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

export interface SigningKey {
  /** `RW...` */
  readonly publicKey: string;
  readonly id: Buffer;
  readonly secret: KeyObject;
}

/** A fresh pair. */
export function makeSigningKey(id: Buffer = randomBytes(8)): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url");
  return { publicKey: Buffer.concat([Buffer.from("Ed"), id, raw]).toString("base64"), id, secret: privateKey };
}

export interface SignOptions {
  /** `Ed` signs the bytes, `ED` their hash. */
  readonly algorithm?: "Ed" | "ED";
  readonly comment?: string;
}

/** The four lines. */
export function signBytes(key: SigningKey, bytes: Uint8Array, options: SignOptions = {}): string {
  const { algorithm = "ED", comment = "timestamp:1" } = options;
  const message = algorithm === "ED" ? createHash("blake2b512").update(bytes).digest() : bytes;
  const signature = sign(null, message, key.secret);
  const first = Buffer.concat([Buffer.from(algorithm), key.id, signature]);
  const global = sign(null, Buffer.concat([signature, Buffer.from(comment)]), key.secret);
  const lines = [
    `untrusted comment: a test`,
    first.toString("base64"),
    `trusted comment: ${comment}`,
    global.toString("base64"),
  ];
  return `${lines.join("\n")}\n`;
}
