// Whether the control database can be used, for whoever looks for problems: nothing in it is changed, and no tables are made.

import { existsSync, lstatSync } from "node:fs";
import { CONTROL_DB_CHECKED_BYTES_MAX } from "../protocol/limits.ts";
import { checkedVersion, type Sqlite } from "./control-db.ts";
import { broken, guarded } from "./control-db-errors.ts";

/** How long another process is waited for that has it locked. */
const BUSY_MS = 1_000;

export interface ControlDbState {
  readonly bytes: number;
  /** It was read through; a large one is only opened, which would take too long. */
  readonly isChecked: boolean;
}

/** Undefined when there is none yet. Throws `store_broken` for one that cannot be used. */
export async function examineControlDb(path: string): Promise<ControlDbState | undefined> {
  const stat = guarded(path, () => lstatSync(path, { throwIfNoEntry: false }));
  if (stat === undefined) return undefined;
  if (!stat.isFile()) throw broken(path, "it is no file", "move away what is there");
  const { default: Database } = await import("better-sqlite3-multiple-ciphers");
  // Whoever only reads leaves the files behind that SQLite makes beside it; whoever may write takes them away again.
  const readonly = existsSync(`${path}-wal`);
  const sqlite = guarded(path, () => new Database(path, { timeout: BUSY_MS, fileMustExist: true, readonly }));
  try {
    return guarded(path, () => examined(sqlite, path, stat.size));
  } finally {
    sqlite.close();
  }
}

function examined(sqlite: Sqlite, path: string, bytes: number): ControlDbState {
  checkedVersion(sqlite, path);
  sqlite.prepare("SELECT count(*) FROM sqlite_schema").get();
  const isChecked = bytes <= CONTROL_DB_CHECKED_BYTES_MAX;
  const verdict = isChecked ? sqlite.pragma("quick_check(1)", { simple: true }) : "ok";
  if (verdict === "ok") return { bytes, isChecked };
  throw Object.assign(new Error(String(verdict)), { code: "SQLITE_CORRUPT" });
}
