// The report of a crash, as it is kept in the plugin's log: what the runner's crash handler and the end of its process
// tell, the stack with names, and what the plugin logged and printed last.

import type { LogRecord } from "../../protocol/plugin-log.ts";
import { parseStack, stackLinesIn } from "./parse-stack.ts";
import type { RunnerEnd } from "./runner-end.ts";
import { symboliseStack } from "./symbolise-stack.ts";

/** A line of a log that tells of a crash. */
export type CrashReport = LogRecord & { readonly kind: "crash" };

export interface CrashFacts {
  readonly pluginId: string;
  readonly version: string | undefined;
  /** The library as it is installed. */
  readonly library: string;
  /** What happened, as the end of a sentence that begins with the plugin's name. */
  readonly story: string;
  /** How the runner ended; of a crash while the plugin was loaded only some of it is known. */
  readonly end: Pick<RunnerEnd, "fault" | "process"> & Partial<Pick<RunnerEnd, "outputTail">>;
  /** For a plugin that crashed while it was loaded: how far that had come. */
  readonly loadStep?: string | undefined;
  /** The lines of the stack, when they were collected as they were printed. */
  readonly stackLines?: readonly string[];
  readonly lastLines: readonly string[];
  readonly restartInMs?: number | undefined;
}

export interface CrashTools {
  /** Folders in which the tools that read debugging information are looked for, as in `PATH`. */
  readonly path: string | undefined;
  /** When it is aborted, the report is finished without waiting for those. */
  readonly signal?: AbortSignal;
}

/** Makes the report. Takes as long as naming the stack does, two seconds at most; never fails. */
export async function crashReport(facts: CrashFacts, tools: CrashTools): Promise<CrashReport> {
  const time = new Date().toISOString();
  const { pluginId, version, library, story, end, loadStep, lastLines, restartInMs } = facts;
  const { fault, process } = end;
  const signal = fault?.signal ?? process.signal ?? undefined;
  const lines = facts.stackLines?.length ? facts.stackLines : stackLinesIn(end.outputTail ?? "");
  const stack = await symboliseStack(parseStack(lines), { library, ...tools }).catch(() => [...lines]);
  return {
    time,
    kind: "crash",
    level: "error",
    text: story,
    plugin_id: pluginId,
    ...(version === undefined ? {} : { version }),
    ...(signal === undefined ? (process.code === null ? {} : { exit_code: process.code }) : { signal }),
    ...(loadStep === undefined ? optional("entry", fault?.entry) : { load_step: loadStep }),
    ...optional("host_function", fault?.hostFunction),
    stack,
    last_lines: [...lastLines],
    ...(restartInMs === undefined ? {} : { restart_in_ms: restartInMs }),
  };
}

function optional<K extends string>(name: K, value: string | null | undefined): { [name in K]?: string } {
  return (value === null || value === undefined ? {} : { [name]: value }) as { [name in K]?: string };
}
