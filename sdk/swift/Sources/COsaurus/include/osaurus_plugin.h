/* The plugin interface of Osaurus, versions 1 to 6, for C and C++.
 *
 * A plugin is a shared library that exports osaurus_plugin_entry_v2 (or, without a host, osaurus_plugin_entry). The
 * entry returns a table of functions that stays valid until the process ends. Source of the rules: "Osaurus: Plugin
 * Authoring" and its "Host API" and "ABI Versions" pages.
 *
 * Strings are UTF-8 and end in NUL. Who allocates and who frees:
 *   - what a host function returns belongs to the plugin: release it with host->free_string (version 6) or free();
 *   - what the host passes in is valid only during the call: copy what you keep;
 *   - what the plugin returns is released by the host through the plugin's own free_string, exactly once.
 *
 * The layout is frozen. New versions append to osr_host_api; ask host->version before using a later slot.
 */
#ifndef OSAURUS_PLUGIN_H
#define OSAURUS_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OSR_ABI_VERSION_1 1u /* tools only, no host functions */
#define OSR_ABI_VERSION_2 2u /* host functions up to dispatch_add_issue */
#define OSR_ABI_VERSION_3 3u /* complete_cancel */
#define OSR_ABI_VERSION_4 4u /* get_active_agent_id */
#define OSR_ABI_VERSION_5 5u /* log_structured */
#define OSR_ABI_VERSION_6 6u /* free_string */

#define OSR_LOG_TRACE 0
#define OSR_LOG_DEBUG 1
#define OSR_LOG_INFO 2
#define OSR_LOG_WARN 3
#define OSR_LOG_ERROR 4

#define OSR_TASK_EVENT_STARTED 0
#define OSR_TASK_EVENT_ACTIVITY 1
#define OSR_TASK_EVENT_PROGRESS 2
#define OSR_TASK_EVENT_CLARIFICATION 3
#define OSR_TASK_EVENT_COMPLETED 4
#define OSR_TASK_EVENT_FAILED 5
#define OSR_TASK_EVENT_CANCELLED 6
#define OSR_TASK_EVENT_OUTPUT 7
#define OSR_TASK_EVENT_DRAFT 8

/* Whatever init() returned; passed back as the first argument of every other function. */
typedef void *osr_plugin_ctx_t;

/* Gets one chunk of a streamed completion, on the thread that is blocked in complete_stream. */
typedef void (*osr_on_chunk_fn)(const char *chunk_json, void *user_data);

/* What the host offers. Every slot of a version 6 host can be called; a function that a host does not serve answers
 * {"error":"not_supported",...}. Functions that return text block until the answer is there and may return NULL. */
typedef struct osr_host_api {
    uint32_t version;

    /* Settings and secrets, one set for each agent. */
    const char *(*config_get)(const char *key);
    void (*config_set)(const char *key, const char *value);
    void (*config_delete)(const char *key);

    /* The plugin's own SQLite database. */
    const char *(*db_exec)(const char *sql, const char *params_json);
    const char *(*db_query)(const char *sql, const char *params_json);

    void (*log)(int level, const char *message);

    /* Background tasks. dispatch_clarify is reserved. */
    const char *(*dispatch)(const char *request_json);
    const char *(*task_status)(const char *task_id);
    void (*dispatch_cancel)(const char *task_id);
    void (*dispatch_clarify)(const char *task_id, const char *response);

    /* Inference. */
    const char *(*complete)(const char *request_json);
    const char *(*complete_stream)(const char *request_json, osr_on_chunk_fn on_chunk, void *user_data);
    const char *(*embed)(const char *request_json);
    const char *(*list_models)(void);

    /* The outside world. */
    const char *(*http_request)(const char *request_json);
    const char *(*file_read)(const char *request_json);

    /* More of background tasks. dispatch_add_issue is reserved. */
    const char *(*list_active_tasks)(void);
    void (*send_draft)(const char *task_id, const char *draft_json);
    void (*dispatch_interrupt)(const char *task_id, const char *message);
    const char *(*dispatch_add_issue)(const char *task_id, const char *issue_json);

    void (*complete_cancel)(const char *stream_id);                                /* since version 3 */
    const char *(*get_active_agent_id)(void);                                      /* since version 4 */
    void (*log_structured)(int level, const char *message, const char *payload_json); /* since version 5 */
    void (*free_string)(const char *s);                                            /* since version 6 */
} osr_host_api;

