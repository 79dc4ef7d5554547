//! The border to the host, and all the unsafe code of this crate: texts in and out, who releases them, and that no panic
//! crosses it. What the host passes in is valid only during the call, so it is copied at once.

use crate::abi::*;
use crate::host::Host;
use crate::plugin::Plugin;
use crate::route::Response;
use crate::task_event::{TaskEvent, TaskEventKind};
use crate::{Failure, FailureKind};
use std::any::Any;
use std::ffi::{c_void, CStr, CString};
use std::os::raw::{c_char, c_int};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::Mutex;

type Build = fn() -> Plugin;

/// Given by the entry; stays where it is as long as the process lives. Null: a host of version 1.
static HOST: AtomicPtr<HostApi> = AtomicPtr::new(ptr::null_mut());
/// Given to the host, once.
static TABLE: AtomicPtr<PluginApi> = AtomicPtr::new(ptr::null_mut());
/// The plugin that the entry made to see what it offers; `init` takes it.
static MADE: Mutex<Option<Plugin>> = Mutex::new(None);
static BUILD: Mutex<Option<Build>> = Mutex::new(None);

/// What `osaurus_plugin_entry_v2` does. NULL when the plugin cannot be made.
///
/// # Safety
/// The table must be one of a host, and stay where it is as long as the process lives.
pub unsafe fn enter(host: *const HostApi, build: Build) -> *const PluginApi {
    HOST.store(host as *mut HostApi, Ordering::Release);
    make_table(build)
}

/// What `osaurus_plugin_entry` does, which hosts of version 1 call.
pub fn enter_without_host(build: Build) -> *const PluginApi {
    make_table(build)
}

/// Callbacks that the plugin has no use for are left out, so that the host does not make those calls.
fn make_table(build: Build) -> *const PluginApi {
    let plugin = match catch(build) {
        Ok(plugin) => plugin,
        Err(_) => return ptr::null(),
    };
    let made = Box::new(PluginApi {
        free_string,
        init,
        destroy,
        get_manifest,
        invoke,
        version: LAST_VERSION,
        handle_route: plugin.has_routes().then_some(handle_route as _),
        on_config_changed: plugin.has_config_listener().then_some(on_config_changed as _),
        on_task_event: plugin.has_task_listener().then_some(on_task_event as _),
    });
    *lock(&BUILD) = Some(build);
    *lock(&MADE) = Some(plugin);
    let old = TABLE.load(Ordering::Acquire);
    if !old.is_null() {
        return old;
    }
    let table = Box::into_raw(made);
    TABLE.store(table, Ordering::Release);
    table
}

extern "C" fn init() -> *mut c_void {
    let made = catch(|| lock(&MADE).take().or_else(|| lock(&BUILD).map(|build| build())));
    made.ok().flatten().map_or(ptr::null_mut(), |plugin| Box::into_raw(Box::new(plugin)) as *mut c_void)
}

extern "C" fn destroy(ctx: *mut c_void) {
    if !ctx.is_null() {
        let _ = catch(|| drop(unsafe { Box::from_raw(ctx as *mut Plugin) }));
    }
}

extern "C" fn get_manifest(ctx: *mut c_void) -> *const c_char {
    catch(|| plugin(ctx).manifest().to_string()).map_or(ptr::null(), |text| give(&text))
}

extern "C" fn invoke(
    ctx: *mut c_void,
    kind: *const c_char,
    id: *const c_char,
    payload: *const c_char,
) -> *const c_char {
    let answer = catch(|| plugin(ctx).invoke(&host(), &read(kind), &read(id), &read(payload)).to_string());
    give(&answer.unwrap_or_else(|problem| {
        let message = format!("the plugin panicked: {problem}");
        Failure::new(FailureKind::ExecutionError, message).envelope().to_string()
    }))
}

extern "C" fn handle_route(ctx: *mut c_void, request: *const c_char) -> *const c_char {
    let answer = catch(|| plugin(ctx).handle(&host(), &read(request)).to_string());
    // What went wrong stands in the log: who sent the request may be anybody.
    give(&answer.unwrap_or_else(|_| Response::error(500, "the plugin failed").into_json().to_string()))
}

extern "C" fn on_config_changed(ctx: *mut c_void, key: *const c_char, value: *const c_char) {
    let _ = catch(|| plugin(ctx).tell_config(&host(), &read(key), &read(value)));
}

extern "C" fn on_task_event(ctx: *mut c_void, task_id: *const c_char, kind: c_int, event: *const c_char) {
    let _ = catch(|| {
        let details = crate::json::parse(&read(event)).unwrap_or(crate::Value::Null);
        let event = TaskEvent { task_id: read(task_id), kind: TaskEventKind::from(kind), details };
        plugin(ctx).tell_task(&host(), &event);
    });
}

extern "C" fn free_string(text: *const c_char) {
    if !text.is_null() {
        drop(unsafe { CString::from_raw(text as *mut c_char) });
    }
}

/// Runs it, and gives what a panic said. Where it happened was written to stderr, and the host's log hears of it.
fn catch<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no words".to_string());
        // Not even what was thrown may panic here, when it is dropped.
        if let Err(next) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
            std::mem::forget(next);
        }
        host().log_error(&format!("panicked: {text}"));
        text
    })
}

fn plugin<'a>(ctx: *mut c_void) -> &'a Plugin {
    assert!(!ctx.is_null(), "the host gave no context");
    unsafe { &*(ctx as *const Plugin) }
}

fn host() -> Host {
    Host::new(Table { table: HOST.load(Ordering::Acquire) })
}

/// The host gives it back to `free_string`.
fn give(text: &str) -> *const c_char {
    c_text(text).into_raw()
}

