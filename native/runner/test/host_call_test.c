/* Calls of the plugin to its host. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host_api.h"
#include "harness.h"
#include "host.h"

#define SLOT(name) (offsetof(osr_host_api, name) / 8)

TEST(round_trip, "a host call carries its slot, its texts and the call it was made in; the answer comes back")
{
    struct host *host = host_ready("asks-host");
    host_invoke(host, 2, "config_get", "{\"a\":\"key\"}");
    struct frame *ask = host_take(host, FRAME_HOST_CALL, ANY_ID);
    CHECK_INT(ask->head.op, SLOT(config_get));
    CHECK_INT(ask->head.parent, 2);
    CHECK_INT(ask->head.nfields, 1);
    CHECK_TEXT(frame_text(ask, 0), "key");
    CHECK(ask->head.id != 0 && ask->head.id >> 53 == 0);
    host_answer(host, ask->head.id, "value");
    CHECK_TEXT(host_result(host, 2), "value");

    host_invoke(host, 3, "config_get", "{\"a\":\"key\"}");
    uint64_t id = host_take(host, FRAME_HOST_CALL, ANY_ID)->head.id;
    host_answer(host, id, NULL);
    CHECK_TEXT(host_result(host, 3), "null");

    host_invoke(host, 4, "config_get", "{\"a\":\"key\"}");
    host_answer(host, host_take(host, FRAME_HOST_CALL, ANY_ID)->head.id, "");
    CHECK_TEXT(host_result(host, 4), "");
    host_end(host);
}

TEST(agent, "the agent of a call is known to the plugin, without a question to the host")
{
    struct host *host = host_ready("asks-host");
    CHECK_TEXT(host_ask(host, 2, "get_active_agent_id", "{}"), AGENT);
    struct field fields[4] = {text_field(NULL), text_field("tool"), text_field("get_active_agent_id"), text_field("{}")};
    host_send(host, FRAME_CALL, ENTRY_INVOKE, 3, fields, 4);
    CHECK_TEXT(host_result(host, 3), "null");
    CHECK_INT(host_count(host, FRAME_HOST_CALL), 0);
    host_end(host);
}

TEST(large_answer, "an answer of the host of 20 MB arrives whole")
{
    size_t size = 20 * 1000 * 1000;
    char *text = malloc(size + 1);
    if (text == NULL) abort();
    memset(text, 'v', size);
    text[size] = 0;
    struct host *host = host_ready("asks-host");
    host_invoke(host, 2, "config_get", "{\"a\":\"key\"}");
    host_answer(host, host_take(host, FRAME_HOST_CALL, ANY_ID)->head.id, text);
    CHECK(strcmp(host_result(host, 2), text) == 0);
    free(text);
    host_end(host);
}

TEST(reverse, "two host calls that are answered in reverse order each get their own answer")
{
    struct host *host = host_ready("asks-host");
    host_invoke(host, 2, "config_get", "{\"a\":\"first\"}");
    uint64_t first = host_take(host, FRAME_HOST_CALL, ANY_ID)->head.id;
    host_invoke(host, 3, "config_get", "{\"a\":\"second\"}");
    uint64_t second = host_take(host, FRAME_HOST_CALL, ANY_ID)->head.id;
    CHECK(first != second);
    host_answer(host, second, "answer to the second");
    CHECK_TEXT(host_result(host, 3), "answer to the second");
    CHECK_INT(host_count(host, FRAME_RETURN), 0);
    host_answer(host, first, "answer to the first");
    CHECK_TEXT(host_result(host, 2), "answer to the first");
    host_end(host);
}

TEST(late, "answers that come late, twice or to nobody are dropped, also when the place is used again")
{
    struct host *host = host_ready("asks-host");
    host_answer(host, 1, "nobody asked");
    host_answer(host, 0, "nobody asked");
    host_answer(host, UINT64_MAX, "nobody asked");
    host_chunk(host, ((uint64_t)1 << 32) | 4096, "nobody asked");
    host_invoke(host, 2, "config_get", "{\"a\":\"key\"}");
    uint64_t first = host_take(host, FRAME_HOST_CALL, ANY_ID)->head.id;
    host_answer(host, first, "right");
    host_answer(host, first, "again");
    CHECK_TEXT(host_result(host, 2), "right");
    host_answer(host, first, "late");
    host_invoke(host, 3, "config_get", "{\"a\":\"key\"}");
    uint64_t second = host_take(host, FRAME_HOST_CALL, ANY_ID)->head.id;
    CHECK_INT((uint32_t)second, (uint32_t)first);
    CHECK(second != first);
    host_answer(host, first, "late");
    host_settle(host);
    CHECK_INT(host_count(host, FRAME_RETURN), 0);
    host_answer(host, second, "right");
    CHECK_TEXT(host_result(host, 3), "right");
    host_end(host);
}

TEST(taken, "once the plugin has the answer of dispatch, whatever it is, the host is told; of no other function")
{
    struct host *host = host_ready("calls-every-function");
    host_invoke(host, 2, "all", "");
    uint64_t dispatch = 0;
    for (unsigned slot = 0; slot != SLOT(dispatch_add_issue);) {
        struct frame *ask = host_take(host, FRAME_HOST_CALL, ANY_ID);
        slot = ask->head.op;
        if (slot == SLOT(dispatch)) {
            dispatch = ask->head.id;
            host_settle(host);
            CHECK_INT(host_count(host, FRAME_CREDIT), 0);
        }
        host_answer(host, ask->head.id, NULL);
    }
    CHECK(host_result(host, 2) != NULL);
    struct frame *credit = host_take(host, FRAME_CREDIT, dispatch);
    CHECK_INT(credit->head.parent, 0);
    CHECK_INT(credit->head.nfields, 0);
    CHECK_INT(host_count(host, FRAME_CREDIT), 0);
    host_end(host);
}

TEST(event_behind_dispatch, "an event that is sent as soon as the plugin has the answer of dispatch finds it out of there")
{
    enum { ROUNDS = 100 };
    struct host *host = host_ready("dispatches-a-lot");
    struct field event[4] = {text_field(AGENT), text_field("task"), {"\0\0\0\0", 4}, text_field("{}")};
    for (uint64_t i = 0; i < ROUNDS; i++) {
        uint64_t call = 2 * i + 2;
        host_invoke(host, call, "dispatch", "{}");
        uint64_t id = host_take(host, FRAME_HOST_CALL, ANY_ID)->head.id;
        /* Another thread is up then, and reads what comes next. */
        CHECK_TEXT(host_ask(host, call + ROUNDS * 2, "echo", "x"), "x");
        host_answer(host, id, "the id");
        host_take(host, FRAME_CREDIT, id);
        host_send(host, FRAME_CALL, ENTRY_EVENT, call + 1, event, 4);
        CHECK_TEXT(frame_text(host_take(host, FRAME_LOG, 0), 0), "in time");
        CHECK_INT(host_take(host, FRAME_RETURN, call + 1)->head.op, STATUS_NULL);
        CHECK_TEXT(host_result(host, call), "the id");
    }
    host_end(host);
}

