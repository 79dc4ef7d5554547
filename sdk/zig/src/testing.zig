//! Calls parts of a plugin as the host does, without one: for `zig build test`.

const std = @import("std");
const border = @import("border.zig");
const Call = @import("Call.zig");
const Plugin = @import("Plugin.zig");

/// The envelope that a tool gives for these arguments (JSON). To be freed by the caller.
pub fn callTool(comptime plugin: Plugin, id: []const u8, arguments: []const u8) ![]const u8 {
    return run(plugin, id, arguments, callIt);
}

/// The answer of a route (JSON) to a request (JSON), which needs a `route_id`. To be freed by the caller.
pub fn request(comptime plugin: Plugin, text: []const u8) ![]const u8 {
    return run(plugin, "", text, requestIt);
}

fn run(
    comptime plugin: Plugin,
    id: []const u8,
    text: []const u8,
    comptime body: fn (comptime plugin: Plugin, call: *Call, id: []const u8, text: []const u8) anyerror![]const u8,
) ![]const u8 {
    var arena: std.heap.ArenaAllocator = .init(std.testing.allocator);
    defer arena.deinit();
    var call = border.begin(null, arena.allocator());
    return std.testing.allocator.dupe(u8, try body(plugin, &call, id, text));
}

fn callIt(comptime plugin: Plugin, call: *Call, id: []const u8, text: []const u8) anyerror![]const u8 {
    return border.runTool(plugin, call, "tool", id, text);
}

fn requestIt(comptime plugin: Plugin, call: *Call, _: []const u8, text: []const u8) anyerror![]const u8 {
    return border.runRoute(plugin, call, text);
}

const sample: Plugin = .{
    .id = "dev.example.test",
    .version = "1.0.0",
    .tools = &.{ .{ .id = "double", .description = "Doubles.", .run = double }, .{ .id = "breaks", .description = "", .run = breaks } },
    .routes = &.{.{ .id = "item", .path = "/items/:id", .handle = item }},
};

fn double(call: *Call) anyerror!Call.Answer {
    const number = call.integer("n") orelse
        return call.fail(.{ .kind = .invalid_args, .field = "n", .message = "n is no number" });
    return call.ok(.{ .n = number * 2 });
}

fn breaks(_: *Call) anyerror!Call.Answer {
    return error.FileNotFound;
}

fn item(call: *Call) anyerror!Call.Response {
    return call.respond(.{ .id = try std.fmt.parseInt(u32, call.param("id") orelse "", 10) });
}

fn expectTool(id: []const u8, arguments: []const u8, expected: []const u8) !void {
    const envelope = try callTool(sample, id, arguments);
    defer std.testing.allocator.free(envelope);
    try std.testing.expectEqualStrings(expected, envelope);
}

fn expectAnswer(text: []const u8, expected: []const u8) !void {
    const answer = try request(sample, text);
    defer std.testing.allocator.free(answer);
    try std.testing.expectEqualStrings(expected, answer);
}

test "a tool is called and its failures are envelopes" {
    try expectTool("double", "{\"n\":21}", "{\"ok\":true,\"result\":{\"n\":42}}");
    try expectTool("double", "", "{\"ok\":false,\"kind\":\"invalid_args\",\"message\":\"n is no number\",\"field\":\"n\"}");
    try expectTool("double", "{", "{\"ok\":false,\"kind\":\"invalid_args\",\"message\":\"the arguments are no JSON\"}");
    try expectTool("breaks", "{}", "{\"ok\":false,\"kind\":\"execution_error\",\"message\":\"FileNotFound\"}");
    try expectTool("other", "{}", "{\"ok\":false,\"kind\":\"tool_not_found\",\"message\":\"there is no tool \\\"other\\\"\"}");
}

test "a route answers, and what went wrong is not told to strangers" {
    try expectAnswer(
        "{\"route_id\":\"item\",\"path_params\":{\"id\":\"7\"}}",
        "{\"status\":200,\"headers\":{\"content-type\":\"application/json\"},\"body\":\"{\\\"id\\\":7}\",\"body_encoding\":\"utf8\"}",
    );
    try expectAnswer(
        "{\"route_id\":\"item\"}",
        "{\"status\":500,\"headers\":{\"content-type\":\"application/json\"},\"body\":\"{\\\"error\\\":{\\\"message\\\":\\\"the plugin failed\\\"}}\",\"body_encoding\":\"utf8\"}",
    );
}
