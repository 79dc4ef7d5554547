// Why a runner ended, in words: the report of its crash handler and the process' own end put together.

import { constants } from "node:os";
import { FrameError, getU32 } from "../../base/frame-layout.ts";
import type { FrameView } from "../../base/frame-reader.ts";
import { HostError } from "../../protocol/errors.ts";
import type { ProcessEnd } from "./runner-process.ts";

/** What the runner's crash handler reported. */
export interface Fault {
  /** Undefined when the plugin called exit(). */
  readonly signal: string | undefined;
  /** The call that was at fault; 0 for a thread of the plugin's own. */
  readonly callId: number;
  /** What ran then: `invoke`, `init`, ... */
  readonly entry: string | null;
  /** The host function that it was in. */
  readonly hostFunction: string | null;
  /** The function of a newer host that it looked for in its host's table. */
  readonly newerFunction: string | null;
  /** Answers that the plugin had given could not be written. */
  readonly answersLost: boolean;
  /** The calls that had begun. */
  readonly runningIds: ReadonlySet<number>;
}

export interface RunnerEnd {
  readonly process: ProcessEnd;
  readonly fault: Fault | undefined;
  /** The line was closed by us, for this reason. */
  readonly closedFor: HostError | undefined;
  /** What the plugin printed last. */
  readonly outputTail: string;
}

/** Some numbers have two names; the first is the usual one (SIGABRT, not SIGIOT). */
const SIGNAL_NAMES = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]): [number, string] => [number, name]),
);

/** The runner's exit code when the plugin has closed its socket (`EXIT_LINE_LOST` in native/runner/crash.h). */
const EXIT_LINE_LOST = 72;

/** What no runner goes beyond, whatever a plugin writes in its place: `WORKERS_MAX` of native/runner/limits.h, ... */
const RUNNING_CALLS_MAX = 256;
/** ... and the names in native/runner/entries.c. */
const NAME_IN_REPORT = /^[ -~]{0,64}$/;

/** Reads a report. Throws `FrameError` when it is one that no runner sends. */
export function readFault(frame: FrameView): Fault {
  const [entry, hostFunction] = [frame.text(), frame.text()];
  for (const name of [entry, hostFunction]) {
    if (name !== null && !NAME_IN_REPORT.test(name)) throw new FrameError("a report with a name that is none");
  }
  const ids = frame.bytes() ?? Buffer.alloc(0);
  const newerFunction = frame.text();
  if (newerFunction !== null && !NAME_IN_REPORT.test(newerFunction)) {
    throw new FrameError("a report with a name that is none");
  }
  if (ids.length > 8 * RUNNING_CALLS_MAX) throw new FrameError("a report of more calls than can run");
  const runningIds = new Set<number>();
  for (let at = 0; at + 8 <= ids.length; at += 8) runningIds.add(getU32(ids, at) + getU32(ids, at + 4) * 2 ** 32);
  const signal = frame.op === 0 ? undefined : (SIGNAL_NAMES.get(frame.op) ?? `signal ${frame.op}`);
  return { signal, callId: frame.id, answersLost: frame.parent !== 0, entry, hostFunction, newerFunction, runningIds };
}

/** What ended the runner, as the end of a sentence that begins with the plugin's name. */
export function describeEnd(end: RunnerEnd): string {
  const { fault, process } = end;
  const where = fault?.entry ? ` in ${fault.entry}` : fault ? " in a thread of its own" : "";
  const calling = fault?.hostFunction ? `, while it called ${fault.hostFunction}` : "";
  const signal = fault?.signal ?? process.signal;
  if (!fault && process.code === EXIT_LINE_LOST) return "closed the line to its host";
  const reading = fault?.newerFunction ? `: it read ${fault.newerFunction}, which its host does not have` : "";
  if (signal) return `crashed with ${signal}${where}${calling}${reading}`;
  return `called exit(${process.code ?? 0})${where}${calling}`;
}

/** The error for a call that was open when the runner ended. */
export function endedCallError(
  label: string,
  what: string,
  callId: number,
  end: RunnerEnd,
  whereToLook = "what the plugin printed last may say why",
): HostError {
  if (end.closedFor) return end.closedFor;
  const story = describeEnd(end);
  const byOther = end.fault !== undefined && end.fault.callId !== 0 && end.fault.callId !== callId;
  const message = byOther
    ? `${what} of plugin "${label}" was cut off: another call of the plugin ${story}`
    : `plugin "${label}" ${story}; ${what} has no result`;
  const signal = end.fault?.signal ?? end.process.signal;
  const lostLine = !end.fault && end.process.code === EXIT_LINE_LOST;
  return new HostError(signal ? "plugin_crashed" : lostLine ? "plugin_protocol" : "plugin_exited", message, {
    hint: byOther ? "the call can be tried again" : whereToLook,
    details: {
      plugin: label,
      ...(signal ? { signal } : { exit_code: end.process.code }),
      ...(end.fault?.entry ? { entry: end.fault.entry } : {}),
      ...(end.fault?.hostFunction ? { host_function: end.fault.hostFunction } : {}),
      ...(end.fault?.newerFunction ? { newer_function: end.fault.newerFunction } : {}),
    },
  });
}
