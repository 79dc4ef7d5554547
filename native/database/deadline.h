/* When the request that is worked on has to be done. SQLite asks while it computes. */
#ifndef DATABASE_DEADLINE_H
#define DATABASE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "sqlite3.h"

/* Milliseconds of a clock that nobody sets. */
uint64_t clock_ms(void);

/* Begins the time of a request. */
void deadline_begin(uint64_t ms_max);

/* There is no deadline any more. */
void deadline_end(void);

bool deadline_passed(void);

/* Makes a connection look at the deadline while it computes; what it is at ends with SQLITE_INTERRUPT. */
void deadline_watch(sqlite3 *db);

#endif
