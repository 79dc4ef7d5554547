// {{title}}: a plugin with one tool and one route.
#include <osaurus.hpp>

using osaurus::Json;

namespace {

// What the tool "hello" does. `call.args` are its arguments, which the host has held against the schema below.
osaurus::Answer hello(const osaurus::Call &call)
{
    std::string name = call.args["name"].text_or("world");
    call.host.log(OSR_LOG_INFO, "greeted " + name);
    return Json::object({{"text", "Hello, " + name + "!"}}); // or osaurus::fail("why")
}

// What GET /plugins/{{plugin_id}}/health answers. `request.json` has method, path, query, headers and body.
osaurus::Response health(const osaurus::Request &)
{
    return osaurus::respond(200, Json::object({{"ok", true}}));
}

constexpr const char *hello_parameters = R"({
    "type": "object",
    "properties": {"name": {"type": "string", "description": "Whom to greet", "default": "world"}}
})";

class {{Type}} : public osaurus::Plugin {
public:
    {{Type}}() : Plugin("{{plugin_id}}", "0.1.0")
    {
        member("name", "{{title}}");
        member("description", "Greets people.");
        member("min_osaurus", "0.5.0");
        tool("hello", "Greets somebody by name.", hello_parameters, hello).policy("ask");
        route("health", "GET", "/health", health).auth("none");
        capability("web", Json::object({{"static_dir", "web"}, {"entry", "index.html"}, {"mount", "/ui"}, {"auth", "owner"}}));
    }
};

} // namespace

OSAURUS_PLUGIN({{Type}})
