// What the secret store keeps of an agent: the settings and secrets that plugins have for it, and the private half of its
// identity.

import { HostError } from "../protocol/errors.ts";
import type { SecretName } from "../store/sealed-value.ts";
import type { Stores } from "./stores.ts";

/** No plugin can have this id, because of the slash: none ever reads what is kept under it. */
export const IDENTITY_OWNER = "osprey/agents";

export interface AgentSecrets {
  /** Makes an identity and gives its address; the private half is kept before anybody hears of it. */
  newAddress(agentId: string): Promise<string>;
  /** An address that was not used after all. */
  forgetAddress(agentId: string, address: string): Promise<void>;
  /** Signs a text with the key of that address; fails with `store_broken` when the key is not there. */
  sign(agentId: string, address: string, text: string): Promise<string>;
  /** What plugins have for the agent. */
  forgetSettings(agentId: string): Promise<void>;
  forgetIdentity(agentId: string): Promise<void>;
}

/** Opens nothing yet. */
export function openAgentSecrets(stores: () => Promise<Stores>): AgentSecrets {
  async function forget(agentId: string, whether: (pluginId: string) => boolean): Promise<void> {
    const { secrets } = await stores();
    const { entries } = await secrets.everything();
    for (const entry of entries) if (entry.agentId === agentId && whether(entry.pluginId)) await secrets.delete(entry);
  }
  return {
    async newAddress(agentId) {
      const { newIdentity } = await import("./agent-identity.ts");
      const { address, privateKey } = newIdentity();
      await (await stores()).secrets.set(identitySecret(agentId, address), privateKey);
      return address;
    },
    async forgetAddress(agentId, address) {
      await (await stores()).secrets.delete(identitySecret(agentId, address));
    },
    async sign(agentId, address, text) {
      const privateKey = await (await stores()).secrets.get(identitySecret(agentId, address));
      if (privateKey === undefined) {
        throw new HostError("store_broken", `the key of the address ${address} is not in the secret store`, {
          hint: "it was there when the address was made; restore the folder of secrets from a backup",
        });
      }
      const { signPersonal } = await import("../base/ethereum-signature.ts");
      return signPersonal(privateKey, text);
    },
    forgetSettings: (agentId) => forget(agentId, (pluginId) => pluginId !== IDENTITY_OWNER),
    forgetIdentity: (agentId) => forget(agentId, (pluginId) => pluginId === IDENTITY_OWNER),
  };
}

/**
 * Where a private half is kept. The address is part of the name: of two processes that make an identity for the same agent
 * at once, one address stays, and the key that belongs to it is found whatever the other one wrote.
 */
export function identitySecret(agentId: string, address: string): SecretName {
  return { pluginId: IDENTITY_OWNER, agentId, key: `identity_key:${address}` };
}
