// Finds the process plugins and asks each what it offers. Broken ones are part of the result: they are listed with what
// is wrong with them and never keep the others from working.

import { mapLimit } from "../../base/map-limit.ts";
import type { HostError } from "../../protocol/errors.ts";
import { DESCRIBE_PARALLEL_MAX } from "../../protocol/limits.ts";
import type { DescribedCommand } from "../../protocol/process-plugin.ts";
import { describePlugin } from "./describe.ts";
import { type Candidate, findCandidates, type PluginRoot, type PluginSource } from "./roots.ts";
import type { Environment } from "./run-process.ts";

export interface ProcessPlugin {
  readonly pluginId: string;
  /** Null when it could not be described. */
  readonly version: string | null;
  readonly source: PluginSource;
  readonly path: string;
  /** Only healthy plugins serve commands. */
  readonly healthy: boolean;
  readonly enabled: boolean;
  /** What is wrong, in one line. */
  readonly issue: string | null;
  /** Why it could not be described; a shadowed plugin has none. */
  readonly error: HostError | null;
  readonly commands: readonly DescribedCommand[];
}

export interface DiscoverRequest {
  readonly roots: readonly PluginRoot[];
  readonly env: Environment;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly describeTimeoutMs?: number | undefined;
  /** Hears of a plugin that has not described itself yet after `DESCRIBE_SLOW_MS`. */
  readonly onSlowDescribe?: ((path: string) => void) | undefined;
}

/** From then on a person may wonder what is going on. */
const DESCRIBE_SLOW_MS = 1_000;

/** All plugins of the given folders, in root order; describes several at a time. Throws only `interrupted`. */
export async function discoverPlugins(request: DiscoverRequest): Promise<ProcessPlugin[]> {
  const candidates = findCandidates(request.roots);
  const plugins = await mapLimit(candidates, DESCRIBE_PARALLEL_MAX, (one) => describeCandidate(one, request));
  return markShadowed(plugins);
}

async function describeCandidate(candidate: Candidate, request: DiscoverRequest): Promise<ProcessPlugin> {
  const { env, cwd, signal, describeTimeoutMs, onSlowDescribe } = request;
  const { path, source, fallbackId } = candidate;
  const timeout = describeTimeoutMs === undefined ? {} : { timeoutMs: describeTimeoutMs };
  const slow = setTimeout(() => onSlowDescribe?.(path), DESCRIBE_SLOW_MS);
  const { description, error } = await describePlugin({ path, env, cwd, signal, ...timeout }).finally(() =>
    clearTimeout(slow),
  );
  return {
    pluginId: description?.plugin_id ?? fallbackId,
    version: description?.plugin_version ?? null,
    source,
    path,
    healthy: error === null,
    enabled: true,
    issue: error?.message ?? null,
    error,
    commands: description?.commands ?? [],
  };
}

/** Of several plugins with one id the first healthy one is used; the others say which one hides them. */
function markShadowed(plugins: readonly ProcessPlugin[]): ProcessPlugin[] {
  const winners = new Map<string, ProcessPlugin>();
  for (const plugin of plugins) {
    if (plugin.healthy && !winners.has(plugin.pluginId)) winners.set(plugin.pluginId, plugin);
  }
  return plugins.map((plugin) => {
    const winner = winners.get(plugin.pluginId);
    if (winner === undefined || winner === plugin) return plugin;
    const shadowed = `shadowed by ${winner.path}, which has the same id`;
    const issue = plugin.issue === null ? shadowed : `${plugin.issue}; ${shadowed}`;
    return { ...plugin, healthy: false, issue };
  });
}
