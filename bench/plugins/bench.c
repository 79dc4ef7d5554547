/* What the benchmarks ask of a plugin beyond `echo`:
 *
 *   ask     payload N: calls the host N times; answers "P50 P99", nanoseconds for one host call
 *   stream  takes a streamed completion; answers how many chunks came
 *   crash   writes to address 0
 *   hang    never returns
 */
#include <stdint.h>
#include <time.h>

#include "fixture.h"

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Timed in here, so that the trip of the surrounding call does not count. */
static char *ask(size_t times)
{
    uint64_t *took = calloc(times + 1, sizeof *took);
    if (took == NULL) return NULL;
    for (size_t i = 0; i < times; i++) {
        uint64_t start = now();
        host->free_string(host->config_get("key"));
        took[i] = now() - start;
    }
    qsort(took, times, sizeof *took, compare);
    char answer[64];
    snprintf(answer, sizeof answer, "%llu %llu", (unsigned long long)took[times / 2],
             (unsigned long long)took[times * 99 / 100]);
    free(took);
    return strdup(answer);
}

static void count_chunk(const char *chunk, void *count)
{
    (void)chunk;
    ++*(size_t *)count;
}

static char *stream(const char *payload)
{
    size_t count = 0;
    host->free_string(host->complete_stream(payload, count_chunk, &count));
    char answer[32];
    snprintf(answer, sizeof answer, "%zu", count);
    return strdup(answer);
}

static const char *misbehave(const char *id, const char *payload)
{
    if (strcmp(id, "ask") == 0) return ask((size_t)atol(payload));
    if (strcmp(id, "stream") == 0) return stream(payload);
    if (strcmp(id, "crash") == 0) {
        int *volatile nowhere = NULL;
        *nowhere = 1;
    }
    if (strcmp(id, "hang") == 0) {
        for (;;) pause();
    }
    return NULL;
}

FIXTURE("bench")
