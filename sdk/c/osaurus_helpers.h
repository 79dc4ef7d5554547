/* What a plugin in C needs around its own code: the tables and entries, the manifest, the envelopes of answers, and host
 * functions that are safe on every version of the host. C11, also fine as C++17; nothing to link.
 *
 * A plugin describes itself with an osr_plugin and ends with OSR_PLUGIN(that). Include this file in one source file only.
 *
 *   - Every text that a function here returns is the plugin's own, to be freed with free(). What the host gave was
 *     copied and went back to the host already, in the way of its version.
 *   - A tool returns osr_ok(...) or osr_fail(...), so that an answer always says whether it went well.
 *   - A host function that this host does not have is not called: functions with an answer say "not_supported" in
 *     `error`, functions without one return false.
 *
 * A host pointer works for the call that it came with, on the thread of that call. A thread that outlives the call has
 * no agent: the host refuses what it asks, but for osr_log.
 */
#ifndef OSAURUS_HELPERS_H
#define OSAURUS_HELPERS_H

#include "osaurus_json.h"
#include "osaurus_plugin.h"

/* ---- texts of the host -------------------------------------------------------------------------------------------- */

/* Whether the host has what came with a version of the interface. There is no host in a version 1 plugin. */
static inline bool osr_has(const osr_host_api *host, uint32_t version)
{
    return host != NULL && host->version >= version;
}

/* Gives a text back to the host; NULL is nothing to give back. Each text exactly once. */
static inline void osr_release(const osr_host_api *host, const char *text)
{
    if (text == NULL) return;
    if (osr_has(host, OSR_ABI_VERSION_6)) host->free_string(text);
    else free((void *)(uintptr_t)text);
}

/* Copies a text of the host and gives it back. The copy is to be freed with free(); NULL for NULL. */
static inline char *osr_take(const osr_host_api *host, const char *text)
{
    if (text == NULL) return NULL;
    osr_text copy = {NULL, 0, 0, false};
    osr_text_add_text(&copy, text);
    osr_release(host, text);
    return osr_text_take(&copy);
}

/* ---- host functions without JSON ----------------------------------------------------------------------------------- */

/* A setting or secret of the agent that the call is for, to be freed; NULL when there is none. */
static inline char *osr_config_get(const osr_host_api *host, const char *key)
{
    return osr_has(host, OSR_ABI_VERSION_2) ? osr_take(host, host->config_get(key)) : NULL;
}

static inline bool osr_config_set(const osr_host_api *host, const char *key, const char *value)
{
    if (!osr_has(host, OSR_ABI_VERSION_2)) return false;
    host->config_set(key, value);
    return true;
}

static inline bool osr_config_delete(const osr_host_api *host, const char *key)
{
    if (!osr_has(host, OSR_ABI_VERSION_2)) return false;
    host->config_delete(key);
    return true;
}

/* The agent that the call is for, to be freed; NULL when there is none. */
static inline char *osr_agent_id(const osr_host_api *host)
{
    return osr_has(host, OSR_ABI_VERSION_4) ? osr_take(host, host->get_active_agent_id()) : NULL;
}

/* Works on every thread. Levels are OSR_LOG_TRACE to OSR_LOG_ERROR. */
static inline bool osr_log(const osr_host_api *host, int level, const char *message)
{
    if (!osr_has(host, OSR_ABI_VERSION_2) || message == NULL) return false;
    host->log(level, message);
    return true;
}

OSR_FORMAT(3, 4) static inline bool osr_log_format(const osr_host_api *host, int level, const char *format, ...)
{
    osr_text message = {NULL, 0, 0, false};
    va_list values;
    va_start(values, format);
    osr_text_format_list(&message, format, values);
    va_end(values);
    char *text = osr_text_take(&message);
    bool is_done = osr_log(host, level, text);
    free(text);
    return is_done;
}

/* A line with an object beside it. A host before version 5 gets the line alone, and the answer is false. */
static inline bool osr_log_structured(const osr_host_api *host, int level, const char *message, const char *payload_json)
{
    if (!osr_has(host, OSR_ABI_VERSION_5)) {
        (void)osr_log(host, level, message);
        return false;
    }
    host->log_structured(level, message, payload_json);
    return true;
}