TEST(own_thread, "a thread that a call makes works for that call")
{
    struct host *host = host_ready("asks-from-threads");
    host_invoke(host, 2, "joined", "");
    struct frame *line = host_take(host, FRAME_LOG, 0);
    struct frame *ask = host_take(host, FRAME_HOST_CALL, ANY_ID);
#if defined(__linux__)
    CHECK_TEXT(frame_text(line, 0), AGENT);
    CHECK_INT(line->head.parent, 2);
    CHECK_INT(ask->head.parent, 2);
#else
    (void)line; /* There is no handing on; see context.c. */
#endif
    host_answer(host, ask->head.id, "value");
    CHECK_TEXT(host_result(host, 2), "value\n");
    host_end(host);
}

TEST(outliving, "a thread that outlives its call has no agent any more and names the call that has ended")
{
    struct host *host = host_ready("asks-from-threads");
    CHECK_TEXT(host_ask(host, 2, "outliving", "x"), "x");
    CHECK_TEXT(host_ask(host, 3, "echo", "between"), "between");
    host_invoke(host, 4, "release", "x");
    struct frame *line = host_take(host, FRAME_LOG, 0);
    struct frame *ask = host_take(host, FRAME_HOST_CALL, ANY_ID);
    CHECK_TEXT(frame_text(line, 0), "no agent");
#if defined(__linux__)
    CHECK_INT(line->head.parent, 2);
    CHECK_INT(ask->head.parent, 2);
#endif
    host_answer(host, ask->head.id, "value");
    CHECK_TEXT(host_result(host, 4), "x");
    host_end(host);
}

TEST(init_thread, "init and its threads may call the host, before and after loading, and never have an agent")
{
    struct host *host = host_start("asks-from-init-thread");
    CHECK_INT(host_next(host)->head.kind, FRAME_HELLO);
    struct frame *asks[2] = {host_take(host, FRAME_HOST_CALL, ANY_ID), host_take(host, FRAME_HOST_CALL, ANY_ID)};
    CHECK(strcmp(frame_text(asks[0], 0), frame_text(asks[1], 0)) != 0);
    for (int i = 0; i < 2; i++) {
        if (strcmp(frame_text(asks[i], 0), "in init itself") == 0) CHECK_INT(asks[i]->head.parent, 1);
        CHECK(asks[i]->head.parent <= 1);
        host_answer(host, asks[i]->head.id, "value");
    }
    CHECK_INT(host_take(host, FRAME_READY, 0)->head.op, LOAD_OK);
    host_invoke(host, 2, "release", "x");
    struct frame *ask = host_take(host, FRAME_HOST_CALL, ANY_ID);
    CHECK_TEXT(frame_text(ask, 0), "no agent");
    CHECK(ask->head.parent <= 1);
    host_answer(host, ask->head.id, NULL);
    CHECK_TEXT(host_result(host, 2), "x");
    host_end(host);
}

