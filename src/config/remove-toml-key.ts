// Takes a key out of a TOML text. Comments stay, also the one behind the key; a section that is empty then, and has no
// comments, goes with it.

import type { AST } from "toml-eslint-parser";
import { type Cut, commentsIn, indentAt, isBlank, type Leaf, lineStart, nextLine, type TomlTree } from "./toml-tree.ts";

/** The cuts that take the key out. */
export function removal(tree: TomlTree, { node }: Leaf): readonly Cut[] {
  const { parent } = node;
  if (parent.type !== "TOMLInlineTable") return removeStatement(tree, node, parent);
  const above = parent.parent;
  const isLast = parent.body.length === 1 && commentsIn(tree, ...parent.range).length === 0;
  if (isLast && above.type === "TOMLKeyValue") return removal(tree, { path: [], node: above });
  return removeMember(tree, node, parent);
}

/** A line of its own, or several. */
function removeStatement(
  tree: TomlTree,
  node: AST.TOMLKeyValue,
  table: AST.TOMLTable | AST.TOMLTopLevelTable,
): readonly Cut[] {
  const { text, eol } = tree;
  const start = lineStart(text, node.range[0]);
  const end = nextLine(text, node.range[1]);
  const comments = commentsIn(tree, start, end);
  if (comments.length === 0) {
    const section = table.type === "TOMLTable" && table.body.length === 1 ? emptySection(tree, table) : undefined;
    return [section ?? withLineBreak(text, start, end)];
  }
  const indent = indentAt(text, node.range[0]);
  const lines = comments.map(({ range }) => indent + text.slice(...range).trimEnd()).join(eol);
  return [{ start, end, text: text[end - 1] === "\n" ? lines + eol : lines }];
}

/** Cuts whole lines; when they are the last and the text ends without a line break, it still does afterwards. */
function withLineBreak(text: string, start: number, end: number): Cut {
  const isUnended = end === text.length && text[end - 1] !== "\n";
  const before = isUnended ? (/\r?\n$/.exec(text.slice(0, start))?.[0].length ?? 0) : 0;
  return { start: start - before, end, text: "" };
}

/** The section with its header, when nothing but the key stands in it; undefined when comments do. */
function emptySection(tree: TomlTree, table: AST.TOMLTable): Cut | undefined {
  const { text } = tree;
  const start = lineStart(text, table.range[0]);
  const next = nextHeader(table);
  const end = next === undefined ? text.length : headOf(tree, next, nextLine(text, table.range[1]));
  if (commentsIn(tree, start, end).length > 0) return undefined;
  if (next !== undefined) return { start, end, text: "" };
  // Nothing follows: the blank lines in front of the section have nothing to separate any more.
  let first = start;
  while (first > 0 && isBlank(text.slice(lineStart(text, first - 1), first))) first = lineStart(text, first - 1);
  return withLineBreak(text, first, end);
}

/** Where the next header begins, of whatever kind. */
function nextHeader(table: AST.TOMLTable): number | undefined {
  const { body } = table.parent;
  return body[body.indexOf(table) + 1]?.range[0];
}

/** Where the comment lines begin that stand right above a header: they are about what follows. */
function headOf({ text, comments }: TomlTree, header: number, floor: number): number {
  const lines = new Set(comments.map(({ range }) => lineStart(text, range[0])));
  let head = lineStart(text, header);
  while (head > floor && lines.has(lineStart(text, head - 1))) head = lineStart(text, head - 1);
  return head;
}

/** A member of an inline table, and the comma that it needed. */
function removeMember(tree: TomlTree, node: AST.TOMLKeyValue, table: AST.TOMLInlineTable): readonly Cut[] {
  const { text, tokens } = tree;
  const index = table.body.indexOf(node);
  const next = tokens.find(({ range }) => range[0] >= node.range[1]);
  const previous = tokens.findLast(({ range }) => range[1] <= node.range[0]);
  const isComma = (token: AST.Token | undefined) => token?.type === "Punctuator" && token.value === ",";
  const comma = isComma(next) ? next : isComma(previous) ? previous : undefined;
  const follower = table.body[index + 1];
  if (follower !== undefined && commentsIn(tree, node.range[1], follower.range[0]).length === 0) {
    return [{ start: node.range[0], end: follower.range[0], text: "" }];
  }
  if (comma === undefined) return [{ start: node.range[0], end: node.range[1], text: "" }];
  if (comma === previous && isBlank(text.slice(comma.range[1], node.range[0]))) {
    return [{ start: comma.range[0], end: node.range[1], text: "" }];
  }
  return [
    { start: node.range[0], end: node.range[1], text: "" },
    { start: comma.range[0], end: comma.range[1], text: "" },
  ];
}
