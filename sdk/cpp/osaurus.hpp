// What a plugin in C++ needs around its own code: a class to derive from, which makes the manifest, the envelopes of
// answers and the tables, and the functions of the host. C++17, beside the headers of sdk/c; nothing to link.
//
//     class Greeter : public osaurus::Plugin { ... };
//     OSAURUS_PLUGIN(Greeter)
//
//   - A tool returns a result or osaurus::fail(...): an answer always says whether it went well. An exception that leaves
//     a function of the plugin is a failure of that call, and goes no further. With -fno-exceptions all of this works as
//     well; what the standard library would throw then ends the process.
//   - Texts of the host are copied and go back to it in the way of its version. There is nothing to free here.
//   - A Host works for the call that it came with, on the thread of that call. It cannot be copied, so that it does not
//     get out of the call by accident. A thread that outlives the call has no agent: the host refuses what it asks.
#ifndef OSAURUS_HPP
#define OSAURUS_HPP

#include <cstring>
#include <functional>
#include <memory>

#include "osaurus_helpers.h"
#include "osaurus_json.hpp"

#if defined(__cpp_exceptions)
#include <exception>
#endif

namespace osaurus {

// ---- answers -----------------------------------------------------------------------------------------------------------

// Why something did not go well, in words for a person and a model. A tool returns it; anything may throw it.
struct Failure {
    osr_failure kind = OSR_EXECUTION_ERROR; // or OSR_INVALID_ARGS and the others of osaurus_helpers.h
    std::string message;
    std::string field = {}; // which argument is wrong, if one is
};

inline Failure fail(std::string message) { return {OSR_EXECUTION_ERROR, std::move(message)}; }
inline Failure fail(osr_failure kind, std::string message) { return {kind, std::move(message)}; }

// What a tool returns.
struct Answer {
    Json result;
    std::string summary; // one sentence, or nothing
    std::optional<Failure> failure;

    Answer(Json value, std::string sentence = {}) : result(std::move(value)), summary(std::move(sentence)) {}
    Answer(Failure why) : failure(std::move(why)) {}
};

// What a route returns.
struct Response {
    int status;
    std::string content_type;
    std::string body;
};

inline Response respond(int status, const Json &body) { return {status, "application/json", body.dump()}; }

// An answer of the host: an object, or the host's own word for what went wrong.
class Reply {
public:
    explicit Reply(osr_reply reply)
    {
        std::optional<Json> json = reply.text == nullptr ? std::nullopt : Json::parse(reply.text);
        if (json) json_ = std::move(*json);
        if (reply.error != nullptr) error_ = reply.error;
        osr_reply_free(&reply);
    }

    // Whether it went well.
    explicit operator bool() const { return error_.empty(); }
    // The host's code, such as "not_found" or "sql_error"; empty when it went well.
    const std::string &error() const { return error_; }
    const Json &json() const & { return json_; }
    Json json() && { return std::move(json_); }
    const Json &operator[](const char *name) const & { return json_[name]; }
    Json operator[](const char *name) && { return json_[name]; }

private:
    Json json_;
    std::string error_;
};

// ---- what must not get into C -------------------------------------------------------------------------------------------

namespace detail {

// C would take a NUL inside for the end.
inline std::string whole(std::string text)
{
    for (std::size_t at = 0; (at = text.find('\0', at)) != std::string::npos;) text.replace(at, 1, OSR_REPLACEMENT);
    return text;
}

// Does the work. What it throws is a failure.
template <typename Work> std::optional<Failure> attempt(const Work &work)
{
#if defined(__cpp_exceptions)
    try {
        work();
    } catch (const Failure &failure) {
        return failure;
    } catch (const std::exception &exception) {
        return fail(exception.what());
    } catch (...) {
        return fail("the plugin threw something that is no std::exception");
    }
#else
    work();
#endif
    return std::nullopt;
}

} // namespace detail

// ---- the host ----------------------------------------------------------------------------------------------------------

class Host {
public:
    explicit Host(const osr_host_api *api) : api_(api) {}
    Host(const Host &) = delete;
    Host &operator=(const Host &) = delete;

