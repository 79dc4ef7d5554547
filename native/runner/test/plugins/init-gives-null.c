/* Its init fails. */
#include "fixture.h"

static const char *misbehave(const char *id, const char *payload)
{
    (void)id;
    return strdup(payload);
}

FIXTURE_FUNCTIONS("init-gives-null")

static osr_plugin_ctx_t fail(void) { return NULL; }

const osr_plugin_api *osaurus_plugin_entry_v2(const osr_host_api *given)
{
    static osr_plugin_api api;
    (void)fixture_init;
    host = given;
    api = (osr_plugin_api){.free_string = fixture_free,
                           .init = fail,
                           .destroy = fixture_destroy,
                           .get_manifest = fixture_manifest,
                           .invoke = fixture_invoke};
    return &api;
}
