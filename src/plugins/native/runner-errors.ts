// What a caller is told when a runner could not do what it asked for. `endedCallError`, for a runner that is gone, is in
// runner-end.ts.

import { FrameError } from "../../base/frame-layout.ts";
import { HostError } from "../../protocol/errors.ts";
import { describeEnd, type RunnerEnd } from "./runner-end.ts";

export function stoppedError(label: string): HostError {
  return new HostError("plugin_stopped", `plugin "${label}" was stopped`);
}

export function overloadedError(label: string, what: string, reason: string): HostError {
  return new HostError("plugin_overloaded", `plugin "${label}" could not run ${what}: ${reason}`, {
    hint: "try again when fewer calls are open",
  });
}

export function tooLargeError(label: string, what: string): HostError {
  return new HostError("output_too_large", `the answer of plugin "${label}" to ${what} is over 64 MiB`, {
    hint: "let the tool give a part of it, or write it to a file",
  });
}

export function timeoutError(label: string, what: string, waitedMs: number): HostError {
  return new HostError("plugin_timeout", `plugin "${label}" gave no answer to ${what} in ${Math.round(waitedMs)} ms`, {
    hint: "what the plugin printed last shows where it was",
    details: { plugin: label, waited_ms: Math.round(waitedMs) },
  });
}

export function protocolError(label: string, problem: string): HostError {
  return new HostError("plugin_protocol", `plugin "${label}" broke its line to the host: ${problem}`, {
    hint: "the plugin wrote over the runner's memory or onto its socket",
  });
}

export function versionError(found: number, wanted: number): HostError {
  return new HostError("runner_missing", `the runner speaks version ${found} of the protocol, this host ${wanted}`, {
    hint: 'it was built from other sources: run "make setup"',
  });
}

export function loadTimeoutError(label: string, waitedMs: number): HostError {
  return new HostError("load_timeout", `plugin "${label}" was not loaded after ${Math.round(waitedMs)} ms`, {
    hint: "its constructor, init or get_manifest does not return",
    details: { waited_ms: Math.round(waitedMs) },
  });
}

/** For a runner that ended before the plugin was loaded. */
export function endedLoadError(
  label: string,
  end: RunnerEnd,
  whereToLook = "see what it printed last; its author can debug the library with any tool that loads it",
): HostError {
  if (end.closedFor) return end.closedFor;
  if (end.process.spawnError) {
    return new HostError(
      "runner_start_failed",
      `the runner for "${label}" did not start: ${end.process.spawnError.message}`,
      {
        hint: 'run "make setup" to build it; if it is there, the system has run out of something',
      },
    );
  }
  return new HostError("load_crashed", `plugin "${label}" ${describeEnd(end)} while it was loaded`, {
    hint: end.fault?.newerFunction ? "ask host->version before reading a function that was added later" : whereToLook,
    details: {
      signal: end.fault?.signal ?? end.process.signal,
      entry: end.fault?.entry ?? null,
      ...(end.fault?.newerFunction ? { newer_function: end.fault.newerFunction } : {}),
    },
  });
}

/** A text that cannot be put into a frame is the caller's mistake. */
export function inputError(error: unknown): unknown {
  if (!(error instanceof FrameError)) return error;
  return new HostError("input_too_large", `the input cannot be handed to the plugin: ${error.message}`);
}
