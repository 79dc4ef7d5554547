// An installed native plugin as programs get it: the same members from commands with `--json` and from the control API.

import type { NativePluginStatus } from "./installed-plugins.ts";

export function pluginDocument({ pluginId, version, state, loaded, pid, error, unsigned, dev }: NativePluginStatus) {
  return {
    plugin_id: pluginId,
    version,
    state,
    ...(error ? { error: error.toBody().error } : {}),
    abi: loaded?.abi ?? null,
    tools: (loaded?.manifest.capabilities.tools ?? []).map((tool) => tool.id),
    unsigned,
    ...(dev ? { dev } : {}),
    ...(pid === undefined ? {} : { pid }),
  };
}
