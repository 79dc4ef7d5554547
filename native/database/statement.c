#include "statement.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "deadline.h"
#include "params.h"

/* Rows between two looks at the clock: writing them takes time that SQLite does not see. */
#define ROWS_BETWEEN_LOOKS 64u

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* Steps over white space, comments and semicolons; gives `end` when there is nothing else. */
static const char *skip_empty(const char *at, const char *end)
{
    while (at < end) {
        if (is_space(*at) || *at == ';') {
            at++;
        } else if (end - at >= 2 && at[0] == '-' && at[1] == '-') {
            const char *line_end = memchr(at, '\n', (size_t)(end - at));
            at = line_end == NULL ? end : line_end;
        } else if (end - at >= 2 && at[0] == '/' && at[1] == '*') {
            for (at += 2; at < end && !(end - at >= 2 && at[0] == '*' && at[1] == '/'); at++) continue;
            at = end - at >= 2 ? at + 2 : end;
        } else {
            break;
        }
    }
    return at;
}

/* Whether it is one that changes rows by what it says. Others may as well, in tables that virtual tables keep. */
static bool counts_changes(sqlite3_stmt *statement)
{
    static const char *const words[] = {"INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"};
    const char *sql = sqlite3_sql(statement);
    if (sql == NULL) return false;
    if (strncmp(sql, "\xEF\xBB\xBF", 3) == 0) sql += 3;
    sql = skip_empty(sql, sql + strlen(sql));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (sqlite3_strnicmp(sql, words[i], (int)strlen(words[i])) == 0) return true;
    return false;
}

/* Compiles the first statement there is. NULL: the answer is an error. */
static sqlite3_stmt *prepare(struct database *database, const struct run_request *request, struct answer *answer)
{
    const char *at = request->sql;
    const char *end = at + request->sql_bytes;
    while (at < end) {
        sqlite3_stmt *statement = NULL;
        const char *tail = NULL;
        /* The NUL behind the text is counted, which saves SQLite a copy. */
        const int rc = sqlite3_prepare_v2(database->db, at, (int)(end - at) + 1, &statement, &tail);
        if (rc != SQLITE_OK) {
            database_fail(database, database->db, rc, answer);
            return NULL;
        }
        if (statement != NULL) {
            if (skip_empty(tail, end) < end) answer->flags |= ANSWER_IGNORED_TEXT;
            return statement;
        }
        if (tail <= at) break;
        at = tail;
    }
    answer_fail(answer, ANSWER_SQL, SQLITE_MISUSE, "there is no statement in it");
    return NULL;
}

static void add_value(struct answer *answer, sqlite3_stmt *statement, int column)
{
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: answer_add_integer(answer, sqlite3_column_int64(statement, column)); return;
    case SQLITE_FLOAT: answer_add_real(answer, sqlite3_column_double(statement, column)); return;
    case SQLITE_TEXT: {
        const char *text = (const char *)sqlite3_column_text(statement, column);
        if (text == NULL) answer->overflowed = true; /* there was no memory for it */
        else answer_add_string(answer, text, (size_t)sqlite3_column_bytes(statement, column));
        return;
    }
    case SQLITE_BLOB: {
        const unsigned char *bytes = sqlite3_column_blob(statement, column);
        answer_add_base64(answer, bytes, (size_t)sqlite3_column_bytes(statement, column));
        return;
    }
    default: answer_add(answer, "null", 4); return;
    }
}

static void add_columns(struct answer *answer, sqlite3_stmt *statement)
{
    const int count = sqlite3_column_count(statement);
    answer_add(answer, "{\"columns\":[", 12);
    for (int column = 0; column < count; column++) {
        const char *name = sqlite3_column_name(statement, column);
        if (column > 0) answer_add(answer, ",", 1);
        answer_add_string(answer, name == NULL ? "" : name, name == NULL ? 0 : strlen(name));
    }
    answer_add(answer, "],\"rows\":[", 10);
}

static void add_row(struct answer *answer, sqlite3_stmt *statement, bool is_first)
{
    const int count = sqlite3_column_count(statement);
    answer_add(answer, is_first ? "[" : ",[", is_first ? 1 : 2);
    for (int column = 0; column < count && !answer->overflowed; column++) {
        if (column > 0) answer_add(answer, ",", 1);
        add_value(answer, statement, column);
    }
    answer_add(answer, "]", 1);
}

/* Ends a statement outside of transactions whose rows are not wanted any more so that what it changed is taken back. */
static void take_back(struct database *database, sqlite3_stmt *statement)
{
    if (sqlite3_stmt_readonly(statement) || !sqlite3_get_autocommit(database->db)) return;
    sqlite3_interrupt(database->db);
    while (sqlite3_step(statement) == SQLITE_ROW) continue;
}

static void roll_back(struct database *database)
{
    struct answer unused;
    answer_begin(&unused, ANSWER_BYTES_MIN);
    database_rollback(database, &unused);
    answer_end(&unused);
}

