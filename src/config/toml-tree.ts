// A TOML text with its places, for changing it by cutting and pasting.

import type { AST } from "toml-eslint-parser";
import { keyNames } from "./toml-places.ts";

/** A range of the text, and what comes in its place. */
export interface Cut {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Leaf {
  /** From the root, as spelled. */
  readonly path: readonly string[];
  readonly node: AST.TOMLKeyValue;
}

export type Table = AST.TOMLTable | AST.TOMLTopLevelTable;

export interface TomlTree {
  readonly text: string;
  /** How lines end here. */
  readonly eol: string;
  readonly comments: readonly AST.Comment[];
  readonly tokens: readonly AST.Token[];
  /** In the order of the text. */
  readonly tables: readonly { readonly path: readonly string[]; readonly node: AST.TOMLTable }[];
  /** All keys whose value is no inline table. */
  readonly leaves: readonly Leaf[];
  /** All keys whose value is one. */
  readonly inlineTables: readonly Leaf[];
}

/** The tree of a text without a byte order mark. */
export function tomlTree(text: string, program: AST.TOMLProgram): TomlTree {
  const tables: { path: readonly string[]; node: AST.TOMLTable }[] = [];
  const leaves: Leaf[] = [];
  const inlineTables: Leaf[] = [];
  const visit = (node: AST.TOMLKeyValue, above: readonly string[]): void => {
    const path = [...above, ...keyNames(node.key)];
    if (node.value.type !== "TOMLInlineTable") return void leaves.push({ path, node });
    inlineTables.push({ path, node });
    for (const inner of node.value.body) visit(inner, path);
  };
  for (const node of program.body[0].body) {
    if (node.type === "TOMLKeyValue") visit(node, []);
    else if (node.kind === "standard") {
      const path = keyNames(node.key);
      tables.push({ path, node });
      for (const inner of node.body) visit(inner, path);
    }
  }
  const eol = /\r?\n/.exec(text)?.[0] ?? "\n";
  return { text, eol, comments: program.comments, tokens: program.tokens, tables, leaves, inlineTables };
}

/** The text with all cuts made. They may not overlap. */
export function applyCuts(text: string, cuts: readonly Cut[]): string {
  let result = "";
  let at = 0;
  for (const { start, end, text: put } of [...cuts].sort((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(at, start) + put;
    at = end;
  }
  return result + text.slice(at);
}

/** Where the line of a position begins. */
export function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1;
}

/** Where the line of a position ends, before the line break. */
export function lineEnd(text: string, at: number): number {
  const feed = text.indexOf("\n", at);
  if (feed === -1) return text.length;
  return text[feed - 1] === "\r" && feed > at ? feed - 1 : feed;
}

/** Where the line after that of a position begins; the text's length when there is none. */
export function nextLine(text: string, at: number): number {
  const feed = text.indexOf("\n", at);
  return feed === -1 ? text.length : feed + 1;
}

/** The white space in front of what stands at a position, when it is the first on its line. */
export function indentAt(text: string, at: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, at), at))?.[0] ?? "";
}

export function isBlank(text: string): boolean {
  return text.trim() === "";
}

export function commentsIn(tree: TomlTree, start: number, end: number): readonly AST.Comment[] {
  return tree.comments.filter(({ range }) => range[0] >= start && range[1] <= end);
}

/** The table in which a key stands, through all inline tables, and the key of that table in whose value it stands. */
export function statementOf(node: AST.TOMLKeyValue): { table: Table; statement: AST.TOMLKeyValue } {
  let statement = node;
  for (;;) {
    const { parent } = statement;
    if (parent.type !== "TOMLInlineTable") return { table: parent, statement };
    const above = parent.parent;
    if (above.type !== "TOMLKeyValue") throw new Error("a table in a list has no keys of the configuration");
    statement = above;
  }
}

/** Whether a path begins with another, in any letter case. */
export function startsWithPath(path: readonly string[], beginning: readonly string[]): boolean {
  if (path.length < beginning.length) return false;
  return beginning.every((name, index) => name.toLowerCase() === path[index]?.toLowerCase());
}
