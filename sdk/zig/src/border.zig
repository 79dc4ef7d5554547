//! The border to the host: the two entries, the table of functions behind them, and which part of the plugin a call is
//! for. What the host passes in is valid only during the call, so it is copied; what is returned is the plugin's own
//! memory, and comes back to `free_string`.

const std = @import("std");
const abi = @import("abi.zig");
const json = @import("json.zig");
const Call = @import("Call.zig");
const Host = @import("Host.zig");
const Plugin = @import("Plugin.zig");

/// The key with which the host tries a new plugin out; it means nothing.
const probe_key = "__osaurus_abi_probe__";

/// Makes the two functions that the host looks for. To be called at compile time.
pub fn exportPlugin(comptime plugin: Plugin) void {
    const border = Border(plugin);
    @export(&border.entryWithHost, .{ .name = "osaurus_plugin_entry_v2" });
    @export(&border.entryWithoutHost, .{ .name = "osaurus_plugin_entry" });
}

fn Border(comptime plugin: Plugin) type {
    return struct {
        /// Stays where it is as long as the process lives. None: a host of version 1.
        var table: ?*const anyopaque = null;
        /// What the host holds as the plugin's context. The plugin keeps what it has in variables of its own.
        var context: u8 = 0;

        const api: abi.PluginApi = .{
            .free_string = freeString,
            .init = init,
            .destroy = destroy,
            .get_manifest = getManifest,
            .invoke = invoke,
            .version = abi.last_version,
            // What the plugin has no use for is left out, so that the host does not make those calls.
            .handle_route = if (plugin.routes.len > 0) handleRoute else null,
            .on_config_changed = if (plugin.on_config_changed != null) onConfigChanged else null,
            .on_task_event = if (plugin.on_task_event != null) onTaskEvent else null,
        };

        fn entryWithHost(host: ?*const anyopaque) callconv(.c) *const abi.PluginApi {
            table = host;
            return &api;
        }

        fn entryWithoutHost() callconv(.c) *const abi.PluginApi {
            return &api;
        }

        fn init() callconv(.c) ?*anyopaque {
            if (plugin.start) |start| start() catch |err| {
                say("start", err);
                return null;
            };
            return &context;
        }

        fn destroy(_: ?*anyopaque) callconv(.c) void {
            if (plugin.stop) |stop| stop();
        }

        fn getManifest(_: ?*anyopaque) callconv(.c) ?abi.Text {
            var arena: std.heap.ArenaAllocator = .init(std.heap.c_allocator);
            defer arena.deinit();
            const text = plugin.manifest(arena.allocator()) catch |err| {
                say("the manifest", err);
                return null;
            };
            return give(text);
        }

        fn invoke(_: ?*anyopaque, kind: ?abi.Text, id: ?abi.Text, payload: ?abi.Text) callconv(.c) ?abi.Text {
            var arena: std.heap.ArenaAllocator = .init(std.heap.c_allocator);
            defer arena.deinit();
            var call = begin(table, arena.allocator());
            return give(runTool(plugin, &call, span(kind), span(id), span(payload)) catch return null);
        }

        fn handleRoute(_: ?*anyopaque, request: ?abi.Text) callconv(.c) ?abi.Text {
            var arena: std.heap.ArenaAllocator = .init(std.heap.c_allocator);
            defer arena.deinit();
            var call = begin(table, arena.allocator());
            return give(runRoute(plugin, &call, span(request)) catch return null);
        }

        fn onConfigChanged(_: ?*anyopaque, key: ?abi.Text, value: ?abi.Text) callconv(.c) void {
            if (std.mem.eql(u8, span(key), probe_key)) return;
            var arena: std.heap.ArenaAllocator = .init(std.heap.c_allocator);
            defer arena.deinit();
            var call = begin(table, arena.allocator());
            plugin.on_config_changed.?(&call, span(key), span(value)) catch |err| {
                call.host.log(.@"error", "on_config_changed: {s}", .{reason(&call, err)});
            };
        }

        fn onTaskEvent(_: ?*anyopaque, task_id: ?abi.Text, kind: c_int, event: ?abi.Text) callconv(.c) void {
            var arena: std.heap.ArenaAllocator = .init(std.heap.c_allocator);
            defer arena.deinit();
            var call = begin(table, arena.allocator());
            const details = json.parse(call.arena, span(event)) catch .null;
            plugin.on_task_event.?(&call, .{ .task_id = span(task_id), .kind = @fromBackingInt(@intCast(kind)), .details = details }) catch |err| {
                call.host.log(.@"error", "on_task_event: {s}", .{reason(&call, err)});
            };
        }
    };
}

/// A call without a host, for tests, or with one.
pub fn begin(table: ?*const anyopaque, arena: std.mem.Allocator) Call {
    return .{ .arena = arena, .host = .{ .table = table, .arena = arena, .thread = std.Thread.getCurrentId() } };
}

