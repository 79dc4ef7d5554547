//! The host's functions: values in, JSON out. They may be called while the host calls the plugin, on the same thread,
//! since it is that call which has an agent.
//!
//! A function that the host refuses gives `error.HostError`; `problem` then says why. What they return lives as long as
//! the call.

const std = @import("std");
const abi = @import("abi.zig");
const json = @import("json.zig");
const Host = @This();

/// Nothing: a host of version 1. Never looked at as a whole, since the table of an older host is shorter than its type.
table: ?*const anyopaque,
arena: std.mem.Allocator,
thread: std.Thread.Id,
/// Why the last function that failed did.
problem: ?Problem = null,

pub const Problem = struct {
    /// For programs: the host's code, such as `rate_limit_exceeded`.
    code: []const u8,
    /// For people.
    message: []const u8,
    /// All of the answer, when there was one.
    answer: json.Value = .null,
};

pub const Level = enum(c_int) { trace = 0, debug = 1, info = 2, warn = 3, @"error" = 4 };

pub const Error = error{ HostError, WrongThread, OutOfMemory, NotJson, WriteFailed };

/// The version of the host's table, 1 to 6.
pub fn version(host: *const Host) u32 {
    const table = host.table orelse return 1;
    return @as(*const u32, @ptrCast(@alignCast(table))).*;
}

/// A setting or secret of the agent that this call works for. An empty text is a value.
pub fn configGet(host: *Host, key: []const u8) Error!?[]const u8 {
    const slot = try host.find("config_get", 2);
    return host.take(slot(try host.text(key)));
}

/// Keeps a setting for the agent that this call works for. The plugin is not told of its own change.
pub fn configSet(host: *Host, key: []const u8, value: []const u8) Error!void {
    const slot = try host.find("config_set", 2);
    slot(try host.text(key), try host.text(value));
}

/// Forgets a setting of the agent that this call works for.
pub fn configDelete(host: *Host, key: []const u8) Error!void {
    const slot = try host.find("config_delete", 2);
    slot(try host.text(key));
}

/// Runs one statement in the plugin's own SQLite database: `changes` and `last_insert_rowid`. Parameters are a tuple for
/// `?` or a struct for `:name`.
pub fn dbExec(host: *Host, sql: []const u8, params: anytype) Error!json.Value {
    const slot = try host.find("db_exec", 2);
    return host.answer(slot(try host.text(sql), try host.parameters(params)));
}

/// Runs one statement and gives `columns` and `rows`, each row a list of cells.
pub fn dbQuery(host: *Host, sql: []const u8, params: anytype) Error!json.Value {
    const slot = try host.find("db_query", 2);
    return host.answer(slot(try host.text(sql), try host.parameters(params)));
}

/// A line for the log, never with a secret. It works on every thread. A host of version 1 has no log.
pub fn log(host: *const Host, level: Level, comptime format: []const u8, values: anytype) void {
    const slot = host.slotOf("log", 2) orelse return;
    const line = std.fmt.allocPrintSentinel(std.heap.c_allocator, format, values, 0) catch return;
    defer std.heap.c_allocator.free(line);
    for (line) |*byte| {
        if (byte.* == 0) byte.* = ' ';
    }
    slot(@backingInt(level), line);
}

/// A line with an object beside it. A host before version 5 gets the line alone.
pub fn logStructured(host: *Host, level: Level, message: []const u8, payload: anytype) Error!void {
    const slot = host.slotOf("log_structured", abi.since_log_structured) orelse return host.log(level, "{s}", .{message});
    slot(@backingInt(level), try host.text(message), try host.write(payload));
}

/// Starts a task: an agent that goes on by itself. Gives its `id`; `on_task_event` is told the rest.
pub fn dispatch(host: *Host, request: anytype) Error!json.Value {
    const slot = try host.find("dispatch", 2);
    return host.answer(slot(try host.write(request)));
}

/// What a task of this plugin does, or how it ended.
pub fn taskStatus(host: *Host, task_id: []const u8) Error!json.Value {
    const slot = try host.find("task_status", 2);
    return host.answer(slot(try host.text(task_id)));
}

/// Ends a task.
pub fn dispatchCancel(host: *Host, task_id: []const u8) Error!void {
    const slot = try host.find("dispatch_cancel", 2);
    slot(try host.text(task_id));
}

