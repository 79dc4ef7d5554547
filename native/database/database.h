/* The one file that this process holds. Every function answers; none ends the process. */
#ifndef DATABASE_DATABASE_H
#define DATABASE_DATABASE_H

#include <stdbool.h>
#include <stdint.h>

#include "answer.h"
#include "guard.h"
#include "sqlite3.h"

struct database {
    sqlite3 *db; /* NULL: not open */
    /* Another connection, without a file, that takes parameters apart: what a plugin's statements do cannot reach it. */
    sqlite3 *json;
    sqlite3_stmt *json_kind;
    sqlite3_stmt *json_members;
    struct guard guard;
    bool is_guarded;
    bool is_encrypted;
    unsigned char key[4 + KEY_BYTES]; /* as the cipher takes it; for EXPORT */
};

struct open_request {
    const char *path;
    const unsigned char *key; /* NULL: not encrypted */
    uint64_t bytes_max;       /* 0: no limit */
    uint64_t memory_bytes_max;
    uint64_t busy_ms;
    uint64_t flags;
};

/* Opens or makes the file, and reads of it, so that a wrong key shows now. */
void database_open(struct database *database, const struct open_request *request, struct answer *answer);

/* Rolls back what is open, moves what is in the WAL into the file, closes. */
void database_close(struct database *database);

/* Takes back the transaction that is open, if there is one. */
void database_rollback(struct database *database, struct answer *answer);

enum savepoint_step { SAVEPOINT_BEGIN, SAVEPOINT_KEEP, SAVEPOINT_TAKE_BACK };

/* For a single statement in a transaction: what it did can be taken back, and the transaction stays. */
bool database_savepoint(struct database *database, enum savepoint_step step);

/* Encrypts an encrypted file with another key. When it fails, or the process is killed meanwhile, the file is as it was
 * or wholly done. */
void database_rekey(struct database *database, const unsigned char *key, struct answer *answer);

/* Looks for damage. */
void database_check(struct database *database, struct answer *answer);

/* Writes a copy that is not encrypted into a new file. Leaves nothing behind when that fails. */
void database_export(struct database *database, const char *path, struct answer *answer);

/* Runs all statements of a text that is the host's own. */
void database_script(struct database *database, const char *sql, struct answer *answer);

/* Makes the answer the error that a call on this connection has just given. */
void database_fail(struct database *database, sqlite3 *db, int rc, struct answer *answer);

#endif
