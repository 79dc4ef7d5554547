/* {{title}}: a plugin with one tool and one route. */
#include "osaurus_helpers.h"

/* What the tool "hello" does. `call->args` are its arguments, which the host has held against the schema below. */
static osr_answer hello(const osr_call *call)
{
    char *name = osr_copy_text(osr_member(call->args, "name"), "world");
    osr_log_format(call->host, OSR_LOG_INFO, "greeted %s", name);

    osr_text result = {0};
    osr_object(&result);
    osr_key(&result, "text");
    osr_string_format(&result, "Hello, %s!", name);
    osr_object_end(&result);
    free(name);
    return osr_ok(&result); /* or osr_fail(OSR_EXECUTION_ERROR, "why") */
}

/* What GET /plugins/{{plugin_id}}/health answers. */
static osr_response health(const osr_call *call)
{
    (void)call; /* `call->args` is the request: method, path, query, headers, body */
    return osr_respond(200, "application/json", "{\"ok\":true}");
}

static const osr_tool tools[] = {
    {
        .id = "hello",
        .description = "Greets somebody by name.",
        .parameters = "{\"type\": \"object\", \"properties\": {"
                      "\"name\": {\"type\": \"string\", \"description\": \"Whom to greet\", \"default\": \"world\"}}}",
        .policy = "ask",
        .run = hello,
    },
};

static const osr_route routes[] = {
    {.id = "health", .method = "GET", .path = "/health", .auth = "none", .serve = health},
};

static const osr_plugin plugin = {
    .plugin_id = "{{plugin_id}}",
    .version = "0.1.0",
    .name = "{{title}}",
    .description = "Greets people.",
    .members = "{\"min_osaurus\": \"0.5.0\"}",
    .capabilities = "{\"web\": {\"static_dir\": \"web\", \"entry\": \"index.html\", \"mount\": \"/ui\", \"auth\": \"owner\"}}",
    .tools = tools,
    .tool_count = OSR_COUNT(tools),
    .routes = routes,
    .route_count = OSR_COUNT(routes),
};

OSR_PLUGIN(plugin)
