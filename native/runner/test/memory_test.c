/* The runner without memory: each of its allocations fails once. It may refuse a call, give NULL or abort; it must not
 * hang, answer wrongly or damage anything (the sanitizers look). */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "harness.h"
#include "host.h"

/* More than a session needs; those beyond show that it works when nothing fails. */
#define ALLOCATIONS_TRIED 48
#define LARGE_BYTES (200u * 1024u)

static char large[LARGE_BYTES + 1];

/* What the calls of a session may answer: the right text, a refusal, or nothing any more. */
static void check_answer(const struct frame *answer)
{
    if (answer->head.op == STATUS_REFUSED) return;
    const char *text = frame_text(answer, 0);
    CHECK_INT(answer->head.op, STATUS_TEXT);
    switch (answer->head.id) {
    case 2: CHECK_TEXT(text, "hello"); break;
    case 3: CHECK(strcmp(text, "value") == 0 || strcmp(text, "null") == 0); break;
    case 4: CHECK_TEXT(text, large); break;
    case 5: CHECK(strcmp(text, AGENT) == 0 || strcmp(text, "null") == 0); break;
    default: FAIL("an answer to a call that was never made");
    }
}

/* Runs a session; gives whether all of it was answered. */
static bool session(struct host *host)
{
    int answers = 0;
    for (struct frame *frame = host_next_or_end(host); frame != NULL; frame = host_next_or_end(host)) {
        if (frame->head.kind == FRAME_READY) {
            host_invoke(host, 2, "echo", "hello");
            host_invoke(host, 3, "config_get", "{\"a\":\"key\"}");
            host_invoke(host, 4, "echo", large);
            host_invoke(host, 5, "get_active_agent_id", "{}");
        } else if (frame->head.kind == FRAME_HOST_CALL) {
            host_answer(host, frame->head.id, "value");
        } else if (frame->head.kind == FRAME_RETURN) {
            check_answer(frame);
            if (++answers == 4) return true;
        }
    }
    return false;
}

static void starve(unsigned first, unsigned step)
{
    memset(large, 'x', LARGE_BYTES);
    for (unsigned nth = first; nth <= ALLOCATIONS_TRIED; nth += step) {
        struct host *host = host_start_starved("asks-host", nth);
        if (session(host)) {
            host_end(host);
            continue;
        }
        int status = host_status(host);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) FAIL("with allocation %u gone it ended with %d", nth, status);
    }
}

TEST(odd, "each allocation fails once, the odd ones") { starve(1, 2); }

TEST(even, "each allocation fails once, the even ones") { starve(2, 2); }

TEST(none, "nothing is refused when no allocation fails")
{
    memset(large, 'x', LARGE_BYTES);
    struct host *host = host_start_starved("asks-host", 0);
    CHECK(session(host));
    host_end(host);
}
