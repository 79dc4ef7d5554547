/* Counts allocations and lets one fail, see starve.h. */
#define STARVE_ITSELF
#include "starve.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>

static bool fails(void)
{
    static atomic_ulong count;
    const char *wanted = getenv("STARVE");
    bool now = wanted != NULL && atomic_fetch_add(&count, 1) + 1 == strtoul(wanted, NULL, 10);
    if (now) errno = ENOMEM;
    return now;
}

void *starve_malloc(size_t size) { return fails() ? NULL : malloc(size); }

void *starve_calloc(size_t count, size_t size) { return fails() ? NULL : calloc(count, size); }

void *starve_realloc(void *old, size_t size) { return fails() ? NULL : realloc(old, size); }

char *starve_strdup(const char *text) { return fails() ? NULL : strdup(text); }