    // 0 where there is no host.
    std::uint32_t version() const { return api_ == nullptr ? 0 : api_->version; }

    // A setting or secret of the agent that the call is for.
    std::optional<std::string> config(std::string key) const { return owned(osr_config_get(api_, text(key))); }
    bool set_config(std::string key, std::string value) const { return osr_config_set(api_, text(key), text(value)); }
    bool delete_config(std::string key) const { return osr_config_delete(api_, text(key)); }
    std::optional<std::string> agent_id() const { return owned(osr_agent_id(api_)); }

    // Levels are OSR_LOG_TRACE to OSR_LOG_ERROR. Works on every thread.
    bool log(int level, std::string message) const { return osr_log(api_, level, text(message)); }
    // A host before version 5 gets the line without the payload, and the answer is false.
    bool log_structured(int level, std::string message, const Json &payload) const
    {
        return osr_log_structured(api_, level, text(message), payload.dump().c_str());
    }

    // Parameters are a list or an object.
    Reply db_exec(std::string sql, const Json &params = Json::list()) const
    {
        return Reply(osr_db_exec(api_, text(sql), params.dump().c_str()));
    }
    Reply db_query(std::string sql, const Json &params = Json::list()) const
    {
        return Reply(osr_db_query(api_, text(sql), params.dump().c_str()));
    }

    Reply http_request(const Json &request) const { return Reply(osr_http_request(api_, request.dump().c_str())); }
    Reply file_read(const std::string &path) const
    {
        return Reply(osr_file_read(api_, Json::object({{"path", path}}).dump().c_str()));
    }

    Reply complete(const Json &request) const { return Reply(osr_complete(api_, request.dump().c_str())); }
    // `on_chunk` is called on this thread.
    Reply complete_stream(const Json &request, std::function<void(const Json &)> on_chunk) const
    {
        Listener listener = {std::move(on_chunk), std::nullopt};
        Reply reply(osr_complete_stream(api_, request.dump().c_str(), hear, &listener));
#if defined(__cpp_exceptions)
        if (listener.failure) throw *listener.failure;
#endif
        return reply;
    }
    bool complete_cancel(std::string stream_id) const { return osr_complete_cancel(api_, text(stream_id)); }
    Reply embed(const Json &request) const { return Reply(osr_embed(api_, request.dump().c_str())); }
    Reply list_models() const { return Reply(osr_list_models(api_)); }

    Reply dispatch(const Json &request) const { return Reply(osr_dispatch(api_, request.dump().c_str())); }
    Reply task_status(std::string id) const { return Reply(osr_task_status(api_, text(id))); }
    Reply list_active_tasks() const { return Reply(osr_list_active_tasks(api_)); }
    bool dispatch_cancel(std::string id) const { return osr_dispatch_cancel(api_, text(id)); }
    bool dispatch_interrupt(std::string id, std::string message) const
    {
        return osr_dispatch_interrupt(api_, text(id), text(message));
    }
    bool send_draft(std::string id, const Json &draft) const
    {
        return osr_send_draft(api_, text(id), draft.dump().c_str());
    }

private:
    const osr_host_api *api_;

    struct Listener {
        std::function<void(const Json &)> on_chunk;
        std::optional<Failure> failure; // an exception must not go through the host: it waits here
    };

    static void hear(const char *chunk, void *user_data)
    {
        auto *listener = static_cast<Listener *>(user_data);
        if (!listener->on_chunk || listener->failure) return;
        listener->failure = detail::attempt([&] { listener->on_chunk(Json::parse(chunk).value_or(Json())); });
    }

    static const char *text(std::string &value)
    {
        value = detail::whole(std::move(value));
        return value.c_str();
    }

