/* One statement of a plugin (or of the host): compiled, given its parameters, run, its result written as JSON. */
#ifndef DATABASE_STATEMENT_H
#define DATABASE_STATEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "answer.h"
#include "database.h"

struct run_request {
    const char *sql;
    size_t sql_bytes;
    const char *params; /* NULL: none */
    size_t params_bytes;
    uint64_t kind;
    uint64_t ms_max;
};

/* Runs the first statement of the text. The rest of it is not even compiled. */
void statement_run(struct database *database, const struct run_request *request, struct answer *answer);

#endif
