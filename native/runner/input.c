/* Reads frames and sorts them. Small frames are cut out of a buffer; a frame that does not fit there is read straight
 * into the memory that it will live in. */
#include "input.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checks.h"
#include "crash.h"
#include "limits.h"
#include "output.h"

static struct {
    unsigned char data[INPUT_BUFFER_BYTES];
    size_t from;
    size_t to;
} input;

/* Fields of a call, the agent among them. */
static size_t fields_of_entry(uint8_t entry)
{
    switch (entry) {
    case ENTRY_INVOKE: return 4;  /* agent, type, id, payload */
    case ENTRY_ROUTE: return 2;   /* agent, request */
    case ENTRY_CONFIG: return 3;  /* agent, key, value */
    case ENTRY_EVENT: return 4;   /* agent, task id, event type in 4 bytes, event */
    case ENTRY_DESTROY: return 1; /* agent */
    default: return 0;
    }
}

/* Nothing more can be read. That the plugin closed the socket may show only in what it opened in its place. */
static _Noreturn void line_ended(int fd, bool failed)
{
    struct stat what;
    if ((failed && errno == EBADF) || fstat(fd, &what) != 0 || !S_ISSOCK(what.st_mode)) crash_line_lost();
    crash_leave("the host is gone");
}

static void read_exactly(int fd, unsigned char *to, size_t size)
{
    while (size > 0) {
        ssize_t n = read(fd, to, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) line_ended(fd, n < 0);
        to += n;
        size -= (size_t)n;
    }
}

/* Moves `size` bytes of the stream to `to`: what the buffer holds, then the rest from the socket. */
static void take(int fd, unsigned char *to, size_t size)
{
    size_t have = input.to - input.from;
    size_t now = size < have ? size : have;
    memcpy(to, input.data + input.from, now);
    input.from += now;
    read_exactly(fd, to + now, size - now);
}

static void skip(int fd, size_t size)
{
    unsigned char waste[4096];
    while (size > 0) {
        size_t now = size < sizeof waste ? size : sizeof waste;
        take(fd, waste, now);
        size -= now;
    }
}

static void refuse_call(const struct frame_head *head)
{
    struct field reason = field_text("the plugin's process has no memory left for the call");
    output_frame(FRAME_RETURN, STATUS_REFUSED, head->id, 0, &reason, 1);
}

static void take_call(int fd, const struct frame_head *head, size_t size, struct batch *batch)
{
    size_t count = fields_of_entry(head->op);
    if (count == 0 || head->nfields != count || head->id == 0) crash_protocol("a call with the wrong fields");
    struct call *call = malloc(sizeof *call + size);
    if (call == NULL) {
        skip(fd, size);
        refuse_call(head);
        return;
    }
    take(fd, call->bytes, size);
    atomic_init(&call->refs, 1);
    atomic_init(&call->open, true);
    call->id = head->id;
    call->entry = (enum call_entry)head->op;
    call->next = NULL;
    call->size = (uint32_t)size;
    memset(call->fields, 0, sizeof call->fields);
    if (frame_fields_read(call->bytes, size, call->fields, count) != 0) crash_protocol("a call that is cut short");
    *batch->calls_end = call;
    batch->calls_end = &call->next;
    batch->count++;
}

static void take_delivery(int fd, const struct frame_head *head, size_t size, struct batch *batch)
{
    if (head->nfields != 1 || size < 5) crash_protocol("an answer with the wrong fields");
    struct delivery *delivery = malloc(sizeof *delivery);
    unsigned char length[4];
    take(fd, length, sizeof length);
    uint32_t n = get_u32(length);
    size_t rest = size - sizeof length;
    if (n == FIELD_NULL ? rest != 1 : rest != (size_t)n + 1) crash_protocol("an answer that is cut short");
    char *text = malloc(rest);
    /* The thread that asked would wait for ever: there is no way on without memory. */
    if (delivery == NULL || text == NULL) abort();
    take(fd, (unsigned char *)text, rest);
    if (text[rest - 1] != 0) crash_protocol("an answer without its end");
    if (n == FIELD_NULL && head->kind == FRAME_CHUNK) crash_protocol("a chunk without a text");
    bool is_null = n == FIELD_NULL || (head->kind == FRAME_HOST_RETURN && head->op == STATUS_NULL);
    if (is_null) free(text);
    *delivery = (struct delivery){NULL, head->id, head->kind == FRAME_CHUNK, is_null ? NULL : text};
    *batch->deliveries_end = delivery;
    batch->deliveries_end = &delivery->next;
}

static void take_frame(int fd, const struct frame_head *head, size_t size, struct batch *batch)
{
    switch (head->kind) {
    case FRAME_CALL: take_call(fd, head, size, batch); return;
    case FRAME_HOST_RETURN:
    case FRAME_CHUNK: take_delivery(fd, head, size, batch); return;
    case FRAME_PING: output_frame(FRAME_PONG, 0, head->id, 0, NULL, 0); break;
    case FRAME_DUMP: batch->dump_id = head->id; break;
#if defined(OSPREY_CHECKS)
    case FRAME_CHECK: check_send_report(head->id); break;
#endif
    default: crash_protocol("a frame of a kind that only the runner sends");
    }
    skip(fd, size);
}

void input_read(int fd, struct batch *batch)
{
    assert(batch != NULL);
    *batch = (struct batch){.calls = NULL};
    batch->calls_end = &batch->calls;
    batch->deliveries_end = &batch->deliveries;

    if (input.from > 0) {
        memmove(input.data, input.data + input.from, input.to - input.from);
        input.to -= input.from;
        input.from = 0;
    }
    ssize_t n;
    do {
        n = read(fd, input.data + input.to, sizeof input.data - input.to);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) line_ended(fd, n < 0);
    input.to += (size_t)n;

    while (input.to - input.from >= FRAME_HEAD_BYTES) {
        struct frame_head head;
        if (frame_head_read(input.data + input.from, &head) != 0) crash_protocol("a frame with an impossible head");
        size_t body = head.length - (FRAME_HEAD_BYTES - FRAME_LENGTH_BYTES);
        size_t have = input.to - input.from - FRAME_HEAD_BYTES;
        bool fits_buffer = body <= sizeof input.data - FRAME_HEAD_BYTES;
        if (have < body && fits_buffer) break;
        input.from += FRAME_HEAD_BYTES;
        take_frame(fd, &head, body, batch);
    }
}

void delivery_free(struct delivery *delivery)
{
    free(delivery->text);
    free(delivery);
}
