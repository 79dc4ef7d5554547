//! A native plugin that connects a chat service with an agent. Each conversation of the service is one conversation with
//! the agent ("Osaurus: Messaging Plugin Pattern"):
//!
//!   the service tells of a message → `webhook` → a task of the agent → the tool `reply` → the service
//!
//! Here is the border to the host: texts in and out, who frees them, and that no panic crosses it.

mod abi;
mod bridge;
mod chat;
mod dispatch;
mod events;
mod host;
mod json;
mod queues;
mod reply;
mod store;
mod token;
mod webhook;
mod wording;

use abi::{HostTable, PluginTable, Text, ABI_VERSION, LOG_ERROR};
use bridge::Bridge;
use host::{c_text, Host};
use std::ffi::{c_void, CStr, CString};
use std::os::raw::{c_char, c_int};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

const MANIFEST: &str = include_str!("../manifest.json");

/// Given by the entry; stays valid as long as the process lives.
static HOST: AtomicPtr<HostTable> = AtomicPtr::new(ptr::null_mut());

static TABLE: PluginTable = PluginTable {
    free_string,
    init,
    destroy,
    get_manifest,
    invoke,
    version: ABI_VERSION,
    handle_route: Some(handle_route),
    // Settings are read when they are needed.
    on_config_changed: None,
    on_task_event: Some(on_task_event),
};

/// # Safety
/// The host's table must stay where it is as long as the process lives.
#[no_mangle]
pub unsafe extern "C" fn osaurus_plugin_entry_v2(host: *const HostTable) -> *const PluginTable {
    // An older host has a shorter table, without the slots that are used here.
    if host.is_null() || (*host).version < ABI_VERSION {
        return ptr::null();
    }
    HOST.store(host as *mut HostTable, Ordering::Release);
    &TABLE
}

extern "C" fn init() -> *mut c_void {
    let host = HOST.load(Ordering::Acquire);
    if host.is_null() {
        return ptr::null_mut();
    }
    Box::into_raw(Box::new(Bridge::new(Host::new(unsafe { &*host })))) as *mut c_void
}

extern "C" fn destroy(ctx: *mut c_void) {
    if !ctx.is_null() {
        drop(unsafe { Box::from_raw(ctx as *mut Bridge) });
    }
}

extern "C" fn get_manifest(_ctx: *mut c_void) -> Text {
    give(MANIFEST)
}

extern "C" fn invoke(ctx: *mut c_void, kind: Text, id: Text, payload: Text) -> Text {
    let failed = r#"{"ok":false,"kind":"execution_error","message":"The bridge failed."}"#;
    guarded(ctx, failed, |bridge| match read(kind).as_str() {
        "tool" => reply::invoke(bridge, &read(id), &read(payload)),
        _ => failed.to_string(),
    })
}

extern "C" fn handle_route(ctx: *mut c_void, request: Text) -> Text {
    guarded(ctx, r#"{"status":500}"#, |bridge| webhook::handle(bridge, &read(request)))
}

extern "C" fn on_task_event(ctx: *mut c_void, task_id: Text, kind: c_int, event: Text) {
    let nothing = guarded(ctx, "", |bridge| {
        events::handle(bridge, &read(task_id), kind, &read(event));
        String::new()
    });
    free_string(nothing);
}

extern "C" fn free_string(text: Text) {
    if !text.is_null() {
        drop(unsafe { CString::from_raw(text as *mut c_char) });
    }
}

/// Runs it; a panic is logged and answered, since it must not unwind into the host.
fn guarded(ctx: *mut c_void, failed: &str, run: impl FnOnce(&Bridge) -> String) -> Text {
    let bridge = unsafe { &*(ctx as *const Bridge) };
    let answer = catch_unwind(AssertUnwindSafe(|| run(bridge))).unwrap_or_else(|_| {
        bridge.host.log(LOG_ERROR, "a panic; the place stands above");
        failed.to_string()
    });
    give(&answer)
}

/// The host gives it back to `free_string`.
fn give(text: &str) -> Text {
    c_text(text).into_raw()
}

/// The host's texts are gone after the call, so this is a copy.
fn read(text: Text) -> String {
    if text.is_null() {
        return String::new();
    }
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}
