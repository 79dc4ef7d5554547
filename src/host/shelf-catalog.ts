// All tools that there are, with the names that tell them apart: made of what native and process plugins say of themselves.

import type { ToolCommand } from "../plugins/process/tool-commands.ts";
import { PROCESS_TOOLS_MAX } from "../protocol/limits.ts";
import type { ManifestTool, PermissionPolicy } from "../protocol/manifest.ts";
import { nativeShelfTool } from "../tools/native-shelf-tool.ts";
import type { ProcessTool } from "../tools/process-tool.ts";
import type { MissingTools, ShelfTool } from "../tools/shelf.ts";
import { type DefinedTool, definedByManifest } from "../tools/tool-definition.ts";
import { runtimeNames } from "../tools/tool-names.ts";
import type { ListedManifest } from "./installed-manifests.ts";
import { processShelfTool } from "./process-shelf-tool.ts";

interface EntryBase {
  /** On the shelf, unlike all others. */
  readonly name: string;
  readonly pluginId: string;
  readonly toolId: string;
  /** Under which decisions about it are kept. */
  readonly grantsId: string;
  /** What names are looked up by. */
  readonly ownerId: string;
  readonly defined: DefinedTool;
  readonly shown: ShelfTool;
}

export interface NativeEntry extends EntryBase {
  readonly kind: "native";
}

export interface ProcessEntry extends EntryBase {
  readonly kind: "process";
  readonly command: ToolCommand;
  readonly tool: ProcessTool;
}

export type ShelfEntry = NativeEntry | ProcessEntry;

export interface Catalog {
  /** Native ones first; each kind by plugin id, and then as the plugin has them. */
  readonly entries: readonly ShelfEntry[];
  readonly byName: ReadonlyMap<string, ShelfEntry>;
  readonly missing: readonly MissingTools[];
}

export interface CatalogParts {
  readonly manifests: readonly ListedManifest[];
  readonly commands: readonly ToolCommand[];
  readonly brokenPlugins: readonly { readonly pluginId: string; readonly reason: string }[];
  /** What holds for a process plugin's tools while nobody decided otherwise. */
  policyOf(pluginId: string): PermissionPolicy;
}

/** An entry that has no name yet. */
type Unnamed = { readonly id: string } & DistributiveOmit<ShelfEntry, "name" | "shown"> & {
    readonly tells: Omit<ShelfTool, "name">;
  };
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export function makeCatalog(parts: CatalogParts): Catalog {
  const missing: MissingTools[] = [];
  const native = nativeTools(parts.manifests, missing);
  const processes = processTools(parts, missing);
  const owners = [...Map.groupBy([...native, ...processes], ({ ownerId }) => ownerId)];
  const named = runtimeNames(owners.map(([plugin_id, tools]) => ({ plugin_id, capabilities: { tools } })));
  const entries = named.map(({ tool: { id: _, tells, ...entry }, name }): ShelfEntry => {
    return { ...entry, name, shown: { ...tells, name } };
  });
  return { entries, byName: new Map(entries.map((entry) => [entry.name, entry])), missing };
}

function nativeTools(manifests: readonly ListedManifest[], missing: MissingTools[]): Unnamed[] {
  return manifests.flatMap(({ pluginId, manifest, error }) => {
    if (manifest === undefined) {
      missing.push({ pluginId, toolId: undefined, reason: error?.message ?? "it does not load" });
      return [];
    }
    return (manifest.capabilities.tools ?? []).map((tool): Unnamed => {
      const names = { id: tool.id, pluginId, toolId: tool.id, grantsId: pluginId, ownerId: pluginId };
      const defined = definedByManifest(pluginId, tool);
      return { kind: "native", ...names, defined, tells: toldOf(pluginId, tool) };
    });
  });
}

function processTools(parts: CatalogParts, missing: MissingTools[]): Unnamed[] {
  const nativeIds = new Set(parts.manifests.map(({ pluginId }) => pluginId));
  for (const { pluginId, reason } of parts.brokenPlugins) missing.push({ pluginId, toolId: undefined, reason });
  const byPlugin = Map.groupBy(parts.commands, ({ plugin }) => plugin.pluginId);
  return [...byPlugin].flatMap(([pluginId, commands]) => {
    if (commands.length > PROCESS_TOOLS_MAX) {
      const reason = `it has ${commands.length} commands, of which ${PROCESS_TOOLS_MAX} are tools`;
      missing.push({ pluginId, toolId: undefined, reason });
    }
    return commands.slice(0, PROCESS_TOOLS_MAX).flatMap((command): Unnamed[] => {
      const { tool, grantsId, defined } = processShelfTool(command);
      const { toolId, description, inputSchema, problem } = tool;
      if (problem !== undefined) {
        missing.push({ pluginId, toolId, reason: problem });
        return [];
      }
      // Both kinds choose their ids freely; where they meet, the native plugin is named by it.
      const ownerId = nativeIds.has(pluginId) ? grantsId : pluginId;
      const ids = { id: toolId, pluginId, toolId, grantsId, ownerId };
      // Nothing is claimed of a command's effects: nobody knows them.
      const told = { pluginId, toolId, description, inputSchema, annotations: {}, requirements: [] };
      const tells = { kind: "process", ...told, policy: parts.policyOf(pluginId) } as const;
      return [{ kind: "process", ...ids, command, tool, defined, tells }];
    });
  });
}

const told = new WeakMap<ManifestTool, Omit<ShelfTool, "name">>();

/** The same each time: faces remember what they made of it. */
function toldOf(pluginId: string, tool: ManifestTool): Omit<ShelfTool, "name"> {
  let found = told.get(tool);
  if (found === undefined) {
    found = nativeShelfTool(pluginId, tool);
    told.set(tool, found);
  }
  return found;
}
