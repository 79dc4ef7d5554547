//! {{title}}: a plugin with one tool and one route.

const std = @import("std");
const osaurus = @import("osaurus");

// Makes the two functions that the host looks for.
comptime {
    osaurus.exportPlugin(plugin);
}

/// What the plugin is and offers; the manifest is made of this.
const plugin: osaurus.Plugin = .{
    .id = "{{plugin_id}}",
    .version = "0.1.0",
    .members =
    \\{
    \\  "name": "{{title}}",
    \\  "description": "Greets people.",
    \\  "min_osaurus": "0.5.0",
    \\  "capabilities": {"web": {"static_dir": "web", "entry": "index.html", "mount": "/ui", "auth": "owner"}}
    \\}
    ,
    .tools = &.{.{
        .id = "hello",
        .description = "Greets somebody by name.",
        .parameters =
        \\{"type": "object", "properties": {"name": {"type": "string", "description": "Whom to greet", "default": "world"}}}
        ,
        .policy = .ask,
        .run = hello,
    }},
    .routes = &.{.{ .id = "health", .path = "/health", .auth = .none, .handle = health }},
};

/// What the tool does. The host has held `call.args` against the parameters above. An error becomes a failure that the
/// model can read; `call.fail` says more than an error's name.
fn hello(call: *osaurus.Call) anyerror!osaurus.Answer {
    const name = call.string("name") orelse "world";
    call.host.log(.info, "greeted {s}", .{name});
    return call.ok(.{ .text = try call.print("Hello, {s}!", .{name}) });
}

/// What GET /plugins/{{plugin_id}}/health answers.
fn health(call: *osaurus.Call) anyerror!osaurus.Response {
    return call.respond(.{ .ok = true });
}

// These run without a host. Those in test/ run in a real one.

fn expectHello(arguments: []const u8, expected: []const u8) !void {
    const envelope = try osaurus.testing.callTool(plugin, "hello", arguments);
    defer std.testing.allocator.free(envelope);
    try std.testing.expectEqualStrings(expected, envelope);
}

test "it greets whom it is told to" {
    try expectHello("{\"name\":\"Ada\"}", "{\"ok\":true,\"result\":{\"text\":\"Hello, Ada!\"}}");
}

test "it greets the world when nobody is named" {
    try expectHello("{}", "{\"ok\":true,\"result\":{\"text\":\"Hello, world!\"}}");
}

test "it says that it is well" {
    const answer = try osaurus.testing.request(plugin, "{\"route_id\":\"health\"}");
    defer std.testing.allocator.free(answer);
    try std.testing.expect(std.mem.startsWith(u8, answer, "{\"status\":200,"));
}
