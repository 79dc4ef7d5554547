#include "bridge.h"

#include <string.h>

#include "_cgo_export.h"

static const osr_host_api *host;

/* Go makes threads whenever it likes, and moves its goroutines between them: the host would take such a thread for the
 * call in which it was made. So each thread knows the call that the host made on it, and Go asks here before it asks
 * the host. */
static _Thread_local uint64_t current_call;

static uint64_t next_call(void)
{
    static uint64_t calls;
    return __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
}

uint32_t osr_go_host_version(void) { return host == NULL ? 0 : host->version; }

uint64_t osr_go_current_call(void) { return current_call; }

/* ---- to the host --------------------------------------------------------------------------------------------------- */

typedef void (*function)(void);

static function at(int slot)
{
    function found;
    memcpy(&found, (const char *)host + sizeof(function) * (size_t)slot, sizeof found);
    return found;
}

const char *osr_go_ask(int slot) { return ((const char *(*)(void))at(slot))(); }

const char *osr_go_ask_one(int slot, const char *text) { return ((const char *(*)(const char *))at(slot))(text); }

const char *osr_go_ask_two(int slot, const char *text, const char *more)
{
    return ((const char *(*)(const char *, const char *))at(slot))(text, more);
}

void osr_go_tell_one(int slot, const char *text) { ((void (*)(const char *))at(slot))(text); }

void osr_go_tell_two(int slot, const char *text, const char *more)
{
    ((void (*)(const char *, const char *))at(slot))(text, more);
}

void osr_go_log(int level, const char *message, const char *payload)
{
    if (payload == NULL || host->version < OSR_ABI_VERSION_5) host->log(level, message);
    else host->log_structured(level, message, payload);
}

static void on_chunk(const char *chunk, void *user_data) { osaurusChunk((char *)chunk, *(uintptr_t *)user_data); }

const char *osr_go_stream(const char *request, uintptr_t listener)
{
    return host->complete_stream(request, listener == 0 ? NULL : on_chunk, &listener);
}

void osr_go_release(const char *text)
{
    if (host->version >= OSR_ABI_VERSION_6) host->free_string(text);
    else free((void *)text);
}

/* ---- from the host: each function is a call of its own, which may stand inside of another one on this thread ---------- */

#define IN_CALL(statement)                 \
    uint64_t outer_call = current_call;    \
    current_call = next_call();            \
    statement;                             \
    current_call = outer_call

static void free_string(const char *text) { free((void *)text); }

static osr_plugin_ctx_t init(void)
{
    static char context;
    IN_CALL(int has_started = osaurusStart(current_call));
    return has_started ? &context : NULL;
}

static void destroy(osr_plugin_ctx_t ctx)
{
    (void)ctx;
    IN_CALL(osaurusStop(current_call));
}

static const char *get_manifest(osr_plugin_ctx_t ctx)
{
    (void)ctx;
    IN_CALL(const char *manifest = osaurusManifest(current_call));
    return manifest;
}

static const char *invoke(osr_plugin_ctx_t ctx, const char *type, const char *id, const char *payload)
{
    (void)ctx;
    IN_CALL(const char *answer = osaurusInvoke(current_call, (char *)type, (char *)id, (char *)payload));
    return answer;
}

static const char *handle_route(osr_plugin_ctx_t ctx, const char *request)
{
    (void)ctx;
    IN_CALL(const char *answer = osaurusRoute(current_call, (char *)request));
    return answer;
}

static void on_config_changed(osr_plugin_ctx_t ctx, const char *key, const char *value)
{
    (void)ctx;
    /* By this change a host looks whether the tables fit. */
    if (strcmp(key, "__osaurus_abi_probe__") == 0) return;
    IN_CALL(osaurusConfigChanged(current_call, (char *)key, (char *)value));
}

static void on_task_event(osr_plugin_ctx_t ctx, const char *task_id, int type, const char *event)
{
    (void)ctx;
    IN_CALL(osaurusTaskEvent(current_call, (char *)task_id, type, (char *)event));
}

static const osr_plugin_api *enter(const osr_host_api *given)
{
    static osr_plugin_api api = {
        .free_string = free_string,
        .init = init,
        .destroy = destroy,
        .get_manifest = get_manifest,
        .invoke = invoke,
        .version = OSR_ABI_VERSION_6,
    };
    host = given;
    int serves = osaurusServes();
    if (serves < 0) return NULL;
    api.handle_route = (serves & 1) != 0 ? handle_route : NULL;
    api.on_config_changed = (serves & 2) != 0 ? on_config_changed : NULL;
    api.on_task_event = (serves & 4) != 0 ? on_task_event : NULL;
    return &api;
}

OSR_EXPORT const osr_plugin_api *osaurus_plugin_entry_v2(const osr_host_api *given) { return enter(given); }

OSR_EXPORT const osr_plugin_api *osaurus_plugin_entry(void) { return enter(NULL); }