    static std::optional<std::string> owned(char *text)
    {
        if (text == nullptr) return std::nullopt;
        std::unique_ptr<char, void (*)(void *)> holder(text, std::free);
        return std::string(text);
    }
};

// ---- what a plugin is ----------------------------------------------------------------------------------------------------

// One call of a tool, or a file that is shown.
struct Call {
    const Host &host;
    Json args;
};

// One request to a route: `json` has method, path, query, path_params, headers, body and body_encoding.
struct Request {
    const Host &host;
    Json json;
};

// What became of a task that the plugin started. Types are OSR_TASK_EVENT_STARTED to OSR_TASK_EVENT_DRAFT.
struct TaskEvent {
    const Host &host;
    std::string task_id;
    int type;
    Json json;
};

struct Tool {
    std::string id, description, parameters, permission_policy = "ask";
    std::function<Answer(const Call &)> run;
    std::vector<std::string> requirements;

    // "ask", which it is without this, "auto" or "deny".
    Tool &policy(std::string policy)
    {
        permission_policy = std::move(policy);
        return *this;
    }
    // Such as "network".
    Tool &requires_(std::string requirement)
    {
        requirements.push_back(std::move(requirement));
        return *this;
    }
};

struct Route {
    std::string id, method, path, who = "owner";
    std::function<Response(const Request &)> serve;
    bool is_exposed = false;

    // Who may ask: "owner", which it is without this, "verify" or "none".
    Route &auth(std::string auth)
    {
        who = std::move(auth);
        return *this;
    }
    // Opens it to other computers.
    Route &tunnel_exposed()
    {
        is_exposed = true;
        return *this;
    }
};

class Plugin {
public:
    Plugin(std::string id, std::string version)
        : manifest_(Json::object({{"plugin_id", std::move(id)}, {"version", std::move(version)}}))
    {
    }
    Plugin(const Plugin &) = delete;
    Plugin &operator=(const Plugin &) = delete;
    virtual ~Plugin() = default;

protected:
    // Parameters are a JSON Schema of the arguments, as text.
    Tool &tool(std::string id, std::string description, std::string parameters, std::function<Answer(const Call &)> run)
    {
        tools_.push_back(std::unique_ptr<Tool>(new Tool{std::move(id), std::move(description), std::move(parameters), "ask",
                                                        std::move(run), {}}));
        return *tools_.back();
    }

    Route &route(std::string id, std::string method, std::string path, std::function<Response(const Request &)> serve)
    {
        routes_.push_back(std::unique_ptr<Route>(
            new Route{std::move(id), std::move(method), std::move(path), "owner", std::move(serve), false}));
        return *routes_.back();
    }

    // Other members of the manifest, such as "name" and "secrets"; and of its capabilities, such as "web".
    void member(std::string_view name, Json value) { manifest_.set(name, std::move(value)); }
    void capability(std::string_view name, Json value) { capabilities_.set(name, std::move(value)); }

    // Called once before anything else; when it gives false, the plugin is not loaded. Called once behind all else.
    void on_start(std::function<bool(const Host &)> start) { start_ = std::move(start); }
    void on_stop(std::function<void(const Host &)> stop) { stop_ = std::move(stop); }
    // Told of settings that somebody else changed; of tasks that the plugin started; of files that are shared.
    void on_config_changed(std::function<void(const Host &, const std::string &key, const std::string &value)> told)
    {
        config_changed_ = std::move(told);
    }
    void on_task_event(std::function<void(const TaskEvent &)> told) { task_event_ = std::move(told); }
    void on_artifact(std::function<void(const Call &)> shown) { artifact_ = std::move(shown); }

private:
    Json manifest_;
    Json capabilities_ = Json::object();
    std::vector<std::unique_ptr<Tool>> tools_;
    std::vector<std::unique_ptr<Route>> routes_;
    std::function<bool(const Host &)> start_;
    std::function<void(const Host &)> stop_;
    std::function<void(const Host &, const std::string &, const std::string &)> config_changed_;
    std::function<void(const TaskEvent &)> task_event_;
    std::function<void(const Call &)> artifact_;

    template <typename Made> friend class Library;

