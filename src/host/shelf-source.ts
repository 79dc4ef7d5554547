// What the shelf knows of all tools, and how it notices that this changed.

import type { ProcessPlugin } from "../plugins/process/discover.ts";
import { isSameStamp, readStamp } from "../plugins/process/file-stamp.ts";
import type { Agent } from "../protocol/agent.ts";
import { HostError } from "../protocol/errors.ts";
import { SHELF_CALL_FRESH_MS, SHELF_FRESH_MS, SHELF_WATCH_MS } from "../protocol/limits.ts";
import { PROCESS_ID_PREFIX } from "../protocol/process-id.ts";
import type { DefinitionGuard } from "../tools/definition-guard.ts";
import type { ToolRef } from "../tools/shelf.ts";
import { findToolByName } from "../tools/tool-names.ts";
import { selectTools } from "../tools/tool-selection.ts";
import type { ListedManifest } from "./installed-manifests.ts";
import type { NativeHost } from "./native-host.ts";
import type { PermissionsHost } from "./permissions-host.ts";
import type { ProcessHost } from "./process-host.ts";
import { type Catalog, makeCatalog, type ShelfEntry } from "./shelf-catalog.ts";

export interface ShelfSourceOptions {
  native(): Promise<NativeHost>;
  processes(): Promise<ProcessHost>;
  permissions(): Promise<PermissionsHost>;
  readonly signal: AbortSignal;
}

export interface ShelfState {
  readonly catalog: Catalog;
  /** Tools whose definition is not the one that was approved. */
  readonly blocked: ReadonlyMap<ShelfEntry, HostError>;
}

/** What a catalog was made of; the same parts make the same catalog. */
interface Parts {
  readonly manifests: readonly ListedManifest[];
  readonly stamp: string;
}

