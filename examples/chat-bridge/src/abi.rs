//! The tables that host and plugin hand each other, version 6, slot by slot. Their layout is frozen: nothing here may be
//! left out or moved ("Osaurus: ABI Versions"). The C header for the same is sdk/c/osaurus_plugin.h.

use std::ffi::c_void;
use std::os::raw::{c_char, c_int};

pub type Text = *const c_char;

#[repr(C)]
pub struct HostTable {
    pub version: u32,
    pub config_get: extern "C" fn(Text) -> Text,
    pub config_set: extern "C" fn(Text, Text),
    pub config_delete: extern "C" fn(Text),
    pub db_exec: extern "C" fn(Text, Text) -> Text,
    pub db_query: extern "C" fn(Text, Text) -> Text,
    pub log: extern "C" fn(c_int, Text),
    pub dispatch: extern "C" fn(Text) -> Text,
    pub task_status: extern "C" fn(Text) -> Text,
    pub dispatch_cancel: extern "C" fn(Text),
    pub dispatch_clarify: extern "C" fn(Text, Text),
    pub complete: extern "C" fn(Text) -> Text,
    pub complete_stream: extern "C" fn(Text, Option<extern "C" fn(Text, *mut c_void)>, *mut c_void) -> Text,
    pub embed: extern "C" fn(Text) -> Text,
    pub list_models: extern "C" fn() -> Text,
    pub http_request: extern "C" fn(Text) -> Text,
    pub file_read: extern "C" fn(Text) -> Text,
    pub list_active_tasks: extern "C" fn() -> Text,
    pub send_draft: extern "C" fn(Text, Text),
    pub dispatch_interrupt: extern "C" fn(Text, Text),
    pub dispatch_add_issue: extern "C" fn(Text, Text) -> Text,
    pub complete_cancel: extern "C" fn(Text),
    pub get_active_agent_id: extern "C" fn() -> Text,
    pub log_structured: extern "C" fn(c_int, Text, Text),
    pub free_string: extern "C" fn(Text),
}

#[repr(C)]
pub struct PluginTable {
    pub free_string: extern "C" fn(Text),
    pub init: extern "C" fn() -> *mut c_void,
    pub destroy: extern "C" fn(*mut c_void),
    pub get_manifest: extern "C" fn(*mut c_void) -> Text,
    pub invoke: extern "C" fn(*mut c_void, Text, Text, Text) -> Text,
    pub version: u32,
    pub handle_route: Option<extern "C" fn(*mut c_void, Text) -> Text>,
    pub on_config_changed: Option<extern "C" fn(*mut c_void, Text, Text)>,
    pub on_task_event: Option<extern "C" fn(*mut c_void, Text, c_int, Text)>,
}

pub const ABI_VERSION: u32 = 6;

pub const LOG_INFO: c_int = 2;
pub const LOG_WARN: c_int = 3;
pub const LOG_ERROR: c_int = 4;

pub const EVENT_STARTED: c_int = 0;
pub const EVENT_CLARIFICATION: c_int = 3;
pub const EVENT_COMPLETED: c_int = 4;
pub const EVENT_FAILED: c_int = 5;
pub const EVENT_CANCELLED: c_int = 6;
