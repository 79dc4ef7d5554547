// Signatures by which the owner of an Ethereum address is known: EIP-191 personal messages, signed with secp256k1. Loaded only
// by what signs or checks: the curve takes longer to load than most commands take.

import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";

const ADDRESS_BYTES = 20;
/** r and s, 32 bytes each, and v behind them. */
const SIGNATURE = /^0x([0-9a-f]{128})(1b|1c)$/i;
/** What v counts from: 27 and 28 stand for the two points that fit. */
const V_FIRST = 27;

/** `0x` and 130 hex digits: r, s and v, with the lower of both possible s. The private key is 64 hex digits. */
export function signPersonal(privateKey: string, text: string): string {
  const key = Buffer.from(privateKey, "hex");
  const signed = secp256k1.sign(hashPersonal(text), key, { prehash: false, format: "recovered" });
  const v = V_FIRST + signed[0]!; // The library has in front, counted from 0, what others have at the end.
  return `0x${Buffer.from(signed.subarray(1)).toString("hex")}${v.toString(16)}`;
}

/**
 * The address, in lower case, whose key made this signature of the text; undefined when it is none. Each text has one
 * accepted signature of a nonce, not two: that with the higher s, which anybody can make of the other one, is refused.
 */
export function recoverAddress(text: string, signature: string): string | undefined {
  const [, rs, v] = SIGNATURE.exec(signature) ?? [];
  if (rs === undefined || v === undefined) return undefined;
  try {
    const found = secp256k1.Signature.fromBytes(Buffer.from(rs, "hex"), "compact").addRecoveryBit(
      Number.parseInt(v, 16) - V_FIRST,
    );
    if (found.hasHighS()) return undefined;
    return addressOfPoint(found.recoverPublicKey(hashPersonal(text)).toBytes(false));
  } catch {
    return undefined; // r or s is no number of the curve, or no point fits.
  }
}

/** The last bytes of the hash of the public key, as Ethereum has it. */
function addressOfPoint(publicKey: Uint8Array): string {
  const hash = keccak_256(publicKey.subarray(1)); // The first byte only says that both coordinates follow.
  return `0x${Buffer.from(hash.subarray(-ADDRESS_BYTES)).toString("hex")}`;
}

/** The words in front keep it from ever being the signature of a payment. */
function hashPersonal(text: string): Uint8Array {
  const bytes = Buffer.from(text, "utf8");
  return keccak_256(Buffer.concat([Buffer.from(`\x19Ethereum Signed Message:\n${bytes.length}`), bytes]));
}
