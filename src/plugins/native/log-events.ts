// What happens to one plugin, written to its log: the connection between the events of a NativePlugin and a PluginLog.

import type { PluginLogLine } from "../../protocol/host-slots.ts";
import { LOG_LEVELS } from "../../protocol/log-levels.ts";
import { type CrashFacts, crashReport } from "./crash-report.ts";
import type { LoadFailure } from "./launch-runner.ts";
import { isStackLine, stackHeadingAt } from "./parse-stack.ts";
import type { PluginLog } from "./plugin-log.ts";
import type { RunnerEnd } from "./runner-end.ts";

export interface LogEventsOptions {
  readonly log: PluginLog;
  readonly pluginId: string;
  /** The library as it is installed, whatever copy of it was loaded. */
  readonly library: string;
  /** The plugin's version, as far as it is known. */
  version(): string | undefined;
  /** `PATH` of the host. */
  readonly path: string | undefined;
}

export interface LogEvents {
  onLog(line: PluginLogLine): void;
  /** Gives whether the line says something beside the stack of a crash, which is kept in the report. */
  onOutput(stream: "stdout" | "stderr", line: string): boolean;
  onCrash(story: string, end: RunnerEnd, restartInMs: number | undefined): void;
  /** The plugin is ready; `abi` and `pid` are for people who read the log. */
  onLoaded(loaded: { readonly abi: number; readonly pid?: number | undefined }): void;
  /** It could not be loaded. A crash while it was loaded becomes a report of a crash. */
  onLoadFailed(failure: Pick<LoadFailure, "reason" | "end" | "restartInMs">): void;
}

/** A runner prints as many lines of a stack at most. */
const STACK_LINES_MAX = 64;

/** The events of one plugin. None of them waits or throws. */
export function logEvents({ log, pluginId, library, version, path }: LogEventsOptions): LogEvents {
  let stackLines: string[] | undefined;

  const report = (facts: Pick<CrashFacts, "story" | "end" | "loadStep" | "restartInMs">): void => {
    const all: CrashFacts = {
      pluginId,
      version: version(),
      library,
      ...facts,
      stackLines: stackLines ?? [],
      lastLines: log.lastLines(),
    };
    stackLines = undefined;
    log.writeLater((signal) => crashReport(all, { path, signal }));
  };
  return {
    onLog({ level, message, payload, agentId }) {
      log.write({
        kind: "log",
        level: LOG_LEVELS[level] ?? "info",
        text: message,
        ...(payload === null ? {} : { payload }),
        ...(agentId === undefined ? {} : { agent_id: agentId }),
      });
    },
    onOutput(stream, line) {
      // The stack is kept in the report, with names; as it is printed it says little.
      const heading = stream === "stderr" ? stackHeadingAt(line) : -1;
      if (heading !== -1) stackLines = [];
      const isOfStack = stream === "stderr" && stackLines !== undefined && isStackLine(line);
      if (isOfStack) {
        if (stackLines!.length < STACK_LINES_MAX) stackLines!.push(line);
        return false;
      }
      if (heading === 0) return false;
      // The plugin may have printed half a line before it crashed.
      log.write({ kind: "output", stream, text: heading === -1 ? line : line.slice(0, heading) });
      return heading === -1;
    },
    onCrash(story, end, restartInMs) {
      // A runner that was ended by the host did not crash.
      if (end.fault !== undefined || end.closedFor === undefined) report({ story, end, restartInMs });
      else log.write({ kind: "note", level: "error", text: story, ...restart(restartInMs) });
    },
    onLoaded({ abi, pid }) {
      const text = `loaded, version ${abi} of the plugin interface${pid === undefined ? "" : `, process ${pid}`}`;
      const known = version();
      log.write({ kind: "load", level: "info", text, ...(known === undefined ? {} : { version: known }) });
    },
    onLoadFailed({ reason, end, restartInMs }) {
      if (end === undefined || (end.closedFor !== undefined && end.fault === undefined))
        return log.write({ kind: "load", level: "error", text: reason.message, ...restart(restartInMs) });
      report({ story: reason.message, end, loadStep: end.fault?.entry ?? undefined, restartInMs });
    },
  };
}

function restart(restartInMs: number | undefined): { restart_in_ms?: number } {
  return restartInMs === undefined ? {} : { restart_in_ms: restartInMs };
}
