// The key by which an agent is known outside: a secp256k1 key, of which the address is shown and the private half lies in the
// secret store. Loaded only when a key is made: that takes longer than most commands.

import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";

const ADDRESS_BYTES = 20;

export interface AgentIdentity {
  /** `0x` and 40 hex digits, lower case. */
  readonly address: string;
  /** 64 hex digits. */
  readonly privateKey: string;
}

export function newIdentity(): AgentIdentity {
  const key = secp256k1.utils.randomSecretKey();
  return { address: addressOf(key), privateKey: Buffer.from(key).toString("hex") };
}

/** The last 20 bytes of the Keccak hash of the public key, as Ethereum has it. */
export function addressOf(privateKey: Uint8Array): string {
  const [, ...point] = secp256k1.getPublicKey(privateKey, false); // The first byte only says that both coordinates follow.
  return `0x${Buffer.from(keccak_256(Uint8Array.from(point)).slice(-ADDRESS_BYTES)).toString("hex")}`;
}
