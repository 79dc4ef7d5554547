// Who may have an address at a relay: whoever signs, with the address's key, what this relay made up for this connection.

import { recoverAddress } from "../../base/ethereum-signature.ts";
import { TUNNEL_CLOCK_SECONDS_MAX } from "../../protocol/limits.ts";
import { tunnelSignatureText } from "../../protocol/tunnel-frames.ts";

export interface SignIn {
  readonly agents: readonly { readonly address: string; readonly signature: string }[];
  readonly nonce: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

export interface SignInRules {
  /** What was sent to this connection and not used yet. */
  readonly nonce: string | undefined;
  readonly nowMs: number;
  /** Lower case; undefined: anybody. */
  readonly allowed: ReadonlySet<string> | undefined;
}

/** Why these agents are not let in; undefined when they are. It is all of them or none. */
export function refuseSignIn({ agents, nonce, timestamp }: SignIn, rules: SignInRules): string | undefined {
  if (rules.nonce === undefined) return "there is no open challenge; a nonce is good for one use";
  if (nonce !== rules.nonce) return "the nonce is not the one of the challenge";
  if (Math.abs(timestamp - rules.nowMs / 1_000) > TUNNEL_CLOCK_SECONDS_MAX) {
    return `the timestamp is more than ${TUNNEL_CLOCK_SECONDS_MAX} seconds away from the relay's clock`;
  }
  const seen = new Set<string>();
  for (const { address, signature } of agents) {
    const known = address.toLowerCase();
    if (seen.has(known)) return `${address} is there twice`;
    seen.add(known);
    if (rules.allowed?.has(known) === false) return `${address} is not allowed at this relay`;
    if (recoverAddress(tunnelSignatureText(address, nonce, timestamp), signature) !== known) {
      return `the signature for ${address} is wrong`;
    }
  }
  return undefined;
}
