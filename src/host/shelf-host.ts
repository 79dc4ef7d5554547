// Opens the shelf: native tools and process commands as one list (`src/tools/shelf.ts` has its words). What there is is
// looked up in files that change under a running host, so it counts for a moment only; what did not change is not made
// again, and a call of a known tool looks at nothing but that tool.

import { randomUUID } from "node:crypto";
import { hideCredentials } from "../base/hide-credentials.ts";
import { redactor } from "../base/redact.ts";
import { untilAborted } from "../base/until-aborted.ts";
import type { NativePlugin } from "../plugins/native/native-plugin.ts";
import { HostError } from "../protocol/errors.ts";
import type { ToolCall, ToolOutcome } from "../tools/call-tool.ts";
import { broken, leftOf } from "../tools/call-tool.ts";
import type { Shelf, ShelfCall } from "../tools/shelf.ts";
import { callProcessTool } from "./call-process-tool.ts";
import type { NativeHost } from "./native-host.ts";
import type { PermissionsHost } from "./permissions-host.ts";
import { recordFailedTool, recordTool, startTimed, type Timed } from "./plugin-rows.ts";
import type { ProcessHost } from "./process-host.ts";
import type { ProcessToolSettings } from "./process-tool-settings.ts";
import type { NativeEntry, ProcessEntry, ShelfEntry } from "./shelf-catalog.ts";
import { findEntry, ShelfSource } from "./shelf-source.ts";
import type { Stores } from "./stores.ts";

export interface ShelfOptions {
  native(): Promise<NativeHost>;
  processes(): Promise<ProcessHost>;
  permissions(): Promise<PermissionsHost>;
  stores(): Promise<Stores>;
  /** What somebody should know of a plugin. */
  note(pluginId: string, text: string): void;
  /** Nothing is looked for any more once it is aborted. */
  readonly signal: AbortSignal;
}

/** Opens nothing yet. */
export function openShelf(options: ShelfOptions): Shelf {
  const source = new ShelfSource(options);
  return {
    async list(agent, also) {
      const { blocked, catalog } = await source.now();
      const mine = source.toolsOf(catalog, agent, also).filter((entry) => !blocked.has(entry));
      return mine.map(({ shown }) => shown);
    },
    async missing() {
      const { blocked, catalog } = await source.now();
      const changed = [...blocked].map(([{ pluginId, toolId }, { message }]) => ({
        pluginId,
        toolId,
        reason: message,
      }));
      return [...catalog.missing, ...changed];
    },
    async call(call) {
      const timed = startTimed(call.traceId ?? randomUUID());
      const entry = await findCurrent(source, call).catch(async (error: unknown) => {
        if (error instanceof HostError) await recordMiss(options, call, timed, error);
        throw error;
      });
      const traced = { ...call, tool: entry.toolId, traceId: timed.traceId };
      return entry.kind === "native"
        ? await callNative(options, entry, traced, timed)
        : await callProcess(options, entry, traced, timed);
    },
    onChange: (listener) => source.onChange(listener),
  };
}

/** Of a tool that nobody has, nor any plugin. */
async function recordMiss({ stores }: ShelfOptions, call: ShelfCall, timed: Timed, error: HostError): Promise<void> {
  const { insights } = await stores();
  recordFailedTool(insights, "", { ...call, traceId: timed.traceId }, timed, error);
}

/** The tool that is meant, as it is now. Throws `tool_unknown`, `tool_ambiguous`. */
async function findCurrent(source: ShelfSource, { tool, agent, also }: ShelfCall): Promise<ShelfEntry> {
  const look = async (how: { isCall?: boolean }): Promise<ShelfEntry> => {
    const { catalog } = await source.now(how);
    return findEntry(source.toolsOf(catalog, agent, also), catalog, tool);
  };
  let known: ShelfEntry | undefined;
  try {
    known = await look({ isCall: true });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
  }
  // One that is not known, or not what it was, may have come since.
  return known !== undefined && source.isCurrent(known) ? known : await look({});
}

async function callNative(
  options: ShelfOptions,
  { pluginId }: NativeEntry,
  call: ToolCall,
  timed: Timed,
): Promise<ToolOutcome> {
  const native = await options.native();
  let plugin = native.servingPlugin(pluginId);
  if (plugin === undefined) {
    try {
      plugin = await load(native, pluginId, call);
    } catch (error) {
      const { insights } = await options.stores();
      return notLoaded(error, call, (failure) => recordFailedTool(insights, pluginId, call, timed, failure));
    }
  }
  const left = leftOf(call, timed.startedAt);
  return await native.callTool(plugin, left === undefined ? call : { ...call, timeoutMs: left });
}

async function load(native: NativeHost, pluginId: string, { timeoutMs, signal }: ToolCall): Promise<NativePlugin> {
  const loading = native.plugin(pluginId, { loadMs: timeoutMs });
  return await (signal === undefined ? loading : untilAborted(loading, signal));
}

function notLoaded(error: unknown, call: ToolCall, record: (error: HostError) => void): ToolOutcome {
  if (!(error instanceof HostError)) throw error;
  record(error);
  if (error.code === "interrupted") throw error;
  if (error.code === "plugin_unknown") throw gone(call.tool);
  const { envelope, ...outcome } = broken(call.tool, error);
  return { ...outcome, envelope: envelope.ok ? envelope : { ...envelope, kind: "unavailable" } };
}

function gone(tool: string): HostError {
  return new HostError("tool_unknown", `the plugin of the tool "${tool}" is not installed any more`);
}

async function callProcess(
  options: ShelfOptions,
  entry: ProcessEntry,
  call: ToolCall,
  timed: Timed,
): Promise<ToolOutcome> {
  const { pluginId } = entry;
  const [processes, permissions, stores] = await Promise.all([
    options.processes(),
    options.permissions(),
    options.stores(),
  ]);
  const settings = await processes.toolSettings();
  const redact = redactorOf(settings, pluginId);
  const recorder = {
    record: (row: Parameters<Stores["insights"]["record"]>[0]) => stores.insights.record(row, redact),
  };
  const note = (text: string) => options.note(pluginId, hideCredentials(redact(text)));
  try {
    const outcome = await callProcessTool({ permissions, processes, settings, note }, entry, call);
    recordTool(recorder, pluginId, call, timed, outcome);
    return outcome;
  } catch (error) {
    if (error instanceof HostError) recordFailedTool(recorder, pluginId, call, timed, error);
    throw error;
  }
}

const redactors = new WeakMap<ProcessToolSettings, Map<string, ReturnType<typeof redactor>>>();

/** What to look for is worked out once for each plugin. */
function redactorOf(settings: ProcessToolSettings, pluginId: string): ReturnType<typeof redactor> {
  const own = redactors.get(settings) ?? new Map<string, ReturnType<typeof redactor>>();
  redactors.set(settings, own);
  const redact = own.get(pluginId) ?? redactor(() => settings.secretsOf(pluginId));
  own.set(pluginId, redact);
  return redact;
}