TEST(many_threads, "60 threads of one call may be in host calls at once")
{
    struct host *host = host_ready("asks-from-threads");
    host_invoke(host, 2, "many", "60");
    struct frame *asks[60];
    for (int i = 0; i < 60; i++) asks[i] = host_take(host, FRAME_HOST_CALL, ANY_ID);
    for (int i = 59; i >= 0; i--) host_answer(host, asks[i]->head.id, "v");
    const char *all = host_result(host, 2);
    CHECK_INT(strlen(all), 120);
    host_end(host);
}

TEST(open_limit, "more open host calls than the limit are refused, not blocked")
{
    struct host *host = host_start_small("asks-from-threads");
    host_take_ready(host);
    host_invoke(host, 2, "many", "20");
    struct frame *asks[16];
    for (int i = 0; i < 16; i++) asks[i] = host_take(host, FRAME_HOST_CALL, ANY_ID);
    /* All have logged, which is the step before asking. */
    for (int i = 0; i < 20; i++) host_take(host, FRAME_LOG, 0);
    host_be_busy(50);
    host_settle(host);
    CHECK_INT(host_count(host, FRAME_HOST_CALL), 0);
    for (int i = 0; i < 16; i++) host_answer(host, asks[i]->head.id, "v");
    const char *all = host_result(host, 2);
    int busy = 0;
    for (const char *at = all; (at = strstr(at, "plugin_busy")) != NULL; at++) busy++;
    CHECK_INT(busy, 4);
    host_end(host);
}

TEST(cancelled, "a thread that is cancelled in a host call ends behind it, and the runner goes on")
{
    struct host *host = host_ready("asks-from-threads");
    CHECK_TEXT(host_ask(host, 2, "start", "x"), "x");
    struct frame *ask = host_take(host, FRAME_HOST_CALL, ANY_ID);
    CHECK_TEXT(host_ask(host, 3, "cancel", "x"), "x");
    CHECK_TEXT(host_ask(host, 4, "echo", "x"), "x");
    host_answer(host, ask->head.id, NULL);
    host_invoke(host, 5, "join", "x");
    host_result(host, 5); /* Whether it ended as cancelled depends on what it did last. */
    CHECK_TEXT(host_ask(host, 6, "echo", "x"), "x");
    host_invoke(host, 7, "joined", "x");
    host_answer(host, host_take(host, FRAME_HOST_CALL, ANY_ID)->head.id, "v");
    CHECK_TEXT(host_result(host, 7), "v\n");
    host_end(host);
}

/* Calls the plugin, which calls the host, which calls the plugin, and so on; then answers from the inside out. */
static void nest(int depth)
{
    struct host *host = host_ready("asks-host");
    uint64_t *asks = calloc((size_t)depth, sizeof *asks);
    if (asks == NULL) abort();
    for (int i = 0; i < depth; i++) {
        host_invoke(host, (uint64_t)i + 2, "config_get", "{\"a\":\"key\"}");
        struct frame *ask = host_take(host, FRAME_HOST_CALL, ANY_ID);
        CHECK_INT(ask->head.parent, i + 2);
        asks[i] = ask->head.id;
    }
    CHECK_TEXT(host_ask(host, 1000, "echo", "innermost"), "innermost");
    for (int i = depth - 1; i >= 0; i--) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        host_answer(host, asks[i], text);
        CHECK_TEXT(host_result(host, (uint64_t)i + 2), text);
    }
    free(asks);
    host_end(host);
}

TEST(nested_16, "a plugin may be called again from its own host call, 16 deep") { nest(16); }

TEST(nested_100, "a plugin may be called again from its own host call, 100 deep") { nest(100); }

TEST(refused, "when all threads are blocked in host calls, further calls are refused and the others go on")
{
    struct host *host = host_start_small("asks-host");
    host_take_ready(host);
    for (uint64_t id = 2; id < 14; id++) host_invoke(host, id, "config_get", "{\"a\":\"key\"}");
    uint64_t asks[8];
    for (int i = 0; i < 8; i++) asks[i] = host_take(host, FRAME_HOST_CALL, ANY_ID)->head.id;
    for (int i = 0; i < 4; i++) {
        struct frame *answer = host_take(host, FRAME_RETURN, ANY_ID);
        CHECK_INT(answer->head.op, STATUS_REFUSED);
        CHECK(strstr(frame_text(answer, 0), "blocked in a host call") != NULL);
    }
    for (int i = 0; i < 8; i++) host_answer(host, asks[i], "value");
    for (int i = 0; i < 8; i++) CHECK_INT(host_take(host, FRAME_RETURN, ANY_ID)->head.op, STATUS_TEXT);
    CHECK_TEXT(host_ask(host, 20, "echo", "after"), "after");
    host_end(host);
}

