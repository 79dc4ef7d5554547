/* osprey-database: a process that holds one SQLite file.
 *
 * The host starts it with a socket on descriptor 3, and sends requests (protocol.h), which are answered in order. The
 * end of input is the wish to leave: what is not committed is rolled back, the file is closed, and the status is 0.
 */
#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../runner/limits.h"
#include "channel.h"
#include "database.h"
#include "statement.h"

#define EXIT_PROTOCOL 70
/* Beside the text of an answer, in its frame. */
#define FRAME_BYTES_KEPT 1024u

/* The process must not outlive its host, not even in the middle of a statement. */
static void follow_host(void)
{
#if defined(__linux__)
    const pid_t host = getppid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != host) _exit(0);
#if !defined(RUNNER_SANITIZED)
    prctl(PR_SET_DUMPABLE, 0); /* no other process of this user may look for the key */
#endif
#endif
}

static void read_numbers(const struct field *field, uint64_t *numbers, size_t count)
{
    if (field->data == NULL || field->size != count * 8) _exit(EXIT_PROTOCOL);
    for (size_t i = 0; i < count; i++) numbers[i] = get_u64((const unsigned char *)field->data + 8 * i);
}

static void read_fields(const struct message *message, struct field *fields, size_t count)
{
    if (message->head.nfields != count || frame_fields_read(message->body, message->size, fields, count) != 0)
        _exit(EXIT_PROTOCOL);
}

static const unsigned char *read_key(const struct field *field)
{
    if (field->data != NULL && field->size != KEY_BYTES) _exit(EXIT_PROTOCOL);
    return (const unsigned char *)field->data;
}

/* A text for C: without a NUL before its end. */
static const char *read_text(const struct field *field)
{
    if (field->data == NULL || strlen(field->data) != field->size) _exit(EXIT_PROTOCOL);
    return field->data;
}

static void open_file(struct database *database, const struct message *message, struct answer *answer)
{
    struct field fields[3];
    uint64_t numbers[OPEN_NUMBERS];
    read_fields(message, fields, 3);
    read_numbers(&fields[2], numbers, OPEN_NUMBERS);
    const struct open_request request = {
        .path = read_text(&fields[0]),
        .key = read_key(&fields[1]),
        .bytes_max = numbers[0],
        .memory_bytes_max = numbers[1],
        .busy_ms = numbers[2],
        .flags = numbers[3],
    };
    database_open(database, &request, answer);
}

static void run(struct database *database, const struct message *message, struct answer *answer)
{
    struct field fields[3];
    uint64_t numbers[RUN_NUMBERS];
    read_fields(message, fields, 3);
    read_numbers(&fields[2], numbers, RUN_NUMBERS);
    const struct run_request request = {
        .sql = read_text(&fields[0]),
        .sql_bytes = fields[0].size,
        .params = fields[1].data,
        .params_bytes = fields[1].size,
        .kind = numbers[0],
        .ms_max = numbers[1],
    };
    answer->bytes_max = numbers[2] < ANSWER_BYTES_MIN ? ANSWER_BYTES_MIN : (size_t)numbers[2];
    if (answer->bytes_max > FRAME_BYTES_MAX - FRAME_BYTES_KEPT) answer->bytes_max = FRAME_BYTES_MAX - FRAME_BYTES_KEPT;
    statement_run(database, &request, answer);
}

/* A request with one text or key. */
static struct field read_one(const struct message *message)
{
    struct field field;
    read_fields(message, &field, 1);
    return field;
}

static void serve(struct database *database, const struct message *message, struct answer *answer)
{
    const enum request request = message->head.op;
    struct field field;
    if ((request == REQUEST_OPEN) != (database->db == NULL)) _exit(EXIT_PROTOCOL);
    switch (request) {
    case REQUEST_OPEN: open_file(database, message, answer); break;
    case REQUEST_RUN: run(database, message, answer); break;
    case REQUEST_ROLLBACK: database_rollback(database, answer); break;
    case REQUEST_REKEY:
        field = read_one(message);
        database_rekey(database, read_key(&field), answer);
        break;
    case REQUEST_CHECK: database_check(database, answer); break;
    case REQUEST_EXPORT:
        field = read_one(message);
        database_export(database, read_text(&field), answer);
        break;
    case REQUEST_SCRIPT:
        field = read_one(message);
        database_script(database, read_text(&field), answer);
        break;
    default: _exit(EXIT_PROTOCOL);
    }
    if (database->db != NULL && !sqlite3_get_autocommit(database->db)) answer->flags |= ANSWER_IN_TRANSACTION;
}

int main(void)
{
    static struct database database;
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    follow_host();
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of the statement */
    if (sqlite3_initialize() != SQLITE_OK) return EXIT_PROTOCOL;
    struct message message;
    while (channel_read(&message)) {
        struct answer answer;
        answer_begin(&answer, FRAME_BYTES_MAX - FRAME_BYTES_KEPT);
        serve(&database, &message, &answer);
        channel_free(&message);
        channel_write(message.head.id, &answer);
        answer_end(&answer);
    }
    database_close(&database);
    return 0;
}
