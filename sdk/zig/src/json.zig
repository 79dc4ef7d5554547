//! JSON as the standard library has it, with what a plugin needs around it: texts of strangers are read within bounds,
//! and what is written is always JSON.

const std = @import("std");
const Allocator = std.mem.Allocator;

pub const Value = std.json.Value;

/// Nesting beyond this is refused: whoever walks through a value may need stack for every level.
pub const depth_max = 128;

/// Reads a text that is one JSON value. A member that is there twice is an error. The value lives as long as what was
/// allocated.
pub fn parse(arena: Allocator, text: []const u8) !Value {
    if (isTooDeep(text)) return error.TooDeep;
    return std.json.parseFromSliceLeaky(Value, arena, text, .{ .allocate = .alloc_always });
}

/// Writes any value: structs, slices, and `Value`; members that are optional and null are left out. Fails with `error.NotJson` when what a type wrote of itself
/// is none.
pub fn write(arena: Allocator, value: anytype) ![]const u8 {
    const text = try std.json.Stringify.valueAlloc(arena, value, .{ .emit_null_optional_fields = false });
    return if (try std.json.validate(arena, text)) text else error.NotJson;
}

/// A text that may be missing, as a member that is written all the same: `null` would be left out.
pub fn orNull(text: ?[]const u8) Value {
    return if (text) |there| .{ .string = there } else .null;
}

/// A member of an object; nothing of anything else.
pub fn get(value: Value, name: []const u8) ?Value {
    return switch (value) {
        .object => |members| members.get(name),
        else => null,
    };
}

/// A member that is a text.
pub fn string(value: Value, name: []const u8) ?[]const u8 {
    return switch (get(value, name) orelse return null) {
        .string => |text| text,
        else => null,
    };
}

/// A member that is a whole number.
pub fn integer(value: Value, name: []const u8) ?i64 {
    return switch (get(value, name) orelse return null) {
        .integer => |number| number,
        .float => |number| if (@floor(number) == number and @abs(number) <= 1 << 53) @as(i64, @intFromFloat(number)) else null,
        else => null,
    };
}

/// A member that is a truth value.
pub fn boolean(value: Value, name: []const u8) ?bool {
    return switch (get(value, name) orelse return null) {
        .bool => |is| is,
        else => null,
    };
}

/// Puts members into an object; objects that are on both sides are put together.
pub fn merge(arena: Allocator, target: *Value, more: Value) Allocator.Error!void {
    if (target.* != .object or more != .object) return;
    var members = more.object.iterator();
    while (members.next()) |member| {
        const old = try target.object.getOrPut(arena, member.key_ptr.*);
        if (old.found_existing and old.value_ptr.* == .object and member.value_ptr.* == .object) {
            try merge(arena, old.value_ptr, member.value_ptr.*);
        } else {
            old.value_ptr.* = member.value_ptr.*;
        }
    }
}

fn isTooDeep(text: []const u8) bool {
    var depth: usize = 0;
    var is_in_string = false;
    var is_escaped = false;
    for (text) |byte| {
        if (is_in_string) {
            if (!is_escaped and byte == '"') is_in_string = false;
            is_escaped = !is_escaped and byte == '\\';
        } else switch (byte) {
            '"' => is_in_string = true,
            '[', '{' => {
                depth += 1;
                if (depth > depth_max) return true;
            },
            ']', '}' => depth -|= 1,
            else => {},
        }
    }
    return false;
}

test "what is written is read back" {
    var arena: std.heap.ArenaAllocator = .init(std.testing.allocator);
    defer arena.deinit();
    const a = arena.allocator();
    const text = "{\"a\":[null,true,-3,9223372036854775807,\"\\\" \\\\ \\n \\u0000 € 😀\"],\"b\":{\"c\":0.25}}";
    const value = try parse(a, text);
    const again = try parse(a, try write(a, value));
    try std.testing.expectEqualStrings(try write(a, value), try write(a, again));
    try std.testing.expectEqual(@as(i64, 9223372036854775807), again.object.get("a").?.array.items[3].integer);
    try std.testing.expectEqualStrings("\" \\ \n \x00 € 😀", again.object.get("a").?.array.items[4].string);
}

test "what is not JSON is refused, and so is what is nested too deeply or there twice" {
    var arena: std.heap.ArenaAllocator = .init(std.testing.allocator);
    defer arena.deinit();
    const a = arena.allocator();
    for ([_][]const u8{ "", "nul", "[1,]", "{\"a\":1,}", "01", "'a'", "\"\n\"", "1 2", "{", "{\"a\":1,\"a\":2}" }) |text| {
        if (parse(a, text)) |_| return error.WasRead else |_| {}
    }
    const open: [depth_max + 1]u8 = @splat('[');
    const close: [depth_max + 1]u8 = @splat(']');
    _ = try parse(a, &(open[1..].* ++ close[1..].*));
    try std.testing.expectError(error.TooDeep, parse(a, &(open ++ close)));
    _ = try parse(a, "\"" ++ open ++ "\\\"[\"");
    try std.testing.expectError(error.NotJson, write(a, Value{ .number_string = "1,2" }));
}

test "members are found when they are of their kind" {
    var arena: std.heap.ArenaAllocator = .init(std.testing.allocator);
    defer arena.deinit();
    const value = try parse(arena.allocator(), "{\"s\":\"x\",\"i\":3.0,\"f\":0.5,\"b\":true}");
    try std.testing.expectEqualStrings("x", string(value, "s").?);
    try std.testing.expectEqual(@as(?i64, 3), integer(value, "i"));
    try std.testing.expectEqual(@as(?i64, null), integer(value, "f"));
    try std.testing.expectEqual(@as(?bool, true), boolean(value, "b"));
    try std.testing.expectEqual(@as(?bool, null), boolean(value, "s"));
    try std.testing.expectEqual(@as(?[]const u8, null), string(.null, "s"));
}
