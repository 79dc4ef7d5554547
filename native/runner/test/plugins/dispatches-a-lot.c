/* Dispatches once in each call, and logs for each event whether it was told of it while it was in `dispatch`. */
#include <stdatomic.h>

#include "fixture.h"

static atomic_int inside;

static const char *misbehave(const char *id, const char *payload)
{
    (void)id;
    atomic_fetch_add(&inside, 1);
    const char *answer = host->dispatch(payload);
    atomic_fetch_sub(&inside, 1);
    char *copy = strdup(answer == NULL ? "null" : answer);
    host->free_string(answer);
    return copy;
}

static void on_event(osr_plugin_ctx_t ctx, const char *task, int type, const char *json)
{
    (void)ctx;
    (void)task;
    (void)type;
    (void)json;
    host->log(OSR_LOG_INFO, atomic_load(&inside) > 0 ? "too early" : "in time");
}

FIXTURE_FUNCTIONS("dispatches-a-lot")
FIXTURE_ENTRY_WITH(api.on_task_event = on_event)
