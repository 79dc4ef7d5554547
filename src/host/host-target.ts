// Which plugin and which host somebody means who allows a plugin to reach a host: `PLUGIN` and `HOST[:PORT]`, as typed.

import { isIPv6 } from "node:net";
import { makeHostPlain } from "../base/plain-host.ts";
import { isPluginId } from "../plugins/native/package-identity.ts";
import { HostError } from "../protocol/errors.ts";
import { PLUGIN_ID_CHARS_MAX } from "../protocol/limits.ts";
import type { HostName } from "../store/host-grants.ts";
import { LIBRARY_ID_PREFIX } from "../tools/tool-names.ts";

const PORT_MAX = 65_535;

/** Reads both. The plugin need not be installed, nor the host be there. Throws `usage_invalid`. */
export function hostTarget(plugin: string, typed: string): HostName {
  const isLibrary = plugin.startsWith(LIBRARY_ID_PREFIX);
  const id = isLibrary ? plugin.slice(LIBRARY_ID_PREFIX.length) : plugin;
  if (!(isLibrary ? isLibraryId(id) : isPluginId(id))) {
    throw new HostError("usage_invalid", `"${plugin}" cannot be the id of a plugin`, {
      hint: `name the plugin as "osaurus tools list" does; one that is called with --library, ${LIBRARY_ID_PREFIX}ID`,
    });
  }
  // An IPv6 address without brackets has no port behind it.
  const [, host, port] = isIPv6(typed)
    ? [typed, `[${typed}]`]
    : (/^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(typed) ?? []);
  const name = host === undefined ? undefined : plainHost(host);
  if (name === undefined) {
    throw new HostError("usage_invalid", `"${typed}" is no host`, {
      hint: "give a name or an address, and a port if only that one is meant: nas.local, 192.168.1.5:8080, [fd00::1]:80",
    });
  }
  if (port === undefined) return { pluginId: plugin, host: name, port: null };
  if (Number(port) < 1 || Number(port) > PORT_MAX) {
    throw new HostError("usage_invalid", `there is no port ${port}`, { hint: `ports go from 1 to ${PORT_MAX}` });
  }
  return { pluginId: plugin, host: name, port: Number(port) };
}

/** A host and port as URLs have them. */
export function hostText({ host, port }: Pick<HostName, "host" | "port">): string {
  return port === null ? host : `${host}:${port}`;
}

/** What a library says of itself may be any text. */
function isLibraryId(id: string): boolean {
  return id.length > 0 && id.length <= PLUGIN_ID_CHARS_MAX;
}

/** The host as it is compared; nothing when the text is no host, or more than one. */
function plainHost(host: string): string | undefined {
  // All that ends a host in a URL, and what the parser would drop or take for a pattern.
  if (host === "" || /[/\\?#@*\s\0-\x1f]/.test(host)) return undefined;
  const url = URL.parse(`http://${host}/`);
  return url !== null && makeHostPlain(url) ? url.hostname : undefined;
}
