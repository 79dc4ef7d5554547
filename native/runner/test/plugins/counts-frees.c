/* Prints a line for every text that it gets back; returns NULL on request. */
#include "fixture.h"

static const char *misbehave(const char *id, const char *payload)
{
    return strcmp(id, "null") == 0 ? NULL : strdup(payload);
}

FIXTURE_FUNCTIONS("counts-frees")

static void count(const char *text)
{
    static int frees;
    printf("freed %d %s\n", __atomic_add_fetch(&frees, 1, __ATOMIC_SEQ_CST), text == NULL ? "(null)" : "a text");
    fixture_free(text);
}

const osr_plugin_api *osaurus_plugin_entry_v2(const osr_host_api *given)
{
    static osr_plugin_api api;
    host = given;
    api = (osr_plugin_api){.version = OSR_ABI_VERSION_6,
                           .free_string = count,
                           .init = fixture_init,
                           .destroy = fixture_destroy,
                           .get_manifest = fixture_manifest,
                           .invoke = fixture_invoke};
    return &api;
}
