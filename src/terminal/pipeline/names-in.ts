// Which bare names can mean anything in a row at all. Rows usually have the same names one after the other, and thousands
// of keys may be asked for: those that no row like this has are found once, and not looked for in each row.

import type { OrderedJson } from "../../base/ordered-json.ts";
import type { Row } from "../rows.ts";
import type { Key } from "./paths.ts";

export class NamesIn {
  readonly #keys: readonly Key[];
  #row: Row | undefined;
  #names = "";
  #absent: ReadonlySet<Key>;

  constructor(keys: readonly Key[]) {
    this.#keys = keys;
    this.#absent = new Set(keys.filter(({ kind }) => kind === "bare"));
  }

  /** The bare names that are no part of any member's name in the row, however deep and in any case. */
  absent(row: Row): ReadonlySet<Key> {
    if (row === this.#row) return this.#absent;
    this.#row = row;
    const names = namesIn(row);
    if (names !== this.#names) {
      this.#names = names;
      this.#absent = new Set(
        this.#keys.filter((key) => key.kind === "bare" && !names.includes(key.name.toLowerCase())),
      );
    }
    return this.#absent;
  }
}

/** All names, in lower case, with a line break between them; a key that has one in it is rather looked for too often. */
function namesIn(row: Row): string {
  let names = "";
  const visit = (value: OrderedJson): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (value instanceof Map) {
      for (const [name, member] of value) {
        names += `${name}\n`;
        if (typeof member === "object" && member !== null) visit(member);
      }
    }
  };
  visit(row);
  return names.toLowerCase();
}