static inline bool osr_dispatch_cancel(const osr_host_api *host, const char *task_id)
{
    if (!osr_has(host, OSR_ABI_VERSION_2)) return false;
    host->dispatch_cancel(task_id);
    return true;
}

/* The message may be NULL. */
static inline bool osr_dispatch_interrupt(const osr_host_api *host, const char *task_id, const char *message)
{
    if (!osr_has(host, OSR_ABI_VERSION_2)) return false;
    host->dispatch_interrupt(task_id, message);
    return true;
}

static inline bool osr_send_draft(const osr_host_api *host, const char *task_id, const char *draft_json)
{
    if (!osr_has(host, OSR_ABI_VERSION_2)) return false;
    host->send_draft(task_id, draft_json);
    return true;
}

/* Works on every thread, and while the stream is under way. */
static inline bool osr_complete_cancel(const osr_host_api *host, const char *stream_id)
{
    if (!osr_has(host, OSR_ABI_VERSION_3)) return false;
    host->complete_cancel(stream_id);
    return true;
}

/* ---- host functions that answer with JSON --------------------------------------------------------------------------- */

/* An answer of the host. Whoever asked frees it with osr_reply_free. */
typedef struct osr_reply {
    char *text;    /* what `json` is a piece of */
    osr_json json; /* an object; nothing when there was no answer that can be read */
    char *error;   /* the host's code, such as "not_found" or "sql_error"; NULL when it went well */
} osr_reply;

static inline void osr_reply_free(osr_reply *reply)
{
    free(reply->text);
    free(reply->error);
    reply->text = reply->error = NULL;
    reply->json = osr_json_parse("", 0);
}

static inline osr_reply osr_reply_of(char *text)
{
    osr_reply reply = {text, osr_json_parse_text(text), NULL};
    osr_json error = osr_member(reply.json, "error"), code = osr_member(reply.json, "code");
    bool is_object = osr_json_kind_of(reply.json) == OSR_JSON_OBJECT;
    /* SQL mistakes stand in `error` as words, with their code beside them. */
    bool has_code = osr_json_kind_of(code) == OSR_JSON_STRING;
    if (osr_json_kind_of(error) == OSR_JSON_STRING) reply.error = osr_copy_text(has_code ? code : error, NULL);
    else if (!is_object) reply.error = osr_copy_text(osr_json_parse_text("\"no_answer\""), NULL);
    return reply;
}

static inline osr_reply osr_reply_not_supported(void)
{
    osr_json text = osr_json_parse_text("\"{\\\"error\\\":\\\"not_supported\\\",\\\"message\\\":\\\"There is no host.\\\"}\"");
    return osr_reply_of(osr_copy_text(text, NULL));
}

/* A host function with one, two or no texts that go in. */
#define OSR_ASK(host, call) \
    (osr_has(host, OSR_ABI_VERSION_2) ? osr_reply_of(osr_take(host, call)) : osr_reply_not_supported())

/* The parameters are a JSON list or object, or NULL. */
static inline osr_reply osr_db_exec(const osr_host_api *host, const char *sql, const char *params_json)
{
    return OSR_ASK(host, host->db_exec(sql, params_json));
}

static inline osr_reply osr_db_query(const osr_host_api *host, const char *sql, const char *params_json)
{
    return OSR_ASK(host, host->db_query(sql, params_json));
}

static inline osr_reply osr_dispatch(const osr_host_api *host, const char *request_json)
{
    return OSR_ASK(host, host->dispatch(request_json));
}

static inline osr_reply osr_task_status(const osr_host_api *host, const char *task_id)
{
    return OSR_ASK(host, host->task_status(task_id));
}

static inline osr_reply osr_list_active_tasks(const osr_host_api *host)
{
    return OSR_ASK(host, host->list_active_tasks());
}

static inline osr_reply osr_complete(const osr_host_api *host, const char *request_json)
{
    return OSR_ASK(host, host->complete(request_json));
}

/* `on_chunk` is called on this thread; it may be NULL. */
static inline osr_reply osr_complete_stream(const osr_host_api *host, const char *request_json, osr_on_chunk_fn on_chunk,
                                            void *user_data)
{
    return OSR_ASK(host, host->complete_stream(request_json, on_chunk, user_data));
}

