/* Blocks all signals in init, and crashes in a call; `crash later` blocks them in its own thread and waits instead. */
#include "crash.h"
#include "fixture.h"

static void block_all(void)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
}

static const char *misbehave(const char *id, const char *payload)
{
    if (strcmp(id, "crash later") == 0) {
        block_all();
        for (;;) sleep(1000);
    }
    crash("segv");
    return strdup(payload);
}

FIXTURE_FUNCTIONS("blocks-signals")

static osr_plugin_ctx_t init(void)
{
    block_all();
    return fixture_init();
}

const osr_plugin_api *osaurus_plugin_entry_v2(const osr_host_api *given)
{
    static osr_plugin_api api;
    host = given;
    api = (osr_plugin_api){.version = OSR_ABI_VERSION_6,
                           .free_string = fixture_free,
                           .init = init,
                           .destroy = fixture_destroy,
                           .get_manifest = fixture_manifest,
                           .invoke = fixture_invoke};
    return &api;
}