/// Runs what `invoke` is called for; gives an envelope.
pub fn runTool(comptime plugin: Plugin, call: *Call, kind: []const u8, id: []const u8, payload: []const u8) ![]const u8 {
    const answer = pickTool(plugin, call, kind, id, payload) catch |err| {
        const failure = if (err == error.Failed) call.failure else null;
        return writeFailure(call, failure orelse .{ .kind = .execution_error, .message = reason(call, err) });
    };
    const summary = if (answer.summary) |sentence| try call.print(",\"summary\":{s}", .{try json.write(call.arena, sentence)}) else "";
    return call.print("{{\"ok\":true,\"result\":{s}{s}}}", .{ answer.result, summary });
}

fn pickTool(comptime plugin: Plugin, call: *Call, kind: []const u8, id: []const u8, payload: []const u8) !Call.Answer {
    const arguments = if (std.mem.trim(u8, payload, " \t\r\n").len == 0) "{}" else payload;
    call.args = json.parse(call.arena, arguments) catch
        return call.fail(.{ .kind = .invalid_args, .message = "the arguments are no JSON" });
    if (std.mem.eql(u8, kind, "artifact")) {
        if (plugin.on_artifact) |take| try take(call);
        return call.ok(null);
    }
    if (!std.mem.eql(u8, kind, "tool")) {
        return call.fail(.{ .kind = .unavailable, .message = "this plugin does not know calls of this type" });
    }
    for (plugin.tools) |tool| {
        if (std.mem.eql(u8, tool.id, id)) return tool.run(call);
    }
    return call.fail(.{ .kind = .tool_not_found, .message = try call.print("there is no tool \"{s}\"", .{id}) });
}

fn writeFailure(call: *Call, failure: Call.Failure) ![]const u8 {
    return json.write(call.arena, .{
        .ok = false,
        .kind = failure.kind,
        .message = failure.message,
        .@"error" = failure.code,
        .field = failure.field,
        .retryable = failure.retryable,
    });
}

/// Runs the handler of a request; gives the answer as the host reads it.
pub fn runRoute(comptime plugin: Plugin, call: *Call, request: []const u8) ![]const u8 {
    const response = pickRoute(plugin, call, request) catch |err| failed: {
        // The words stay in the log: who sent the request may be anybody.
        call.host.log(.@"error", "route {s}: {s}", .{ call.string("route_id") orelse "?", reason(call, err) });
        break :failed Call.Response{ .status = 500, .body = "{\"error\":{\"message\":\"the plugin failed\"}}" };
    };
    const is_text = std.unicode.utf8ValidateSlice(response.body);
    var headers: json.Value = .{ .object = .empty };
    if (response.body.len > 0) try headers.object.put(call.arena, "content-type", .{ .string = response.content_type });
    for (response.headers) |one| try headers.object.put(call.arena, one.name, .{ .string = one.value });
    return json.write(call.arena, .{
        .status = response.status,
        .headers = headers,
        .body = if (is_text) response.body else try encode(call.arena, response.body),
        .body_encoding = if (is_text) "utf8" else "base64",
    });
}

fn pickRoute(comptime plugin: Plugin, call: *Call, request: []const u8) !Call.Response {
    call.args = try json.parse(call.arena, request);
    for (plugin.routes) |route| {
        if (std.mem.eql(u8, route.id, call.string("route_id") orelse "")) return route.handle(call);
    }
    return .{ .status = 404, .body = "{\"error\":{\"message\":\"there is no such route\"}}" };
}

fn encode(arena: std.mem.Allocator, bytes: []const u8) ![]const u8 {
    const encoder = std.base64.standard.Encoder;
    return encoder.encode(try arena.alloc(u8, encoder.calcSize(bytes.len)), bytes);
}

/// What an error has to say: the host's words for its own, a failure's message, else the error's name.
fn reason(call: *Call, err: anyerror) []const u8 {
    if (err == error.Failed) if (call.failure) |failure| return failure.message;
    if (err == error.HostError) if (call.host.problem) |problem| {
        return call.print("{s}: {s}", .{ problem.code, problem.message }) catch problem.code;
    };
    return @errorName(err);
}

/// For what goes wrong before there is anybody to answer.
fn say(what: []const u8, err: anyerror) void {
    std.debug.print("{s}: {s}\n", .{ what, @errorName(err) });
}

fn span(text: ?abi.Text) []const u8 {
    return std.mem.span(text orelse return "");
}

/// Memory of the C library, which `freeString` gives back without knowing its size.
fn give(text: []const u8) ?abi.Text {
    const memory: [*]u8 = @ptrCast(std.c.malloc(text.len + 1) orelse return null);
    @memcpy(memory[0..text.len], text);
    memory[text.len] = 0;
    return @ptrCast(memory);
}

fn freeString(text: ?abi.Text) callconv(.c) void {
    if (text) |memory| std.c.free(@constCast(memory));
}
