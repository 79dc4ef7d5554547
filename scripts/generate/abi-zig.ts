// The two tables in Zig: sdk/zig/src/abi.zig.

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

export function zigAbi(): string {
  return `//! The tables that host and plugin hand each other, slot by slot. Their layout is frozen ("Osaurus: ABI Versions").
//! ${NOTICE}

/// The newest version of the host's table.
pub const last_version: u32 = ${HOST_API_VERSION};

${LEVELS.map(([name, value]) => `pub const log_${name}: c_int = ${value};\n`).join("")}
${EVENTS.map(([name, value]) => `pub const task_event_${name}: c_int = ${value};\n`).join("")}
// The version that a host must say it has before these functions may be looked at.
${LATER_SLOTS.map(([name, { since }]) => `pub const since_${name}: u32 = ${since};\n`).join("")}
/// A text that ends in NUL.
pub const Text = [*:0]const u8;

/// Gets one chunk of a streamed completion, on the thread that is blocked in \`complete_stream\`.
pub const OnChunk = *const fn (chunk_json: ?Text, user_data: ?*anyopaque) callconv(.c) void;

/// What the host offers. A host of version N has the slots up to those of version N, and nothing behind them.
pub const HostApi = extern struct {
    version: u32,
${HOST_SLOTS.map(([name, { args, returns, does }]) => `    /// ${does}\n    ${name}: ?${zigType(args, returns)},\n`).join("")}};

/// What the plugin offers. The first five functions are required; a version 1 table ends behind \`invoke\`.
pub const PluginApi = extern struct {
${REQUIRED_SLOTS.map(([name, { args, returns }]) => `    ${name}: ${zigType(args, returns)},\n`).join("")}    version: u32,
${OPTIONAL_SLOTS.map(([name, { args, returns }]) => `    ${name}: ?${zigType(args, returns)},\n`).join("")}};

comptime {
    const assert = @import("std").debug.assert;
    assert(@sizeOf(HostApi) == ${HOST_TABLE_BYTES});
    assert(@sizeOf(PluginApi) == ${PLUGIN_TABLE_BYTES});
}
`;
}

const TYPES: Readonly<Record<string, string>> = {
  text: "?Text",
  json: "?Text",
  "maybe text": "?Text",
  level: "c_int",
  "event type": "c_int",
  "on chunk": "?OnChunk",
  "user data": "?*anyopaque",
  context: "?*anyopaque",
  nothing: "void",
};

function zigType(args: Readonly<Record<string, string>>, returns: string): string {
  const list = Object.entries(args).map(([name, kind]) => `${zigName(name)}: ${TYPES[kind]}`);
  return `*const fn (${list.join(", ")}) callconv(.c) ${TYPES[returns]}`;
}

/** `type` is a word of the language. */
function zigName(name: string): string {
  return name === "type" ? "kind" : name;
}
