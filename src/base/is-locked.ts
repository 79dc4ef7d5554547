// What SQLite says when another process, or another connection, is writing.

/** Whether somebody else holds the database just now. */
export function isLocked(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === "string" && (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED"));
}
