/* Has no manifest; prints when it is destroyed. */
#include "fixture.h"

static const char *misbehave(const char *id, const char *payload)
{
    (void)id;
    return strdup(payload);
}

FIXTURE_FUNCTIONS("manifest-is-null")

static const char *no_manifest(osr_plugin_ctx_t ctx)
{
    (void)ctx;
    return NULL;
}

static void destroy(osr_plugin_ctx_t ctx) { printf("destroyed %s\n", ctx == &host ? "itself" : "something else"); }

const osr_plugin_api *osaurus_plugin_entry_v2(const osr_host_api *given)
{
    static osr_plugin_api api;
    (void)fixture_manifest;
    (void)fixture_destroy;
    host = given;
    api = (osr_plugin_api){.free_string = fixture_free,
                           .init = fixture_init,
                           .destroy = destroy,
                           .get_manifest = no_manifest,
                           .invoke = fixture_invoke};
    return &api;
}
