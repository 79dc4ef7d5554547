/* Calls the host from a thread that init has made, before and after loading is done. */
#include <pthread.h>

#include "fixture.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int released;

static void *ask(void *unused)
{
    (void)unused;
    host->free_string(host->config_get("in init"));
    pthread_mutex_lock(&lock);
    while (!released) pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    const char *agent = host->get_active_agent_id();
    host->free_string(host->config_get(agent == NULL ? "no agent" : agent));
    return NULL;
}

static const char *misbehave(const char *id, const char *payload)
{
    (void)id;
    pthread_mutex_lock(&lock);
    released = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return strdup(payload);
}

FIXTURE_FUNCTIONS("asks-from-init-thread")

static osr_plugin_ctx_t init(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, ask, NULL) == 0) pthread_detach(thread);
    host->free_string(host->config_get("in init itself"));
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