static inline osr_reply osr_embed(const osr_host_api *host, const char *request_json)
{
    return OSR_ASK(host, host->embed(request_json));
}

static inline osr_reply osr_list_models(const osr_host_api *host)
{
    return OSR_ASK(host, host->list_models());
}

static inline osr_reply osr_http_request(const osr_host_api *host, const char *request_json)
{
    return OSR_ASK(host, host->http_request(request_json));
}

static inline osr_reply osr_file_read(const osr_host_api *host, const char *request_json)
{
    return OSR_ASK(host, host->file_read(request_json));
}

/* ---- answers of tools ---------------------------------------------------------------------------------------------- */

/* An answer of a tool, in its envelope. Only the functions below make one. */
typedef struct osr_answer {
    char *envelope; /* NULL: memory ran out */
} osr_answer;

typedef enum osr_failure {
    OSR_INVALID_ARGS,
    OSR_TIMEOUT,
    OSR_EXECUTION_ERROR,
    OSR_UNAVAILABLE,
    OSR_REJECTED,
    OSR_USER_DENIED,
    OSR_TOOL_NOT_FOUND
} osr_failure;

static inline osr_answer osr_fail_field(osr_failure kind, const char *field, const char *message)
{
    static const char *const kinds[] = {"invalid_args", "timeout",     "execution_error", "unavailable",
                                        "rejected",     "user_denied", "tool_not_found"};
    osr_text text = {NULL, 0, 0, false};
    osr_object(&text);
    osr_key(&text, "ok");
    osr_bool(&text, false);
    osr_key(&text, "kind");
    osr_string(&text, kinds[kind]);
    osr_key(&text, "message");
    osr_string(&text, message == NULL ? "" : message);
    if (field != NULL) {
        osr_key(&text, "field");
        osr_string(&text, field);
    }
    osr_object_end(&text);
    osr_answer answer = {osr_text_take(&text)};
    return answer;
}

/* It failed: why, in words for a person and a model. */
static inline osr_answer osr_fail(osr_failure kind, const char *message)
{
    return osr_fail_field(kind, NULL, message);
}

OSR_FORMAT(2, 3) static inline osr_answer osr_fail_format(osr_failure kind, const char *format, ...)
{
    osr_text message = {NULL, 0, 0, false};
    va_list values;
    va_start(values, format);
    osr_text_format_list(&message, format, values);
    va_end(values);
    char *text = osr_text_take(&message);
    osr_answer answer = osr_fail(kind, text);
    free(text);
    return answer;
}

/* It went well: the result, one JSON value, which is freed; and one sentence about it, or NULL. */
static inline osr_answer osr_ok_summary(osr_text *result, const char *summary)
{
    osr_text text = {NULL, 0, 0, false};
    bool is_json = !result->failed && osr_json_parse(result->data, result->size).size > 0;
    if (is_json) {
        osr_object(&text);
        osr_key(&text, "ok");
        osr_bool(&text, true);
        osr_key(&text, "result");
        osr_json_separate(&text);
        osr_text_add(&text, result->data, result->size);
        if (summary != NULL) {
            osr_key(&text, "summary");
            osr_string(&text, summary);
        }
        osr_object_end(&text);
    }
    osr_text_free(result);
    if (!is_json) return osr_fail(OSR_EXECUTION_ERROR, "the result of the tool is no JSON, or there was no memory for it");
    osr_answer answer = {osr_text_take(&text)};
    return answer;
}

static inline osr_answer osr_ok(osr_text *result)
{
    return osr_ok_summary(result, NULL);
}

/* ---- answers of routes --------------------------------------------------------------------------------------------- */

typedef struct osr_response {
    char *json;
} osr_response;

static inline osr_response osr_respond_sized(int status, const char *content_type, const char *body, size_t size)
{
    osr_text text = {NULL, 0, 0, false};
    osr_object(&text);
    osr_key(&text, "status");
    osr_integer(&text, status);
    osr_key(&text, "headers");
    osr_object(&text);
    osr_key(&text, "content-type");
    osr_string(&text, content_type);
    osr_object_end(&text);
    osr_key(&text, "body");
    osr_string_sized(&text, body, size);
    osr_object_end(&text);
    osr_response response = {osr_text_take(&text)};
    return response;
}

