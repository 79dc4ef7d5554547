/* Has the optional functions too; each prints or returns what it was given. */
#include "fixture.h"

static const char *misbehave(const char *id, const char *payload)
{
    (void)id;
    return strdup(payload);
}

FIXTURE_FUNCTIONS("has-every-function")

static const char *route(osr_plugin_ctx_t ctx, const char *request)
{
    (void)ctx;
    return strdup(request);
}

static void config_changed(osr_plugin_ctx_t ctx, const char *key, const char *value)
{
    (void)ctx;
    printf("config %s=%s\n", key, value == NULL ? "(null)" : value);
}

static void task_event(osr_plugin_ctx_t ctx, const char *task, int type, const char *event)
{
    (void)ctx;
    printf("event %s %d %s\n", task, type, event);
}

static void destroy(osr_plugin_ctx_t ctx) { printf("destroyed %s\n", ctx == &host ? "itself" : "something else"); }

const osr_plugin_api *osaurus_plugin_entry_v2(const osr_host_api *given)
{
    static osr_plugin_api api;
    (void)fixture_destroy;
    host = given;
    api = (osr_plugin_api){.version = OSR_ABI_VERSION_6,
                           .free_string = fixture_free,
                           .init = fixture_init,
                           .destroy = destroy,
                           .get_manifest = fixture_manifest,
                           .invoke = fixture_invoke,
                           .handle_route = route,
                           .on_config_changed = config_changed,
                           .on_task_event = task_event};
    return &api;
}
