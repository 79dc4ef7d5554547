// `Config/dev-proxy.json`: which plugin's web UI is served by its author's dev server, and where that runs. The file is
// looked at for every request, so that it counts as soon as it is written and no longer than it is there.

import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { DEV_PROXY_FILE_BYTES_MAX, DEV_PROXY_URL_CHARS_MAX, WEB_FILE_SETTLED_MS } from "../../protocol/limits.ts";
import { isLoopback } from "../host-name.ts";

/** A server on this machine. */
export interface DevServer {
  /** `localhost`, or an address without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** As in the Host header: with the port, where it is not 80. */
  readonly authority: string;
  /** What stands before all paths; empty, or begins with "/" and does not end with one. */
  readonly prefix: string;
}

interface DevProxySetting {
  readonly pluginId: string;
  /** Undefined: what the file says is no server that may be asked. */
  readonly server: DevServer | undefined;
}

export class DevProxyFile {
  readonly #path: string;
  #read: { readonly stats: BigIntStats; readonly setting: DevProxySetting | undefined } | undefined;

  /** @param data the folder of the host's data. */
  constructor(data: string) {
    this.#path = join(data, "Config", "dev-proxy.json");
  }

  /** Undefined: there is no file, or none that could be read. */
  current(): DevProxySetting | undefined {
    // Synchronous, as a look at one local file costs less than a turn of the event loop.
    const stats = lookAt(this.#path);
    if (stats === undefined) return undefined;
    if (this.#read === undefined || !isSame(this.#read.stats, stats)) {
      const setting = readSetting(this.#path);
      // What was written a moment ago may be written again without a later time.
      const isSettled = Date.now() - Number(stats.ctimeMs) > WEB_FILE_SETTLED_MS;
      this.#read = isSettled ? { stats, setting } : undefined;
      return setting;
    }
    return this.#read.setting;
  }
}

function lookAt(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return (
    one.ino === other.ino && one.size === other.size && one.mtimeNs === other.mtimeNs && one.ctimeNs === other.ctimeNs
  );
}

/** Neither a link nor anything that one would have to wait for is followed. */
function readSetting(path: string): DevProxySetting | undefined {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      if (!fstatSync(fd).isFile()) return undefined;
      const bytes = Buffer.alloc(DEV_PROXY_FILE_BYTES_MAX + 1);
      const length = readSync(fd, bytes, 0, bytes.length, 0);
      return length > DEV_PROXY_FILE_BYTES_MAX ? undefined : parseSetting(bytes.toString("utf8", 0, length));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

/** @throws when it is no JSON. */
function parseSetting(text: string): DevProxySetting | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) return undefined;
  const { plugin_id: pluginId, web_proxy: webProxy } = value as Record<string, unknown>;
  return typeof pluginId === "string" ? { pluginId, server: parseDevServer(webProxy) } : undefined;
}

/** Http on this machine, named as such; what only resolves to it does not count. */
export function parseDevServer(value: unknown): DevServer | undefined {
  if (typeof value !== "string" || value.length > DEV_PROXY_URL_CHARS_MAX) return undefined;
  const url = URL.parse(value);
  if (url === null || url.protocol !== "http:") return undefined;
  if (url.username !== "" || url.password !== "" || /[?#@\\\s]/.test(value)) return undefined;
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  if (hostname !== "localhost" && !isLoopback(hostname)) return undefined;
  const port = url.port === "" ? 80 : Number(url.port);
  if (port === 0) return undefined;
  return { hostname, port, authority: url.host, prefix: url.pathname.replace(/\/+$/, "") };
}
