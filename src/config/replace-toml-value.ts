// Puts another value into the place of one that is there. What people wrote around and inside the old one stays.

import type { AST } from "toml-eslint-parser";
import type { ConfigScalar, ConfigValue } from "./config.ts";
import { renderValue } from "./render-toml.ts";
import {
  type Cut,
  commentsIn,
  indentAt,
  isBlank,
  type Leaf,
  lineEnd,
  lineStart,
  nextLine,
  statementOf,
  type TomlTree,
} from "./toml-tree.ts";

/** Ways to put the value there, the nicest first; whoever asks checks which of them does no harm. */
export function replacements(tree: TomlTree, { node }: Leaf, value: ConfigValue): readonly (readonly Cut[])[] {
  const old = node.value;
  const isSpread = old.type === "TOMLArray" && old.loc.start.line !== old.loc.end.line && old.elements.length > 0;
  const whole = replaceWhole(tree, node, value);
  return isSpread && Array.isArray(value) && value.length > 0 ? [changeItems(tree, old, value), whole] : [whole];
}

/** The old value goes; comments that stood in it move to lines of their own above. */
function replaceWhole(tree: TomlTree, node: AST.TOMLKeyValue, value: ConfigValue): Cut[] {
  const { range } = node.value;
  const literal = node.value.type === "TOMLValue" && node.value.kind === "string" && node.value.style === "literal";
  const cut = { start: range[0], end: range[1], text: renderValue(value, { literal }) };
  const comments = commentsIn(tree, range[0], range[1]);
  if (comments.length === 0) return [cut];
  const { statement } = statementOf(node);
  const start = lineStart(tree.text, statement.range[0]);
  const indent = indentAt(tree.text, statement.range[0]);
  const lines = comments.map((comment) => `${indent}${tree.text.slice(...comment.range).trimEnd()}${tree.eol}`);
  return [{ start, end: start, text: lines.join("") }, cut];
}

/** Item by item, in a list that takes several lines: the lines keep their layout and their comments. */
function changeItems(tree: TomlTree, list: AST.TOMLArray, values: readonly ConfigScalar[]): Cut[] {
  const cuts: Cut[] = [];
  list.elements.forEach((element, index) => {
    const value = values[index];
    if (value === undefined) cuts.push(...removeItem(tree, element));
    else if (!isSameItem(element, value)) {
      const literal = element.type === "TOMLValue" && element.kind === "string" && element.style === "literal";
      cuts.push({ start: element.range[0], end: element.range[1], text: renderValue(value, { literal }) });
    }
  });
  const more = values.slice(list.elements.length);
  return more.length === 0 ? cuts : [...cuts, ...appendItems(tree, list, more)];
}

function isSameItem(element: AST.TOMLContentNode, value: ConfigScalar): boolean {
  if (element.type !== "TOMLValue") return false;
  if (element.kind === "integer") return typeof value !== "string" && String(element.bigint) === String(value);
  return element.value === value;
}

function appendItems(tree: TomlTree, list: AST.TOMLArray, values: readonly ConfigScalar[]): Cut[] {
  const { text, eol } = tree;
  const last = list.elements.at(-1)!;
  const comma = commaAfter(tree, last);
  const end = lineEnd(text, (comma ?? last).range[1]);
  const items = values.map((value) => renderValue(value));
  if (list.range[1] <= end) {
    return [{ start: last.range[1], end: last.range[1], text: `, ${items.join(", ")}` }];
  }
  const indent = /^[ \t]*/.exec(text.slice(lineStart(text, last.range[0])))?.[0] ?? "";
  const lines = items.map((item) => `${eol}${indent}${item}`).join(",");
  const added = { start: end, end, text: comma === undefined ? lines : `${lines},` };
  return comma === undefined ? [{ start: last.range[1], end: last.range[1], text: "," }, added] : [added];
}

/** The item and its comma; its whole line when nothing else stands there. */
function removeItem(tree: TomlTree, element: AST.TOMLContentNode): Cut[] {
  const { text } = tree;
  const [start, end] = element.range;
  const comma = commaAfter(tree, element);
  const isTight = comma !== undefined && isBlank(text.slice(end, comma.range[0]));
  const stop = isTight ? comma.range[1] : end;
  const before = text.slice(lineStart(text, start), start);
  const cuts: Cut[] = comma === undefined || isTight ? [] : [{ start: comma.range[0], end: comma.range[1], text: "" }];
  if (isBlank(before) && isBlank(text.slice(stop, lineEnd(text, stop)))) {
    return [{ start: start - before.length, end: nextLine(text, stop), text: "" }, ...cuts];
  }
  return [{ start: start - (/[ \t]*$/.exec(before)?.[0].length ?? 0), end: stop, text: "" }, ...cuts];
}

function commaAfter(tree: TomlTree, element: AST.TOMLContentNode): AST.Token | undefined {
  const next = tree.tokens.find(({ range }) => range[0] >= element.range[1]);
  return next?.type === "Punctuator" && next.value === "," ? next : undefined;
}
