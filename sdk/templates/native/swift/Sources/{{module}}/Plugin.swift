// {{title}}: a plugin with one tool and one route.

import OsaurusPlugin

/// What the plugin is and offers; the manifest is made of this.
func makePlugin() -> Plugin {
    let plugin = Plugin(
        "{{plugin_id}}", version: "0.1.0",
        members: [
            "name": "{{title}}",
            "description": "Greets people.",
            "min_osaurus": "0.5.0",
            "capabilities": ["web": ["static_dir": "web", "entry": "index.html", "mount": "/ui", "auth": "owner"]],
        ])
    plugin.tool(
        "hello", "Greets somebody by name.",
        parameters: [
            "type": "object",
            "properties": ["name": ["type": "string", "description": "Whom to greet", "default": "world"]],
        ],
        members: ["permission_policy": "ask"], hello)
    plugin.route("health", path: "/health", auth: .none, health)
    return plugin
}

/// What the tool does. The host has held `args` against the parameters above. An error that is thrown becomes a failure
/// that the model can read; `Failure` says more than others.
func hello(_ host: Host, _ args: JSON) throws -> Answer {
    let name = args["name"].string ?? "world"
    host.log(.info, "greeted \(name)")
    return .ok(["text": "Hello, \(name)!"])
}

/// What GET /plugins/{{plugin_id}}/health answers.
func health(_ host: Host, _ request: Request) throws -> Response {
    .json(["ok": true])
}

// The two functions that the host looks for: with a host, and, in its first version, without.

@_cdecl("osaurus_plugin_entry_v2")
public func entryWithHost(_ host: UnsafeRawPointer?) -> UnsafeRawPointer? {
    enter(host, makePlugin)
}

@_cdecl("osaurus_plugin_entry")
public func entryWithoutHost() -> UnsafeRawPointer? {
    enter(nil, makePlugin)
}
