#include "deadline.h"

#include <stddef.h>
#include <time.h>

/* SQLite's instructions between two looks at the clock: about 20 microseconds. */
#define INSTRUCTIONS_BETWEEN_LOOKS 1000

static uint64_t deadline_ms = UINT64_MAX;

uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

void deadline_begin(uint64_t ms_max)
{
    const uint64_t now = clock_ms();
    deadline_ms = ms_max > UINT64_MAX - now ? UINT64_MAX : now + ms_max;
}

void deadline_end(void)
{
    deadline_ms = UINT64_MAX;
}

bool deadline_passed(void)
{
    return deadline_ms != UINT64_MAX && clock_ms() >= deadline_ms;
}

static int look(void *unused)
{
    (void)unused;
    return deadline_passed();
}

void deadline_watch(sqlite3 *db)
{
    sqlite3_progress_handler(db, INSTRUCTIONS_BETWEEN_LOOKS, look, NULL);
}
