//! Native plugins for Osaurus in Rust. A plugin says what it offers; this crate makes the manifest of that, speaks with
//! the host, and owns every text that crosses the border.
//!
//! ```
//! use osaurus_plugin::{json, Failure, Host, Plugin, Value};
//!
//! fn plugin() -> Plugin {
//!     let parameters = json!({"type": "object", "properties": {"name": {"type": "string"}}});
//!     Plugin::new("dev.example.hello", "0.1.0").tool("hello", "Greets somebody.", parameters, hello)
//! }
//!
//! fn hello(host: &Host, args: &Value) -> Result<Value, Failure> {
//!     let name = args["name"].as_str().unwrap_or("world");
//!     host.log_info("greeting somebody");
//!     Ok(json!({"text": format!("Hello, {name}!")}))
//! }
//!
//! osaurus_plugin::export!(plugin);
//!
//! assert_eq!(plugin().call("hello", &json!({"name": "Ada"}))["result"]["text"], json!("Hello, Ada!"));
//! ```
//!
//! What cannot go wrong any more:
//!
//! - Texts: those of the host are released once, in the way of its version; those of the plugin are made and released here.
//! - `ok`: a tool returns a result or a [`Failure`]; the envelope is written here. A panic becomes a failure.
//! - Threads: a [`Host`] is lent for one call, and neither it nor a reference to it can be sent to another thread.
//! - Old hosts: a function that the host does not have yet answers the error `not_supported`.
//!
//! Panics are caught by unwinding, so leave `panic = "abort"` out of your `Cargo.toml`.

#![deny(unsafe_code)]
#![warn(missing_docs)]

#[macro_use]
pub mod json;

#[allow(missing_docs)]
#[rustfmt::skip]
pub mod abi;
mod answer;
pub mod base64;
#[doc(hidden)]
#[allow(unsafe_code)]
pub mod border;
mod host;
mod plugin;
mod route;
mod task_event;

pub use answer::{Answer, Failure, FailureKind};
pub use host::{Host, HostError};
pub use json::Value;
pub use plugin::Plugin;
pub use route::{Auth, Request, Response};
pub use task_event::{TaskEvent, TaskEventKind};

/// Makes the two functions that the host looks for. Give it the function that makes your [`Plugin`].
#[macro_export]
macro_rules! export {
    ($build:path) => {
        /// # Safety
        /// The host's table must stay where it is as long as the process lives.
        #[no_mangle]
        pub unsafe extern "C" fn osaurus_plugin_entry_v2(
            host: *const $crate::abi::HostApi,
        ) -> *const $crate::abi::PluginApi {
            $crate::border::enter(host, $build)
        }

        /// For hosts of version 1, which offer nothing: tools work, and calls of the host answer `not_supported`.
        #[no_mangle]
        pub extern "C" fn osaurus_plugin_entry() -> *const $crate::abi::PluginApi {
            $crate::border::enter_without_host($build)
        }
    };
}
