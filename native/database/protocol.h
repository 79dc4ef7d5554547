/* What host and database process say to each other, in frames (../runner/frame.h) over descriptor 3.
 *
 * The host sends FRAME_CALL: op = request, id = a number. The answers come in the same order, one FRAME_RETURN each:
 * op = answer status, the same id; fields: a text (for a program, or for people when it is an error), and two numbers:
 * answer flags, and SQLite's extended result code (the system's error number with ANSWER_CANNOT_OPEN; 0 when there is
 * none). Numbers lie in one field, eight bytes each, little endian.
 *
 *   request    fields
 *   OPEN       path; key of KEY_BYTES bytes, or NULL: not encrypted;
 *              numbers: bytes of the file at most (0: no limit), bytes of memory at most, busy milliseconds, open flags
 *   RUN        SQL; parameters, a JSON array or object, or NULL;
 *              numbers: run kind, milliseconds at most, bytes of the answer at most
 *   ROLLBACK   -
 *   REKEY      key
 *   CHECK      -
 *   EXPORT     path of a file that does not exist
 *   SCRIPT     SQL of several statements; refused when the file is guarded
 *
 * The text of RUN: {"changes":N,"last_insert_rowid":N} of exec, {"columns":[...],"rows":[[...],...]} of query. The end
 * of input is the wish to leave. src/store/database-frames.ts holds the same numbers; a test compares them.
 */
#ifndef DATABASE_PROTOCOL_H
#define DATABASE_PROTOCOL_H

enum request {
    REQUEST_OPEN = 1,
    REQUEST_RUN = 2,
    REQUEST_ROLLBACK = 3,
    REQUEST_REKEY = 4,
    REQUEST_CHECK = 5,
    REQUEST_EXPORT = 6,
    REQUEST_SCRIPT = 7
};

enum answer_status {
    ANSWER_OK = 0,
    ANSWER_SQL = 1,           /* SQLite would not do it; the text is SQLite's */
    ANSWER_FORBIDDEN = 2,     /* the guard refused it */
    ANSWER_INTERRUPTED = 3,   /* it took longer than it may */
    ANSWER_TOO_LARGE = 4,     /* the answer would be */
    ANSWER_CORRUPT = 5,
    ANSWER_FULL = 6,          /* the file may not grow any further, or the disk is full */
    ANSWER_LOCKED = 7,        /* by another process, for longer than the busy time */
    ANSWER_NOT_A_DATABASE = 8, /* or another key: these look the same */
    ANSWER_CANNOT_OPEN = 9
};

enum answer_flag {
    ANSWER_IN_TRANSACTION = 1,
    ANSWER_IGNORED_TEXT = 2,
    ANSWER_IGNORED_PARAMS = 4,
    ANSWER_ROLLED_BACK = 8,   /* a transaction was open, and went with the statement that failed */
    ANSWER_HAS_SETTINGS = 16  /* the connection was set in a way that would be gone with the process */
};

enum open_flag { OPEN_GUARDED = 1, OPEN_EXCLUSIVE = 2, OPEN_EXISTING = 4 };

enum run_kind { RUN_EXEC = 0, RUN_QUERY = 1 };

#define KEY_BYTES 32u

#define OPEN_NUMBERS 4u
#define RUN_NUMBERS 3u
#define ANSWER_NUMBERS 2u

/* An answer may always have so many bytes: that of exec fits, whatever the request says. */
#define ANSWER_BYTES_MIN 256u
/* Of a text for people. */
#define MESSAGE_BYTES_MAX 4096u

#endif