    std::string manifest() const
    {
        Json tools = Json::list(), routes = Json::list();
        for (const auto &tool : tools_) tools.push(described(*tool));
        for (const auto &route : routes_) {
            routes.push(Json::object({{"id", route->id},
                                      {"path", route->path},
                                      {"methods", Json::list({route->method})},
                                      {"auth", route->who},
                                      {"tunnel_exposed", route->is_exposed}}));
        }
        Json capabilities = capabilities_;
        capabilities.set("tools", std::move(tools)).set("routes", std::move(routes));
        if (artifact_) capabilities.set("artifact_handler", true);
        Json manifest = manifest_;
        return manifest.set("capabilities", std::move(capabilities)).dump();
    }

    // A schema that is no JSON goes out as a text, for the host to say what is wrong and where.
    static Json described(const Tool &tool)
    {
        Json json = Json::object({{"id", tool.id}, {"description", tool.description}});
        if (!tool.parameters.empty()) json.set("parameters", Json::parse(tool.parameters).value_or(tool.parameters));
        json.set("permission_policy", tool.permission_policy);
        for (const std::string &requirement : tool.requirements) {
            Json all = json["requirements"];
            json.set("requirements", all.push(requirement));
        }
        return json;
    }

    Answer invoke(const std::string &type, const std::string &id, const Call &call) const
    {
        if (!call.args.is_object()) return fail(OSR_INVALID_ARGS, "the arguments are no JSON object");
        if (type == "artifact" && artifact_) {
            artifact_(call);
            return Json();
        }
        for (const auto &tool : tools_) {
            if (type == "tool" && tool->id == id) return tool->run(call);
        }
        return fail(OSR_TOOL_NOT_FOUND, "there is no " + type + " \"" + id + "\"");
    }

    Response handle(const Request &request) const
    {
        for (const auto &route : routes_) {
            if (request.json["route_id"].text() == route->id) return route->serve(request);
        }
        return respond(404, problem("there is no such route"));
    }

