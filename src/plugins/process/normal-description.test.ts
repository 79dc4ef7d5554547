import fc from "fast-check";
import { expect, test } from "vitest";
import {
  DESCRIBE_ARGS_MAX,
  DESCRIBE_COMMAND_DEPTH_MAX,
  DESCRIBE_COMMANDS_MAX,
  DESCRIBE_FLAGS_MAX,
  DESCRIBE_SUGGESTIONS_MAX,
  PLUGIN_ID_CHARS_MAX,
} from "../../protocol/limits.ts";
import { DescribeV1 } from "../../protocol/process-plugin.ts";
import { isNormalDescription } from "./normal-description.ts";

const suggestion = { value: "v", meta: "m", display: null, sort: "1" };
const flag = {
  about: "f",
  required: true,
  flag_only: true,
  multi: false,
  value_type: "Path",
  suggestions: [suggestion],
};
const need = { auth_strength: "strong", credentials: [{ state: "fresh", service: "s", min_ttl_seconds: 600 }] };
const full = {
  protocol_version: 1,
  plugin_id: "p",
  plugin_version: "1.0.0",
  min_osp_version: "1.0.0",
  commands: [
    {
      name: "c",
      about: "a",
      auth: {
        visibility: "capability_gated",
        required_capabilities: ["x"],
        feature_flags: ["y"],
        visible_session: need,
        run_session: { auth_strength: null, credentials: [{ state: "present", service: "s" }] },
      },
      args: [{ name: "n", about: "a", required: true, multi: true, value_type: "path", suggestions: [suggestion] }],
      flags: { "--flag": flag, "-f": flag },
      subcommands: [{ name: "sub" }],
    },
    { name: "d" },
  ],
};

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What the schema leaves behind, as it comes back from a file. */
const normal = (input: unknown): Json => JSON.parse(JSON.stringify(DescribeV1.parse(input)));

const withCommand = (member: object) => ({
  ...full,
  commands: [{ ...full.commands[0], ...member }],
});

test("what the schema leaves behind is normal, and stays as it is when it is read again", () => {
  const value = normal(full);
  expect(isNormalDescription(value)).toBe(true);
  expect(normal(value)).toEqual(value);
});

test("whatever is changed in a normal description, what still counts as normal is so for the schema, too", () => {
  const places = placesIn(normal(full));
  const odd = fc.oneof(
    fc.constantFrom<Json>(null, true, 0, -1, 1.5, "", " ", " x ", "X", "path", "Path", "public", [], {}, ["X"], [null]),
    // As a text brings it: JSON that JavaScript wrote has no -0.
    fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json),
  );
  fc.assert(
    fc.property(fc.constantFrom(...places), odd, fc.boolean(), (place, value, isRemoval) => {
      const changed = normal(full);
      change(changed, place, isRemoval ? undefined : value);
      if (!isNormalDescription(changed)) return;
      expect(normal(changed)).toEqual(dropUnknown(changed));
    }),
    { numRuns: 5000 },
  );
});

test.each([
  ["a name that is not trimmed", withCommand({ name: " c" })],
  ["a name in capitals", withCommand({ name: "C" })],
  ["a flag without a dash", withCommand({ flags: { flag } })],
  ["a command that is there twice", { ...full, commands: [full.commands[1], full.commands[1]] }],
  ["no commands", { ...full, commands: [] }],
  ["a blank id", { ...full, plugin_id: " " }],
  ["another protocol", { ...full, protocol_version: 2 }],
  ["members left out", { ...full, commands: [{ name: "c" }] }],
  ["a list", [full]],
])("%s is not normal", (_, value) => {
  expect(isNormalDescription(JSON.parse(JSON.stringify(value)))).toBe(false);
});

// biome-ignore lint/suspicious/noExplicitAny: these reach deep into parsed JSON.
type Any = any;

test.each<[string, number, (count: number) => unknown, (value: Any, command: Any) => void]>([
  [
    "commands",
    DESCRIBE_COMMANDS_MAX,
    (count) => ({ ...full, commands: named(count) }),
    (value, command) => value.commands.push({ ...command, name: "more" }),
  ],
  [
    "arguments",
    DESCRIBE_ARGS_MAX,
    (count) => withCommand({ args: many(count, {}) }),
    (_, command) => command.args.push(command.args[0]),
  ],
  [
    "suggestions",
    DESCRIBE_SUGGESTIONS_MAX,
    (count) => withCommand({ args: [{ suggestions: many(count, suggestion) }] }),
    (_, { args: [{ suggestions }] }) => suggestions.push(suggestions[0]),
  ],
  [
    "flags",
    DESCRIBE_FLAGS_MAX,
    (count) => withCommand({ flags: Object.fromEntries(named(count).map(({ name }) => [`--${name}`, {}])) }),
    (_, { flags }) => Object.assign(flags, { "--more": flags["--n0"] }),
  ],
  [
    "levels",
    DESCRIBE_COMMAND_DEPTH_MAX,
    (depth) => ({ ...full, commands: [nested(depth)] }),
    (value, command) => Object.assign(value, { commands: [{ ...command, subcommands: [command] }] }),
  ],
  [
    "characters of an id",
    PLUGIN_ID_CHARS_MAX,
    (count) => ({ ...full, plugin_id: "x".repeat(count) }),
    (value) => Object.assign(value, { plugin_id: `${value.plugin_id}x` }),
  ],
])("%s are accepted up to %i and refused one past it", (_, max, make, addOne) => {
  const value: Any = normal(make(max));
  expect(isNormalDescription(value)).toBe(true);
  addOne(value, value.commands[0]);
  expect(isNormalDescription(value)).toBe(false);
  expect(DescribeV1.safeParse(value).success).toBe(false);
});

function named(count: number) {
  return Array.from({ length: count }, (_, index) => ({ name: `n${index}` }));
}

function many<T>(count: number, one: T): T[] {
  return Array.from({ length: count }, () => one);
}

function nested(depth: number): object {
  return depth === 1 ? { name: "deep" } : { name: "deep", subcommands: [nested(depth - 1)] };
}

function placesIn(value: Json, path: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner as Json, [...path, key]))].filter(
    (place) => place.length > 0,
  );
}

function change(value: Json, path: readonly string[], to: Json | undefined): void {
  let at = value as Record<string, Json>;
  for (const step of path.slice(0, -1)) at = at[step] as Record<string, Json>;
  const last = path.at(-1)!;
  if (to !== undefined) at[last] = to;
  else if (Array.isArray(at)) at.splice(Number(last), 1);
  else delete at[last];
}

/** Members that the schema does not know are no difference. */
function dropUnknown(value: Json): Json {
  const known = new Set(
    JSON.stringify(normal(full))
      .match(/"[^"]*"(?=:)/g)!
      .map((name) => name.slice(1, -1)),
  );
  const walk = (one: Json): Json => {
    if (Array.isArray(one)) return one.map(walk);
    if (typeof one !== "object" || one === null) return one;
    const kept = Object.entries(one).filter(([key]) => known.has(key) || key.startsWith("-"));
    return Object.fromEntries(kept.map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(value);
}