/* Text of any type. */
static inline osr_response osr_respond(int status, const char *content_type, const char *body)
{
    return osr_respond_sized(status, content_type, body, strlen(body));
}

/* JSON, which is freed. */
static inline osr_response osr_respond_json(int status, osr_text *body)
{
    bool is_json = !body->failed && osr_json_parse(body->data, body->size).size > 0;
    const char *json = is_json ? body->data : "{\"error\":{\"message\":\"the answer is no JSON\"}}";
    osr_response response =
        osr_respond_sized(is_json ? status : 500, "application/json", json, is_json ? body->size : strlen(json));
    osr_text_free(body);
    return response;
}

/* ---- what a plugin is ---------------------------------------------------------------------------------------------- */

typedef struct osr_call {
    const osr_host_api *host; /* NULL where there is no host: every function above takes that */
    osr_json args;            /* an object: the arguments of a tool, the request of a route, the facts of an artifact */
} osr_call;

typedef struct osr_tool {
    const char *id;
    const char *description; /* what the model reads when it chooses */
    const char *parameters;  /* JSON Schema of the arguments, or NULL */
    const char *policy;      /* "ask", "auto" or "deny"; NULL is "ask" */
    osr_answer (*run)(const osr_call *call);
    const char *requirements; /* a JSON list, such as ["network"], or NULL */
} osr_tool;

typedef struct osr_route {
    const char *id;
    const char *method;
    const char *path;
    const char *auth; /* "none", "verify" or "owner"; NULL is "owner" */
    osr_response (*serve)(const osr_call *call);
    bool tunnel_exposed;
} osr_route;

typedef struct osr_plugin {
    const char *plugin_id;
    const char *version;
    const char *name;
    const char *description;
    const osr_tool *tools;
    size_t tool_count;
    const osr_route *routes;
    size_t route_count;
    const char *capabilities; /* more members of the manifest's capabilities, a JSON object or NULL: web, config */
    const char *members;      /* more members of the manifest itself, the same: secrets, instructions, min_osaurus */
    /* Each may be NULL. When `start` returns false the plugin is not loaded. */
    bool (*start)(const osr_host_api *host);
    void (*stop)(const osr_host_api *host);
    void (*on_config_changed)(const osr_host_api *host, const char *key, const char *value);
    void (*on_task_event)(const osr_host_api *host, const char *task_id, int event_type, osr_json event);
    void (*on_artifact)(const osr_call *call);
} osr_plugin;

#define OSR_COUNT(list) (sizeof(list) / sizeof(list)[0])

/* The members that are not NULL. */
static inline void osr_member_text(osr_text *text, const char *name, const char *value)
{
    if (value == NULL) return;
    osr_key(text, name);
    osr_string(text, value);
}

static inline void osr_member_raw(osr_text *text, const char *name, const char *json)
{
    if (json == NULL) return;
    osr_key(text, name);
    osr_raw(text, json);
}

/* All members of an object, into another one. */
static inline void osr_members(osr_text *text, const char *object)
{
    if (object == NULL) return;
    osr_json all = osr_json_parse_text(object), key, value;
    if (osr_json_kind_of(all) != OSR_JSON_OBJECT) text->failed = true;
    for (osr_json_walk walk = osr_json_begin(all); osr_json_next(&walk, &key, &value);) {
        osr_value(text, key);
        osr_text_add(text, ":", 1);
        osr_value(text, value);
    }
}

static inline bool osr_is_no_json(const char *json)
{
    return json != NULL && osr_json_parse_text(json).size == 0;
}

/* `problem` with the part's name before it, to be freed; NULL for NULL. */
static inline char *osr_problem_of(const char *kind, const char *id, const char *problem)
{
    osr_text text = {NULL, 0, 0, false};
    if (problem == NULL) return NULL;
    osr_text_format(&text, "%s \"%s\": %s", kind, id == NULL ? "" : id, problem);
    return osr_text_take(&text);
}

static inline void osr_manifest_tool(osr_text *text, const osr_tool *tool)
{
    osr_object(text);
    osr_member_text(text, "id", tool->id);
    osr_member_text(text, "description", tool->description);
    osr_member_raw(text, "parameters", tool->parameters);
    osr_member_text(text, "permission_policy", tool->policy);
    osr_member_raw(text, "requirements", tool->requirements);
    osr_object_end(text);
}

