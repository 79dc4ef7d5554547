// The list of the secrets that a keyring holds, `secrets.index.toml`: for whom each holds and its key, never its value.

import { replaceFile } from "../base/replace-file.ts";
import { HostError } from "../protocol/errors.ts";
import { changeLocked } from "./change-locked.ts";
import type { ConfigScope } from "./config.ts";
import { readConfigText } from "./config-files.ts";
import { keyId, keyTrouble, scopeName } from "./key-names.ts";
import { type TomlTable, tomlParser } from "./toml-document.ts";

export interface SecretPlace extends ConfigScope {
  readonly key: string;
}

/** Thrown while a list is read, and always turned into an error with a place. */
class IndexFault {
  readonly text: string;
  /** Names and positions from the root of the file. */
  readonly path: readonly (string | number)[];
  constructor(text: string, path: readonly (string | number)[]) {
    this.text = text;
    this.path = path;
  }
}

/** What the index lists; nothing when there is no index. Throws `config_*` errors for a file that is no index. */
export async function readIndex(path: string): Promise<readonly SecretPlace[]> {
  const text = readConfigText(path);
  if (text === undefined) return [];
  const table = (await tomlParser())(text, path);
  return await orIndexError(path, () => placesIn(table));
}

/**
 * Writes what `change` makes of the list, unless that is the list. Throws like `readIndex`, `config_busy` and
 * `config_unwritable`, and then leaves the file as it is.
 */
export async function changeIndex(
  path: string,
  change: (places: readonly SecretPlace[]) => readonly SecretPlace[],
): Promise<void> {
  const parse = await tomlParser();
  const { stringify } = await import("smol-toml");
  const work = () => {
    const text = readConfigText(path);
    const before = text === undefined ? [] : placesIn(parse(text, path));
    const places = change(before);
    if (JSON.stringify(places) === JSON.stringify(before)) return;
    const entries = places.map(({ profile, terminal, key }) => ({
      ...(profile === null ? {} : { profile }),
      ...(terminal === null ? {} : { terminal }),
      key: keyId(key),
    }));
    replaceFile(path, `${stringify({ version: 1, entries })}\n`, { flush: true });
  };
  await orIndexError(path, () => changeLocked(path, work));
}

function placesIn(table: TomlTable): SecretPlace[] {
  const entries = table["entries"] ?? [];
  if (table["version"] !== 1) throw new IndexFault("the version is not 1", ["version"]);
  if (!Array.isArray(entries)) throw new IndexFault("the entries are no list", ["entries"]);
  return entries.map((entry: unknown, index) => {
    const { profile, terminal, key } = (typeof entry === "object" && entry !== null ? entry : {}) as TomlTable;
    const at = ["entries", index];
    const trouble = typeof key === "string" ? keyTrouble(key) : "an entry has no key";
    if (typeof key !== "string" || trouble !== undefined) throw new IndexFault(`${trouble}`, [...at, "key"]);
    return {
      key: keyId(key),
      profile: nameOrNull(profile, [...at, "profile"]),
      terminal: nameOrNull(terminal, [...at, "terminal"]),
    };
  });
}

function nameOrNull(name: unknown, path: readonly (string | number)[]): string | null {
  if (name === undefined) return null;
  const normal = typeof name === "string" ? scopeName(name) : undefined;
  if (normal === undefined) throw new IndexFault(`this is no name of a ${path.at(-1)}`, path);
  return normal;
}

async function orIndexError<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof IndexFault)) throw error;
    const { tomlListPlace } = await import("./toml-list-place.ts");
    const { line, column } = tomlListPlace(readConfigText(file) ?? "", error.path);
    const message = `${file}:${line}:${column}: this is no index of secrets of version 1: ${error.text}`;
    throw new HostError("config_invalid", message, {
      hint: "correct it in an editor, or remove it and set the secrets again",
      details: { file, line, column },
    });
  }
}
