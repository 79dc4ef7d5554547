/* What a plugin's statements may do. SQLite says of each statement, while it compiles it, what the statement would do;
 * its text is never searched. */
#ifndef DATABASE_GUARD_H
#define DATABASE_GUARD_H

#include <stdbool.h>

#include "sqlite3.h"

struct guard {
    bool is_on;        /* off while the process does work of its own */
    bool is_stepping;  /* the statement runs now; what is compiled meanwhile comes from SQLite itself */
    bool has_settings; /* a pragma has set the connection, and nothing else remembers it */
    bool refused;      /* something was; `reason` says what */
    char reason[160];
};

/* Guards a connection from here on: switches of SQLite, limits, and the authorizer. Gives an SQLite result. */
int guard_install(struct guard *guard, sqlite3 *db);

#endif