    static Json problem(const std::string &message)
    {
        return Json::object({{"error", Json::object({{"message", message}})}});
    }
};

// ---- the tables ----------------------------------------------------------------------------------------------------------

// The one plugin of a library, as C sees it. No function of the table lets an exception out.
template <typename Made> class Library {
public:
    // NULL when the plugin could not be made.
    static const osr_plugin_api *enter(const osr_host_api *api)
    {
        static osr_plugin_api table;
        host = api;
        auto problem = detail::attempt([] { plugin.reset(new Made()); });
        if (problem) {
            osr_log(api, OSR_LOG_ERROR, problem->message.c_str());
            return nullptr;
        }
        table.free_string = osr_api_free_string;
        table.init = init;
        table.destroy = destroy;
        table.get_manifest = get_manifest;
        table.invoke = invoke;
        table.version = OSR_ABI_VERSION_6;
        if (!plugin->routes_.empty()) table.handle_route = handle_route;
        if (plugin->config_changed_) table.on_config_changed = on_config_changed;
        if (plugin->task_event_) table.on_task_event = on_task_event;
        return &table;
    }

private:
    static inline const osr_host_api *host = nullptr;
    static inline std::unique_ptr<Plugin> plugin;

    // For functions without an answer: what went wrong is a line of the log.
    template <typename Work> static bool loudly(const Work &work)
    {
        auto problem = detail::attempt(work);
        if (problem) osr_log(host, OSR_LOG_ERROR, problem->message.c_str());
        return !problem;
    }

    static osr_plugin_ctx_t init()
    {
        bool has_started = true;
        bool went_well = loudly([&] { has_started = !plugin->start_ || plugin->start_(Host(host)); });
        return went_well && has_started ? plugin.get() : nullptr;
    }

    static void destroy(osr_plugin_ctx_t)
    {
        loudly([] {
            if (plugin->stop_) plugin->stop_(Host(host));
        });
        loudly([] { plugin.reset(); });
    }

    static const char *get_manifest(osr_plugin_ctx_t)
    {
        const char *manifest = nullptr;
        loudly([&] { manifest = copy(plugin->manifest()); });
        return manifest;
    }

    static const char *invoke(osr_plugin_ctx_t, const char *type, const char *id, const char *payload)
    {
        const char *envelope = nullptr;
        auto problem = detail::attempt([&] {
            Host here(host);
            Answer answer = plugin->invoke(type, id, {here, Json::parse(payload).value_or(Json())});
            envelope = answer.failure ? failed(*answer.failure) : succeeded(answer);
        });
        return problem ? failed(*problem) : envelope;
    }

    static char *succeeded(const Answer &answer)
    {
        std::string json = answer.result.dump();
        osr_text text = {nullptr, 0, 0, false};
        osr_text_add(&text, json.data(), json.size());
        return osr_ok_summary(&text, answer.summary.empty() ? nullptr : answer.summary.c_str()).envelope;
    }

    static char *failed(const Failure &failure)
    {
        const char *field = failure.field.empty() ? nullptr : failure.field.c_str();
        return osr_fail_field(failure.kind, field, failure.message.c_str()).envelope;
    }

    static const char *handle_route(osr_plugin_ctx_t, const char *request)
    {
        const char *json = nullptr;
        auto problem = detail::attempt([&] {
            Host here(host);
            json = written(plugin->handle({here, Json::parse(request).value_or(Json())}));
        });
        auto again = detail::attempt([&] {
            if (problem) json = written(respond(500, Plugin::problem(problem->message)));
        });
        return again ? nullptr : json;
    }

    // A body that is no UTF-8 goes as base64.
    static const char *written(const Response &response)
    {
        bool is_text = true;
        for (std::size_t at = 0, size = 0; is_text && at < response.body.size(); at += size) {
            size = osr_utf8_size(response.body.data() + at, response.body.size() - at);
            is_text = size > 0;
        }
        return copy(Json::object({{"status", response.status},
                                  {"headers", Json::object({{"content-type", response.content_type}})},
                                  {"body", is_text ? response.body : base64(response.body)},
                                  {"body_encoding", is_text ? "utf8" : "base64"}})
                        .dump());
    }

    static std::string base64(const std::string &bytes)
    {
        static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        std::string text;
        for (std::size_t at = 0; at < bytes.size(); at += 3) {
            std::size_t left = bytes.size() - at;
            auto byte = [&](std::size_t i) -> unsigned { return i < left ? static_cast<unsigned char>(bytes[at + i]) : 0u; };
            unsigned bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            for (std::size_t i = 0; i < 4; i++) text += i <= left ? digits[bits >> (18 - 6 * i) & 63] : '=';
        }
        return text;
    }

    // Passes over the change by which a host looks whether the tables fit.
    static void on_config_changed(osr_plugin_ctx_t, const char *key, const char *value)
    {
        if (std::strcmp(key, "__osaurus_abi_probe__") == 0) return;
        loudly([&] { plugin->config_changed_(Host(host), key, value); });
    }

    static void on_task_event(osr_plugin_ctx_t, const char *task_id, int type, const char *event)
    {
        loudly([&] {
            Host here(host);
            plugin->task_event_({here, task_id, type, Json::parse(event).value_or(Json())});
        });
    }

    // For C, with malloc.
    static char *copy(const std::string &value)
    {
        osr_text text = {nullptr, 0, 0, false};
        osr_text_add(&text, value.data(), value.size());
        return osr_text_take(&text);
    }
};

} // namespace osaurus

// Both entries: hosts without host functions call the second one. The class needs a constructor without arguments.
#define OSAURUS_PLUGIN(Made)                                                                           \
    extern "C" {                                                                                       \
    OSR_EXPORT const osr_plugin_api *osaurus_plugin_entry_v2(const osr_host_api *host)                 \
    {                                                                                                  \
        return osaurus::Library<Made>::enter(host);                                                    \
    }                                                                                                  \
    OSR_EXPORT const osr_plugin_api *osaurus_plugin_entry(void)                                        \
    {                                                                                                  \
        return osaurus::Library<Made>::enter(nullptr);                                                 \
    }                                                                                                  \
    }

#endif
