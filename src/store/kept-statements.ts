// Statements of one connection, kept ready: making one anew costs more than running it, and more again when it is collected.

import type { Statement } from "better-sqlite3-multiple-ciphers";
import { STATEMENTS_KEPT_MAX } from "../protocol/limits.ts";
import type { Sqlite } from "./control-db.ts";

/**
 * From now on `prepare` gives the same statement for the same text. Whoever changes how it gives its rows (`pluck`, `raw`) gets
 * another one, so that nobody changes it for the others. A statement must not be run within an `iterate` of its own.
 */
export function keepStatements(sqlite: Sqlite): void {
  const prepare = sqlite.prepare.bind(sqlite);
  const kept = new Map<string, Statement>();
  sqlite.prepare = (sql) => {
    const known = kept.get(sql);
    if (known !== undefined) return known;
    // Texts that are put together are few; if they are not, all begin anew.
    if (kept.size === STATEMENTS_KEPT_MAX) kept.clear();
    const made = prepare(sql);
    for (const mode of ["pluck", "raw"] as const) {
      let other: Statement | undefined;
      made[mode] = () => {
        other ??= prepare(sql)[mode]();
        return other;
      };
    }
    kept.set(sql, made);
    return made;
  };
}
