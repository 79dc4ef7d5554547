//! Native plugins for Osaurus in Zig. A plugin says what it offers; this module makes the manifest of that, speaks with
//! the host, and owns every text that crosses the border:
//!
//!     const osaurus = @import("osaurus");
//!
//!     comptime {
//!         osaurus.exportPlugin(plugin);
//!     }
//!
//!     const plugin: osaurus.Plugin = .{
//!         .id = "dev.example.hello",
//!         .version = "0.1.0",
//!         .tools = &.{.{ .id = "hello", .description = "Greets somebody.", .run = hello }},
//!     };
//!
//!     fn hello(call: *osaurus.Call) anyerror!osaurus.Answer {
//!         call.host.log(.info, "greeting somebody", .{});
//!         const greeting = try call.print("Hello, {s}!", .{call.string("name") orelse "world"});
//!         return call.ok(.{ .text = greeting });
//!     }
//!
//! What cannot go wrong any more:
//!
//! - Texts: those of the host are copied and released once, in the way of its version; those of the plugin are made and
//!   released here. Whatever a handler allocates with `call.arena` is released when the call is over.
//! - `ok`: a tool returns `call.ok(...)` or an error, and the envelope is written here.
//! - Threads: a function of the host that is called on another thread than the call came on gives `error.WrongThread`,
//!   instead of an answer for no agent. Only `log` works everywhere.
//! - Old hosts: a function that the host does not have yet gives `error.HostError` with the code `not_supported`.
//!
//! Errors become failures. What Zig calls illegal behaviour (an index that is too large, `unreachable`) does not: it ends
//! the process of the plugin, which the host reports with the stack and starts again.

pub const abi = @import("abi.zig");
pub const json = @import("json.zig");
pub const Value = json.Value;
pub const Plugin = @import("Plugin.zig");
pub const Tool = Plugin.Tool;
pub const Route = Plugin.Route;
pub const Auth = Plugin.Auth;
pub const Policy = Plugin.Policy;
pub const Call = @import("Call.zig");
pub const Answer = Call.Answer;
pub const Response = Call.Response;
pub const Host = @import("Host.zig");
pub const TaskEvent = Plugin.TaskEvent;
pub const exportPlugin = @import("border.zig").exportPlugin;
pub const testing = @import("testing.zig");

test {
    _ = json;
    _ = Plugin;
    _ = Call;
    _ = Host;
    _ = testing;
}
