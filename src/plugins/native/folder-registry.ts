// A registry in a folder of this machine. Nothing is read that lies outside of it, however it is named.

import { existsSync } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { type HostError, toHostError } from "../../protocol/errors.ts";
import { REGISTRY_ENTRY_BYTES_MAX } from "../../protocol/limits.ts";
import { openRegular } from "./download.ts";
import type { Registry } from "./registries.ts";
import { parseEntry } from "./registry-entry.ts";
import { allowedUrl, badPlace, checkIds, listEach, unreachable } from "./registry-parts.ts";
import type { RegistrySource } from "./registry-source.ts";

/** Opens it. Nothing is read yet. */
export function folderRegistry(registry: Registry): RegistrySource {
  const root = registry.location;
  const find = async (pluginId: string) => {
    const path = await insideFolder(registry, join("plugins", `${pluginId}.json`));
    if (path === undefined) {
      // A folder that is gone, such as one that is not mounted, does not say that it has no such plugin.
      await stat(join(root, "plugins")).catch((error) => {
        throw unreadable(registry, join(root, "plugins"), error);
      });
      return undefined;
    }
    return parseEntry(await readBounded(registry, path), pluginId, join(root, "plugins", `${pluginId}.json`));
  };
  const ids = async () => {
    const names = await readdir(join(root, "plugins")).catch((error) => {
      throw unreadable(registry, join(root, "plugins"), error);
    });
    return checkIds(
      registry,
      names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length)),
    );
  };
  return {
    registry,
    find,
    ids,
    wasWithout: async () => false,
    list: async () => await listEach(await ids(), find),
    async place(artifactUrl) {
      if (isAbsolute(artifactUrl)) return { url: allowedUrl(registry, artifactUrl) };
      let relative = artifactUrl;
      try {
        relative = decodeURIComponent(artifactUrl);
      } catch {
        // Then it is meant as it stands.
      }
      const path = await insideFolder(registry, relative);
      if (path === undefined) throw badPlace(registry, artifactUrl, "there is no such file");
      return { path };
    },
  };
}

function unreadable(registry: Registry, path: string, { code }: NodeJS.ErrnoException): HostError {
  if (code !== "ENOENT") return unreachable(registry, `${path} cannot be read: ${code}`, "look at its owner and mode");
  const gone = existsSync(registry.location) ? path : registry.location;
  return unreachable(registry, `the folder ${gone} is not there`, "bring the folder back");
}

/** The real path of something in the registry; nothing when it is not there. Links may not lead out. */
async function insideFolder(registry: Registry, relative: string): Promise<string | undefined> {
  const root = await realpath(registry.location).catch((error) => {
    throw unreadable(registry, registry.location, error);
  });
  if (relative.startsWith("/") || relative.split(/[/\\]/).includes("..") || relative.includes("\0")) {
    throw badPlace(registry, relative, "it leads out of the registry");
  }
  const path = await realpath(join(root, relative)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw badPlace(registry, relative, `it cannot be read: ${error.code}`);
  });
  if (path === undefined || path.startsWith(root === sep ? root : root + sep)) return path;
  throw badPlace(registry, relative, "it is a link that leads out of the registry");
}

async function readBounded(registry: Registry, path: string): Promise<string> {
  try {
    const file = await openRegular(path);
    try {
      const room = Buffer.alloc(REGISTRY_ENTRY_BYTES_MAX + 1);
      let size = 0;
      for (let read = -1; read !== 0 && size < room.length; size += read)
        read = (await file.read(room, size)).bytesRead;
      if (size <= REGISTRY_ENTRY_BYTES_MAX) return room.toString("utf8", 0, size);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw badPlace(registry, path, toHostError(error).message);
  }
  throw badPlace(registry, path, `it has more than ${REGISTRY_ENTRY_BYTES_MAX} bytes`);
}

function isAbsolute(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(text) || text.startsWith("//");
}
