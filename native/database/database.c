#include "database.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "deadline.h"
#include "limits.h"
#include "params.h"

static void pause_ms(long ms)
{
    const struct timespec time = {0, ms * 1000000L};
    nanosleep(&time, NULL);
}

/* Overwrites a key in a way that the compiler does not leave out. */
static void wipe(void *bytes, size_t size)
{
    volatile unsigned char *at = bytes;
    while (size-- > 0) *at++ = 0;
}

static int exec(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* Runs a statement that gives one value, and copies that as text. */
static int exec_text(sqlite3 *db, const char *sql, char *text, size_t size)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    text[0] = '\0';
    if (rc == SQLITE_OK) rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        const char *value = (const char *)sqlite3_column_text(statement, 0);
        snprintf(text, size, "%s", value == NULL ? "" : value);
    }
    const int end = sqlite3_finalize(statement);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? end : rc;
}

/* Formats a pragma with a number and runs it. */
static int exec_number(sqlite3 *db, const char *pragma, uint64_t number)
{
    char sql[128];
    snprintf(sql, sizeof sql, "PRAGMA %s = %llu", pragma, (unsigned long long)number);
    return exec(db, sql);
}

static bool is_disk_full(sqlite3 *db)
{
    const int error = sqlite3_system_errno(db);
    return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

static enum answer_status status_of(sqlite3 *db, int rc)
{
    switch (rc & 0xFF) {
    case SQLITE_INTERRUPT: return ANSWER_INTERRUPTED;
    case SQLITE_FULL: return ANSWER_FULL;
    case SQLITE_NOTADB: return ANSWER_NOT_A_DATABASE;
    case SQLITE_BUSY: return ANSWER_LOCKED;
    case SQLITE_CANTOPEN: return ANSWER_CANNOT_OPEN;
    case SQLITE_IOERR: return is_disk_full(db) ? ANSWER_FULL : ANSWER_SQL;
    case SQLITE_CORRUPT:
        /* Statements can bring these about in tables of their own; the file is sound. */
        return rc == SQLITE_CORRUPT_VTAB || rc == SQLITE_CORRUPT_SEQUENCE ? ANSWER_SQL : ANSWER_CORRUPT;
    default: return ANSWER_SQL;
    }
}

void database_fail(struct database *database, sqlite3 *db, int rc, struct answer *answer)
{
    const enum answer_status status = status_of(db, rc);
    /* Work below SQL leaves no message in the connection. */
    const char *message = (sqlite3_errcode(db) & 0xFF) == (rc & 0xFF) ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
    if (database->guard.refused) {
        answer_fail(answer, ANSWER_FORBIDDEN, SQLITE_AUTH, database->guard.reason);
    } else if (status == ANSWER_CANNOT_OPEN) {
        const int error = sqlite3_system_errno(db);
        answer_fail(answer, status, (uint64_t)error, error == 0 ? message : strerror(error));
    } else if (status == ANSWER_FULL) {
        answer_fail(answer, status, (uint64_t)rc, sqlite3_errstr(SQLITE_FULL));
    } else {
        answer_fail(answer, status, (uint64_t)rc, message);
    }
}

/* Of a step of the host's own: SQLite's error is the answer. */
static bool failed(struct database *database, int rc, struct answer *answer)
{
    if (rc == SQLITE_OK) return false;
    database_fail(database, database->db, rc, answer);
    return true;
}

/* ---- opening -------------------------------------------------------------------------------------------------------- */

/* The key as the cipher takes it, without deriving anything from it: it is random already. */
static void write_raw_key(unsigned char raw[4 + KEY_BYTES], const unsigned char *key)
{
    memcpy(raw, "raw:", 4);
    memcpy(raw + 4, key, KEY_BYTES);
}

static int use_key(sqlite3 *db, const unsigned char raw[4 + KEY_BYTES])
{
    const int cipher = sqlite3mc_cipher_index("chacha20");
    if (cipher <= 0 || sqlite3mc_config(db, "cipher", cipher) != cipher) return SQLITE_ERROR;
    return sqlite3_key(db, raw, 4 + (int)KEY_BYTES);
}

/* Everything that comes before the first lock, and the first locks. */
static int set_up(struct database *database, const struct open_request *request)
{
    sqlite3 *db = database->db;
    char mode[16];
    int rc = sqlite3_busy_timeout(db, OPEN_BUSY_MS);
    if (rc == SQLITE_OK && request->key != NULL) rc = use_key(db, database->key);
    /* Before the first look at the WAL, so that its index lies in memory and not in a file. */
    if (rc == SQLITE_OK && (request->flags & OPEN_EXCLUSIVE) != 0) rc = exec(db, "PRAGMA locking_mode = EXCLUSIVE");
    if (rc == SQLITE_OK) rc = exec(db, "SELECT count(*) FROM sqlite_schema");
    if (rc == SQLITE_OK) rc = exec_text(db, "PRAGMA journal_mode = WAL", mode, sizeof mode);
    if (rc == SQLITE_OK) rc = exec(db, "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY");
    if (rc == SQLITE_OK) rc = exec_number(db, "journal_size_limit", WAL_KEPT_BYTES);
    return rc;
}

static int set_cap(sqlite3 *db, uint64_t bytes_max)
{
    char text[24];
    if (bytes_max == 0) return SQLITE_OK;
    const int rc = exec_text(db, "PRAGMA page_size", text, sizeof text);
    if (rc != SQLITE_OK) return rc;
    const uint64_t page = strtoull(text, NULL, 10);
    const uint64_t pages = page == 0 ? 0 : bytes_max / page;
    return exec_number(db, "max_page_count", pages == 0 ? 1 : pages);
}

/* Opens once. The connection is left open for its error. */
static int open_once(struct database *database, const struct open_request *request)
{
    const int create = (request->flags & OPEN_EXISTING) != 0 ? 0 : SQLITE_OPEN_CREATE;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE | create;
    const int rc = sqlite3_open_v2(request->path, &database->db, flags, NULL);
    if (rc != SQLITE_OK) return rc;
    /* As long as it is not known whether the key is right, nothing of the WAL may get into the file. */
    sqlite3_db_config(database->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return set_up(database, request);
}

/* Only a plain file may be there: what a link leads to is somewhere else. */
static int error_of_path(const char *path)
{
    struct stat found;
    if (lstat(path, &found) != 0) return errno == ENOENT ? 0 : errno;
    if (S_ISLNK(found.st_mode)) return ELOOP;
    return S_ISREG(found.st_mode) ? 0 : EINVAL;
}

static void let_go(struct database *database)
{
    sqlite3_close(database->db);
    database->db = NULL;
    params_end(database);
    wipe(database->key, sizeof database->key);
}

void database_open(struct database *database, const struct open_request *request, struct answer *answer)
{
    assert(request->path != NULL);
    const int error = error_of_path(request->path);
    if (error != 0) {
        answer_fail(answer, ANSWER_CANNOT_OPEN, (uint64_t)error, strerror(error));
        return;
    }
    *database = (struct database){.is_guarded = (request->flags & OPEN_GUARDED) != 0,
                                  .is_encrypted = request->key != NULL};
    if (request->key != NULL) write_raw_key(database->key, request->key);
    sqlite3_hard_heap_limit64((sqlite3_int64)request->memory_bytes_max);
    const uint64_t start = clock_ms();
    int rc;
    while (((rc = open_once(database, request)) & 0xFF) == SQLITE_BUSY && clock_ms() - start < request->busy_ms) {
        sqlite3_close(database->db);
        database->db = NULL;
        pause_ms(OPEN_PAUSE_MS);
    }
    sqlite3 *culprit = database->db;
    if (rc == SQLITE_OK) rc = sqlite3_busy_timeout(database->db, (int)request->busy_ms);
    if (rc == SQLITE_OK) rc = set_cap(database->db, request->bytes_max);
    if (rc == SQLITE_OK && database->is_guarded) rc = guard_install(&database->guard, database->db);
    if (rc == SQLITE_OK) {
        rc = params_init(database);
        if (rc != SQLITE_OK) culprit = database->json;
    }
    if (rc == SQLITE_OK) {
        sqlite3_db_config(database->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
        deadline_watch(database->db);
        return;
    }
    database_fail(database, culprit, rc, answer);
    let_go(database);
}

void database_close(struct database *database)
{
    if (database->db == NULL) return;
    database->guard.is_on = false;
    if (!sqlite3_get_autocommit(database->db)) (void)exec(database->db, "ROLLBACK");
    let_go(database);
}

/* ---- work on the whole file ----------------------------------------------------------------------------------------- */

/* Work of the host's own is not guarded; what was refused before does not colour its errors. */
static void begin_own_work(struct database *database)
{
    database->guard.is_on = false;
    database->guard.refused = false;
}

static void end_own_work(struct database *database)
{
    database->guard.is_on = database->is_guarded;
}

void database_rollback(struct database *database, struct answer *answer)
{
    begin_own_work(database);
    if (!sqlite3_get_autocommit(database->db)) (void)failed(database, exec(database->db, "ROLLBACK"), answer);
    end_own_work(database);
}

bool database_savepoint(struct database *database, enum savepoint_step step)
{
    static const char *const steps[] = {
        [SAVEPOINT_BEGIN] = "SAVEPOINT \"before the answer\"",
        [SAVEPOINT_KEEP] = "RELEASE \"before the answer\"",
        [SAVEPOINT_TAKE_BACK] = "ROLLBACK TO \"before the answer\"; RELEASE \"before the answer\"",
    };
    const bool was_on = database->guard.is_on;
    database->guard.is_on = false;
    const int rc = exec(database->db, steps[step]);
    database->guard.is_on = was_on;
    return rc == SQLITE_OK;
}

/* Rewrites all pages in one transaction of the WAL: until that is committed, the old key opens the file, and then only
 * the new one does. */
static int replace_key(struct database *database, const unsigned char raw[4 + KEY_BYTES])
{
    const int rc = sqlite3_rekey(database->db, raw, 4 + (int)KEY_BYTES);
    /* So that nothing is left that the old key opens. If that fails, the next checkpoint does it. */
    if (rc == SQLITE_OK) (void)exec(database->db, "PRAGMA wal_checkpoint(TRUNCATE)");
    return rc;
}

void database_rekey(struct database *database, const unsigned char *key, struct answer *answer)
{
    unsigned char raw[4 + KEY_BYTES];
    if (key == NULL || !database->is_encrypted) {
        /* Pages would get another size inside. That cannot be done in a WAL, and otherwise not so that a file survives
         * when the process is killed meanwhile. */
        answer_fail(answer, ANSWER_SQL, SQLITE_MISUSE, "a file stays encrypted, or not encrypted, as it was made");
        return;
    }
    if (!sqlite3_get_autocommit(database->db)) {
        answer_fail(answer, ANSWER_SQL, SQLITE_BUSY, "a transaction is open");
        return;
    }
    write_raw_key(raw, key);
    begin_own_work(database);
    if (!failed(database, replace_key(database, raw), answer)) memcpy(database->key, raw, sizeof raw);
    wipe(raw, sizeof raw);
    end_own_work(database);
}

/* Whether SQLite finds a value there that the schema does not want, or a virtual table that does not agree with itself:
 * statements can bring that about, and the file is whole. */
static bool is_about_values(const char *finding)
{
    static const char *const beginnings[] = {
        "CHECK constraint failed in ", "NULL value in ", "non-", "NUMERIC value in ", "TEXT value in ",
        "malformed inverted index for FTS", "unable to validate the inverted index for FTS", "In RTree ",
    };
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (strncmp(finding, beginnings[i], strlen(beginnings[i])) == 0) return true;
    return false;
}

/* Copies what is damaged; nothing when the file is whole. */
static int find_damage(sqlite3 *db, char *damage, size_t size)
{
    sqlite3_stmt *statement = NULL;
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA quick_check(%d)", CHECK_FINDINGS_MAX);
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    damage[0] = '\0';
    while (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
        const char *finding = (const char *)sqlite3_column_text(statement, 0);
        if (finding == NULL || strcmp(finding, "ok") == 0 || is_about_values(finding)) continue;
        snprintf(damage, size, "%s", finding);
        break;
    }
    const int end = sqlite3_finalize(statement);
    return rc == SQLITE_OK ? end : rc;
}

void database_check(struct database *database, struct answer *answer)
{
    char damage[512];
    begin_own_work(database);
    const int rc = find_damage(database->db, damage, sizeof damage);
    if (!failed(database, rc, answer) && damage[0] != '\0')
        answer_fail(answer, ANSWER_CORRUPT, SQLITE_CORRUPT, damage);
    end_own_work(database);
}

/* Copies the file as it is, encrypted or not. */
static int copy_into(sqlite3 *db, const char *path)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, "VACUUM INTO ?1", -1, &statement, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK) (void)sqlite3_step(statement);
    const int end = sqlite3_finalize(statement);
    return rc == SQLITE_OK ? end : rc;
}

/* Takes the encryption off a copy. */
static bool decrypt_copy(struct database *database, const char *path, struct answer *answer)
{
    sqlite3 *copy = NULL;
    int rc = sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, NULL);
    if (rc == SQLITE_OK) rc = use_key(copy, database->key);
    if (rc == SQLITE_OK) rc = exec(copy, "SELECT count(*) FROM sqlite_schema");
    if (rc == SQLITE_OK) rc = sqlite3_rekey(copy, NULL, 0);
    if (rc != SQLITE_OK) database_fail(database, copy, rc, answer);
    sqlite3_close(copy);
    return rc == SQLITE_OK;
}

/* A file that nobody else can have put there. */
static bool make_file(const char *path, struct answer *answer)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        answer_fail(answer, ANSWER_CANNOT_OPEN, (uint64_t)errno, strerror(errno));
        return false;
    }
    close(fd);
    return true;
}

void database_export(struct database *database, const char *path, struct answer *answer)
{
    if (!make_file(path, answer)) return;
    begin_own_work(database);
    bool done = !failed(database, copy_into(database->db, path), answer);
    if (done && database->is_encrypted) done = decrypt_copy(database, path, answer);
    end_own_work(database);
    if (!done) (void)unlink(path);
}

void database_script(struct database *database, const char *sql, struct answer *answer)
{
    if (database->is_guarded) {
        answer_fail(answer, ANSWER_FORBIDDEN, SQLITE_AUTH, "not allowed: several statements");
        return;
    }
    (void)failed(database, exec(database->db, sql), answer);
}
