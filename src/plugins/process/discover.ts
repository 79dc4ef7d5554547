// Finds the process plugins and learns what each offers. Broken ones are part of the result: they are listed with what
// is wrong with them and never keep the others from working.

import { availableParallelism } from "node:os";
import { mapLimit } from "../../base/map-limit.ts";
import type { Config } from "../../config/config.ts";
import type { HostError } from "../../protocol/errors.ts";
import { DESCRIBE_PARALLEL_MAX } from "../../protocol/limits.ts";
import type { DescribedCommand } from "../../protocol/process-plugin.ts";
import {
  type Bundles,
  bareCommands,
  bundleProblems,
  type DiscoveryProblem,
  findMismatch,
  listedAs,
  readBundles,
  whyBarred,
} from "./bundles.ts";
import { isCommandOn } from "./command-state.ts";
import { readDescribeCache } from "./describe-cache.ts";
import {
  type DescribeContext,
  type Described,
  describeCandidate,
  keptIn,
  type Learned,
  type Remembered,
} from "./describe-candidate.ts";
import type { FileStamp } from "./file-stamp.ts";
import { describeTimeout } from "./plugin-limits.ts";
import { type Candidate, distinctRoots, findCandidates, type PluginRoot, type PluginSource } from "./roots.ts";
import type { Environment } from "./run-process.ts";

/**
 * `broken`: it could not be described, or must not be used; `passive`: it lies in `PATH` and was never described;
 * `shadowed`: another one has its id.
 */
type PluginState = "healthy" | "broken" | "passive" | "shadowed";

export interface ProcessPlugin {
  readonly pluginId: string;
  /** Null when it could not be described. */
  readonly version: string | null;
  readonly source: PluginSource;
  readonly path: string;
  readonly state: PluginState;
  /** Only healthy plugins serve commands. */
  readonly healthy: boolean;
  /** Whether any of its commands is on. */
  readonly enabled: boolean;
  /** Whether its commands are on as long as nobody says anything else. */
  readonly enabledByDefault: boolean;
  /** What is wrong, in one line. */
  readonly issue: string | null;
  /** Why it could not be described; a shadowed or passive plugin has none. */
  readonly error: HostError | null;
  readonly commands: readonly DescribedCommand[];
  /** What is known of it was kept from earlier; it was not asked now. */
  readonly isCached: boolean;
  /** The file as it was when it was found. */
  readonly stamp: FileStamp;
}

export interface DiscoverRequest {
  readonly roots: readonly PluginRoot[];
  readonly env: Environment;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** Waits at most this long for a description, even if the configuration allows more. */
  readonly describeTimeoutMs?: number | undefined;
  /** Hears of a plugin that has not described itself yet after a second. */
  readonly onSlowDescribe?: ((path: string) => void) | undefined;
  readonly config?: Config | undefined;
  /** Where descriptions are kept; without it, nothing is read or written. */
  readonly cacheFile?: string | undefined;
  /** Also asks what lies in `PATH`, which otherwise is only listed. */
  readonly active?: boolean | undefined;
  /** A file that is about to be run anyway, so that it may be asked wherever it lies. */
  readonly mayAskPath?: string | undefined;
  /** Asks all plugins that may be asked, whatever the cache says. */
  readonly fresh?: boolean | undefined;
  /** Asks nobody and writes nothing: what a file said before it was changed will do, and one that never said anything is passive. */
  readonly asksNobody?: boolean | undefined;
  /** What this process has heard from plugins; added to. */
  readonly memory?: Map<string, Remembered> | undefined;
}

export interface Discovery {
  /** In root order. */
  readonly plugins: readonly ProcessPlugin[];
  readonly problems: readonly DiscoveryProblem[];
  /** How many plugins were asked and answered. */
  readonly describedCount: number;
}

/** A machine with one slow core would let plugins that start slowly run into their deadline. */
const DESCRIBE_PER_CORE_MAX = 8;

/** All plugins of the given folders; describes several at a time. Throws `interrupted`, and `config_invalid`. */
export async function discoverPlugins(request: DiscoverRequest): Promise<Discovery> {
  const roots = distinctRoots(request.roots);
  const candidates = findCandidates(roots);
  const bundles = await readBundles(roots);
  const context = contextOf(request);
  const limit = Math.min(DESCRIBE_PARALLEL_MAX, DESCRIBE_PER_CORE_MAX * availableParallelism());
  let found: Found[];
  try {
    found = await mapLimit(candidates, limit, (one) => examine(one, bundles, context));
  } finally {
    if (!request.asksNobody) await keep(request.cacheFile, context.learned);
  }
  const plugins = markShadowed(found.map((one) => toPlugin(one, bundles, request.config)));
  const describedCount = found.filter(({ from, description }) => from === "asking" && description !== null).length;
  return { plugins, problems: bundleProblems(bundles, candidates), describedCount };
}