static inline void osr_manifest_route(osr_text *text, const osr_route *route)
{
    osr_object(text);
    osr_member_text(text, "id", route->id);
    osr_member_text(text, "path", route->path);
    osr_key(text, "methods");
    osr_array(text);
    osr_string(text, route->method);
    osr_array_end(text);
    osr_member_text(text, "auth", route->auth);
    osr_key(text, "tunnel_exposed");
    osr_bool(text, route->tunnel_exposed);
    osr_object_end(text);
}

/* What is wrong with a tool, to be freed; NULL: nothing. */
static inline char *osr_tool_problem(const osr_tool *tool)
{
    const char *problem = NULL;
    if (tool->id == NULL) problem = "it has no id";
    else if (tool->run == NULL) problem = "it has no function to run";
    else if (osr_is_no_json(tool->parameters)) problem = "its parameters are no JSON";
    else if (osr_is_no_json(tool->requirements)) problem = "its requirements are no JSON";
    return osr_problem_of("tool", tool->id, problem);
}

static inline char *osr_route_problem(const osr_route *route)
{
    const char *problem = NULL;
    if (route->id == NULL) problem = "it has no id";
    else if (route->method == NULL || route->path == NULL) problem = "it has no method or no path";
    else if (route->serve == NULL) problem = "it has no function to serve it";
    return osr_problem_of("route", route->id, problem);
}

/* What keeps the plugin from being loaded, in words, to be freed; NULL: nothing. */
static inline char *osr_plugin_problem(const osr_plugin *plugin)
{
    char *problem = NULL;
    for (size_t i = 0; i < plugin->tool_count && problem == NULL; i++) problem = osr_tool_problem(&plugin->tools[i]);
    for (size_t i = 0; i < plugin->route_count && problem == NULL; i++) problem = osr_route_problem(&plugin->routes[i]);
    return problem;
}

/* The manifest, to be freed; NULL when `capabilities` or `members` are no JSON objects, or a part of a tool no JSON. */
static inline char *osr_manifest(const osr_plugin *plugin)
{
    osr_text text = {NULL, 0, 0, false};
    osr_object(&text);
    osr_member_text(&text, "plugin_id", plugin->plugin_id);
    osr_member_text(&text, "version", plugin->version);
    osr_member_text(&text, "name", plugin->name);
    osr_member_text(&text, "description", plugin->description);
    osr_members(&text, plugin->members);
    osr_key(&text, "capabilities");
    osr_object(&text);
    osr_key(&text, "tools");
    osr_array(&text);
    for (size_t i = 0; i < plugin->tool_count; i++) osr_manifest_tool(&text, &plugin->tools[i]);
    osr_array_end(&text);
    osr_key(&text, "routes");
    osr_array(&text);
    for (size_t i = 0; i < plugin->route_count; i++) osr_manifest_route(&text, &plugin->routes[i]);
    osr_array_end(&text);
    if (plugin->on_artifact != NULL) osr_member_raw(&text, "artifact_handler", "true");
    osr_members(&text, plugin->capabilities);
    osr_object_end(&text);
    osr_object_end(&text);
    return osr_text_take(&text);
}

/* ---- the tables ---------------------------------------------------------------------------------------------------- */

typedef struct osr_instance {
    const osr_plugin *plugin;
    const osr_host_api *host;
    osr_plugin_api api;
} osr_instance;

/* There is one for each library. */
static inline osr_instance *osr_instance_here(void)
{
    static osr_instance instance;
    return &instance;
}

static inline void osr_api_free_string(const char *text)
{
    free((void *)(uintptr_t)text);
}

static inline osr_plugin_ctx_t osr_api_init(void)
{
    osr_instance *here = osr_instance_here();
    return here->plugin->start == NULL || here->plugin->start(here->host) ? here : NULL;
}

static inline void osr_api_destroy(osr_plugin_ctx_t ctx)
{
    osr_instance *here = (osr_instance *)ctx;
    if (here->plugin->stop != NULL) here->plugin->stop(here->host);
}

