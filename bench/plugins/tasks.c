/* A plugin that starts tasks, and measures how long it takes until it hears of them:
 *
 *   timed   its arguments are a dispatch: answers "RETURNED STARTED", nanoseconds from the call until `dispatch` has
 *           returned, and until the plugin is told that the task has started; returns when the task is over
 *   many    {"times":N, ...}: dispatches its arguments N times
 *   over    N: returns when so many tasks are over, counted from the last time it returned
 *   note    for a model: does nothing
 */
#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "fixture.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
/* One task is timed at a time. */
static uint64_t started;
static long over;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void on_task_event(osr_plugin_ctx_t ctx, const char *task_id, int type, const char *json)
{
    (void)ctx, (void)task_id, (void)json;
    uint64_t heard = now();
    pthread_mutex_lock(&lock);
    if (type == OSR_TASK_EVENT_STARTED) started = heard;
    if (type == OSR_TASK_EVENT_COMPLETED) over++;
    if (type == OSR_TASK_EVENT_FAILED || type == OSR_TASK_EVENT_CANCELLED) abort();
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void until_over(long count)
{
    pthread_mutex_lock(&lock);
    while (over < count) pthread_cond_wait(&changed, &lock);
    over -= count;
    pthread_mutex_unlock(&lock);
}

static int dispatch(const char *request)
{
    const char *answer = host->dispatch(request);
    int is_done = answer != NULL && strstr(answer, "\"error\"") == NULL;
    host->free_string(answer);
    return is_done;
}

static char *timed(const char *request)
{
    uint64_t start = now();
    if (!dispatch(request)) return NULL;
    uint64_t returned = now();
    until_over(1);
    char answer[64];
    snprintf(answer, sizeof answer, "%llu %llu", (unsigned long long)(returned - start),
             (unsigned long long)(started - start));
    return strdup(answer);
}

static char *many(const char *request)
{
    const char *at = strstr(request, "\"times\":");
    for (long left = at == NULL ? 0 : atol(at + strlen("\"times\":")); left > 0; left--) {
        if (!dispatch(request)) return NULL;
    }
    return strdup("done");
}

static const char *misbehave(const char *id, const char *payload)
{
    if (strcmp(id, "timed") == 0) return timed(payload);
    if (strcmp(id, "many") == 0) return many(payload);
    if (strcmp(id, "over") == 0) until_over(atol(payload));
    return strdup("{\"ok\":true}");
}

#undef FIXTURE_MANIFEST
#define FIXTURE_MANIFEST(name)                                                                      \
    "{\"plugin_id\":\"test." name "\",\"name\":\"" name "\",\"version\":\"1.0.0\","                 \
    "\"capabilities\":{\"tools\":["                                                                 \
    FIXTURE_TOOL("timed") "," FIXTURE_TOOL("many") "," FIXTURE_TOOL("over") "," FIXTURE_TOOL("note") "]}}"

FIXTURE_FUNCTIONS("tasks")
FIXTURE_ENTRY_WITH(api.on_task_event = on_task_event)