static void fail_too_large(struct answer *answer)
{
    char message[96];
    snprintf(message, sizeof message, "the answer is larger than %zu bytes", answer->bytes_max);
    answer_fail(answer, ANSWER_TOO_LARGE, 0, message);
}

static void fail_too_long(struct answer *answer)
{
    answer_fail(answer, ANSWER_INTERRUPTED, SQLITE_INTERRUPT, "interrupted");
}

static void query_rows(struct database *database, sqlite3_stmt *statement, struct answer *answer)
{
    int rc;
    /* The last two bytes are kept for the end: what is too large must show while it can still be taken back. */
    answer->bytes_max -= 2;
    add_columns(answer, statement);
    for (size_t rows = 0; !answer->overflowed && (rc = sqlite3_step(statement)) != SQLITE_DONE; rows++) {
        if (rc != SQLITE_ROW) {
            database_fail(database, database->db, rc, answer);
            return;
        }
        add_row(answer, statement, rows == 0);
        const bool is_late = rows % ROWS_BETWEEN_LOOKS == 0 && deadline_passed();
        if (!answer->overflowed && !is_late) continue;
        take_back(database, statement);
        if (is_late) {
            fail_too_long(answer);
            return;
        }
    }
    answer->bytes_max += 2;
    if (answer->overflowed) fail_too_large(answer);
    else answer_add(answer, "]}", 2);
}

/* What is too large to be told is not done; in a transaction, only this statement is not. */
static void query(struct database *database, sqlite3_stmt *statement, struct answer *answer)
{
    const bool may_change = !sqlite3_get_autocommit(database->db) && !sqlite3_stmt_readonly(statement) &&
                            sqlite3_column_count(statement) > 0;
    if (may_change && !database_savepoint(database, SAVEPOINT_BEGIN)) {
        database_fail(database, database->db, sqlite3_extended_errcode(database->db), answer);
        return;
    }
    query_rows(database, statement, answer);
    if (!may_change) return;
    sqlite3_reset(statement);
    deadline_end();
    if (sqlite3_get_autocommit(database->db)) return; /* an error has ended the transaction */
    const bool is_kept = answer->status != ANSWER_TOO_LARGE;
    if (!database_savepoint(database, is_kept ? SAVEPOINT_KEEP : SAVEPOINT_TAKE_BACK) && !is_kept)
        roll_back(database);
}

static void exec(struct database *database, sqlite3_stmt *statement, struct answer *answer)
{
    const sqlite3_int64 before = sqlite3_total_changes64(database->db);
    int rc = sqlite3_step(statement);
    /* One that only reads is done with its first row; others may have work left. */
    while (rc == SQLITE_ROW && !sqlite3_stmt_readonly(statement)) rc = sqlite3_step(statement);
    if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
        database_fail(database, database->db, rc, answer);
        return;
    }
    rc = sqlite3_reset(statement);
    if (rc != SQLITE_OK) {
        database_fail(database, database->db, rc, answer);
        return;
    }
    /* SQLite keeps the number of the last statement that changed rows; this one may not have. */
    const bool has_changed = counts_changes(statement) && sqlite3_total_changes64(database->db) != before;
    answer_add(answer, "{\"changes\":", 11);
    answer_add_integer(answer, has_changed ? sqlite3_changes64(database->db) : 0);
    answer_add(answer, ",\"last_insert_rowid\":", 21);
    answer_add_integer(answer, sqlite3_last_insert_rowid(database->db));
    answer_add(answer, "}", 1);
}

void statement_run(struct database *database, const struct run_request *request, struct answer *answer)
{
    assert(request->sql != NULL);
    struct guard *guard = &database->guard;
    const bool was_in_transaction = !sqlite3_get_autocommit(database->db);
    guard->refused = false;
    deadline_begin(request->ms_max);
    sqlite3_stmt *statement = prepare(database, request, answer);
    if (statement != NULL) {
        bool ignored = false;
        sqlite3 *failed = NULL;
        guard->is_stepping = true;
        const int rc =
            params_bind(database, statement, request->params, request->params_bytes, &ignored, &failed);
        if (rc != SQLITE_OK) database_fail(database, failed, rc, answer);
        else if (request->kind == RUN_QUERY) query(database, statement, answer);
        else exec(database, statement, answer);
        if (ignored) answer->flags |= ANSWER_IGNORED_PARAMS;
        sqlite3_finalize(statement);
        guard->is_stepping = false;
    }
    deadline_end();
    /* SQLite does so itself when the statement was one that writes. */
    if (answer->status == ANSWER_INTERRUPTED) roll_back(database);
    if (was_in_transaction && answer->status != ANSWER_OK && sqlite3_get_autocommit(database->db))
        answer->flags |= ANSWER_ROLLED_BACK;
    if (guard->has_settings) answer->flags |= ANSWER_HAS_SETTINGS;
}
