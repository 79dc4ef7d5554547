// The names that tools go by where several plugins meet: for models, in commands, in what is remembered about tools.
//
// A tool's name is its own id while no other tool has it. Where two are alike, each of them bears its plugin's id in
// front: `<plugin id>__<tool id>`. Models take letters, digits, "_" and "-" only, at most 64 of them: every other
// character becomes "_", and a name that is too long, or is still not the only one, ends in a part of the hash of
// "<plugin id>/<tool id>". Whoever names a tool may use any of these spellings, and "<plugin id>/<tool id>".

import { createHash } from "node:crypto";
import { nearest } from "../base/nearest.ts";
import { HostError } from "../protocol/errors.ts";
import { PLUGIN_ID_CHARS_MAX, TOOL_ID_CHARS_MAX, TOOL_NAME_CHARS_MAX } from "../protocol/limits.ts";

/**
 * Settings and grants of a library that is called without being installed are kept apart from those of installed plugins:
 * nothing vouches for the id in its manifest, which may be that of another plugin. No installed id has a colon.
 */
export const LIBRARY_ID_PREFIX = "library:";

/** A plugin as far as names go; a manifest is one. */
export interface ToolOwner {
  readonly plugin_id: string;
  readonly capabilities: { readonly tools?: readonly { readonly id: string }[] | undefined };
}

type ToolOf<P extends ToolOwner> = NonNullable<P["capabilities"]["tools"]>[number];

export interface NamedTool<P extends ToolOwner> {
  readonly plugin: P;
  readonly tool: ToolOf<P>;
  /** What models call it, and what tells it from all others. */
  readonly name: string;
}

/** The spellings of a name: each is more certain to be the only one than the one before. */
const SPELLINGS = [
  (pluginId: string, toolId: string) => fitting(safe(toolId), pluginId, toolId),
  (pluginId: string, toolId: string) => fitting(`${safe(pluginId)}__${safe(toolId)}`, pluginId, toolId),
  (pluginId: string, toolId: string) => hashed(`${safe(pluginId)}__${safe(toolId)}`, pluginId, toolId),
] as const;

/** A name with the plugin's in front, for a tool whose own name is not free although no other tool has it. */
export function longName(pluginId: string, toolId: string): string {
  return SPELLINGS[2](pluginId, toolId);
}

/** Every tool of these plugins with its name, in their order. No two names are the same. */
export function runtimeNames<P extends ToolOwner>(plugins: readonly P[]): NamedTool<P>[] {
  const tools = allTools(plugins).map(({ plugin, tool }) => ({
    plugin,
    tool,
    spelling: 0,
    name: SPELLINGS[0](plugin.plugin_id, tool.id),
  }));
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    const count = new Map<string, number>();
    for (const { name } of tools) count.set(name, (count.get(name) ?? 0) + 1);
    for (const entry of tools) {
      if (count.get(entry.name) === 1 || entry.spelling === SPELLINGS.length - 1) continue;
      entry.name = SPELLINGS[++entry.spelling]!(entry.plugin.plugin_id, entry.tool.id);
      isSettled = false;
    }
  }
  return tools.map(({ plugin, tool, name }) => ({ plugin, tool, name }));
}

/**
 * The tool that somebody named, of one plugin or of any.
 *
 * Throws `tool_unknown`, and `tool_ambiguous` when several tools answer to the name.
 */
export function findToolByName<P extends ToolOwner>(
  plugins: readonly P[],
  name: string,
  pluginId?: string,
): Pick<NamedTool<P>, "plugin" | "tool"> {
  const candidates = pluginId === undefined ? plugins : plugins.filter((plugin) => plugin.plugin_id === pluginId);
  const tools = allTools(candidates);
  const byId = tools.filter(({ tool }) => tool.id === name);
  if (byId.length === 1) return byId[0]!;
  if (byId.length === 0) {
    // What no other tool has as its own id may be one of the longer spellings.
    const named = runtimeNames(candidates).find((entry) => entry.name === name);
    if (named) return named;
  }
  const spelt =
    byId.length > 0 ? byId : tools.filter((entry) => isSpelling(entry.plugin.plugin_id, entry.tool.id, name));
  if (spelt.length === 1) return spelt[0]!;
  if (spelt.length === 0) throw unknownTool(candidates, name, pluginId);
  const spellings = spelt.map(({ plugin, tool }) => `${plugin.plugin_id}/${tool.id}`);
  throw new HostError("tool_ambiguous", `several plugins have a tool "${shown(name)}"`, {
    hint: `name it with its plugin: ${spellings.slice(0, 10).join(", ")}`,
    details: { tool: shown(name), tools: spellings.slice(0, 100) },
  });
}

