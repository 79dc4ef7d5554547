// config_get, config_set, config_delete: settings and secrets of one plugin for the agent that the call works for.
// Without an agent nothing is read or written: it is never guessed ("Osaurus: Host API", configuration).

import type { HostCall } from "../protocol/host-slots.ts";
import { CONFIG_KEY_BYTES_MAX, CONFIG_VALUE_BYTES_MAX } from "../protocol/limits.ts";
import type { SecretName } from "../store/sealed-value.ts";
import type { Served } from "./create-host-api.ts";

type ConfigDeps = Pick<Served, "pluginId" | "secrets" | "warnOnce" | "onOwnChange">;

export function configGet(call: HostCall, deps: ConfigDeps): string | null | Promise<string | null> {
  const name = secretName(call, deps);
  if (!name) return null;
  // All of them are in memory anyway: tools get them with each call.
  const all = deps.secrets.all(name.pluginId, name.agentId);
  if (!(all instanceof Promise)) return all.get(name.key) ?? null;
  return all.then(
    (values) => values.get(name.key) ?? null,
    // Another value may be the one that cannot be read.
    async () => (await deps.secrets.get(name)) ?? null,
  );
}

export async function configSet(call: HostCall, deps: ConfigDeps): Promise<null> {
  const name = secretName(call, deps);
  const value = call.args[1];
  if (!name || typeof value !== "string") return null;
  if (Buffer.byteLength(value) > CONFIG_VALUE_BYTES_MAX) {
    deps.warnOnce(
      `config_set large ${name.key}`,
      `config_set: the value of "${name.key}" is over 1 MiB and was not stored`,
    );
    return null;
  }
  await deps.secrets.set(name, value);
  deps.onOwnChange?.(name.agentId, name.key);
  return null;
}

export async function configDelete(call: HostCall, deps: ConfigDeps): Promise<null> {
  const name = secretName(call, deps);
  if (!name) return null;
  await deps.secrets.delete(name);
  deps.onOwnChange?.(name.agentId, name.key);
  return null;
}

function secretName(call: HostCall, { pluginId, warnOnce }: ConfigDeps): SecretName | undefined {
  const key = call.args[0];
  if (typeof key !== "string") return undefined;
  if (Buffer.byteLength(key) > CONFIG_KEY_BYTES_MAX) {
    warnOnce(`${call.name} key`, `${call.name} was called with a key of over ${CONFIG_KEY_BYTES_MAX} bytes`);
    return undefined;
  }
  if (call.agentId === undefined) {
    warnOnce(`${call.name} agent`, `${call.name} was called outside any agent's call, so there is nothing to work on`);
    return undefined;
  }
  if (pluginId === undefined) {
    warnOnce(`${call.name} plugin`, `${call.name} was called before the plugin was loaded`);
    return undefined;
  }
  return { pluginId, agentId: call.agentId, key };
}