fn read(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// For the other side. A text there ends at the first NUL, so those inside are made visible.
fn c_text(text: &str) -> CString {
    CString::new(text).unwrap_or_else(|_| CString::new(text.replace('\0', "\u{FFFD}")).unwrap_or_default())
}

/// A lock that a panic left behind holds what it held before.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The host's table as safe functions. A pointer, never a reference: the table of an older host is shorter than the type
/// says. That also keeps it, and whoever holds it, on one thread.
pub(crate) struct Table {
    table: *const HostApi,
}

/// The host does not have this function.
pub(crate) struct Unsupported {
    pub function: &'static str,
    pub since: u32,
}

type Told = Result<(), Unsupported>;
type Asked = Result<Option<String>, Unsupported>;

/// The first version with host functions.
const SINCE_FIRST: u32 = 2;

/// A slot, looked at only when the host says that it has it.
macro_rules! slot {
    ($self:ident, $name:ident, $since:expr) => {{
        let missing = Unsupported { function: stringify!($name), since: $since };
        let slot = match $self.version() >= $since {
            true => unsafe { ptr::addr_of!((*$self.table).$name).read() },
            false => None,
        };
        slot.ok_or(missing)?
    }};
}

/// Functions that take texts: those that answer, and those that do not.
macro_rules! functions {
    (asked { $($name:ident($($arg:ident),*) since $since:expr;)* } told { $($told:ident($($what:ident),*) since $from:expr;)* }) => {
        $(pub fn $name(&self, $($arg: &str),*) -> Asked {
            let slot = slot!(self, $name, $since);
            $(let $arg = c_text($arg);)*
            Ok(self.take(slot($($arg.as_ptr()),*)))
        })*
        $(pub fn $told(&self, $($what: &str),*) -> Told {
            let slot = slot!(self, $told, $from);
            $(let $what = c_text($what);)*
            slot($($what.as_ptr()),*);
            Ok(())
        })*
    };
}

impl Table {
    pub fn none() -> Table {
        Table { table: ptr::null() }
    }

    pub fn version(&self) -> u32 {
        match self.table.is_null() {
            true => 1,
            false => unsafe { ptr::addr_of!((*self.table).version).read() },
        }
    }

    functions! {
        asked {
            config_get(key) since SINCE_FIRST;
            db_exec(sql, params) since SINCE_FIRST;
            db_query(sql, params) since SINCE_FIRST;
            dispatch(request) since SINCE_FIRST;
            task_status(task_id) since SINCE_FIRST;
            complete(request) since SINCE_FIRST;
            embed(request) since SINCE_FIRST;
            list_models() since SINCE_FIRST;
            http_request(request) since SINCE_FIRST;
            file_read(request) since SINCE_FIRST;
            list_active_tasks() since SINCE_FIRST;
            dispatch_add_issue(task_id, issue) since SINCE_FIRST;
            get_active_agent_id() since SINCE_GET_ACTIVE_AGENT_ID;
        }
        told {
            config_set(key, value) since SINCE_FIRST;
            config_delete(key) since SINCE_FIRST;
            dispatch_cancel(task_id) since SINCE_FIRST;
            dispatch_clarify(task_id, response) since SINCE_FIRST;
            send_draft(task_id, draft) since SINCE_FIRST;
            dispatch_interrupt(task_id, message) since SINCE_FIRST;
            complete_cancel(stream_id) since SINCE_COMPLETE_CANCEL;
        }
    }

    pub fn log(&self, level: c_int, message: &str) -> Told {
        let slot = slot!(self, log, SINCE_FIRST);
        slot(level, c_text(message).as_ptr());
        Ok(())
    }

    pub fn log_structured(&self, level: c_int, message: &str, payload: &str) -> Told {
        let slot = slot!(self, log_structured, SINCE_LOG_STRUCTURED);
        slot(level, c_text(message).as_ptr(), c_text(payload).as_ptr());
        Ok(())
    }

    /// A panic in `on_chunk` ends there, and goes on here when the host is done.
    pub fn complete_stream(&self, request: &str, on_chunk: &mut dyn FnMut(&str)) -> Asked {
        let slot = slot!(self, complete_stream, SINCE_FIRST);
        let mut stream = Stream { on_chunk, panic: None };
        let answer = slot(c_text(request).as_ptr(), Some(forward), &mut stream as *mut Stream as *mut c_void);
        let answer = self.take(answer);
        match stream.panic {
            Some(panic) => resume_unwind(panic),
            None => Ok(answer),
        }
    }

    /// Copies a text of the host's and gives it back, in the way of the host's version.
    fn take(&self, text: *const c_char) -> Option<String> {
        if text.is_null() {
            return None;
        }
        let copy = read(text);
        match self.version() >= SINCE_FREE_STRING {
            true => unsafe { ptr::addr_of!((*self.table).free_string).read() }.map_or((), |free| free(text)),
            false => unsafe { free(text as *mut c_void) },
        }
        Some(copy)
    }
}

extern "C" {
    /// The C library's, with which hosts before version 6 let their texts be released.
    fn free(memory: *mut c_void);
}

struct Stream<'a> {
    on_chunk: &'a mut dyn FnMut(&str),
    panic: Option<Box<dyn Any + Send>>,
}

/// Called by the host on the thread that is blocked in `complete_stream`.
extern "C" fn forward(chunk: *const c_char, user_data: *mut c_void) {
    let stream = unsafe { &mut *(user_data as *mut Stream) };
    if stream.panic.is_none() {
        stream.panic = catch_unwind(AssertUnwindSafe(|| (stream.on_chunk)(&read(chunk)))).err();
    }
}
