//! What a plugin is and offers, known when it is compiled; and its manifest.

const std = @import("std");
const Allocator = std.mem.Allocator;
const json = @import("json.zig");
const Call = @import("Call.zig");
const Plugin = @This();

/// The name that it is installed under, and its version.
id: []const u8,
version: []const u8,
/// Further members of the manifest as JSON: `name`, `secrets`, `capabilities.web`. Objects are put together.
members: []const u8 = "{}",
tools: []const Tool = &.{},
routes: []const Route = &.{},
/// Is told each setting that changes; an empty value was deleted.
on_config_changed: ?*const fn (call: *Call, key: []const u8, value: []const u8) anyerror!void = null,
/// Is told what happens in tasks that this plugin started.
on_task_event: ?*const fn (call: *Call, event: TaskEvent) anyerror!void = null,
/// Is given each file that an agent shares, in `call.args`: `filename`, `mime_type`, `size`, `host_path`.
on_artifact: ?*const fn (call: *Call) anyerror!void = null,
/// Run before anything else and when all is over, for what the plugin keeps in variables of its own.
start: ?*const fn () anyerror!void = null,
stop: ?*const fn () void = null,

/// Tools run at the same time on several threads.
pub const Tool = struct {
    id: []const u8,
    description: []const u8,
    /// A JSON schema. Arguments that it does not allow never come here.
    parameters: []const u8 = "{\"type\":\"object\"}",
    /// Whether people are asked before it runs; without it, they are.
    policy: ?Policy = null,
    /// Such as "network".
    requirements: []const []const u8 = &.{},
    /// Further members as JSON.
    members: []const u8 = "{}",
    run: *const fn (call: *Call) anyerror!Call.Answer,
};

pub const Policy = enum { ask, auto, deny };

pub const Route = struct {
    id: []const u8,
    methods: []const []const u8 = &.{"GET"},
    /// Below the plugin's address; `:name` stands for one part, `/*` at the end for any.
    path: []const u8,
    auth: Auth = .owner,
    /// Opens it to other computers.
    tunnel_exposed: bool = false,
    /// Further members as JSON: `description`.
    members: []const u8 = "{}",
    /// The request is in `call.args`; see also `call.body`, `call.param`, `call.query`, `call.header`.
    handle: *const fn (call: *Call) anyerror!Call.Response,
};

/// Who may call a route: anybody; anybody, and the plugin checks a signature itself; who has a key of this host.
pub const Auth = enum { none, verify, owner };

pub const TaskEvent = struct {
    /// As `dispatch` gave it.
    task_id: []const u8,
    kind: Kind,
    /// What belongs to it, such as `summary` and `output`.
    details: json.Value,

    pub const Kind = enum(c_int) {
        started = 0,
        activity = 1,
        progress = 2,
        clarification = 3,
        completed = 4,
        failed = 5,
        cancelled = 6,
        output = 7,
        draft = 8,
        /// Something that a newer host tells.
        _,
    };
};

/// The manifest, as the host reads it. Fails when `members` or `parameters` are no JSON.
pub fn manifest(plugin: Plugin, arena: Allocator) ![]const u8 {
    var whole: json.Value = try object(arena, .{ .plugin_id = plugin.id, .version = plugin.version, .capabilities = .{} });
    try json.merge(arena, &whole, try json.parse(arena, plugin.members));
    var capabilities: json.Value = .{ .object = .empty };
    if (plugin.tools.len > 0) {
        var tools: std.json.Array = .init(arena);
        for (plugin.tools) |tool| {
            const parameters = try json.parse(arena, tool.parameters);
            var members = try object(arena, .{ .id = tool.id, .description = tool.description, .parameters = parameters });
            if (tool.policy) |policy| try json.merge(arena, &members, try object(arena, .{ .permission_policy = policy }));
            if (tool.requirements.len > 0) try json.merge(arena, &members, try object(arena, .{ .requirements = tool.requirements }));
            try json.merge(arena, &members, try json.parse(arena, tool.members));
            try tools.append(members);
        }
        try capabilities.object.put(arena, "tools", .{ .array = tools });
    }
    if (plugin.routes.len > 0) {
        var routes: std.json.Array = .init(arena);
        for (plugin.routes) |route| {
            var members = try object(arena, .{ .id = route.id, .methods = route.methods, .path = route.path, .auth = route.auth });
            if (route.tunnel_exposed) try json.merge(arena, &members, try object(arena, .{ .tunnel_exposed = true }));
            try json.merge(arena, &members, try json.parse(arena, route.members));
            try routes.append(members);
        }
        try capabilities.object.put(arena, "routes", .{ .array = routes });
    }
    if (plugin.on_artifact != null) try capabilities.object.put(arena, "artifact_handler", .{ .bool = true });
    try json.merge(arena, &whole, try object(arena, .{ .capabilities = capabilities }));
    return json.write(arena, whole);
}

fn object(arena: Allocator, members: anytype) !json.Value {
    return json.parse(arena, try json.write(arena, members));
}

test "the manifest has all that was said and nothing else" {
    var arena: std.heap.ArenaAllocator = .init(std.testing.allocator);
    defer arena.deinit();
    const nothing = struct {
        fn run(call: *Call) anyerror!Call.Answer {
            return call.ok(null);
        }
        fn handle(_: *Call) anyerror!Call.Response {
            return .{};
        }
    };
    const plugin: Plugin = .{
        .id = "dev.example.test",
        .version = "1.0.0",
        .members = "{\"name\":\"Test\",\"capabilities\":{\"web\":{\"mount\":\"/ui\"}}}",
        .tools = &.{.{ .id = "a", .description = "A.", .policy = .auto, .run = nothing.run }},
        .routes = &.{.{ .id = "r", .path = "/r", .handle = nothing.handle }},
    };
    const expected =
        \\{"plugin_id":"dev.example.test","version":"1.0.0","capabilities":{"web":{"mount":"/ui"},"tools":[{"id":"a","description":"A.","parameters":{"type":"object"},"permission_policy":"auto"}],"routes":[{"id":"r","methods":["GET"],"path":"/r","auth":"owner"}]},"name":"Test"}
    ;
    try std.testing.expectEqualStrings(expected, try plugin.manifest(arena.allocator()));
    const bare: Plugin = .{ .id = "a.b", .version = "1.0.0" };
    const text = try bare.manifest(arena.allocator());
    try std.testing.expectEqualStrings("{\"plugin_id\":\"a.b\",\"version\":\"1.0.0\",\"capabilities\":{}}", text);
    const wrong: Plugin = .{ .id = "a.b", .version = "1.0.0", .members = "{" };
    if (wrong.manifest(arena.allocator())) |_| return error.WasMade else |_| {}
}
