// What a native plugin may ask of its host: finds the file that serves each function, and turns every failure into an
// envelope, because a plugin can do nothing with an exception.

import { toHostError } from "../protocol/errors.ts";
import {
  ANSWERS_WITHOUT_ENVELOPE,
  type HostCall,
  type HostCallHandler,
  type HostFunction,
} from "../protocol/host-slots.ts";
import type { SecretStore } from "../store/secret-store.ts";
import { configDelete, configGet, configSet } from "./config.ts";
import { createWarnOnce, type WarnOnce } from "./warn-once.ts";

export interface HostApiDeps {
  /** The plugin that asks; undefined while a library without a known id is loaded. */
  pluginId(): string | undefined;
  readonly secrets: SecretStore;
  warn(text: string): void;
}

interface Served {
  readonly pluginId: string;
  readonly secrets: SecretStore;
  readonly warnOnce: WarnOnce;
}

type Serve = (call: HostCall, deps: Served) => string | null | Promise<string | null>;

const SERVED: Partial<Record<HostFunction, Serve>> = {
  config_get: configGet,
  config_set: configSet,
  config_delete: configDelete,
};

/** The host API of one plugin. */
export function createHostApi(deps: HostApiDeps): HostCallHandler {
  const warnOnce = createWarnOnce((text) => deps.warn(text));
  return (call) => {
    const serve = SERVED[call.name];
    const pluginId = deps.pluginId();
    if (!serve) return refuse(call, "not_supported", `This host does not serve ${call.name}.`, warnOnce);
    if (pluginId === undefined) {
      return refuse(call, "context_unavailable", `${call.name} was called before the plugin was loaded.`, warnOnce);
    }
    try {
      const answer = serve(call, { pluginId, secrets: deps.secrets, warnOnce });
      return answer instanceof Promise ? answer.catch((error) => failed(call, error, deps)) : answer;
    } catch (error) {
      return failed(call, error, deps);
    }
  };
}

function refuse(call: HostCall, code: string, message: string, warnOnce: WarnOnce): string | null {
  if (!ANSWERS_WITHOUT_ENVELOPE.has(call.name)) return envelope(code, message);
  warnOnce(`${call.name} ${code}`, message);
  return null;
}

/** One of the doors where an unforeseen error becomes a coded one. */
function failed(call: HostCall, thrown: unknown, deps: HostApiDeps): string | null {
  const error = toHostError(thrown);
  deps.warn(`[PluginHostAPI] ${call.name} failed: ${error.message}`);
  return ANSWERS_WITHOUT_ENVELOPE.has(call.name) ? null : envelope(error.code, error.message);
}

/** The flat shape of every refusal of a host function. */
function envelope(error: string, message: string): string {
  return JSON.stringify({ error, message });
}