function contextOf(request: DiscoverRequest): DescribeContext {
  const { env, cwd, signal, onSlowDescribe, config, cacheFile, describeTimeoutMs = Infinity } = request;
  const { active = false, fresh = false, asksNobody = false, mayAskPath, memory = new Map() } = request;
  const cached = cacheFile === undefined ? { entries: [], failures: [] } : readDescribeCache(cacheFile);
  const timeoutMs = Math.min(describeTimeout(config), describeTimeoutMs);
  const learned = { entries: [], failures: [], forget: [] };
  const kept = keptIn(cached, memory);
  return { env, cwd, signal, timeoutMs, onSlowDescribe, active, fresh, asksNobody, mayAskPath, kept, learned };
}

interface Found extends Described {
  readonly candidate: Candidate;
}

async function examine(candidate: Candidate, bundles: Bundles, context: DescribeContext): Promise<Found> {
  const barred = await whyBarred(bundles, candidate);
  if (barred !== null) return { candidate, description: null, error: barred, from: "nothing" };
  const described = await describeCandidate(candidate, context);
  const { description } = described;
  const listed = listedAs(bundles, candidate);
  const mismatch = listed && description ? findMismatch(listed, description) : null;
  return { candidate, ...described, error: described.error ?? mismatch };
}

async function keep(cacheFile: string | undefined, learned: Learned): Promise<void> {
  const isNothing = learned.entries.length + learned.failures.length + learned.forget.length === 0;
  if (cacheFile === undefined || isNothing) return;
  const { updateDescribeCache } = await import("./update-describe-cache.ts");
  await updateDescribeCache(cacheFile, learned);
}

const PASSIVE_ISSUE = "it was never asked what it offers: plugins in PATH are asked when one of their commands is used";

function toPlugin({ candidate, description, error, from }: Found, bundles: Bundles, config?: Config): ProcessPlugin {
  const { path, source, fallbackId, stamp } = candidate;
  const listed = listedAs(bundles, candidate);
  // What a manifest says of a plugin is shown also when the plugin says something else.
  const shown = error !== null && listed !== null ? ofManifest(listed) : description;
  const commands = shown?.commands ?? [];
  const enabledByDefault = listed?.enabled_by_default ?? true;
  const isPassive = description === null && error === null;
  const state = isPassive ? "passive" : error === null ? "healthy" : "broken";
  const isOn = ({ name }: DescribedCommand) => isCommandOn(config, name, enabledByDefault);
  return {
    pluginId: shown?.plugin_id ?? fallbackId,
    version: shown?.plugin_version ?? null,
    source,
    path,
    state,
    healthy: state === "healthy",
    enabled: commands.length === 0 ? enabledByDefault : commands.some(isOn),
    enabledByDefault,
    issue: error?.message ?? (isPassive ? PASSIVE_ISSUE : null),
    error,
    commands,
    isCached: from === "cache",
    stamp,
  };
}

function ofManifest({ id, version, commands }: NonNullable<ReturnType<typeof listedAs>>) {
  return { plugin_id: id, plugin_version: version, commands: bareCommands(commands) };
}

/** Of several plugins with one id the first healthy one is used; the others say which one hides them. */
function markShadowed(plugins: readonly ProcessPlugin[]): ProcessPlugin[] {
  const winners = new Map<string, ProcessPlugin>();
  for (const plugin of plugins) {
    if (plugin.healthy && !winners.has(plugin.pluginId)) winners.set(plugin.pluginId, plugin);
  }
  return plugins.map((plugin) => {
    const winner = winners.get(plugin.pluginId);
    // The id of one that was never asked is only a guess from its name.
    if (winner === undefined || winner === plugin || plugin.state === "passive") return plugin;
    const shadowed = `shadowed by ${winner.path}, which has the same id`;
    const issue = plugin.issue === null ? shadowed : `${plugin.issue}; ${shadowed}`;
    return { ...plugin, healthy: false, state: plugin.healthy ? "shadowed" : plugin.state, issue };
  });
}
