/* The parameters of a statement: JSON, taken apart by SQLite's own functions and bound to the placeholders. */
#ifndef DATABASE_PARAMS_H
#define DATABASE_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "database.h"

/* Prepares the connection that takes parameters apart. Gives an SQLite result. */
int params_init(struct database *database);

void params_end(struct database *database);

/* Binds a JSON array to the placeholders 1 to n, an object to those with names. Elements that there is no placeholder
 * for are left out; of a text that is neither (or no JSON), *ignored becomes true and nothing is bound. Gives SQLITE_OK,
 * or the error, which then belongs to *failed. */
int params_bind(struct database *database, sqlite3_stmt *statement, const char *params, size_t size, bool *ignored,
                sqlite3 **failed);

#endif
