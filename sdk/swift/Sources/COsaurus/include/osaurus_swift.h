/* What Swift needs of C: the plugin interface, memory of the C library, and which thread this is. */
#ifndef OSAURUS_SWIFT_H
#define OSAURUS_SWIFT_H

#include "osaurus_plugin.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A copy with NUL behind it; NULL when there is no memory. */
static inline char *osr_swift_copy(const void *bytes, size_t count)
{
    char *copy = malloc(count + 1);
    if (copy == NULL) return NULL;
    if (count > 0) memcpy(copy, bytes, count);
    copy[count] = '\0';
    return copy;
}

static inline void osr_swift_free(const char *text)
{
    free((void *)(uintptr_t)text);
}

static inline uintptr_t osr_swift_thread(void)
{
    return (uintptr_t)pthread_self();
}

#endif
