//! One call of the host, lent to a handler: what it is given, the host's functions, memory, and ways to answer. Nothing
//! of it outlives the call.

const std = @import("std");
const json = @import("json.zig");
const Host = @import("Host.zig");
const Call = @This();

host: Host,
/// For whatever the call needs; all of it is released when the call is over.
arena: std.mem.Allocator,
/// The arguments of a tool, or the request of a route.
args: json.Value = .null,
failure: ?Failure = null,

/// What a tool gives back; `call.ok` makes it.
pub const Answer = struct {
    /// JSON.
    result: []const u8,
    /// One sentence for people and models.
    summary: ?[]const u8 = null,
};

pub const FailureKind = enum { invalid_args, timeout, execution_error, unavailable, rejected, user_denied, tool_not_found };

pub const Failure = struct {
    kind: FailureKind,
    message: []const u8,
    /// A word of your own for it, for programs.
    code: ?[]const u8 = null,
    /// Which argument is wrong.
    field: ?[]const u8 = null,
    /// Whether the same call may work later; each kind has a default.
    retryable: ?bool = null,
};

/// An answer to a request. A body that is no text is sent as bytes.
pub const Response = struct {
    status: u16 = 200,
    body: []const u8 = "",
    content_type: []const u8 = "application/json",
    headers: []const Header = &.{},

    pub const Header = struct { name: []const u8, value: []const u8 };
};

/// The result of a tool: structs, slices, numbers, `Value`. `.{ .text = ... }` is shown as Markdown.
pub fn ok(call: *Call, result: anytype) !Answer {
    return .{ .result = try json.write(call.arena, result) };
}

/// Ends a tool: `return call.fail(.{ .kind = .rejected, .message = "too large" })`. Any other error becomes an
/// `execution_error` with its name.
pub fn fail(call: *Call, failure: Failure) error{Failed} {
    call.failure = failure;
    return error.Failed;
}

/// An answer of a route that is JSON.
pub fn respond(call: *Call, value: anytype) !Response {
    return .{ .body = try json.write(call.arena, value) };
}

/// A text that lives as long as the call.
pub fn print(call: *Call, comptime format: []const u8, values: anytype) ![]const u8 {
    return std.fmt.allocPrint(call.arena, format, values);
}

/// An argument that is a text.
pub fn string(call: *const Call, name: []const u8) ?[]const u8 {
    return json.string(call.args, name);
}

/// An argument that is a whole number.
pub fn integer(call: *const Call, name: []const u8) ?i64 {
    return json.integer(call.args, name);
}

/// An argument that is a truth value.
pub fn boolean(call: *const Call, name: []const u8) ?bool {
    return json.boolean(call.args, name);
}

/// What stands in the place of `:name` in the route's path.
pub fn param(call: *const Call, name: []const u8) ?[]const u8 {
    return json.string(json.get(call.args, "path_params") orelse return null, name);
}

/// A value of the request's query.
pub fn query(call: *const Call, name: []const u8) ?[]const u8 {
    return json.string(json.get(call.args, "query") orelse return null, name);
}

/// A header of the request; its name in small letters.
pub fn header(call: *const Call, name: []const u8) ?[]const u8 {
    return json.string(json.get(call.args, "headers") orelse return null, name);
}

/// The bytes that were sent with the request.
pub fn body(call: *const Call) ![]const u8 {
    const sent = call.string("body") orelse return "";
    if (!std.mem.eql(u8, call.string("body_encoding") orelse "", "base64")) return sent;
    const decoder = std.base64.standard.Decoder;
    const bytes = try call.arena.alloc(u8, try decoder.calcSizeForSlice(sent));
    try decoder.decode(bytes, sent);
    return bytes;
}
