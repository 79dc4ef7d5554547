// Changes one key in the text of a configuration file, and nothing else: comments, blank lines, quotes, line ends and
// order stay. Each result is read again and compared before it is given back.

import type { parseTOML } from "toml-eslint-parser";
import { HostError } from "../protocol/errors.ts";
import type { ConfigValue } from "./config.ts";
import { insertions } from "./insert-toml-key.ts";
import { removal } from "./remove-toml-key.ts";
import { replacements } from "./replace-toml-value.ts";
import { type TomlTable, tomlParser } from "./toml-document.ts";
import { applyCuts, type Cut, type Leaf, startsWithPath, type TomlTree, tomlTree } from "./toml-tree.ts";

/** What a key is written as: its section, and the dotted key in that. */
export interface TomlPlace {
  readonly section: readonly string[];
  readonly key: string;
}

/** The parsers, loaded beforehand: a change is made while a lock is held, and nothing is waited for then. */
export interface TomlTools {
  /** Throws `config_invalid` with line and column. */
  parseData(text: string, path: string): TomlTable;
  parseTree: typeof parseTOML;
}

/** Longer paths are no keys of the configuration. */
const NAMES_MAX = 260;
const MARK = "\ufeff";

export async function tomlTools(): Promise<TomlTools> {
  const [parseData, { parseTOML }] = await Promise.all([tomlParser(), import("toml-eslint-parser")]);
  return { parseData, parseTree: parseTOML };
}

/**
 * The text in which the key has the value. A key that is there, in whatever way it is written, is changed where it is; a
 * new one goes into the section that there is for it, else into a new section at the end.
 *
 * @param path the file's name, for messages.
 *
 * Throws `config_invalid` for a text that is not TOML, `config_unwritable` when the key cannot be written into it.
 */
export function setTomlValue(
  tools: TomlTools,
  text: string,
  place: TomlPlace,
  value: ConfigValue,
  path: string,
): string {
  const old = open(tools, text, path);
  const leaf = findLeaf(old.tree, place);
  if (leaf !== undefined) {
    if (old.data.get(nameOf(leaf.path)) === fingerprint(value)) return text;
    const expected = new Map(old.data).set(nameOf(leaf.path), fingerprint(value));
    return firstGood(tools, old, replacements(old.tree, leaf, value), () => expected, path, place);
  }
  const whole = [...place.section, ...place.key.split(".")];
  const obstacle = whatStandsThere(old.tree, whole);
  if (obstacle !== undefined) throw unwritable(path, place, obstacle);
  const ways = insertions(old.tree, whole, place.section.length, value);
  const expected = (index: number) => new Map(old.data).set(nameOf(ways[index]!.path), fingerprint(value));
  return firstGood(
    tools,
    old,
    ways.map(({ cuts }) => cuts),
    expected,
    path,
    place,
  );
}

/** The text without the key; the same text when it is not there. Throws like `setTomlValue`. */
export function removeTomlValue(tools: TomlTools, text: string, place: TomlPlace, path: string): string {
  const old = open(tools, text, path);
  const leaf = findLeaf(old.tree, place);
  if (leaf === undefined) return text;
  const expected = new Map(old.data);
  expected.delete(nameOf(leaf.path));
  const less = firstGood(tools, old, [removal(old.tree, leaf)], () => expected, path, place);
  return removeTomlValue(tools, less, place, path); // The key may be there once more, in another letter case.
}

/** The value that a key has in a text, as the parser gives it; undefined when it is not there. */
export function findTomlValue(tools: TomlTools, text: string, place: TomlPlace, path: string): unknown {
  const { tree } = open(tools, text, path);
  const leaf = findLeaf(tree, place);
  let found: unknown = leaf && tools.parseData(text, path);
  for (const name of leaf?.path ?? []) found = (found as TomlTable)[name];
  return found;
}

interface Opened {
  readonly mark: string;
  readonly tree: TomlTree;
  readonly data: ReadonlyMap<string, string>;
}

