/* The one plugin of this process: its library, its table, its entries. */
#include "plugin.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checks.h"
#include "entries.h"
#include "host_api.h"
#include "output.h"
#include "pool.h"

/* A version 1 table ends behind the fifth function; what follows it in memory is not ours to read. */
#define TABLE_V1_BYTES offsetof(osr_plugin_api, version)

static osr_plugin_api api;
static _Atomic(osr_plugin_ctx_t) ctx; /* Whoever loads it sees the table, which was there before it. */
static bool destroyed;

static enum load_result load_failed(enum load_result result, const char *detail)
{
    struct field field = field_text(detail);
    output_frame(FRAME_READY, (uint8_t)result, 0, 0, &field, 1);
    return result;
}

/* Copies the plugin's table, as much of it as its version has. Returns the ABI version, or 0 with *result set. */
static uint32_t fetch_table(void *library, enum load_result *result)
{
    const osr_plugin_api *(*entry_v2)(const osr_host_api *);
    const osr_plugin_api *(*entry_v1)(void);
    *(void **)&entry_v2 = host_api_version() > OSR_ABI_VERSION_1 ? dlsym(library, "osaurus_plugin_entry_v2") : NULL;
    *(void **)&entry_v1 = dlsym(library, "osaurus_plugin_entry");
    if (entry_v2 == NULL && entry_v1 == NULL) {
        *result = load_failed(LOAD_ENTRY_MISSING, NULL);
        return 0;
    }
    load_step_set("the entry function");
    const osr_plugin_api *table = entry_v2 != NULL ? entry_v2(host_api()) : entry_v1();
    if (table == NULL) {
        *result = load_failed(LOAD_ENTRY_NULL, entry_v2 != NULL ? "osaurus_plugin_entry_v2" : "osaurus_plugin_entry");
        return 0;
    }
    memcpy(&api, table, entry_v2 != NULL ? sizeof api : TABLE_V1_BYTES);
    if (entry_v2 == NULL) return OSR_ABI_VERSION_1;
    return api.version < OSR_ABI_VERSION_2 ? OSR_ABI_VERSION_2 : api.version;
}

/* Writes the names of the required functions that are missing, separated by commas. Returns whether there are any. */
static bool missing_functions(char *names, size_t room)
{
    const struct {
        const char *name;
        bool present;
    } required[] = {
        {"free_string", api.free_string != NULL}, {"init", api.init != NULL},     {"destroy", api.destroy != NULL},
        {"get_manifest", api.get_manifest != NULL}, {"invoke", api.invoke != NULL},
    };
    names[0] = 0;
    for (size_t i = 0; i < sizeof required / sizeof *required; i++) {
        if (required[i].present) continue;
        size_t used = strlen(names);
        snprintf(names + used, room - used, "%s%s", used > 0 ? ", " : "", required[i].name);
    }
    return names[0] != 0;
}

static enum load_result send_ready(uint32_t abi, const char *manifest)
{
    unsigned char abi_bytes[4];
    unsigned char feature_bytes[4];
    put_u32(abi_bytes, abi);
    put_u32(feature_bytes, (api.handle_route != NULL ? (uint32_t)FEATURE_ROUTE : 0u) |
                               (api.on_config_changed != NULL ? (uint32_t)FEATURE_CONFIG : 0u) |
                               (api.on_task_event != NULL ? (uint32_t)FEATURE_EVENT : 0u));
    struct field fields[3] = {{(const char *)abi_bytes, 4}, {(const char *)feature_bytes, 4}, field_text(manifest)};
    if (output_frame(FRAME_READY, LOAD_OK, 0, 0, fields, 3) == 0) return LOAD_OK;
    return load_failed(LOAD_MANIFEST_TOO_LARGE, NULL);
}

enum load_result plugin_load(const char *path, int descriptor)
{
    load_step_set("a constructor of the library");
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (descriptor > 2) close(descriptor); /* The plugin and what it starts have no use for it. */
    if (library == NULL) return load_failed(LOAD_LIBRARY_FAILED, dlerror());
    enum load_result result = LOAD_OK;
    uint32_t abi = fetch_table(library, &result);
    if (abi == 0) return result;
    char names[128];
    if (missing_functions(names, sizeof names)) return load_failed(LOAD_TABLE_INCOMPLETE, names);

    load_step_set("init");
    ctx = api.init();
    if (ctx == NULL) return load_failed(LOAD_INIT_NULL, NULL);
    load_step_set("get_manifest");
    const char *manifest = api.get_manifest(ctx);
    if (manifest == NULL) {
        load_failed(LOAD_MANIFEST_NULL, NULL);
        load_step_set("destroy");
        api.destroy(ctx);
        return LOAD_MANIFEST_NULL;
    }
    check_answer_begins();
    enum load_result sent = send_ready(abi, manifest);
    api.free_string(manifest);
    check_answer_ends();
    return sent;
}

/* Answers with what the plugin returned, then gives the text back to the plugin. */
static void answer_text(struct call *call, const char *text)
{
    struct field field = field_text(text); /* A bad pointer crashes here, still within the call. */
    atomic_store_explicit(&call->open, false, memory_order_release);
    if (output_frame(FRAME_RETURN, text == NULL ? STATUS_NULL : STATUS_TEXT, call->id, 0, &field, 1) != 0) {
        output_frame(FRAME_RETURN, STATUS_TOO_LARGE, call->id, 0, NULL, 0);
    }
    if (text == NULL) return;
    struct thread *self = thread_known();
    if (self != NULL) self->frees = true;
    api.free_string(text);
    if (self != NULL) self->frees = false;
}

static void refuse(struct call *call, const char *reason)
{
    struct field field = field_text(reason);
    output_frame(FRAME_RETURN, STATUS_REFUSED, call->id, 0, &field, 1);
}

static int event_type(const struct field *field)
{
    return field->size == 4 ? (int)get_u32((const unsigned char *)field->data) : -1;
}

void plugin_run(struct call *call)
{
    assert(call != NULL);
    const struct field *f = call->fields;
    const osr_plugin_ctx_t plugin = atomic_load_explicit(&ctx, memory_order_acquire);
    const char *text = NULL;
    switch (call->entry) {
    case ENTRY_INVOKE: text = api.invoke(plugin, f[1].data, f[2].data, f[3].data); break;
    case ENTRY_ROUTE:
        if (api.handle_route == NULL) {
            refuse(call, "the plugin has no handle_route");
            return;
        }
        text = api.handle_route(plugin, f[1].data);
        break;
    case ENTRY_CONFIG:
        if (api.on_config_changed != NULL) api.on_config_changed(plugin, f[1].data, f[2].data);
        break;
    case ENTRY_EVENT:
        if (api.on_task_event != NULL) api.on_task_event(plugin, f[1].data, event_type(&f[2]), f[3].data);
        break;
    case ENTRY_DESTROY:
        if (!destroyed) api.destroy(plugin);
        destroyed = true; /* Whatever the host asks, a context is given up once. */
        pool_shut();
        break;
    case ENTRY_LOAD: break;
    }
    check_answer_begins();
    answer_text(call, text);
    check_answer_ends();
}
