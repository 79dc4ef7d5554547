// config_get, config_set, config_delete: settings and secrets of one plugin for the agent that the call works for.
// Without an agent nothing is read or written: it is never guessed ("Osaurus: Host API", configuration).

import type { HostCall } from "../protocol/host-slots.ts";
import { CONFIG_KEY_BYTES_MAX, CONFIG_VALUE_BYTES_MAX } from "../protocol/limits.ts";
import type { SecretName } from "../store/sealed-value.ts";
import type { Served } from "./create-host-api.ts";
import type { HostAnswer } from "./host-answer.ts";

type Answer = string | null | HostAnswer;
type ConfigDeps = Pick<Served, "pluginId" | "secrets" | "warnOnce" | "onOwnChange" | "tunnelUrl">;

/** The host's own: what the host knows counts, whatever was stored. */
export const TUNNEL_URL_KEY = "tunnel_url";

export function configGet(call: HostCall, deps: ConfigDeps): Answer | Promise<Answer> {
  const name = secretName(call, deps);
  if (isRefusal(name)) return name;
  const tunnelUrl = name.key === TUNNEL_URL_KEY ? deps.tunnelUrl?.(name.agentId) : undefined;
  if (tunnelUrl !== undefined) return tunnelUrl;
  // All of them are in memory anyway: tools get them with each call.
  const all = deps.secrets.all(name.pluginId, name.agentId);
  if (!(all instanceof Promise)) return all.get(name.key) ?? null;
  return all.then(
    (values) => values.get(name.key) ?? null,
    // Another value may be the one that cannot be read.
    async () => (await deps.secrets.get(name)) ?? null,
  );
}

export async function configSet(call: HostCall, deps: ConfigDeps): Promise<Answer> {
  const name = secretName(call, deps);
  if (isRefusal(name)) return name;
  const value = call.args[1];
  if (typeof value !== "string") return nothingDone("invalid_request", "The value is no text.");
  if (Buffer.byteLength(value) > CONFIG_VALUE_BYTES_MAX) {
    const text = `config_set: the value of "${name.key}" is over 1 MiB and was not stored`;
    deps.warnOnce(`config_set large ${name.key}`, text);
    return nothingDone("request_too_large", text);
  }
  await deps.secrets.set(name, value);
  deps.onOwnChange?.(name.agentId, name.key);
  return null;
}

export async function configDelete(call: HostCall, deps: ConfigDeps): Promise<Answer> {
  const name = secretName(call, deps);
  if (isRefusal(name)) return name;
  await deps.secrets.delete(name);
  deps.onOwnChange?.(name.agentId, name.key);
  return null;
}

/** Whose setting it is; or what is answered when it can be nobody's. */
function secretName(call: HostCall, { pluginId, warnOnce }: ConfigDeps): SecretName | HostAnswer {
  const key = call.args[0];
  if (typeof key !== "string") return nothingDone("invalid_request", "The key is no text.");
  const refused = (what: string, code: string, text: string): HostAnswer => {
    warnOnce(`${call.name} ${what}`, text);
    return nothingDone(code, text);
  };
  if (Buffer.byteLength(key) > CONFIG_KEY_BYTES_MAX) {
    const text = `${call.name} was called with a key of over ${CONFIG_KEY_BYTES_MAX} bytes`;
    return refused("key", "invalid_request", text);
  }
  if (call.agentId === undefined) {
    const text = `${call.name} was called outside any agent's call, so there is nothing to work on`;
    return refused("agent", "missing_agent_context", text);
  }
  if (pluginId === undefined) {
    return refused("plugin", "context_unavailable", `${call.name} was called before the plugin was loaded`);
  }
  return { pluginId, agentId: call.agentId, key };
}

/** These functions cannot tell the plugin of a failure; Insights says what it was. */
function nothingDone(code: string, shown: string): HostAnswer {
  return { text: null, errorCode: code, shown };
}

function isRefusal(name: SecretName | HostAnswer): name is HostAnswer {
  return "text" in name;
}
