// Where something stands in a TOML file that has lists of tables, for messages.

import { type AST, parseTOML } from "toml-eslint-parser";
import { keyNames } from "./toml-places.ts";

type Path = readonly (string | number)[];

/** The place of what a path leads to, counted from 1: names of tables and keys, and positions in lists. Of a path that ends
 * sooner, the place where it ends; of one that leads nowhere, the beginning of the file. */
export function tomlListPlace(text: string, wanted: Path): { line: number; column: number } {
  let best = { depth: 0, line: 1, column: 1 };
  const visit = (path: Path, node: AST.TOMLNode): void => {
    if (path.length > wanted.length || path.some((part, index) => part !== wanted[index])) return;
    const { line, column } = node.loc.start;
    if (path.length > best.depth) best = { depth: path.length, line, column: column + 1 };
    if (node.type === "TOMLTable" || node.type === "TOMLInlineTable") {
      for (const inner of node.body) visit([...path, ...keyNames(inner.key)], inner);
    } else if (node.type === "TOMLArray") {
      for (const [index, element] of node.elements.entries()) visit([...path, index], element);
    } else if (node.type === "TOMLKeyValue") visit(path, node.value);
  };
  try {
    // The parser does not know the mark that some editors put in front of a file.
    const [root] = parseTOML(text.replace(/^\ufeff/, "")).body;
    for (const node of root.body) visit(node.type === "TOMLTable" ? node.resolvedKey : keyNames(node.key), node);
  } catch {
    // The best that was found until here will do.
  }
  const { line, column } = best;
  return { line, column };
}
