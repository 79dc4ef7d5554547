// The two tables in Rust: sdk/rust/src/abi.rs.

import { HOST_API_VERSION } from "../../src/protocol/host-functions.ts";
import {
  EVENTS,
  HOST_SLOTS,
  HOST_TABLE_BYTES,
  LATER_SLOTS,
  LEVELS,
  NOTICE,
  OPTIONAL_SLOTS,
  PLUGIN_TABLE_BYTES,
  REQUIRED_SLOTS,
} from "./abi-facts.ts";

export function rustAbi(): string {
  return `//! The tables that host and plugin hand each other, slot by slot. Their layout is frozen ("Osaurus: ABI Versions").
//! ${NOTICE}

use std::ffi::c_void;
use std::os::raw::{c_char, c_int};

/// The newest version of the host's table.
pub const LAST_VERSION: u32 = ${HOST_API_VERSION};

${LEVELS.map(([name, value]) => `pub const LOG_${name.toUpperCase()}: c_int = ${value};\n`).join("")}
${EVENTS.map(([name, value]) => `pub const TASK_EVENT_${name.toUpperCase()}: c_int = ${value};\n`).join("")}
// The version that a host must say it has before these functions may be looked at.
${LATER_SLOTS.map(([name, { since }]) => `pub const SINCE_${name.toUpperCase()}: u32 = ${since};\n`).join("")}
/// Gets one chunk of a streamed completion, on the thread that is blocked in \`complete_stream\`.
pub type OnChunk = extern "C" fn(chunk_json: *const c_char, user_data: *mut c_void);

/// What the host offers. A host of version N has the slots up to those of version N, and nothing behind them.
#[repr(C)]
pub struct HostApi {
    pub version: u32,
${HOST_SLOTS.map(([name, { args, returns, does }]) => `    /// ${does}\n    pub ${name}: Option<${rustType(args, returns)}>,\n`).join("")}}

/// What the plugin offers. The first five functions are required; a version 1 table ends behind \`invoke\`.
#[repr(C)]
pub struct PluginApi {
${REQUIRED_SLOTS.map(([name, { args, returns }]) => `    pub ${name}: ${rustType(args, returns)},\n`).join("")}    pub version: u32,
${OPTIONAL_SLOTS.map(([name, { args, returns }]) => `    pub ${name}: Option<${rustType(args, returns)}>,\n`).join("")}}

const _: () = assert!(std::mem::size_of::<HostApi>() == ${HOST_TABLE_BYTES});
const _: () = assert!(std::mem::size_of::<PluginApi>() == ${PLUGIN_TABLE_BYTES});
`;
}

const TYPES: Readonly<Record<string, string>> = {
  text: "*const c_char",
  json: "*const c_char",
  "maybe text": "*const c_char",
  level: "c_int",
  "event type": "c_int",
  "on chunk": "Option<OnChunk>",
  "user data": "*mut c_void",
  context: "*mut c_void",
};

function rustType(args: Readonly<Record<string, string>>, returns: string): string {
  const list = Object.entries(args).map(([name, kind]) => `${rustName(name)}: ${TYPES[kind]}`);
  return `extern "C" fn(${list.join(", ")})${returns === "nothing" ? "" : ` -> ${TYPES[returns]}`}`;
}

/** `type` is a word of the language. */
function rustName(name: string): string {
  return name === "type" ? "kind" : name;
}