/// Reserved: nothing happens. An answer to a question is a `dispatch` with the same `session_id`.
pub fn dispatchClarify(host: *Host, task_id: []const u8, response: []const u8) Error!void {
    const slot = try host.find("dispatch_clarify", 2);
    slot(try host.text(task_id), try host.text(response));
}

/// Asks a model and waits for its answer; tools that it calls are run by the host.
pub fn complete(host: *Host, request: anytype) Error!json.Value {
    const slot = try host.find("complete", 2);
    return host.answer(slot(try host.write(request)));
}

/// The same, and gives each piece to `onChunk` as it comes, on this thread. A piece lives until `onChunk` returns. After
/// an error no more pieces are given, and the error is this function's when the host is done.
pub fn completeStream(
    host: *Host,
    request: anytype,
    context: anytype,
    comptime onChunk: fn (context: @TypeOf(context), chunk: json.Value) anyerror!void,
) anyerror!json.Value {
    const Stream = struct {
        context: @TypeOf(context),
        failed: ?anyerror = null,

        fn forward(chunk: ?abi.Text, user_data: ?*anyopaque) callconv(.c) void {
            const stream: *@This() = @ptrCast(@alignCast(user_data.?));
            if (stream.failed != null) return;
            var arena: std.heap.ArenaAllocator = .init(std.heap.c_allocator);
            defer arena.deinit();
            // What is no JSON would be a mistake of the host's: the whole answer says it again.
            const value = json.parse(arena.allocator(), std.mem.span(chunk orelse return)) catch return;
            onChunk(stream.context, value) catch |err| {
                stream.failed = err;
            };
        }
    };
    const slot = try host.find("complete_stream", 2);
    var stream: Stream = .{ .context = context };
    const whole = host.answer(slot(try host.write(request), Stream.forward, &stream));
    return if (stream.failed) |err| err else whole;
}

/// Turns texts into vectors.
pub fn embed(host: *Host, request: anytype) Error!json.Value {
    const slot = try host.find("embed", 2);
    return host.answer(slot(try host.write(request)));
}

/// The models that the host can ask.
pub fn listModels(host: *Host) Error!json.Value {
    const slot = try host.find("list_models", 2);
    return host.answer(slot());
}

/// Sends an HTTP request to the public internet: `status`, `headers`, `body`, `body_encoding`.
pub fn httpRequest(host: *Host, request: anytype) Error!json.Value {
    const slot = try host.find("http_request", 2);
    return host.answer(slot(try host.write(request)));
}

/// A file that was shared with agents: `data` in base64, `size`, `mime_type`.
pub fn fileRead(host: *Host, request: anytype) Error!json.Value {
    const slot = try host.find("file_read", 2);
    return host.answer(slot(try host.write(request)));
}

/// The tasks of this plugin that are not over.
pub fn listActiveTasks(host: *Host) Error!json.Value {
    const slot = try host.find("list_active_tasks", 2);
    return host.answer(slot());
}

/// Shows an object to who watches a task.
pub fn sendDraft(host: *Host, task_id: []const u8, draft: anytype) Error!void {
    const slot = try host.find("send_draft", 2);
    slot(try host.text(task_id), try host.write(draft));
}

/// Stops what the agent does now. A message is the user's next in its conversation; an empty one is none.
pub fn dispatchInterrupt(host: *Host, task_id: []const u8, message: []const u8) Error!void {
    const slot = try host.find("dispatch_interrupt", 2);
    slot(try host.text(task_id), try host.text(message));
}

/// Reserved: it answers the error `not_supported`.
pub fn dispatchAddIssue(host: *Host, task_id: []const u8, issue: anytype) Error!json.Value {
    const slot = try host.find("dispatch_add_issue", 2);
    return host.answer(slot(try host.text(task_id), try host.write(issue)));
}

/// Ends the `completeStream` that was given this `stream_id`; also from its `onChunk`.
pub fn completeCancel(host: *Host, stream_id: []const u8) Error!void {
    const slot = try host.find("complete_cancel", abi.since_complete_cancel);
    slot(try host.text(stream_id));
}

/// The agent that this call works for; none while the plugin is loaded and let go.
pub fn getActiveAgentId(host: *Host) Error!?[]const u8 {
    const slot = try host.find("get_active_agent_id", abi.since_get_active_agent_id);
    return host.take(slot());
}

fn Slot(comptime name: []const u8) type {
    return @typeInfo(@FieldType(abi.HostApi, name)).optional.child;
}