/* What the plugin offers. The first five functions are required; a version 1 table ends behind invoke. */
typedef struct osr_plugin_api {
    void (*free_string)(const char *s);
    osr_plugin_ctx_t (*init)(void);
    void (*destroy)(osr_plugin_ctx_t ctx);
    const char *(*get_manifest)(osr_plugin_ctx_t ctx);
    const char *(*invoke)(osr_plugin_ctx_t ctx, const char *type, const char *id, const char *payload);

    /* Since version 2; each of the functions may be NULL. */
    uint32_t version;
    const char *(*handle_route)(osr_plugin_ctx_t ctx, const char *request_json);
    void (*on_config_changed)(osr_plugin_ctx_t ctx, const char *key, const char *value);
    void (*on_task_event)(osr_plugin_ctx_t ctx, const char *task_id, int event_type, const char *event_json);
} osr_plugin_api;

#if defined(_WIN32)
#define OSR_EXPORT __declspec(dllexport)
#else
#define OSR_EXPORT __attribute__((visibility("default")))
#endif

/* What a plugin exports; the first is looked up first. */
OSR_EXPORT const osr_plugin_api *osaurus_plugin_entry_v2(const osr_host_api *host);
OSR_EXPORT const osr_plugin_api *osaurus_plugin_entry(void);

/* The layout, checked by the compiler: a slot that moved would make every existing plugin call the wrong function. */
#if defined(__cplusplus)
#define OSR_ASSERT_OFFSET(type, field, offset) static_assert(offsetof(type, field) == (offset), #type "." #field)
#define OSR_ASSERT_SIZE(type, size) static_assert(sizeof(type) == (size), #type)
#else
#define OSR_ASSERT_OFFSET(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field)
#define OSR_ASSERT_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type)
#endif
OSR_ASSERT_SIZE(void *, 8);
OSR_ASSERT_OFFSET(osr_host_api, version, 0);
OSR_ASSERT_OFFSET(osr_host_api, config_get, 8);
OSR_ASSERT_OFFSET(osr_host_api, config_set, 16);
OSR_ASSERT_OFFSET(osr_host_api, config_delete, 24);
OSR_ASSERT_OFFSET(osr_host_api, db_exec, 32);
OSR_ASSERT_OFFSET(osr_host_api, db_query, 40);
OSR_ASSERT_OFFSET(osr_host_api, log, 48);
OSR_ASSERT_OFFSET(osr_host_api, dispatch, 56);
OSR_ASSERT_OFFSET(osr_host_api, task_status, 64);
OSR_ASSERT_OFFSET(osr_host_api, dispatch_cancel, 72);
OSR_ASSERT_OFFSET(osr_host_api, dispatch_clarify, 80);
OSR_ASSERT_OFFSET(osr_host_api, complete, 88);
OSR_ASSERT_OFFSET(osr_host_api, complete_stream, 96);
OSR_ASSERT_OFFSET(osr_host_api, embed, 104);
OSR_ASSERT_OFFSET(osr_host_api, list_models, 112);
OSR_ASSERT_OFFSET(osr_host_api, http_request, 120);
OSR_ASSERT_OFFSET(osr_host_api, file_read, 128);
OSR_ASSERT_OFFSET(osr_host_api, list_active_tasks, 136);
OSR_ASSERT_OFFSET(osr_host_api, send_draft, 144);
OSR_ASSERT_OFFSET(osr_host_api, dispatch_interrupt, 152);
OSR_ASSERT_OFFSET(osr_host_api, dispatch_add_issue, 160);
OSR_ASSERT_OFFSET(osr_host_api, complete_cancel, 168);
OSR_ASSERT_OFFSET(osr_host_api, get_active_agent_id, 176);
OSR_ASSERT_OFFSET(osr_host_api, log_structured, 184);
OSR_ASSERT_OFFSET(osr_host_api, free_string, 192);
OSR_ASSERT_SIZE(osr_host_api, 200);
OSR_ASSERT_OFFSET(osr_plugin_api, free_string, 0);
OSR_ASSERT_OFFSET(osr_plugin_api, init, 8);
OSR_ASSERT_OFFSET(osr_plugin_api, destroy, 16);
OSR_ASSERT_OFFSET(osr_plugin_api, get_manifest, 24);
OSR_ASSERT_OFFSET(osr_plugin_api, invoke, 32);
OSR_ASSERT_OFFSET(osr_plugin_api, version, 40);
OSR_ASSERT_OFFSET(osr_plugin_api, handle_route, 48);
OSR_ASSERT_OFFSET(osr_plugin_api, on_config_changed, 56);
OSR_ASSERT_OFFSET(osr_plugin_api, on_task_event, 64);
OSR_ASSERT_SIZE(osr_plugin_api, 72);

#ifdef __cplusplus
}
#endif

#endif
