// All settings that one data key encrypts, file by file: for whoever wants all of them, and not those of one pair. Works
// without waiting, because it runs under the lock of the data keys as well.

import { type Dirent, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../base/make-folder.ts";
import { replaceFile } from "../base/replace-file.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import type { Reencryption } from "./change-data-keys.ts";
import type { DataKey } from "./data-keys.ts";
import { isTreeName } from "./key-of-before.ts";
import {
  placeOf,
  type SealedValue,
  type SealingKeys,
  type SecretName,
  seal,
  sealingKeys,
  treeOf,
  unseal,
  VALUE_FILE,
} from "./sealed-value.ts";

export interface StoredValue {
  /** Nothing of a value from before names were written down, when no candidate fits. */
  readonly name: SecretName | undefined;
  readonly path: string;
  readonly sealed: SealedValue;
}

/**
 * The values below a folder of a key's tree; without one, all. Throws `store_broken` for one that cannot be decrypted.
 *
 * @param candidates ids of plugins, for values from before their names were written down.
 */
export function valuesBelow(
  folder: string,
  keys: SealingKeys,
  { within, candidates = [] }: { readonly within?: string; readonly candidates?: Iterable<string> } = {},
): StoredValue[] {
  const root = join(folder, keys.tree);
  const plugins = within === undefined ? namesIn(root) : [within];
  const paths = plugins.flatMap((plugin) =>
    namesIn(join(root, plugin)).flatMap((pair) =>
      namesIn(join(root, plugin, pair), "file").map((file) => `${plugin}/${pair}/${file}`),
    ),
  );
  return paths.flatMap((path) => {
    const bytes = readIfThere(join(root, path));
    if (bytes === undefined) return [];
    const sealed = unseal(keys, path, bytes, join(root, path));
    return [{ path, sealed, name: nameOf(keys, path, sealed, candidates) }];
  });
}

/** How settings follow their data key. */
export function reencryption(folder: string, candidates: Iterable<string>): Reencryption {
  return {
    encryptAnew(old, next) {
      removeUnknownTrees(folder, old);
      const from = sealingKeys(old);
      const values = valuesBelow(folder, from, { candidates });
      // A name that nobody knows cannot be hashed anew: the names then stay as they are.
      const names = values.every(({ name }) => name !== undefined) ? next : (old.names ?? old);
      const to = sealingKeys({ ...next, ...(names !== next && { names }) });
      for (const { name, path, sealed } of values) writeValue(folder, to, name, path, sealed);
      return names;
    },
    remove: (key) => removeTree(folder, key),
  };
}

function writeValue(
  folder: string,
  to: SealingKeys,
  name: SecretName | undefined,
  path: string,
  old: SealedValue,
): void {
  const place = name === undefined ? path : placeOf(to, name).path;
  const named = name === undefined ? {} : { plugin: name.pluginId, agent: name.agentId };
  const target = join(folder, to.tree, place);
  makeFolder(join(target, ".."));
  replaceFile(target, seal(to, place, { ...named, key: old.key, value: old.value }), {
    flush: true,
    followLinks: false,
  });
}

function nameOf(
  keys: SealingKeys,
  path: string,
  sealed: SealedValue,
  candidates: Iterable<string>,
): SecretName | undefined {
  const { plugin, agent, key } = sealed;
  if (plugin !== undefined && agent !== undefined) return { pluginId: plugin, agentId: agent, key };
  for (const pluginId of candidates) {
    const name = { pluginId, agentId: DEFAULT_AGENT_ID, key };
    if (placeOf(keys, name).path === path) return name;
  }
  return undefined;
}

/** Of a flat key, only folders that are a plugin's. */
function removeTree(folder: string, key: Pick<DataKey, "id" | "isFlat">): void {
  const root = join(folder, treeOf(key));
  const all = key.isFlat ? namesIn(root).map((name) => join(root, name)) : [root];
  for (const path of all) rmSync(path, { recursive: true, force: true });
}

/** What a process left behind that was killed before its new key became the current one, or before it had removed the old. */
function removeUnknownTrees(folder: string, current: DataKey): void {
  for (const entry of entriesOf(folder)) {
    if (!entry.isDirectory() || !isTreeName(entry.name) || entry.name === current.id) continue;
    rmSync(join(folder, entry.name), { recursive: true, force: true });
  }
  if (!current.isFlat) removeTree(folder, { id: current.id, isFlat: true });
}

function namesIn(path: string, kind: "folder" | "file" = "folder"): string[] {
  return entriesOf(path)
    .filter((entry) => VALUE_FILE.test(entry.name) && (kind === "file" ? entry.isFile() : entry.isDirectory()))
    .map(({ name }) => name)
    .sort();
}

function entriesOf(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
