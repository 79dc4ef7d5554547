// All settings that one data key encrypts, file by file: for whoever wants all of them, and not those of one pair. Works
// without waiting, because it runs under the lock of the data keys as well.

import { copyFileSync, type Dirent, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../base/make-folder.ts";
import { replaceFile } from "../base/replace-file.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { HostError } from "../protocol/errors.ts";
import type { Reencryption } from "./change-data-keys.ts";
import type { DataKey } from "./data-keys.ts";
import {
  placeOf,
  readSealed,
  type SealedValue,
  type SealingKeys,
  type SecretName,
  seal,
  sealingKeys,
  treeOf,
  VALUE_FILE,
} from "./sealed-value.ts";

export interface StoredValue {
  /** Nothing of a value from before names were written down, when no candidate fits. */
  readonly name: SecretName | undefined;
  readonly path: string;
  readonly sealed: SealedValue;
}

/** Files that could not be read when everything was encrypted anew: below it, as they lay in their key's folder. */
export const DAMAGED_FOLDER = "damaged";

interface Reading {
  readonly within?: string;
  /** Ids of plugins, for values from before their names were written down. */
  readonly candidates?: Iterable<string>;
  /** Is told the path, from the tree's root, of each file that cannot be read, and why. */
  onUnreadable(path: string, reason: HostError): void;
}

/** The values below a folder of a key's tree; without one, all. One that cannot be read does not keep the others back. */
export function valuesBelow(
  folder: string,
  keys: SealingKeys,
  { within, candidates = [], onUnreadable }: Reading,
): StoredValue[] {
  const root = join(folder, keys.tree);
  const plugins = within === undefined ? namesIn(root) : [within];
  const paths = plugins.flatMap((plugin) =>
    namesIn(join(root, plugin)).flatMap((pair) =>
      namesIn(join(root, plugin, pair), "file").map((file) => `${plugin}/${pair}/${file}`),
    ),
  );
  return paths.flatMap((path) => {
    try {
      const sealed = readSealed(keys, path, root);
      return sealed === undefined ? [] : [{ path, sealed, name: nameOf(keys, path, sealed, candidates) }];
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      onUnreadable(path, error);
      return [];
    }
  });
}

/**
 * How settings follow their data key.
 *
 * @param onAside is told where a file lies now that could not be read: it is kept, and the others follow without it.
 */
export function reencryption(
  folder: string,
  candidates: Iterable<string>,
  onAside: (path: string) => void = () => {},
): Reencryption {
  return {
    encryptAnew(old, next) {
      const from = sealingKeys(old);
      const onUnreadable = (path: string) => onAside(copyAside(folder, old.id, join(folder, from.tree, path), path));
      const values = valuesBelow(folder, from, { candidates, onUnreadable });
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

function copyAside(folder: string, keyId: string, from: string, path: string): string {
  const aside = join(folder, DAMAGED_FOLDER, keyId, path);
  makeFolder(dirname(aside));
  copyFileSync(from, aside);
  return aside;
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
    // A file in the place of a folder holds no values.
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
