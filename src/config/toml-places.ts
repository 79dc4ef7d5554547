// Where in a TOML file something stands, for messages.

import { type AST, parseTOML } from "toml-eslint-parser";

interface Place {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

/** A key of the configuration is shorter than this; only hostile ones are longer, and they would cost their square. */
const PREFIX_NAMES_MAX = 260;

/** Tells the place of a table or key by its names from the root; undefined when it is not there. */
export type Places = (path: readonly string[]) => Place | undefined;

/** Looks through a text once. A text that the parser cannot read has no places. */
export function tomlPlaces(text: string): Places {
  const places = new Map<string, Place>();
  const note = (path: readonly string[], { loc }: AST.TOMLKey) => {
    for (let length = 1; length < Math.min(path.length, PREFIX_NAMES_MAX); length++) {
      const name = JSON.stringify(path.slice(0, length));
      if (!places.has(name)) places.set(name, { line: loc.start.line, column: loc.start.column + 1 });
    }
    places.set(JSON.stringify(path), { line: loc.start.line, column: loc.start.column + 1 });
  };
  try {
    // The parser does not know the mark that some editors put in front of a file.
    const [root] = parseTOML(text.replace(/^\ufeff/, "")).body;
    for (const node of root.body) {
      if (node.type === "TOMLKeyValue") visit(node, [], note);
      else {
        const path = keyNames(node.key);
        note(path, node.key);
        for (const inner of node.body) visit(inner, path, note);
      }
    }
  } catch {
    // What was found until here is better than nothing.
  }
  return (path) => places.get(JSON.stringify(path));
}

type Note = (path: readonly string[], key: AST.TOMLKey) => void;

function visit(node: AST.TOMLKeyValue, above: readonly string[], note: Note): void {
  const path = [...above, ...keyNames(node.key)];
  note(path, node.key);
  if (node.value.type !== "TOMLInlineTable") return;
  for (const inner of node.value.body) visit(inner, path, note);
}

/** The names of a dotted key. */
export function keyNames(key: AST.TOMLKey): string[] {
  return key.keys.map((part) => (part.type === "TOMLBare" ? part.name : part.value));
}
