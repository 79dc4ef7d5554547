/* Crashes in the way that its payload says; the tool `thread` does so in a thread of its own, `twice` in two. */
#include <stdatomic.h>

#include "crash.h"
#include "fixture.h"

static atomic_int ready;

static void *crash_in_thread(void *how)
{
    crash(how);
    return NULL;
}

static void *crash_together(void *how)
{
    atomic_fetch_add(&ready, 1);
    while (atomic_load(&ready) < 2) continue; /* No barrier: macOS has none. */
    crash(how);
    return NULL;
}

static const char *misbehave(const char *id, const char *payload)
{
    pthread_t threads[2];
    if (strcmp(id, "thread") == 0) {
        pthread_create(&threads[0], NULL, crash_in_thread, (void *)(uintptr_t)payload);
        pthread_join(threads[0], NULL);
    } else if (strcmp(id, "twice") == 0) {
        for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, crash_together, (void *)(uintptr_t)payload);
        for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    } else if (strcmp(id, "bad argument") == 0) {
        host->free_string(host->db_query((const char *)16, NULL));
    } else {
        printf("a line before the crash\n");
        crash(payload);
    }
    return strdup(payload);
}

FIXTURE_FUNCTIONS("crashes")

/* Says when an answer has been handed over. */
static void count(const char *text)
{
    static int frees;
    printf("freed %d\n", __atomic_add_fetch(&frees, 1, __ATOMIC_SEQ_CST));
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
