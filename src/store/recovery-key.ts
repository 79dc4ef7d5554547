// The recovery key: what its owner writes down, to open what is encrypted when the keychain or the key file is lost.
//
//   OSPR-7K3M-9QXA-...-2V4T     160 random bits in eight groups, and one group that shows typing mistakes
//
// Digits and letters are Crockford's base32: no I, L, O or U, so that none of them can be taken for another.

import { createHash, hkdfSync, randomBytes } from "node:crypto";
import { HostError } from "../protocol/errors.ts";
import { RECOVERY_KEY_CHARS_MAX } from "../protocol/limits.ts";

const SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BITS_PER_SYMBOL = 5;
const GROUP_CHARS = 4;
const SECRET_BYTES = 20;
const SECRET_CHARS = (SECRET_BYTES * 8) / BITS_PER_SYMBOL;
const PREFIX = "OSPR";
/** The prefix as it is after letters that look like digits were read as such. */
const PREFIX_READ = "0SPR";

/** A new one, as its owner sees it. */
export function makeRecoveryKey(): string {
  return recoveryKeyText(randomBytes(SECRET_BYTES));
}

/** The key that wraps data keys. Throws `recovery_key_wrong` when the text cannot be a recovery key. */
export function recoveryWrappingKey(text: string): Buffer {
  return Buffer.from(hkdfSync("sha256", parseRecoveryKey(text), "", "osprey recovery", 32));
}

/** Both cases, with or without the prefix, dashes and white space. */
export function parseRecoveryKey(text: string): Buffer {
  if (text.length > RECOVERY_KEY_CHARS_MAX) throw mistyped(`it has more than ${RECOVERY_KEY_CHARS_MAX} characters`);
  const plain = text.toUpperCase().replaceAll(/[\s-]/g, "").replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  const charsWanted = SECRET_CHARS + GROUP_CHARS;
  const symbols = plain.length === charsWanted || !plain.startsWith(PREFIX_READ) ? plain : plain.slice(PREFIX.length);
  const wrong = [...symbols].find((symbol) => !SYMBOLS.includes(symbol));
  if (wrong !== undefined) throw mistyped("a character in it is in no recovery key");
  if (symbols.length !== charsWanted) {
    throw mistyped(`it has ${symbols.length} characters after ${PREFIX}, and ${charsWanted} are right`);
  }
  const secret = bytesOf(symbols.slice(0, SECRET_CHARS));
  if (checkGroup(secret) !== symbols.slice(SECRET_CHARS)) throw mistyped("its last group does not fit the others");
  return secret;
}

export function recoveryKeyText(secret: Buffer): string {
  const symbols = symbolsOf(secret) + checkGroup(secret);
  const groups = Array.from({ length: symbols.length / GROUP_CHARS }, (_, index) =>
    symbols.slice(index * GROUP_CHARS, (index + 1) * GROUP_CHARS),
  );
  return [PREFIX, ...groups].join("-");
}

/** One mistyped character in a million of them slips through, and then opens nothing. */
function checkGroup(secret: Buffer): string {
  const hash = createHash("sha256").update("osprey recovery key").update(secret).digest();
  return symbolsOf(hash).slice(0, GROUP_CHARS);
}

function symbolsOf(bytes: Buffer): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= BITS_PER_SYMBOL) {
      bits -= BITS_PER_SYMBOL;
      text += SYMBOLS[(value >> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return text;
}

function bytesOf(symbols: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const symbol of symbols) {
    value = (value << BITS_PER_SYMBOL) | SYMBOLS.indexOf(symbol);
    bits += BITS_PER_SYMBOL;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 255);
      value &= (1 << bits) - 1;
    }
  }
  return Buffer.from(bytes);
}

/** Says what is wrong with the form; never a part of what was typed. */
function mistyped(problem: string): HostError {
  return new HostError("recovery_key_wrong", `this is no recovery key: ${problem}`, {
    hint: `it looks like ${PREFIX}-XXXX-XXXX-..., ${SECRET_CHARS / GROUP_CHARS + 1} groups after the first; look for a typing mistake`,
    details: { reason: "mistyped" },
  });
}
