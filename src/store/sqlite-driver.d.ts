// What we use of the SQLite driver. Its own types are out of reach: its package.json does not list them.

declare module "better-sqlite3-multiple-ciphers" {
  export interface Statement {
    run(...values: readonly unknown[]): { changes: number; lastInsertRowid: number | bigint };
    get(...values: readonly unknown[]): unknown;
    all(...values: readonly unknown[]): unknown[];
    /** Row by row; whoever stops early frees the statement by that. */
    iterate(...values: readonly unknown[]): IterableIterator<unknown>;
    /** Lets `get`, `all` and `iterate` give the first column alone. */
    pluck(): this;
    /** Lets them give arrays. */
    raw(): this;
    columns(): { name: string }[];
  }

  export default class Database {
    constructor(path: string, options?: { timeout?: number; fileMustExist?: boolean; readonly?: boolean });
    prepare(sql: string): Statement;
    exec(sql: string): this;
    pragma(sql: string, options?: { simple: boolean }): unknown;
    readonly inTransaction: boolean;
    /** `work` as a transaction, or part of the one that is open; `immediate`: no other writer can get between. */
    transaction<T>(work: () => T): { (): T; immediate(): T };
    close(): this;
  }
}