TEST(log_levels, "log lines carry level, message, payload and call; a level outside the table is 255")
{
    struct host *host = host_ready("logs");
    const struct {
        const char *level;
        int op;
    } levels[] = {{"0", 0}, {"4", 4}, {"5", 5}, {"254", 254}, {"255", 255}, {"256", 255}, {"-1", 255}, {"100000", 255}};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        CHECK_TEXT(host_ask(host, i + 2, levels[i].level, "a line"), "a line");
        struct frame *line = host_take(host, FRAME_LOG, 0);
        CHECK_INT(line->head.op, levels[i].op);
        CHECK_INT(line->head.parent, i + 2);
        CHECK_INT(line->head.nfields, 2);
        CHECK_TEXT(frame_text(line, 0), "a line");
        CHECK_TEXT(frame_text(line, 1), NULL);
    }
    host_end(host);
}

TEST(log_structured, "structured log lines carry their payload and come before the call's answer")
{
    struct host *host = host_ready("logs");
    host_invoke(host, 2, "structured", "a line");
    struct frame *line = host_next(host);
    CHECK_INT(line->head.kind, FRAME_LOG);
    CHECK_INT(line->head.op, OSR_LOG_ERROR);
    CHECK_TEXT(frame_text(line, 1), "{\"a\":1}");
    line = host_next(host);
    CHECK_INT(line->head.op, OSR_LOG_TRACE);
    CHECK_TEXT(frame_text(line, 1), NULL);
    CHECK_INT(host_next(host)->head.kind, FRAME_RETURN);
    host_end(host);
}

TEST(every_function, "every host function that asks sends its own slot with its texts")
{
    static const struct {
        size_t slot;
        const char *fields[2];
        uint16_t count;
    } wanted[] = {
        {SLOT(config_get), {"key", NULL}, 1},
        {SLOT(config_set), {"key", "value"}, 2},
        {SLOT(config_delete), {"key", NULL}, 1},
        {SLOT(db_exec), {"sql", "[]"}, 2},
        {SLOT(db_query), {"sql", NULL}, 2},
        {SLOT(dispatch), {"{}", NULL}, 1},
        {SLOT(task_status), {"task", NULL}, 1},
        {SLOT(dispatch_cancel), {"task", NULL}, 1},
        {SLOT(dispatch_clarify), {"task", "response"}, 2},
        {SLOT(complete), {"{}", NULL}, 1},
        {SLOT(complete_stream), {"{}", "chunks"}, 2},
        {SLOT(complete_stream), {"{}", NULL}, 2},
        {SLOT(embed), {"{}", NULL}, 1},
        {SLOT(list_models), {NULL, NULL}, 0},
        {SLOT(http_request), {"{}", NULL}, 1},
        {SLOT(file_read), {"{}", NULL}, 1},
        {SLOT(list_active_tasks), {NULL, NULL}, 0},
        {SLOT(send_draft), {"task", "{}"}, 2},
        {SLOT(dispatch_interrupt), {"task", "message"}, 2},
        {SLOT(dispatch_add_issue), {"task", "{}"}, 2},
    };
    struct host *host = host_ready("calls-every-function");
    host_invoke(host, 2, "all", "");
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct frame *ask = host_take(host, FRAME_HOST_CALL, ANY_ID);
        CHECK_INT(ask->head.op, wanted[i].slot);
        CHECK_INT(ask->head.nfields, wanted[i].count);
        for (size_t f = 0; f < wanted[i].count; f++) CHECK_TEXT(frame_text(ask, f), wanted[i].fields[f]);
        host_answer(host, ask->head.id, i % 2 == 0 ? "an answer" : NULL);
    }
    CHECK(host_result(host, 2) != NULL);
    host_end(host);
}

TEST(null_arguments, "a host function whose required text is NULL gives NULL or does nothing, and sends no frame")
{
    struct host *host = host_ready("calls-every-function");
    CHECK_TEXT(host_ask(host, 2, "nulls", ""), "12 nulls");
    CHECK_INT(host_count(host, FRAME_HOST_CALL), 0);
    CHECK_INT(host_count(host, FRAME_LOG), 0);
    host_end(host);
}

TEST(slots, "all 25 slots of the table are filled, and its version is 6")
{
    struct host *host = host_ready("calls-every-function");
    CHECK_TEXT(host_ask(host, 2, "slots", ""), "0 of 25 empty, version 6");
    host_end(host);
}
