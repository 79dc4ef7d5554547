/* Crashes in get_manifest. */
#include "crash.h"
#include "fixture.h"

static const char *misbehave(const char *id, const char *payload)
{
    (void)id;
    return strdup(payload);
}

FIXTURE_FUNCTIONS("crashes-in-manifest")

static const char *manifest(osr_plugin_ctx_t ctx)
{
    crash("segv");
    return fixture_manifest(ctx);
}

const osr_plugin_api *osaurus_plugin_entry_v2(const osr_host_api *given)
{
    static osr_plugin_api api;
    host = given;
    api = (osr_plugin_api){.free_string = fixture_free,
                           .init = fixture_init,
                           .destroy = fixture_destroy,
                           .get_manifest = manifest,
                           .invoke = fixture_invoke};
    return &api;
}
