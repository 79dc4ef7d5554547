#include "guard.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "limits.h"

enum pragma_use { TO_READ, WITH_ARGUMENT, SETS_CONNECTION };

/* All others are refused: a pragma that a later SQLite brings is not allowed until somebody has looked at it. TO_READ:
 * without an argument only, which would set it. SETS_CONNECTION: what an argument sets is gone with the connection.
 * Not among them: case_sensitive_like, after which SQLite takes a sound file with a LIKE in its schema for damaged. */
static const struct {
    const char *name;
    enum pragma_use use;
} PRAGMAS[] = {
    {"application_id", WITH_ARGUMENT},
    {"auto_vacuum", SETS_CONNECTION}, /* until the next VACUUM writes it down */
    {"collation_list", TO_READ},
    {"compile_options", TO_READ},
    {"data_version", TO_READ},
    {"defer_foreign_keys", WITH_ARGUMENT},
    {"encoding", TO_READ},
    {"foreign_key_check", WITH_ARGUMENT},
    {"foreign_key_list", WITH_ARGUMENT},
    {"foreign_keys", SETS_CONNECTION},
    {"freelist_count", TO_READ},
    {"function_list", TO_READ},
    {"incremental_vacuum", WITH_ARGUMENT},
    {"index_info", WITH_ARGUMENT},
    {"index_list", WITH_ARGUMENT},
    {"index_xinfo", WITH_ARGUMENT},
    {"integrity_check", WITH_ARGUMENT},
    {"max_page_count", TO_READ},
    {"optimize", WITH_ARGUMENT},
    {"page_count", TO_READ},
    {"page_size", TO_READ},
    {"quick_check", WITH_ARGUMENT},
    {"recursive_triggers", SETS_CONNECTION},
    {"schema_version", TO_READ},
    {"table_info", WITH_ARGUMENT},
    {"table_list", WITH_ARGUMENT},
    {"table_xinfo", WITH_ARGUMENT},
    {"user_version", WITH_ARGUMENT},
    {"wal_checkpoint", WITH_ARGUMENT},
};

static const char *const MODULES[] = {"fts5", "fts5vocab", "rtree", "rtree_i32"};

/* Functions that SQLite does not have here; they exist so that whoever asks for one is refused, not told that there is
 * no such function. */
static const char *const REFUSED_FUNCTIONS[] = {"load_extension", "fts3_tokenizer"};
static const char CIPHER_FUNCTIONS[] = "sqlite3mc_";

static int refuse(struct guard *guard, const char *what, const char *name)
{
    guard->refused = true;
    snprintf(guard->reason, sizeof guard->reason, "not allowed: %s%s%.100s", what, name == NULL ? "" : " ",
             name == NULL ? "" : name);
    return SQLITE_DENY;
}

static int check_pragma(struct guard *guard, const char *name, const char *argument)
{
    if (name == NULL) return refuse(guard, "PRAGMA", NULL);
    for (size_t i = 0; i < sizeof PRAGMAS / sizeof *PRAGMAS; i++) {
        if (sqlite3_stricmp(PRAGMAS[i].name, name) != 0) continue;
        if (argument != NULL && PRAGMAS[i].use == TO_READ) return refuse(guard, "to set PRAGMA", name);
        if (argument != NULL && PRAGMAS[i].use == SETS_CONNECTION) guard->has_settings = true;
        return SQLITE_OK;
    }
    return refuse(guard, "PRAGMA", name);
}

static int check_module(struct guard *guard, const char *module)
{
    for (size_t i = 0; module != NULL && i < sizeof MODULES / sizeof *MODULES; i++)
        if (sqlite3_stricmp(MODULES[i], module) == 0) return SQLITE_OK;
    return refuse(guard, "a virtual table of", module);
}

static int check_function(struct guard *guard, const char *name)
{
    if (name == NULL) return SQLITE_OK;
    if (sqlite3_strnicmp(name, CIPHER_FUNCTIONS, sizeof CIPHER_FUNCTIONS - 1) == 0)
        return refuse(guard, "the function", name);
    for (size_t i = 0; i < sizeof REFUSED_FUNCTIONS / sizeof *REFUSED_FUNCTIONS; i++)
        if (sqlite3_stricmp(REFUSED_FUNCTIONS[i], name) == 0) return refuse(guard, "the function", name);
    return SQLITE_OK;
}

static int authorize(void *user, int action, const char *first, const char *second, const char *schema,
                     const char *trigger)
{
    struct guard *guard = user;
    (void)schema;
    (void)trigger;
    if (!guard->is_on) return SQLITE_OK;
    switch (action) {
    case SQLITE_ATTACH:
        /* VACUUM attaches an unnamed database, in memory, while it runs; VACUUM INTO one with a name. */
        if (guard->is_stepping && first != NULL && first[0] == '\0') return SQLITE_OK;
        return refuse(guard, guard->is_stepping ? "VACUUM INTO" : "ATTACH", NULL);
    case SQLITE_DETACH: return refuse(guard, "DETACH", NULL);
    case SQLITE_PRAGMA: return check_pragma(guard, first, second);
    case SQLITE_CREATE_VTABLE: return check_module(guard, second);
    case SQLITE_FUNCTION: return check_function(guard, second);
    default: return SQLITE_OK;
    }
}

static void never_called(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    (void)values;
    sqlite3_result_error(context, "not allowed", -1);
}

int guard_install(struct guard *guard, sqlite3 *db)
{
    static const struct {
        int option;
        int value;
    } switches[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, 0},
        {SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, 0},
        {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
    };
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        const int rc = sqlite3_db_config(db, switches[i].option, switches[i].value, NULL);
        if (rc != SQLITE_OK) return rc;
    }
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, SQL_VALUE_BYTES_MAX);
    sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, SQL_BYTES_MAX);
    sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, SQL_PATTERN_BYTES_MAX);
    sqlite3_limit(db, SQLITE_LIMIT_WORKER_THREADS, 0);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 1); /* VACUUM's own */
    for (size_t i = 0; i < sizeof REFUSED_FUNCTIONS / sizeof *REFUSED_FUNCTIONS; i++) {
        const int rc = sqlite3_create_function_v2(db, REFUSED_FUNCTIONS[i], -1, SQLITE_UTF8, NULL, never_called, NULL,
                                                  NULL, NULL);
        if (rc != SQLITE_OK) return rc;
    }
    guard->is_on = true;
    return sqlite3_set_authorizer(db, authorize, guard);
}
