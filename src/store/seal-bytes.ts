// Sealing with AES-256-GCM: who does not have the key can neither read what is sealed nor change or move it unnoticed.
//
//   nonce (12 bytes, random) | tag (16 bytes) | what was sealed, encrypted

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** How much longer something is when it is sealed. */
export const SEAL_BYTES = NONCE_BYTES + TAG_BYTES;

/** @param boundTo has to be given again to open it. */
export function sealBytes(key: Buffer, boundTo: string, bytes: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(boundTo));
  const body = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

/** Throws when it was sealed with another key or bound to something else, was changed or cut off. */
export function openSealed(key: Buffer, boundTo: string, sealed: Buffer): Buffer {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(boundTo));
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, SEAL_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(SEAL_BYTES)), decipher.final()]);
}