/// A slot, looked at only when the host says that it has it.
fn slotOf(host: *const Host, comptime name: []const u8, since: u32) ?Slot(name) {
    if (host.version() < since) return null;
    const table: [*]const u8 = @ptrCast(host.table.?);
    const slot: *const ?Slot(name) = @ptrCast(@alignCast(table + @offsetOf(abi.HostApi, name)));
    return slot.*;
}

fn find(host: *Host, comptime name: []const u8, comptime since: u32) Error!Slot(name) {
    if (std.Thread.getCurrentId() != host.thread) return error.WrongThread;
    return host.slotOf(name, since) orelse host.refused(.{
        .code = "not_supported",
        .message = std.fmt.comptimePrint("{s} needs a host of version {d} or later", .{ name, since }),
    });
}

fn refused(host: *Host, problem: Problem) error{HostError} {
    host.problem = problem;
    return error.HostError;
}

/// For the other side. A text there ends at the first NUL, so those inside are made visible.
fn text(host: *Host, bytes: []const u8) Error!abi.Text {
    if (std.mem.indexOfScalar(u8, bytes, 0) == null) return try host.arena.dupeSentinel(u8, bytes, 0);
    const visible = try std.mem.replaceOwned(u8, host.arena, bytes, "\x00", "\u{FFFD}");
    return try host.arena.dupeSentinel(u8, visible, 0);
}

fn write(host: *Host, value: anytype) Error!abi.Text {
    return try host.arena.dupeSentinel(u8, try json.write(host.arena, value), 0);
}

fn parameters(host: *Host, params: anytype) Error!abi.Text {
    return host.write(params);
}

/// Copies a text of the host's and gives it back, in the way of the host's version.
fn take(host: *Host, given: ?abi.Text) Error!?[]const u8 {
    const pointer = given orelse return null;
    defer if (host.slotOf("free_string", abi.since_free_string)) |free| free(pointer) else std.c.free(@constCast(pointer));
    return try valid(host.arena, std.mem.span(pointer));
}

/// A copy; bytes that are no UTF-8 are made visible.
fn valid(arena: std.mem.Allocator, bytes: []const u8) error{OutOfMemory}![]const u8 {
    if (std.unicode.utf8ValidateSlice(bytes)) return arena.dupe(u8, bytes);
    return std.fmt.allocPrint(arena, "{f}", .{std.unicode.fmtUtf8(bytes)});
}

/// What the host said, read; an object with an `error` that is a text is one.
fn answer(host: *Host, given: ?abi.Text) Error!json.Value {
    const said = try host.take(given) orelse return host.refused(.{ .code = "no_answer", .message = "the host gave no answer" });
    const value = json.parse(host.arena, said) catch |err| switch (err) {
        error.OutOfMemory => return error.OutOfMemory,
        else => return host.refused(.{ .code = "no_answer", .message = "the host's answer is no JSON" }),
    };
    const problem = json.string(value, "error") orelse return value;
    // SQL mistakes stand in `error` as words, with their code beside them.
    return host.refused(.{
        .code = json.string(value, "code") orelse problem,
        .message = json.string(value, "message") orelse problem,
        .answer = value,
    });
}

test "without a host every function says that it is not supported" {
    var arena: std.heap.ArenaAllocator = .init(std.testing.allocator);
    defer arena.deinit();
    var host: Host = .{ .table = null, .arena = arena.allocator(), .thread = std.Thread.getCurrentId() };
    try std.testing.expectEqual(@as(u32, 1), host.version());
    try std.testing.expectError(error.HostError, host.configGet("a"));
    try std.testing.expectEqualStrings("not_supported", host.problem.?.code);
    try std.testing.expectEqualStrings("config_get needs a host of version 2 or later", host.problem.?.message);
    try std.testing.expectError(error.HostError, host.completeCancel("a"));
    try std.testing.expectError(error.HostError, host.httpRequest(.{ .method = "GET" }));
}

test "another thread is told that it is the wrong one" {
    var arena: std.heap.ArenaAllocator = .init(std.testing.allocator);
    defer arena.deinit();
    var host: Host = .{ .table = null, .arena = arena.allocator(), .thread = std.Thread.getCurrentId() };
    const Elsewhere = struct {
        fn run(lent: *Host, result: *anyerror!?[]const u8) void {
            result.* = lent.configGet("a");
        }
    };
    var result: anyerror!?[]const u8 = null;
    const thread = try std.Thread.spawn(.{}, Elsewhere.run, .{ &host, &result });
    thread.join();
    try std.testing.expectError(error.WrongThread, result);
}
