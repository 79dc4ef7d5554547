#include "params.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deadline.h"

/* 1: JSON as the standard has it, without SQLite's extensions. */
#define KIND_SQL "SELECT CASE WHEN json_valid(?1, 1) THEN json_type(?1) END"
#define MEMBERS_SQL "SELECT key, value FROM json_each(?1)"

enum { MEMBER_KEY, MEMBER_VALUE };

int params_init(struct database *database)
{
    int rc = sqlite3_open_v2(":memory:", &database->json, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_prepare_v2(database->json, KIND_SQL, -1, &database->json_kind, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_prepare_v2(database->json, MEMBERS_SQL, -1, &database->json_members, NULL);
    if (rc == SQLITE_OK) deadline_watch(database->json);
    return rc;
}

void params_end(struct database *database)
{
    sqlite3_finalize(database->json_kind);
    sqlite3_finalize(database->json_members);
    sqlite3_close(database->json);
    database->json_kind = database->json_members = NULL;
    database->json = NULL;
}

enum kind { KIND_NONE, KIND_NULL, KIND_ARRAY, KIND_OBJECT };

static int find_kind(sqlite3_stmt *query, const char *params, size_t size, enum kind *kind)
{
    *kind = KIND_NONE;
    int rc = sqlite3_bind_text64(query, 1, params, size, SQLITE_STATIC, SQLITE_UTF8);
    if (rc == SQLITE_OK) rc = sqlite3_step(query);
    if (rc == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(query, 0);
        if (name != NULL && strcmp(name, "array") == 0) *kind = KIND_ARRAY;
        if (name != NULL && strcmp(name, "object") == 0) *kind = KIND_OBJECT;
        if (name != NULL && strcmp(name, "null") == 0) *kind = KIND_NULL;
        rc = SQLITE_OK;
    }
    sqlite3_reset(query);
    sqlite3_clear_bindings(query);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Binds a value to every placeholder of this name, which may be given without what stands before it. */
static int bind_named(sqlite3_stmt *statement, const char *key, sqlite3_value *value)
{
    const int exact = sqlite3_bind_parameter_index(statement, key);
    if (exact > 0) return sqlite3_bind_value(statement, exact, value);
    const size_t size = strlen(key);
    char *name = malloc(size + 2);
    if (name == NULL) return SQLITE_NOMEM;
    memcpy(name + 1, key, size + 1);
    int rc = SQLITE_OK;
    for (const char *prefix = ":@$"; rc == SQLITE_OK && *prefix != '\0'; prefix++) {
        name[0] = *prefix;
        const int index = sqlite3_bind_parameter_index(statement, name);
        if (index > 0) rc = sqlite3_bind_value(statement, index, value);
    }
    free(name);
    return rc;
}

/* *failed becomes the connection whose error it is. */
static int bind_members(struct database *database, sqlite3_stmt *statement, enum kind kind, sqlite3 **failed)
{
    sqlite3_stmt *members = database->json_members;
    const int count = sqlite3_bind_parameter_count(statement);
    for (int index = 1; kind == KIND_OBJECT || index <= count; index++) {
        const int step = sqlite3_step(members);
        if (step == SQLITE_DONE) return SQLITE_OK;
        if (step != SQLITE_ROW) {
            *failed = database->json;
            return step;
        }
        sqlite3_value *value = sqlite3_column_value(members, MEMBER_VALUE);
        const char *key = kind == KIND_OBJECT ? (const char *)sqlite3_column_text(members, MEMBER_KEY) : "";
        if (key == NULL) return SQLITE_NOMEM;
        /* No placeholder has a name with NUL; what stands before that is another name. */
        if (kind == KIND_OBJECT && strlen(key) != (size_t)sqlite3_column_bytes(members, MEMBER_KEY)) continue;
        const int rc = kind == KIND_OBJECT ? bind_named(statement, key, value)
                                           : sqlite3_bind_value(statement, index, value);
        if (rc != SQLITE_OK) return rc;
    }
    return SQLITE_OK;
}

int params_bind(struct database *database, sqlite3_stmt *statement, const char *params, size_t size, bool *ignored,
                sqlite3 **failed)
{
    assert(statement != NULL);
    *ignored = false;
    *failed = database->db;
    if (params == NULL || size == 0) return SQLITE_OK;
    enum kind kind;
    int rc = find_kind(database->json_kind, params, size, &kind);
    if (rc != SQLITE_OK) {
        *failed = database->json;
        return rc;
    }
    *ignored = kind == KIND_NONE;
    if (kind == KIND_NONE || kind == KIND_NULL || sqlite3_bind_parameter_count(statement) == 0) return SQLITE_OK;
    rc = sqlite3_bind_text64(database->json_members, 1, params, size, SQLITE_STATIC, SQLITE_UTF8);
    if (rc != SQLITE_OK) *failed = database->json;
    else rc = bind_members(database, statement, kind, failed);
    sqlite3_reset(database->json_members);
    sqlite3_clear_bindings(database->json_members);
    return rc;
}