/**
 * The tool of a library that is not installed, named `library:<plugin id>/<tool id>`; nothing for any other name. Nobody
 * knows whether there is such a library: only that its manifest could say so. Throws `tool_unknown` where it could not.
 */
export function libraryTool(name: string): { pluginId: string; toolId: string } | undefined {
  const slash = name.indexOf("/");
  if (!name.startsWith(LIBRARY_ID_PREFIX) || slash === -1) return undefined;
  const [id, toolId] = [name.slice(LIBRARY_ID_PREFIX.length, slash), name.slice(slash + 1)];
  const isId = isName(id, PLUGIN_ID_CHARS_MAX) && !/^\.|\\/.test(id);
  if (isId && isName(toolId, TOOL_ID_CHARS_MAX)) return { pluginId: `${LIBRARY_ID_PREFIX}${id}`, toolId };
  throw new HostError("tool_unknown", `no library can have a tool "${shown(name)}"`, {
    hint: "tools of libraries are named library:PLUGIN/TOOL, with the ids in the library's manifest",
  });
}

/** What a manifest takes for an id. */
function isName(text: string, charsMax: number): boolean {
  return text.trim() !== "" && text.length <= charsMax && text.isWellFormed() && !text.includes("\0");
}

function allTools<P extends ToolOwner>(plugins: readonly P[]): Pick<NamedTool<P>, "plugin" | "tool">[] {
  return plugins.flatMap((plugin) =>
    (plugin.capabilities.tools ?? []).map((tool) => ({ plugin, tool: tool as ToolOf<P> })),
  );
}

function isSpelling(pluginId: string, toolId: string, name: string): boolean {
  return name === `${pluginId}/${toolId}` || SPELLINGS.some((spell) => spell(pluginId, toolId) === name);
}

function unknownTool(plugins: readonly ToolOwner[], name: string, pluginId: string | undefined): HostError {
  const ids = allTools(plugins).map(({ tool }) => tool.id);
  const isOne = pluginId !== undefined;
  const wanted = shown(name);
  const message = isOne ? `plugin "${pluginId}" has no tool "${wanted}"` : `no plugin has a tool "${wanted}"`;
  return new HostError("tool_unknown", message, { hint: hintAt(ids, wanted, isOne) });
}

/** Models write whatever they like for a name. */
function shown(name: string): string {
  if (name.length <= NAME_CHARS_SHOWN) return name;
  return `${name.slice(0, NAME_CHARS_SHOWN - 1).toWellFormed()}…`;
}

const NAME_CHARS_SHOWN = 200;
const SHOWN_MAX = 20;

function hintAt(ids: readonly string[], name: string, isOne: boolean): string {
  if (ids.length === 0) return isOne ? "its manifest declares no tools" : "no installed plugin declares tools";
  const close = ids.length > SHOWN_MAX ? nearest(name, ids) : undefined;
  if (close !== undefined) return `did you mean "${close}"?`;
  const known = ids.slice(0, SHOWN_MAX).join(", ") + (ids.length > SHOWN_MAX ? ", ..." : "");
  return isOne ? `it has: ${known}` : `there are: ${known}`;
}

/** What models accept, character for character. */
function safe(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/gu, "_");
}

function fitting(name: string, pluginId: string, toolId: string): string {
  return name.length <= TOOL_NAME_CHARS_MAX ? name : hashed(name, pluginId, toolId);
}

/** Long enough that nobody finds a second plugin and tool with the same one. */
const HASH_CHARS = 16;

function hashed(name: string, pluginId: string, toolId: string): string {
  const hash = createHash("sha256").update(`${pluginId}/${toolId}`).digest("hex").slice(0, HASH_CHARS);
  return `${name.slice(0, TOOL_NAME_CHARS_MAX - HASH_CHARS - 1)}_${hash}`;
}