static inline const char *osr_api_get_manifest(osr_plugin_ctx_t ctx)
{
    osr_instance *here = (osr_instance *)ctx;
    char *problem = osr_plugin_problem(here->plugin);
    char *manifest = problem == NULL ? osr_manifest(here->plugin) : NULL;
    const char *why = problem == NULL ? "its capabilities or members are no JSON object" : problem;
    if (manifest == NULL) (void)osr_log_format(here->host, OSR_LOG_ERROR, "there is no manifest: %s", why);
    free(problem);
    return manifest;
}

static inline const char *osr_api_invoke(osr_plugin_ctx_t ctx, const char *type, const char *id, const char *payload)
{
    osr_instance *here = (osr_instance *)ctx;
    osr_call call = {here->host, osr_json_parse_text(payload)};
    if (osr_json_kind_of(call.args) != OSR_JSON_OBJECT) {
        return osr_fail(OSR_INVALID_ARGS, "the arguments are no JSON object").envelope;
    }
    if (strcmp(type, "artifact") == 0 && here->plugin->on_artifact != NULL) {
        here->plugin->on_artifact(&call);
        osr_text none = {NULL, 0, 0, false};
        osr_null(&none);
        return osr_ok(&none).envelope;
    }
    for (size_t i = 0; i < here->plugin->tool_count && strcmp(type, "tool") == 0; i++) {
        if (strcmp(here->plugin->tools[i].id, id) == 0) return here->plugin->tools[i].run(&call).envelope;
    }
    return osr_fail_format(OSR_TOOL_NOT_FOUND, "there is no %s \"%s\"", type, id).envelope;
}

static inline const char *osr_api_handle_route(osr_plugin_ctx_t ctx, const char *request_json)
{
    osr_instance *here = (osr_instance *)ctx;
    osr_call call = {here->host, osr_json_parse_text(request_json)};
    osr_json id = osr_member(call.args, "route_id");
    for (size_t i = 0; i < here->plugin->route_count; i++) {
        if (osr_json_is(id, here->plugin->routes[i].id)) return here->plugin->routes[i].serve(&call).json;
    }
    return osr_respond(404, "application/json", "{\"error\":{\"message\":\"there is no such route\"}}").json;
}

/* Passes over the change by which a host looks whether the tables fit. */
static inline void osr_api_on_config_changed(osr_plugin_ctx_t ctx, const char *key, const char *value)
{
    osr_instance *here = (osr_instance *)ctx;
    if (strcmp(key, "__osaurus_abi_probe__") != 0) here->plugin->on_config_changed(here->host, key, value);
}

static inline void osr_api_on_task_event(osr_plugin_ctx_t ctx, const char *task_id, int event_type,
                                         const char *event_json)
{
    osr_instance *here = (osr_instance *)ctx;
    here->plugin->on_task_event(here->host, task_id, event_type, osr_json_parse_text(event_json));
}

static inline const osr_plugin_api *osr_enter(const osr_plugin *plugin, const osr_host_api *host)
{
    osr_instance *here = osr_instance_here();
    here->plugin = plugin;
    here->host = host;
    here->api.free_string = osr_api_free_string;
    here->api.init = osr_api_init;
    here->api.destroy = osr_api_destroy;
    here->api.get_manifest = osr_api_get_manifest;
    here->api.invoke = osr_api_invoke;
    here->api.version = OSR_ABI_VERSION_6;
    if (plugin->route_count > 0) here->api.handle_route = osr_api_handle_route;
    if (plugin->on_config_changed != NULL) here->api.on_config_changed = osr_api_on_config_changed;
    if (plugin->on_task_event != NULL) here->api.on_task_event = osr_api_on_task_event;
    return &here->api;
}

/* Both entries: hosts without host functions call the second one. */
#define OSR_PLUGIN(plugin)                                                                                    \
    OSR_EXPORT const osr_plugin_api *osaurus_plugin_entry_v2(const osr_host_api *host)                        \
    {                                                                                                         \
        return osr_enter(&(plugin), host);                                                                    \
    }                                                                                                         \
    OSR_EXPORT const osr_plugin_api *osaurus_plugin_entry(void)                                               \
    {                                                                                                         \
        return osr_enter(&(plugin), NULL);                                                                    \
    }

#endif
