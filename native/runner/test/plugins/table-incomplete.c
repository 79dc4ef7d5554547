/* Its table lacks two of the five required functions. */
#include "fixture.h"

static const char *misbehave(const char *id, const char *payload)
{
    (void)id;
    return strdup(payload);
}

FIXTURE_FUNCTIONS("table-incomplete")

const osr_plugin_api *osaurus_plugin_entry_v2(const osr_host_api *given)
{
    static osr_plugin_api api;
    (void)fixture_init;
    (void)fixture_invoke;
    host = given;
    api = (osr_plugin_api){.free_string = fixture_free, .destroy = fixture_destroy, .get_manifest = fixture_manifest};
    return &api;
}
