// What the checked runner noticed of a plugin (native/runner/checks.h): texts of the host that were not released, or released
// wrongly, and host calls on threads of the plugin's own. Other runners notice nothing and are not asked.

import * as z from "zod/mini";
import { FrameError } from "../../base/frame-layout.ts";
import type { HostFunction } from "../../protocol/host-slots.ts";
import { hostFunctionAt } from "../../protocol/host-slots.ts";
import { HOST_SLOTS } from "./frames.ts";

export interface CheckReport {
  /** Texts that host functions gave and that were not released when the report was made: those may still be in use. */
  readonly unreleased: readonly { readonly name: HostFunction; readonly count: number; readonly bytes: number }[];
  /** Releases of texts that were released before; without a name, of what never was a text of the host's. */
  readonly wrongReleases: readonly { readonly name?: HostFunction; readonly count: number }[];
  /** Host calls on threads that the host did not call the plugin on; `inContext`: the host knows the agent all the same. */
  readonly foreignCalls: readonly {
    readonly name: HostFunction;
    readonly count: number;
    readonly inContext: boolean;
  }[];
  /** What cannot be counted on this system: an empty list of it means nothing. */
  readonly notCounted: readonly "unreleased"[];
}

const FUNCTIONS: ReadonlySet<string> = new Set(
  Array.from({ length: HOST_SLOTS }, (_, slot) => hostFunctionAt(slot)).filter((name) => name !== undefined),
);
const Name = z.custom<HostFunction>((name) => typeof name === "string" && FUNCTIONS.has(name));
const Count = z.int().check(z.nonnegative());
/** As many entries as there can be: what the plugin writes over the runner's memory is not believed further. */
const listOf = <T extends z.ZodMiniType>(entry: T) => z.array(entry).check(z.maxLength(2 * HOST_SLOTS));
const Report = z.strictObject({
  not_counted: z.array(z.literal("unreleased")).check(z.maxLength(1)),
  unreleased: listOf(z.strictObject({ name: Name, count: Count, bytes: Count })),
  wrong_releases: listOf(z.strictObject({ name: z.nullable(Name), count: Count })),
  foreign_calls: listOf(z.strictObject({ name: Name, count: Count, in_context: z.boolean() })),
});

/** Reads the text of a REPORT frame. Throws `FrameError` when it is one that no runner sends. */
export function readCheckReport(text: string | null): CheckReport {
  let json: unknown;
  try {
    json = JSON.parse(text ?? "");
  } catch {
    throw new FrameError("a report that is not JSON");
  }
  const { success, data } = Report.safeParse(json);
  if (!success) throw new FrameError("a report that no runner makes");
  return {
    unreleased: data.unreleased,
    wrongReleases: data.wrong_releases.map(({ name, count }) => (name === null ? { count } : { name, count })),
    foreignCalls: data.foreign_calls.map(({ in_context: inContext, ...call }) => ({ ...call, inContext })),
    notCounted: data.not_counted,
  };
}

/** What several runners of one plugin noticed together; nothing when none of them was a checked one. */
export function mergeCheckReports(reports: readonly (CheckReport | undefined)[]): CheckReport | undefined {
  const made = reports.filter((report) => report !== undefined);
  if (made.length <= 1) return made[0];
  return {
    unreleased: summed(made.flatMap(({ unreleased }) => unreleased)),
    wrongReleases: summed(made.flatMap(({ wrongReleases }) => wrongReleases)),
    foreignCalls: summed(made.flatMap(({ foreignCalls }) => foreignCalls)),
    notCounted: [...new Set(made.flatMap(({ notCounted }) => notCounted))],
  };
}

type Entry = {
  readonly name?: HostFunction;
  readonly count: number;
  readonly bytes?: number;
  readonly inContext?: boolean;
};

function summed<T extends Entry>(entries: readonly T[]): T[] {
  const sums = new Map<string, T>();
  for (const entry of entries) {
    const key = `${entry.name} ${entry.inContext}`;
    const before = sums.get(key);
    const bytes = entry.bytes === undefined ? {} : { bytes: entry.bytes + (before?.bytes ?? 0) };
    sums.set(key, { ...entry, count: entry.count + (before?.count ?? 0), ...bytes });
  }
  return [...sums.values()];
}
