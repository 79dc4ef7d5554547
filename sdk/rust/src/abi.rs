//! The tables that host and plugin hand each other, slot by slot. Their layout is frozen ("Osaurus: ABI Versions").
//! Made by scripts/generate-sdk.ts from src/protocol: change it there.

use std::ffi::c_void;
use std::os::raw::{c_char, c_int};

/// The newest version of the host's table.
pub const LAST_VERSION: u32 = 6;

pub const LOG_TRACE: c_int = 0;
pub const LOG_DEBUG: c_int = 1;
pub const LOG_INFO: c_int = 2;
pub const LOG_WARN: c_int = 3;
pub const LOG_ERROR: c_int = 4;

pub const TASK_EVENT_STARTED: c_int = 0;
pub const TASK_EVENT_ACTIVITY: c_int = 1;
pub const TASK_EVENT_PROGRESS: c_int = 2;
pub const TASK_EVENT_CLARIFICATION: c_int = 3;
pub const TASK_EVENT_COMPLETED: c_int = 4;
pub const TASK_EVENT_FAILED: c_int = 5;
pub const TASK_EVENT_CANCELLED: c_int = 6;
pub const TASK_EVENT_OUTPUT: c_int = 7;
pub const TASK_EVENT_DRAFT: c_int = 8;

// The version that a host must say it has before these functions may be looked at.
pub const SINCE_COMPLETE_CANCEL: u32 = 3;
pub const SINCE_GET_ACTIVE_AGENT_ID: u32 = 4;
pub const SINCE_LOG_STRUCTURED: u32 = 5;
pub const SINCE_FREE_STRING: u32 = 6;

/// Gets one chunk of a streamed completion, on the thread that is blocked in `complete_stream`.
pub type OnChunk = extern "C" fn(chunk_json: *const c_char, user_data: *mut c_void);

/// What the host offers. A host of version N has the slots up to those of version N, and nothing behind them.
#[repr(C)]
pub struct HostApi {
    pub version: u32,
    /// Reads a setting or secret of the agent that the call works for. An empty text is a value; NULL is none.
    pub config_get: Option<extern "C" fn(key: *const c_char) -> *const c_char>,
    /// Keeps a setting for the agent that the call works for. The plugin is not told of its own change.
    pub config_set: Option<extern "C" fn(key: *const c_char, value: *const c_char)>,
    /// Forgets a setting of the agent that the call works for.
    pub config_delete: Option<extern "C" fn(key: *const c_char)>,
    /// Runs one statement in the plugin's own SQLite database. Parameters are a JSON list or object.
    pub db_exec: Option<extern "C" fn(sql: *const c_char, params_json: *const c_char) -> *const c_char>,
    /// Runs one statement and gives its rows. Parameters are a JSON list or object.
    pub db_query: Option<extern "C" fn(sql: *const c_char, params_json: *const c_char) -> *const c_char>,
    /// Writes a line into the plugin's log. It works on every thread.
    pub log: Option<extern "C" fn(level: c_int, message: *const c_char)>,
    /// Starts a task: a run of the agent that goes on by itself. Returns at once; `on_task_event` is told the rest.
    pub dispatch: Option<extern "C" fn(request_json: *const c_char) -> *const c_char>,
    /// Says what a task of this plugin does, or how it ended.
    pub task_status: Option<extern "C" fn(task_id: *const c_char) -> *const c_char>,
    /// Ends a task. It is told `CANCELLED`, and nothing behind that.
    pub dispatch_cancel: Option<extern "C" fn(task_id: *const c_char)>,
    /// Reserved: nothing happens. An answer to a question is a `dispatch` with the same `session_id`.
    pub dispatch_clarify: Option<extern "C" fn(task_id: *const c_char, response: *const c_char)>,
    /// Asks a model and waits for its answer. Tools that it calls are run by the host.
    pub complete: Option<extern "C" fn(request_json: *const c_char) -> *const c_char>,
    /// The same, and `on_chunk` gets each piece as it comes, on this thread. The answer is whole again.
    pub complete_stream: Option<extern "C" fn(request_json: *const c_char, on_chunk: Option<OnChunk>, user_data: *mut c_void) -> *const c_char>,
    /// Turns texts into vectors.
    pub embed: Option<extern "C" fn(request_json: *const c_char) -> *const c_char>,
    /// Lists the models that the host can ask.
    pub list_models: Option<extern "C" fn() -> *const c_char>,
    /// Sends an HTTP request to the public internet. Addresses of this machine and of private networks are refused.
    pub http_request: Option<extern "C" fn(request_json: *const c_char) -> *const c_char>,
    /// Reads a file that was shared with agents, from the folder of artifacts.
    pub file_read: Option<extern "C" fn(request_json: *const c_char) -> *const c_char>,
    /// Lists the tasks of this plugin that are not over.
    pub list_active_tasks: Option<extern "C" fn() -> *const c_char>,
    /// Keeps an object for whoever watches a task, and tells it as `DRAFT`.
    pub send_draft: Option<extern "C" fn(task_id: *const c_char, draft_json: *const c_char)>,
    /// Ends what the agent is doing in a task. A message is the user's next in its conversation.
    pub dispatch_interrupt: Option<extern "C" fn(task_id: *const c_char, message: *const c_char)>,
    /// Reserved: it answers `not_supported`.
    pub dispatch_add_issue: Option<extern "C" fn(task_id: *const c_char, issue_json: *const c_char) -> *const c_char>,
    /// Ends a `complete_stream` that was given this `stream_id`. It works on every thread, and in `on_chunk`.
    pub complete_cancel: Option<extern "C" fn(stream_id: *const c_char)>,
    /// Names the agent that the call works for, in capital letters; NULL where there is none.
    pub get_active_agent_id: Option<extern "C" fn() -> *const c_char>,
    /// Writes a line with an object beside it into the plugin's log. It works on every thread.
    pub log_structured: Option<extern "C" fn(level: c_int, message: *const c_char, payload_json: *const c_char)>,
    /// Releases what another function returned. Before version 6 that was `free()`. NULL is nothing to release.
    pub free_string: Option<extern "C" fn(s: *const c_char)>,
}

/// What the plugin offers. The first five functions are required; a version 1 table ends behind `invoke`.
#[repr(C)]
pub struct PluginApi {
    pub free_string: extern "C" fn(s: *const c_char),
    pub init: extern "C" fn() -> *mut c_void,
    pub destroy: extern "C" fn(ctx: *mut c_void),
    pub get_manifest: extern "C" fn(ctx: *mut c_void) -> *const c_char,
    pub invoke: extern "C" fn(ctx: *mut c_void, kind: *const c_char, id: *const c_char, payload: *const c_char) -> *const c_char,
    pub version: u32,
    pub handle_route: Option<extern "C" fn(ctx: *mut c_void, request_json: *const c_char) -> *const c_char>,
    pub on_config_changed: Option<extern "C" fn(ctx: *mut c_void, key: *const c_char, value: *const c_char)>,
    pub on_task_event: Option<extern "C" fn(ctx: *mut c_void, task_id: *const c_char, event_type: c_int, event_json: *const c_char)>,
}

const _: () = assert!(std::mem::size_of::<HostApi>() == 200);
const _: () = assert!(std::mem::size_of::<PluginApi>() == 72);
