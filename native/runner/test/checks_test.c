/* The checked runner: what it says when it is asked, and that several threads may release texts at once. */
#include <string.h>

#include "harness.h"
#include "host.h"

/* Asks for a report and gives its text. */
static const char *report(struct host *host, uint64_t id)
{
    host_send(host, FRAME_CHECK, 0, id, NULL, 0);
    return frame_text(host_take(host, FRAME_REPORT, id), 0);
}

TEST(greets, "a checked runner says so in its HELLO, and reports nothing of a plugin that does nothing")
{
    struct host *host = host_start_checked("echoes");
    struct frame *hello = host_next(host);
    CHECK_INT(hello->head.op, 1);
    host_take(host, FRAME_READY, 0);
    CHECK_TEXT(host_ask(host, 2, "echo", "x"), "x");
    const char *json = report(host, 7);
    CHECK(strstr(json, "\"unreleased\":[],\"wrong_releases\":[],\"foreign_calls\":[]") != NULL);
    host_end(host);
}

TEST(plain, "the runner that everybody uses does not say so, and takes the question for a mistake of its host")
{
    struct host *host = host_start("echoes");
    CHECK_INT(host_next(host)->head.op, 0);
    host_take(host, FRAME_READY, 0);
    host_send(host, FRAME_CHECK, 0, 7, NULL, 0);
    host_said(host, "a frame of a kind that only the runner sends");
    host_exited(host, 71);
}

TEST(threads, "texts that many threads get and release at once are counted right, and so are their calls")
{
    struct host *host = host_start_checked("asks-from-threads");
    host_take_ready(host);
    host_invoke(host, 2, "many", "60");
    for (int i = 0; i < 60; i++) host_answer(host, host_take(host, FRAME_HOST_CALL, ANY_ID)->head.id, "value");
    host_result(host, 2);
    const char *json = report(host, 7);
    CHECK(strstr(json, "\"wrong_releases\":[]") != NULL);
    CHECK(strstr(json, "\"unreleased\":[]") != NULL);
    CHECK(strstr(json, "{\"name\":\"task_status\",\"count\":60,") != NULL);
    host_end(host);
}
