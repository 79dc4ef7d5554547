// Finds room for a key that a TOML text does not have yet: where a person would write it.

import type { AST } from "toml-eslint-parser";
import type { ConfigValue } from "./config.ts";
import { renderKey, renderValue } from "./render-toml.ts";
import {
  type Cut,
  indentAt,
  isBlank,
  type Leaf,
  lineEnd,
  lineStart,
  startsWithPath,
  statementOf,
  type TomlTree,
} from "./toml-tree.ts";

/** A way to write the key, and the path that it then has. */
export interface Insertion {
  readonly cuts: readonly Cut[];
  readonly path: readonly string[];
}

/**
 * Ways to write the key, the nicest first; whoever asks checks which of them TOML allows.
 *
 * @param section how many names of the path are its section.
 */
export function insertions(
  tree: TomlTree,
  path: readonly string[],
  section: number,
  value: ConfigValue,
): readonly Insertion[] {
  const inline = deepest(tree.inlineTables.filter((leaf) => startsWithPath(path, leaf.path)));
  if (inline !== undefined) return [intoInlineTable(inline, path, value)];
  const headers = tree.tables
    .filter((table) => table.path.length >= section && table.path.length < path.length)
    .filter((table) => startsWithPath(path, table.path))
    .sort((a, b) => b.path.length - a.path.length);
  return [
    ...headers.map((table) => intoTable(tree, table, path, value)),
    ...besideSiblings(tree, path, section, value),
    ...newSections(path, section).map((header) => atEnd(tree, header, path, value)),
  ];
}

function deepest(leaves: readonly Leaf[]): Leaf | undefined {
  return [...leaves].sort((a, b) => b.path.length - a.path.length)[0];
}

/** Below the last key of the section, or its header. */
function intoTable(
  tree: TomlTree,
  table: { readonly path: readonly string[]; readonly node: AST.TOMLTable },
  path: readonly string[],
  value: ConfigValue,
): Insertion {
  const rest = path.slice(table.path.length);
  const above = table.node.body.at(-1) ?? table.node;
  return { cuts: [lineBelow(tree, above, rest, value)], path: [...table.path, ...rest] };
}

/** A section that is written as dotted keys above all headers, or below a header further up, goes on that way. */
function besideSiblings(tree: TomlTree, path: readonly string[], section: number, value: ConfigValue): Insertion[] {
  const sibling = tree.leaves.findLast(({ path: other }) => startsWithPath(other, path.slice(0, section)));
  if (sibling === undefined) return [];
  const { table, statement } = statementOf(sibling.node);
  const header = tree.tables.find(({ node }) => node === table)?.path ?? [];
  if (header.length >= section) return [];
  const rest = path.slice(header.length);
  return [{ cuts: [lineBelow(tree, statement, rest, value)], path: [...header, ...rest] }];
}

function lineBelow(
  { text, eol }: TomlTree,
  above: AST.TOMLKeyValue | AST.TOMLTable,
  key: readonly string[],
  value: ConfigValue,
): Cut {
  const end = lineEnd(text, above.range[1]);
  const indent = indentAt(text, above.range[0]);
  return { start: end, end, text: `${eol}${indent}${renderKey(key)} = ${renderValue(value)}` };
}

/** The section as users write it; when TOML does not allow that, one that takes all but the last name. */
function newSections(path: readonly string[], section: number): (readonly string[])[] {
  const [first, , last] = path.slice(section);
  const isRouting = path.length === section + 3 && first === "plugins" && (last === "state" || last === "provider");
  const usual = path.slice(0, isRouting ? section + 2 : section);
  const narrow = path.slice(0, -1);
  return usual.length === narrow.length ? [usual] : [usual, narrow];
}

function atEnd(tree: TomlTree, header: readonly string[], path: readonly string[], value: ConfigValue): Insertion {
  const { text, eol } = tree;
  const section = `[${renderKey(header)}]${eol}${renderKey(path.slice(header.length))} = ${renderValue(value)}`;
  const isEnded = text === "" || text.endsWith("\n");
  const lastLine = text.slice(lineStart(text, Math.max(text.length - 1, 0)));
  const gap = text === "" || (isEnded && isBlank(lastLine)) ? "" : eol;
  const put = isEnded ? `${gap}${section}${eol}` : `${eol}${gap}${section}`;
  return { cuts: [{ start: text.length, end: text.length, text: put }], path };
}

function intoInlineTable({ path: above, node }: Leaf, path: readonly string[], value: ConfigValue): Insertion {
  const table = node.value as AST.TOMLInlineTable;
  const rest = path.slice(above.length);
  const member = `${renderKey(rest)} = ${renderValue(value)}`;
  const last = table.body.at(-1);
  const at = last === undefined ? table.range[0] + 1 : last.range[1];
  const text = last === undefined ? ` ${member} ` : `, ${member}`;
  return { cuts: [{ start: at, end: at, text }], path: [...above, ...rest] };
}
