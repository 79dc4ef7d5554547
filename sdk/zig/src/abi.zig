//! The tables that host and plugin hand each other, slot by slot. Their layout is frozen ("Osaurus: ABI Versions").
//! Made by scripts/generate-sdk.ts from src/protocol: change it there.

/// The newest version of the host's table.
pub const last_version: u32 = 6;

pub const log_trace: c_int = 0;
pub const log_debug: c_int = 1;
pub const log_info: c_int = 2;
pub const log_warn: c_int = 3;
pub const log_error: c_int = 4;

pub const task_event_started: c_int = 0;
pub const task_event_activity: c_int = 1;
pub const task_event_progress: c_int = 2;
pub const task_event_clarification: c_int = 3;
pub const task_event_completed: c_int = 4;
pub const task_event_failed: c_int = 5;
pub const task_event_cancelled: c_int = 6;
pub const task_event_output: c_int = 7;
pub const task_event_draft: c_int = 8;

// The version that a host must say it has before these functions may be looked at.
pub const since_complete_cancel: u32 = 3;
pub const since_get_active_agent_id: u32 = 4;
pub const since_log_structured: u32 = 5;
pub const since_free_string: u32 = 6;

/// A text that ends in NUL.
pub const Text = [*:0]const u8;

/// Gets one chunk of a streamed completion, on the thread that is blocked in `complete_stream`.
pub const OnChunk = *const fn (chunk_json: ?Text, user_data: ?*anyopaque) callconv(.c) void;

/// What the host offers. A host of version N has the slots up to those of version N, and nothing behind them.
pub const HostApi = extern struct {
    version: u32,
    /// Reads a setting or secret of the agent that the call works for. An empty text is a value; NULL is none.
    config_get: ?*const fn (key: ?Text) callconv(.c) ?Text,
    /// Keeps a setting for the agent that the call works for. The plugin is not told of its own change.
    config_set: ?*const fn (key: ?Text, value: ?Text) callconv(.c) void,
    /// Forgets a setting of the agent that the call works for.
    config_delete: ?*const fn (key: ?Text) callconv(.c) void,
    /// Runs one statement in the plugin's own SQLite database. Parameters are a JSON list or object.
    db_exec: ?*const fn (sql: ?Text, params_json: ?Text) callconv(.c) ?Text,
    /// Runs one statement and gives its rows. Parameters are a JSON list or object.
    db_query: ?*const fn (sql: ?Text, params_json: ?Text) callconv(.c) ?Text,
    /// Writes a line into the plugin's log. It works on every thread.
    log: ?*const fn (level: c_int, message: ?Text) callconv(.c) void,
    /// Starts a task: a run of the agent that goes on by itself. Returns at once; `on_task_event` is told the rest.
    dispatch: ?*const fn (request_json: ?Text) callconv(.c) ?Text,
    /// Says what a task of this plugin does, or how it ended.
    task_status: ?*const fn (task_id: ?Text) callconv(.c) ?Text,
    /// Ends a task. It is told `CANCELLED`, and nothing behind that.
    dispatch_cancel: ?*const fn (task_id: ?Text) callconv(.c) void,
    /// Reserved: nothing happens. An answer to a question is a `dispatch` with the same `session_id`.
    dispatch_clarify: ?*const fn (task_id: ?Text, response: ?Text) callconv(.c) void,
    /// Asks a model and waits for its answer. Tools that it calls are run by the host.
    complete: ?*const fn (request_json: ?Text) callconv(.c) ?Text,
    /// The same, and `on_chunk` gets each piece as it comes, on this thread. The answer is whole again.
    complete_stream: ?*const fn (request_json: ?Text, on_chunk: ?OnChunk, user_data: ?*anyopaque) callconv(.c) ?Text,
    /// Turns texts into vectors.
    embed: ?*const fn (request_json: ?Text) callconv(.c) ?Text,
    /// Lists the models that the host can ask.
    list_models: ?*const fn () callconv(.c) ?Text,
    /// Sends an HTTP request to the public internet. Addresses of this machine and of private networks are refused.
    http_request: ?*const fn (request_json: ?Text) callconv(.c) ?Text,
    /// Reads a file that was shared with agents, from the folder of artifacts.
    file_read: ?*const fn (request_json: ?Text) callconv(.c) ?Text,
    /// Lists the tasks of this plugin that are not over.
    list_active_tasks: ?*const fn () callconv(.c) ?Text,
    /// Keeps an object for whoever watches a task, and tells it as `DRAFT`.
    send_draft: ?*const fn (task_id: ?Text, draft_json: ?Text) callconv(.c) void,
    /// Ends what the agent is doing in a task. A message is the user's next in its conversation.
    dispatch_interrupt: ?*const fn (task_id: ?Text, message: ?Text) callconv(.c) void,
    /// Reserved: it answers `not_supported`.
    dispatch_add_issue: ?*const fn (task_id: ?Text, issue_json: ?Text) callconv(.c) ?Text,
    /// Ends a `complete_stream` that was given this `stream_id`. It works on every thread, and in `on_chunk`.
    complete_cancel: ?*const fn (stream_id: ?Text) callconv(.c) void,
    /// Names the agent that the call works for, in capital letters; NULL where there is none.
    get_active_agent_id: ?*const fn () callconv(.c) ?Text,
    /// Writes a line with an object beside it into the plugin's log. It works on every thread.
    log_structured: ?*const fn (level: c_int, message: ?Text, payload_json: ?Text) callconv(.c) void,
    /// Releases what another function returned. Before version 6 that was `free()`. NULL is nothing to release.
    free_string: ?*const fn (s: ?Text) callconv(.c) void,
};

/// What the plugin offers. The first five functions are required; a version 1 table ends behind `invoke`.
pub const PluginApi = extern struct {
    free_string: *const fn (s: ?Text) callconv(.c) void,
    init: *const fn () callconv(.c) ?*anyopaque,
    destroy: *const fn (ctx: ?*anyopaque) callconv(.c) void,
    get_manifest: *const fn (ctx: ?*anyopaque) callconv(.c) ?Text,
    invoke: *const fn (ctx: ?*anyopaque, kind: ?Text, id: ?Text, payload: ?Text) callconv(.c) ?Text,
    version: u32,
    handle_route: ?*const fn (ctx: ?*anyopaque, request_json: ?Text) callconv(.c) ?Text,
    on_config_changed: ?*const fn (ctx: ?*anyopaque, key: ?Text, value: ?Text) callconv(.c) void,
    on_task_event: ?*const fn (ctx: ?*anyopaque, task_id: ?Text, event_type: c_int, event_json: ?Text) callconv(.c) void,
};

comptime {
    const assert = @import("std").debug.assert;
    assert(@sizeOf(HostApi) == 200);
    assert(@sizeOf(PluginApi) == 72);
}
