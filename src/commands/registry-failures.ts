// What went wrong with plugins that are looked up in registries: for programs, for people, and as an exit code.

import { type OrderedJson, parseOrderedJson } from "../base/ordered-json.ts";
import { EXIT, type HostError } from "../protocol/errors.ts";
import { printFailureLines } from "../terminal/failure-lines.ts";
import type { CommandIo } from "../terminal/io.ts";
import { lookOf } from "../terminal/look.ts";
import type { Settings } from "./settings.ts";

interface PluginOutcome {
  readonly pluginId: string;
  readonly error: HostError | undefined;
}

/** The member `error` of a row; nothing when there is none. */
export function errorMember(error: HostError | undefined): OrderedJson | undefined {
  return error && parseOrderedJson(JSON.stringify(error.toBody().error));
}

/**
 * Says on stderr what went wrong, once for all plugins that it concerns. Gives the exit code: that of the failure, or 1
 * when several plugins failed.
 *
 * @param what stands behind the ids.
 */
export function reportFailures(
  io: CommandIo,
  settings: Settings,
  outcomes: readonly PluginOutcome[],
  what: (count: number) => string,
): number {
  const failures = outcomes.flatMap(({ pluginId, error }) => (error ? [{ pluginId, error }] : []));
  const look = lookOf(io.stderr, io.env, settings.wish);
  const groups = Map.groupBy(failures, ({ error }) => `${error.code} ${error.message}`);
  for (const group of groups.values()) {
    const { error } = group[0]!;
    const ids = group.map(({ pluginId }) => pluginId).join(", ");
    printFailureLines(io, `${ids}${what(group.length)}: ${error.message}`, error.code, error.hint, look);
  }
  if (failures.length === 0) return EXIT.done;
  return failures.length === 1 ? failures[0]!.error.exitCode : EXIT.reportedFailure;
}
