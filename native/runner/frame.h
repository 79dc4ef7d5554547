/* Frames: what crosses the socket between host and runner.
 *
 *   offset  size  what (little endian)
 *        0     4  bytes after this word, FRAME_BYTES_MAX at most
 *        4     1  kind
 *        5     1  op: what it means depends on the kind
 *        6     2  number of fields, FRAME_FIELDS_MAX at most
 *        8     8  id
 *       16     8  parent: of a host call or log line, the call that it was made in; 0 when there is none
 *       24        the fields: 4 bytes length (0xFFFFFFFF for NULL), so many bytes, one NUL
 *
 * The NUL lets a field be handed to a plugin as a C string without a copy. The runner never looks inside a text.
 * The same numbers stand in src/plugins/native/frames.ts; a test compares them.
 */
#ifndef RUNNER_FRAME_H
#define RUNNER_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define PROTOCOL_VERSION 1u
#define FRAME_HEAD_BYTES 24u
#define FRAME_LENGTH_BYTES 4u
#define FIELD_NULL 0xFFFFFFFFu

enum frame_kind {
    FRAME_CALL = 1,        /* to the runner: op = entry; fields: agent, then the entry's arguments */
    FRAME_RETURN = 2,      /* to the host: op = status; field: the text */
    FRAME_HOST_CALL = 3,   /* to the host: op = slot of the host table; id 0 wants no answer */
    FRAME_HOST_RETURN = 4, /* to the runner: op = status; field: the text */
    FRAME_CHUNK = 5,       /* to the runner: id = host call; field: one chunk */
    FRAME_LOG = 6,         /* to the host: op = level, 255 for any other number; fields: message, payload */
    FRAME_HELLO = 7,       /* to the host, first of all: op = 1 from a checked runner; field: protocol version, 4 bytes */
    FRAME_PING = 8,        /* to the runner */
    FRAME_PONG = 9,        /* to the host: the ping's id */
    FRAME_FAULT = 10,      /* to the host: op = signal, 0 for exit(); id = call, parent = 1 when answers were lost;
                              fields: entry, host function, ids of the calls that had begun; and the host function that
                              the plugin read behind the end of its host's table, if it did */
    FRAME_DUMP = 11,       /* to the runner: print the stack of the thread that runs the call `id` to stderr */
    FRAME_CREDIT = 12,     /* to the host: id = host call, parent = chunks taken since the last credit; 0, and once,
                              for dispatch: the thread that called it has the answer */
    FRAME_READY = 13,      /* to the host: op = load result; fields: ABI version, features, manifest; or a reason */
    FRAME_CHECK = 14,      /* to a checked runner: asks for a report */
    FRAME_REPORT = 15      /* to the host: the CHECK's id; field: what was noticed so far, as JSON */
};

/* Of an answer. REFUSED: the call was not run, the field says why. TOO_LARGE: it was, its text fits into no frame. */
enum frame_status { STATUS_NULL = 0, STATUS_TEXT = 1, STATUS_REFUSED = 2, STATUS_TOO_LARGE = 3 };

enum call_entry {
    ENTRY_LOAD = 0, /* never in a frame: the work before READY */
    ENTRY_INVOKE = 1,
    ENTRY_ROUTE = 2,
    ENTRY_CONFIG = 3,
    ENTRY_EVENT = 4,
    ENTRY_DESTROY = 5
};

enum load_result {
    LOAD_OK = 0,
    LOAD_LIBRARY_FAILED = 1,
    LOAD_ENTRY_MISSING = 2,
    LOAD_ENTRY_NULL = 3,
    LOAD_TABLE_INCOMPLETE = 4,
    LOAD_INIT_NULL = 5,
    LOAD_MANIFEST_NULL = 6,
    LOAD_MANIFEST_TOO_LARGE = 7
};

/* Bits of READY's second field: which optional functions the plugin has. */
enum plugin_feature { FEATURE_ROUTE = 1, FEATURE_CONFIG = 2, FEATURE_EVENT = 4 };

struct frame_head {
    uint32_t length; /* bytes after the length word */
    uint8_t kind;
    uint8_t op;
    uint16_t nfields;
    uint64_t id;
    uint64_t parent;
};

struct field {
    const char *data; /* NULL for a NULL field; else followed by a NUL */
    uint32_t size;
};

/* Writes a head into 24 bytes. */
void frame_head_write(unsigned char *out, const struct frame_head *head);

/* Reads a head from 24 bytes. Returns 0, or -1 when its length or number of fields is out of bounds. */
int frame_head_read(const unsigned char *in, struct frame_head *head);

/* Splits a frame's body (what follows the head) into exactly `count` fields that point into it.
 * Returns 0, or -1 when a field leaves the body, lacks its NUL, or bytes are left over. */
int frame_fields_read(const unsigned char *body, size_t size, struct field *fields, size_t count);

void put_u32(unsigned char *out, uint32_t value);
uint32_t get_u32(const unsigned char *in);
void put_u64(unsigned char *out, uint64_t value);
uint64_t get_u64(const unsigned char *in);

#endif
