// The databases of plugins with the real program behind them, in a folder of its own.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { PluginDatabases, type PluginDatabasesOptions } from "../../src/store/plugin-databases.ts";
import type { StatementResult } from "../../src/store/statement-result.ts";
import { DATABASE_PROGRAM, KeyRing, PLACE } from "./key-ring.ts";
import { tempDir } from "./temp-dir.ts";

export interface OpenDatabases {
  readonly databases: PluginDatabases;
  readonly keys: KeyRing;
  /** Holds a folder for each plugin. */
  readonly root: string;
  readonly folder: string;
  readonly warnings: string[];
  exec(sql: string, params?: unknown, as?: Speaker): Promise<StatementResult>;
  query(sql: string, params?: unknown, as?: Speaker): Promise<StatementResult>;
  /** The rows of a query that has to succeed. */
  rows(sql: string, params?: unknown, as?: Speaker): Promise<unknown[][]>;
}

interface Speaker {
  readonly placeId?: string;
  readonly runner?: object;
}

const RUNNER = { name: "the runner" };

/** Closed when the test ends. Opens nothing yet. */
export function openDatabases(
  changes: Partial<Omit<PluginDatabasesOptions, "keys">> & { root?: string; keys?: KeyRing } = {},
): OpenDatabases {
  const { root = tempDir(), keys = new KeyRing("k1"), ...options } = changes;
  const warnings: string[] = [];
  const folderOf = (placeId: string) => join(root, placeId, "data");
  const databases = new PluginDatabases({
    program: DATABASE_PROGRAM,
    keys,
    folderOf,
    warn: (placeId, text) => warnings.push(`${placeId}: ${text}`),
    ...options,
  });
  onTestFinished(() => databases.stop());
  const run =
    (kind: "exec" | "query") =>
    (sql: string, params?: unknown, as: Speaker = {}) =>
      databases.run({
        placeId: as.placeId ?? PLACE,
        runner: as.runner ?? RUNNER,
        kind,
        sql,
        params: params === undefined ? null : typeof params === "string" ? params : JSON.stringify(params),
      });
  const [exec, query] = [run("exec"), run("query")];
  return {
    databases,
    keys,
    root,
    folder: folderOf(PLACE),
    warnings,
    exec,
    query,
    async rows(...args) {
      const { json, errorCode } = await query(...args);
      if (errorCode !== undefined) throw new Error(json);
      return (JSON.parse(json) as { rows: unknown[][] }).rows;
    },
  };
}

/** The numbers of this process' own children that hold a database. */
export function databasePids(parent = process.pid): number[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,comm="], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => {
    const [pid, ppid, state = "", ...name] = line.trim().split(/\s+/);
    const isOne = name.join(" ").includes("osprey-databas") && Number(ppid) === parent && !state.startsWith("Z");
    return isOne ? [Number(pid)] : [];
  });
}