export class ShelfSource {
  readonly #options: ShelfSourceOptions;
  readonly #listeners = new Set<() => void>();
  #parts: Parts | undefined;
  #state: ShelfState | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<ShelfState> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ShelfSourceOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#unwatch(), { once: true });
  }

  /** All tools as they are, or were a moment ago; a call of a tool needs no more than that it was there lately. */
  async now({ isCall = false } = {}): Promise<ShelfState> {
    const freshMs = isCall ? SHELF_CALL_FRESH_MS : SHELF_FRESH_MS;
    if (this.#state !== undefined && performance.now() - this.#lookedAt < freshMs) return this.#state;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return await this.#looking;
  }

  /** Those of the tools that the agent has, and native ones that are named besides. */
  toolsOf({ entries }: Catalog, { tools }: Pick<Agent, "tools">, also: readonly ToolRef[] = []): readonly ShelfEntry[] {
    const selected = selectTools(entries, tools);
    if (also.length === 0) return selected;
    const wanted = new Set<ShelfEntry>(selected);
    for (const entry of entries) if (isNamed(entry, also)) wanted.add(entry);
    return entries.filter((entry) => wanted.has(entry));
  }

  /** Whether what was found of the tool still holds for what would be run. */
  isCurrent(entry: ShelfEntry): boolean {
    if (entry.kind === "native") return true; // A plugin judges each call by what it says itself.
    const stamp = readStamp(entry.command.plugin.path);
    const isSame = stamp !== undefined && isSameStamp(stamp, entry.command.plugin.stamp);
    if (!isSame) this.#lookedAt = Number.NEGATIVE_INFINITY;
    return isSame;
  }

  /** Is told when the list may have changed; as long as somebody is, files are looked at again and again. */
  onChange(listener: () => void): () => void {
    const own = () => listener();
    this.#listeners.add(own);
    if (!this.#options.signal.aborted) this.#timer ??= this.#watch();
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) this.#unwatch();
    };
  }

  async #look(): Promise<ShelfState> {
    const startedAt = performance.now();
    const before = this.#state;
    const [native, processes] = await Promise.all([this.#options.native(), this.#options.processes()]);
    const parts = { manifests: await native.manifests(), stamp: processes.stamp() };
    let catalog = before?.catalog;
    if (catalog === undefined || this.#parts === undefined || !isSame(this.#parts, parts)) {
      const [commands, { policyOf }] = await Promise.all([processes.toolCommands(), processes.toolSettings()]);
      const brokenPlugins = (await processes.discover()).filter(({ state }) => state === "broken").map(reasonOf);
      catalog = makeCatalog({ ...parts, commands, brokenPlugins, policyOf });
    }
    const state = { catalog, blocked: await this.#blocked(catalog) };
    this.#parts = parts;
    this.#state = state;
    this.#lookedAt = startedAt;
    if (this.#listeners.size > 0 && before !== undefined && isNews(before, state)) {
      for (const tell of this.#listeners) tell();
    }
    return state;
  }

  async #blocked({ entries }: Catalog): Promise<ReadonlyMap<ShelfEntry, HostError>> {
    const { definitions } = await this.#options.permissions();
    const blocked = new Map<ShelfEntry, HostError>();
    for (const [grantsId, tools] of Map.groupBy(entries, (entry) => entry.grantsId)) {
      const refusalOf = await refusals(definitions, grantsId, tools);
      for (const entry of tools) {
        const refusal = refusalOf(entry.toolId);
        if (refusal !== undefined) blocked.set(entry, refusal);
      }
    }
    return blocked;
  }

  #watch(): NodeJS.Timeout {
    // What goes wrong now, whoever asks next is told.
    return setInterval(() => void this.now().catch(() => undefined), SHELF_WATCH_MS).unref();
  }

  #unwatch(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** The tool that somebody named, among those of an agent. Throws `tool_unknown`, `tool_ambiguous`. */
export function findEntry(mine: readonly ShelfEntry[], { byName }: Catalog, name: string): ShelfEntry {
  const named = byName.get(name);
  if (named !== undefined && mine.includes(named)) return named;
  const spelt = mine.find(({ grantsId, toolId }) => `${grantsId}/${toolId}` === name);
  if (spelt !== undefined) return spelt;
  const slash = name.indexOf("/");
  if (name.startsWith(PROCESS_ID_PREFIX) && slash !== -1) {
    const own = mine.filter(({ grantsId }) => grantsId === name.slice(0, slash));
    if (own.length > 0) return entryIn(own, name.slice(slash + 1), own[0]!.ownerId);
  }
  return entryIn(mine, name);
}

function entryIn(mine: readonly ShelfEntry[], name: string, ownerId?: string): ShelfEntry {
  const owners = [...Map.groupBy(mine, ({ ownerId }) => ownerId)].map(([plugin_id, entries]) => ({
    plugin_id,
    capabilities: { tools: entries.map((entry) => ({ id: entry.toolId, entry })) },
  }));
  return findToolByName(owners, name, ownerId).tool.entry;
}

function isNamed({ kind, pluginId, toolId }: ShelfEntry, also: readonly ToolRef[]): boolean {
  return kind === "native" && also.some((one) => one.pluginId === pluginId && one.toolId === toolId);
}

function isSame(a: Parts, b: Parts): boolean {
  if (a.stamp !== b.stamp || a.manifests.length !== b.manifests.length) return false;
  return a.manifests.every(({ pluginId, manifest, error }, index) => {
    const other = b.manifests[index]!;
    return pluginId === other.pluginId && manifest === other.manifest && error?.message === other.error?.message;
  });
}

/** Where nobody can say what was approved, none of the plugin's tools is on the list, and all others are. */
async function refusals(guard: DefinitionGuard, grantsId: string, tools: readonly ShelfEntry[]) {
  try {
    const found = await guard.notice(
      grantsId,
      tools.map(({ defined }) => defined),
    );
    return (toolId: string) => found.get(toolId);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return () => error;
  }
}

function reasonOf({ pluginId, issue }: ProcessPlugin) {
  return { pluginId, reason: issue ?? "it is broken" };
}

function isNews(before: ShelfState, now: ShelfState): boolean {
  if (before.catalog === now.catalog && before.blocked.size === 0 && now.blocked.size === 0) return false;
  return signature(before) !== signature(now);
}

/** What a face sees of a list. */
function signature({ catalog, blocked }: ShelfState): string {
  const tools = catalog.entries.map((entry) => [entry.name, entry.defined.definition().hash, blocked.has(entry)]);
  return JSON.stringify(tools);
}
