// A quick look at a description from the cache: does it have exactly the form that DescribeV1 leaves behind? It covers
// everything that the host reads later. The schema itself would say the same, but loading it takes longer than all else
// that a command from the cache needs; a test holds the two together.

import {
  DESCRIBE_ARGS_MAX,
  DESCRIBE_COMMAND_DEPTH_MAX,
  DESCRIBE_COMMANDS_MAX,
  DESCRIBE_FLAGS_MAX,
  DESCRIBE_SUGGESTIONS_MAX,
  PLUGIN_ID_CHARS_MAX,
} from "../../protocol/limits.ts";
import type { DescribeV1 } from "../../protocol/process-plugin.ts";

const COMMAND_NAME = /^[a-z0-9_-]+$/;
const FLAG_NAME = /^--?[^\s=-][^\s=]*$/;
const VISIBILITIES: readonly unknown[] = ["public", "authenticated", "capability_gated", "hidden"];
const STRENGTHS: readonly unknown[] = [null, "basic", "strong"];
const CREDENTIAL_STATES: readonly unknown[] = ["present", "valid", "fresh"];

/** Whether a parsed JSON value is a description that needs no further reading. */
export function isNormalDescription(value: unknown): value is DescribeV1 {
  if (!isObject(value)) return false;
  const { protocol_version: version, plugin_id: id, plugin_version, min_osp_version: min, commands } = value;
  const hasHead = version === 1 && isWord(id) && id.length <= PLUGIN_ID_CHARS_MAX && typeof plugin_version === "string";
  return hasHead && (min === null || isWord(min)) && areCommands(commands, 1) && commands.length > 0;
}

function areCommands(value: unknown, depth: number): value is { length: number } {
  if (!Array.isArray(value) || value.length > DESCRIBE_COMMANDS_MAX) return false;
  if (depth > DESCRIBE_COMMAND_DEPTH_MAX) return value.length === 0;
  const names = new Set<unknown>();
  for (const one of value) {
    if (!isObject(one) || !isCommand(one, depth) || names.has(one["name"])) return false;
    names.add(one["name"]);
  }
  return true;
}

function isCommand({ name, about, auth, args, flags, subcommands }: Members, depth: number): boolean {
  return (
    typeof name === "string" &&
    COMMAND_NAME.test(name) &&
    typeof about === "string" &&
    (auth === null || isAuth(auth)) &&
    isList(args, DESCRIBE_ARGS_MAX, isArgument) &&
    areFlags(flags) &&
    areCommands(subcommands, depth + 1)
  );
}

function areFlags(value: unknown): boolean {
  if (!isObject(value)) return false;
  const flags = Object.entries(value);
  return (
    flags.length <= DESCRIBE_FLAGS_MAX &&
    flags.every(
      ([name, flag]) =>
        FLAG_NAME.test(name) && isObject(flag) && typeof flag["flag_only"] === "boolean" && isOption(flag),
    )
  );
}

function isArgument(value: unknown): boolean {
  return isObject(value) && isText(value["name"]) && isOption(value);
}

/** What arguments and flags have in common. */
function isOption({ about, required, multi, value_type: type, suggestions }: Members): boolean {
  return (
    isText(about) &&
    typeof required === "boolean" &&
    typeof multi === "boolean" &&
    (type === null || type === "path") &&
    isList(suggestions, DESCRIBE_SUGGESTIONS_MAX, isSuggestion)
  );
}

function isSuggestion(value: unknown): boolean {
  if (!isObject(value) || !isNotBlank(value["value"])) return false;
  return isText(value["meta"]) && isText(value["display"]) && isText(value["sort"]);
}

function isAuth(value: unknown): boolean {
  if (!isObject(value) || !VISIBILITIES.includes(value["visibility"])) return false;
  return (
    isList(value["required_capabilities"], Infinity, isLowerWord) &&
    isList(value["feature_flags"], Infinity, isLowerWord) &&
    isSessionNeed(value["visible_session"]) &&
    isSessionNeed(value["run_session"])
  );
}

function isSessionNeed(value: unknown): boolean {
  if (value === null) return true;
  if (!isObject(value) || !STRENGTHS.includes(value["auth_strength"])) return false;
  return isList(value["credentials"], Infinity, isCredential);
}

function isCredential(value: unknown): boolean {
  if (!isObject(value) || !CREDENTIAL_STATES.includes(value["state"]) || !isNotBlank(value["service"])) return false;
  const ttl = value["min_ttl_seconds"];
  return ttl === null || (Number.isSafeInteger(ttl) && (ttl as number) >= 0);
}

type Members = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: unknown, countMax: number, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length <= countMax && value.every(isItem);
}

function isText(value: unknown): boolean {
  return value === null || typeof value === "string";
}

function isNotBlank(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

/** Text with no blanks around it. */
function isWord(value: unknown): value is string {
  return isNotBlank(value) && value === value.trim();
}

function isLowerWord(value: unknown): boolean {
  return isWord(value) && value === value.toLowerCase();
}