function open(tools: TomlTools, text: string, path: string): Opened {
  const document = tools.parseData(text, path);
  const mark = text.startsWith(MARK) ? MARK : "";
  const body = text.slice(mark.length);
  try {
    return { mark, data: fingerprints(document), tree: tomlTree(body, tools.parseTree(body)) };
  } catch (error) {
    const { message } = error as Error;
    throw new HostError("config_unwritable", `${path} is laid out in a way that cannot be changed safely: ${message}`, {
      hint: "change the file in an editor",
      details: { file: path },
      cause: error,
    });
  }
}

/** The key as it is spelled, else in another letter case; the last when there are several, for that is the one that counts. */
function findLeaf({ leaves }: TomlTree, { section, key }: TomlPlace): Leaf | undefined {
  const found = leaves.filter(
    ({ path }) =>
      path.length > section.length &&
      startsWithPath(path, section) &&
      path.slice(section.length).join(".").toLowerCase() === key.toLowerCase(),
  );
  return found.findLast(({ path }) => path.join(".") === [...section, key].join(".")) ?? found.at(-1);
}

/** Why the key cannot be there: a value where it needs a section, or a section where it needs to be. */
function whatStandsThere({ leaves, tables, inlineTables }: TomlTree, path: readonly string[]): string | undefined {
  const above = leaves.find((leaf) => startsWithPath(path, leaf.path));
  if (above !== undefined) return `"${above.path.join(".")}" has a value there, so that nothing can be below it`;
  const below = [...leaves, ...inlineTables, ...tables].find((other) => startsWithPath(other.path, path));
  return below === undefined ? undefined : `"${path.join(".")}" is a section there`;
}

function firstGood(
  tools: TomlTools,
  { mark, tree, data }: Opened,
  ways: readonly (readonly Cut[])[],
  expected: (index: number) => ReadonlyMap<string, string>,
  path: string,
  place: TomlPlace,
): string {
  for (const [index, cuts] of ways.entries()) {
    const text = applyCuts(tree.text, cuts);
    if (isIntended(tools, tree, text, expected(index))) return mark + text;
  }
  throw unwritable(path, place, `no way was found that changes nothing else of its ${data.size} values`);
}

/** Whether a text has just the values that it should, and all comments of the old one. */
function isIntended(tools: TomlTools, old: TomlTree, text: string, expected: ReadonlyMap<string, string>): boolean {
  try {
    const found = fingerprints(tools.parseData(text, ""));
    const hasAll = found.size === expected.size && [...expected].every(([name, value]) => found.get(name) === value);
    return hasAll && commentTexts(tools.parseTree(text).comments) === commentTexts(old.comments);
  } catch {
    return false;
  }
}

function commentTexts(comments: TomlTree["comments"]): string {
  return comments
    .map(({ value }) => value.trimEnd())
    .sort()
    .join("\n");
}

/** Each value of a document by its path, as a text that is the same for equal values only; empty tables are nothing. */
function fingerprints(document: TomlTable): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (value: unknown, path: readonly string[]): void => {
    if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Date) {
      found.set(nameOf(path), fingerprint(value));
      return;
    }
    if (path.length > NAMES_MAX) throw new Error("its tables nest too deeply");
    for (const [name, inner] of Object.entries(value)) visit(inner, [...path, name]);
  };
  visit(document, []);
  return found;
}

function nameOf(path: readonly string[]): string {
  return JSON.stringify(path);
}

function fingerprint(value: unknown): string {
  if (value instanceof Date) return `date ${value.toISOString()}`;
  if (Array.isArray(value)) return `[${value.map(fingerprint).join(",")}]`;
  if (typeof value !== "object" || value === null) {
    return typeof value === "string" ? JSON.stringify(value) : `${typeof value} ${value}`;
  }
  const members = Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}:${fingerprint(inner)}`);
  return `{${members.join(",")}}`;
}

function unwritable(path: string, { key }: TomlPlace, reason: string): HostError {
  return new HostError("config_unwritable", `"${key}" cannot be written into ${path}: ${reason}`, {
    hint: "change the file in an editor",
    details: { file: path, key },
  });
}
