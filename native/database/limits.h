/* Every limit of the program that the host does not send, with its unit in its name. Those that plugins notice stand in
 * src/protocol/limits.ts too; a test compares them. */
#ifndef DATABASE_LIMITS_H
#define DATABASE_LIMITS_H

/* Of a plugin's file: one value, or one row. */
#define SQL_VALUE_BYTES_MAX (64 * 1024 * 1024)
/* One statement. */
#define SQL_BYTES_MAX (16 * 1024 * 1024)
/* The pattern of a LIKE or GLOB: matching takes time that grows with the square of it. */
#define SQL_PATTERN_BYTES_MAX 10000

/* Of the WAL between transactions; it grows beyond this only within one. */
#define WAL_KEPT_BYTES (4 * 1024 * 1024)
/* How long SQLite itself waits while the file is opened, before everything is let go and tried again: two processes
 * that each hold a part of what the other one needs would otherwise wait for nothing. */
#define OPEN_BUSY_MS 50
#define OPEN_PAUSE_MS 10

/* Findings of a look for damage; more than one, because some are no damage. */
#define CHECK_FINDINGS_MAX 100

#endif
