// The table of Insights, and every statement about it. Whoever writes and whoever reads agree on the columns here.

/** What `PRAGMA user_version` says. A file of a later Osprey has a higher one: it is read, but not written. */
export const SCHEMA_VERSION = 1;

/** In the order in which rows are handed over to be written. */
const COLUMNS = [
  "time",
  "plugin_id",
  "agent_id",
  "kind",
  "method",
  "path",
  "status",
  "duration_ms",
  "request",
  "response",
  "error_code",
  "trace_id",
  "task_id",
  "extra",
] as const;

/** One row for the database: a value for each column. */
export type WrittenRow = readonly [
  time: number,
  pluginId: string | null,
  agentId: string | null,
  kind: string,
  method: string,
  path: string,
  status: number,
  durationMs: number,
  request: string | null,
  response: string | null,
  errorCode: string | null,
  traceId: string | null,
  taskId: string | null,
  /** The name of the batch, in its first row; all other rows have none. */
  extra?: string,
];

/** Room that a file gives back goes back to the disk; that has to be said before there are tables. */
export const PREPARE = "PRAGMA auto_vacuum = INCREMENTAL; VACUUM;";

/**
 * Ids are never used twice, so that whoever follows the rows knows which ones are new. `extra` is for later members. The
 * long texts come last: what is looked for is then found without reading them. Each index makes writing slower by a tenth
 * to a third; a trace is looked for so rarely, and its rows are so few, that it has none.
 */
export const CREATE = `
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS activity (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  time INTEGER NOT NULL,
  plugin_id TEXT,
  agent_id TEXT,
  kind TEXT NOT NULL,
  method TEXT NOT NULL,
  status INTEGER NOT NULL,
  duration_ms REAL NOT NULL,
  error_code TEXT,
  trace_id TEXT,
  task_id TEXT,
  extra TEXT,
  path TEXT NOT NULL,
  request TEXT,
  response TEXT
);
CREATE INDEX IF NOT EXISTS activity_time ON activity (time);
CREATE INDEX IF NOT EXISTS activity_plugin ON activity (plugin_id, time);
PRAGMA user_version = ${SCHEMA_VERSION};
COMMIT;`;

/** Takes a list of rows as one parameter. With `json_each` each row would be parsed again for each of its values. */
export const INSERT = `INSERT INTO activity (${COLUMNS.join(", ")}) SELECT ${COLUMNS.map((_, i) => `value ->> ${i}`).join(", ")} FROM jsonb_each(?1)`;

/** Whether the first row of a batch is there. */
export const IS_THERE = "SELECT 1 FROM activity WHERE time = ?1 AND extra = ?2 LIMIT 1";

const BODIES: ReadonlySet<string> = new Set(["request", "response"]);

export const SELECT = `SELECT id, ${COLUMNS.join(", ")} FROM activity`;

/** The same in the same order, without the texts. */
export const SELECT_LINES = `SELECT id, ${COLUMNS.map((name) => (BODIES.has(name) ? "NULL" : name)).join(", ")} FROM activity`;

/** Newest first; rows of one time as they came. */
export const NEWEST_FIRST = "ORDER BY time DESC, id DESC";

export const SIZES =
  "SELECT page_count, page_size, freelist_count FROM pragma_page_count, pragma_page_size, pragma_freelist_count";

/** The oldest rows, so many of them. */
export const DELETE_OLDEST = "DELETE FROM activity WHERE id IN (SELECT id FROM activity ORDER BY time, id LIMIT ?1)";
export const DELETE_BEFORE =
  "DELETE FROM activity WHERE id IN (SELECT id FROM activity WHERE time < ?1 ORDER BY time LIMIT ?2)";

/** 0 when there is no row, also when there was one. */
export const NEWEST_ID = "SELECT max(id) FROM activity";

/** How many of the columns that rows are written to are there. */
export const COLUMNS_THERE = `SELECT count(*) FROM pragma_table_info('activity') WHERE name IN (${COLUMNS.map((name) => `'${name}'`).join(", ")})`;
export const COLUMNS_WANTED: number = COLUMNS.length;

export const OLDEST_TIME = "SELECT min(time) FROM activity";

export const CLEAR = "DELETE FROM activity";

/** The plugins that there are rows of: one step in the index for each of them, and not for each row. */
export const PLUGIN_IDS = `
WITH RECURSIVE plugins (id) AS (
  SELECT min(plugin_id) FROM activity
  UNION ALL SELECT (SELECT min(plugin_id) FROM activity WHERE plugin_id > plugins.id) FROM plugins WHERE id IS NOT NULL)
SELECT id FROM plugins WHERE id IS NOT NULL LIMIT ?1`;
