/* A version 1 plugin whose table ends with its page: whoever reads past the fifth function dies. */
#include <sys/mman.h>

#include "fixture.h"

static const char *misbehave(const char *id, const char *payload)
{
    (void)id;
    return strdup(payload);
}

FIXTURE_FUNCTIONS("version-one")

#if !defined(TABLE_BYTES)
#define TABLE_BYTES offsetof(osr_plugin_api, version)
#endif

const osr_plugin_api *osaurus_plugin_entry(void)
{
    const osr_plugin_api api = {.free_string = fixture_free,
                                .init = fixture_init,
                                .destroy = fixture_destroy,
                                .get_manifest = fixture_manifest,
                                .invoke = fixture_invoke};
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0) return NULL;
    char *table = pages + page - TABLE_BYTES;
    memcpy(table, &api, TABLE_BYTES);
    return (const osr_plugin_api *)(void *)table;
}
