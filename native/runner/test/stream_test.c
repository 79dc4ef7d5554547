/* Streamed completions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host_api.h"
#include "harness.h"
#include "host.h"

/* Starts a stream in call 2; gives the id of its host call. */
static uint64_t begin(struct host *host, const char *tool)
{
    host_invoke(host, 2, tool, "{}");
    struct frame *ask = host_take(host, FRAME_HOST_CALL, ANY_ID);
    CHECK_INT(ask->head.op, offsetof(osr_host_api, complete_stream) / 8);
    CHECK_INT(ask->head.parent, 2);
    return ask->head.id;
}

TEST(order, "chunks are delivered in order, on the thread that waits, before the answer")
{
    struct host *host = host_ready("streams");
    uint64_t id = begin(host, "gather");
    host_chunk(host, id, "a");
    host_chunk(host, id, "");
    host_chunk(host, id, "b");
    host_settle(host);
    host_chunk(host, id, "c");
    host_answer(host, id, "end");
    host_chunk(host, id, "late");
    CHECK_TEXT(host_result(host, 2), "a  b c | end");
    host_end(host);
}

TEST(no_chunks, "a stream may end without a chunk, and with NULL")
{
    struct host *host = host_ready("streams");
    uint64_t id = begin(host, "gather");
    host_answer(host, id, NULL);
    CHECK_TEXT(host_result(host, 2), "| null");
    host_end(host);
}

TEST(credit, "credit comes back for every 32 chunks")
{
    struct host *host = host_ready("streams");
    uint64_t id = begin(host, "gather");
    for (unsigned i = 0; i < 2 * STREAM_CREDIT_CHUNKS - 1; i++) host_chunk(host, id, "x");
    struct frame *credit = host_take(host, FRAME_CREDIT, id);
    CHECK_INT(credit->head.parent, STREAM_CREDIT_CHUNKS);
    CHECK_INT(credit->head.nfields, 0);
    host_settle(host);
    CHECK_INT(host_count(host, FRAME_CREDIT), 0);
    host_chunk(host, id, "x");
    CHECK_INT(host_take(host, FRAME_CREDIT, id)->head.parent, STREAM_CREDIT_CHUNKS);
    host_answer(host, id, "end");
    CHECK_INT(strlen(host_result(host, 2)), 4 * STREAM_CREDIT_CHUNKS + strlen("| end"));
    host_end(host);
}

TEST(many, "10000 chunks within the credit arrive in order")
{
    enum { CHUNKS = 10000, WINDOW = 64 };
    struct host *host = host_ready("streams");
    uint64_t id = begin(host, "gather");
    unsigned credit = WINDOW;
    char text[16];
    char *all = calloc(CHUNKS, 8);
    if (all == NULL) abort();
    size_t used = 0;
    for (unsigned i = 0; i < CHUNKS; i++) {
        while (credit == 0) credit += (unsigned)host_take(host, FRAME_CREDIT, id)->head.parent;
        snprintf(text, sizeof text, "%u", i);
        host_chunk(host, id, text);
        credit--;
        used += (size_t)snprintf(all + used, 8, "%u ", i);
    }
    snprintf(all + used, 8, "| end");
    host_answer(host, id, "end");
    CHECK(strcmp(host_result(host, 2), all) == 0);
    free(all);
    host_end(host);
}

TEST(two_streams, "chunks of two streams go to their own threads")
{
    struct host *host = host_ready("streams");
    uint64_t first = begin(host, "gather");
    host_invoke(host, 3, "gather", "{}");
    uint64_t second = host_take(host, FRAME_HOST_CALL, ANY_ID)->head.id;
    for (int i = 0; i < 10; i++) {
        host_chunk(host, first, "1");
        host_chunk(host, second, "2");
    }
    host_answer(host, second, "end");
    host_answer(host, first, "end");
    CHECK_TEXT(host_result(host, 2), "1 1 1 1 1 1 1 1 1 1 | end");
    CHECK_TEXT(host_result(host, 3), "2 2 2 2 2 2 2 2 2 2 | end");
    host_end(host);
}

TEST(ask_inside, "on_chunk may call the host, also when the stream's own end arrives meanwhile")
{
    struct host *host = host_ready("streams");
    uint64_t id = begin(host, "ask");
    host_chunk(host, id, "a");
    struct frame *ask = host_take(host, FRAME_HOST_CALL, ANY_ID);
    CHECK_TEXT(frame_text(ask, 0), "a");
    CHECK_INT(ask->head.parent, 2);
    CHECK(ask->head.id != id);
    host_chunk(host, id, "b");
    host_answer(host, id, "end");
    host_settle(host);
    host_answer(host, ask->head.id, "value");
    ask = host_take(host, FRAME_HOST_CALL, ANY_ID);
    CHECK_TEXT(frame_text(ask, 0), "b");
    host_answer(host, ask->head.id, NULL);
    CHECK_TEXT(host_result(host, 2), "a b | end");
    host_end(host);
}

TEST(cancel_inside, "complete_cancel from inside on_chunk is sent one-way and does not wait")
{
    struct host *host = host_ready("streams");
    uint64_t id = begin(host, "cancel");
    host_chunk(host, id, "stream-1");
    struct frame *cancel = host_take(host, FRAME_HOST_CALL, ANY_ID);
    CHECK_INT(cancel->head.op, offsetof(osr_host_api, complete_cancel) / 8);
    CHECK_INT(cancel->head.id, 0);
    CHECK_INT(cancel->head.parent, 2);
    CHECK_TEXT(frame_text(cancel, 0), "stream-1");
    host_answer(host, id, "end");
    CHECK_TEXT(host_result(host, 2), "stream-1 | end");
    host_end(host);
}

TEST(slow_chunk, "an on_chunk that waits for another call does not stop the socket, even after a quiet time")
{
    struct host *host = host_ready("streams");
    uint64_t id = begin(host, "wait");
    /* The monitor has gone to sleep then, and only the waiting thread reads. */
    host_be_busy(MONITOR_QUIET_TICKS * MONITOR_TICK_MICROSECONDS / 1000 * 3);
    host_chunk(host, id, "a");
    host_printed(host, "waiting");
    host_settle(host);
    CHECK_TEXT(host_ask(host, 3, "release", "x"), "x");
    host_answer(host, id, "end");
    CHECK_TEXT(host_result(host, 2), "a | end");
    host_end(host);
}

TEST(crash_inside, "a crash in on_chunk names the host function")
{
    struct host *host = host_ready("streams");
    uint64_t id = begin(host, "crash");
    host_chunk(host, id, "a");
    struct frame *fault = host_take(host, FRAME_FAULT, 2);
    CHECK_TEXT(frame_text(fault, 0), "invoke");
    CHECK_TEXT(frame_text(fault, 1), "complete_stream");
    host_wait_gone(host);
    host_died_of(host, fault->head.op);
}
