// Opens a host for one command and closes it again, whatever happens in between.

import { randomUUID } from "node:crypto";
import { resolvePaths } from "../base/paths.ts";
import { untilAborted } from "../base/until-aborted.ts";
import { withCaller } from "../host/caller-scope.ts";
import type { PluginLine } from "../host/connect-plugin.ts";
import { createHost, type Host, type HostOptions } from "../host/create-host.ts";
import { HostError } from "../protocol/errors.ts";
import { TASKS_NOTE_MS } from "../protocol/limits.ts";
import type { CommandIo } from "../terminal/io.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { Flags } from "./flags.ts";
import { lentHost } from "./lent-host.ts";
import { printRecoveryKey } from "./print-recovery-key.ts";
import { TasksLeft } from "./tasks-left.ts";

export interface WithHostOptions extends Pick<HostOptions, "consent" | "config" | "follow" | "onFolderLost"> {
  /** `use` comes to its end by itself when the user interrupts it, and what it then gives counts. */
  readonly endsItself?: boolean;
  /** How long tasks that were begun meanwhile are still waited for, once `use` is over; without it, until they are over. */
  tasksMs?(): number;
}

/**
 * Runs `use` with a host. When it is over, or the user interrupts it, everything that the host started is ended before
 * this resolves. What native plugins log and print goes to stderr.
 */
export async function withHost<T>(
  io: CommandIo,
  { pluginDirs, timeoutMs }: Pick<Flags, "pluginDirs" | "timeoutMs">,
  use: (host: Host) => Promise<T>,
  { consent, config, follow, onFolderLost, endsItself = false, tasksMs }: WithHostOptions = {},
): Promise<T> {
  const lent = lentHost(io);
  if (lent !== undefined) {
    const { env, cwd } = io;
    const ending = new AbortController();
    const session = { kind: "program", id: randomUUID(), over: ending.signal } as const;
    try {
      return await withCaller({ consent: consent ?? {}, place: { env, cwd }, session }, () => {
        const using = use({ ...lent, stop: async () => {} });
        return endsItself ? using : untilAborted(using, io.signal);
      });
    } finally {
      ending.abort();
    }
  }
  const host = createHost({
    paths: resolvePaths({ env: io.env, platform: process.platform }),
    env: io.env,
    cwd: io.cwd,
    pluginDirs,
    signal: io.signal,
    ...(consent === undefined ? {} : { consent }),
    ...(config === undefined ? {} : { config }),
    ...(follow === undefined ? {} : { follow }),
    ...(onFolderLost === undefined ? {} : { onFolderLost }),
    ...(timeoutMs === undefined ? {} : { loadMs: timeoutMs }),
    onPluginLine: (line) => printPluginLine(io, line),
    onRecoveryKey: (text, isFirst?: boolean) => printRecoveryKey(text, isFirst),
  });
  const onAbort = () => void host.stop({ atOnce: true });
  io.signal.addEventListener("abort", onAbort, { once: true });
  try {
    const value = await use(host);
    // What came out after the interruption is the interruption's doing, whatever it looks like.
    if (io.signal.aborted && !endsItself) throw new HostError("interrupted", "interrupted");
    if (follow !== true && !io.signal.aborted) await untilTasksRest(io, host, tasksMs?.());
    return value;
  } finally {
    io.signal.removeEventListener("abort", onAbort);
    await host.stop();
  }
}

/**
 * Tasks that a plugin began meanwhile would end with this host: it waits for them, unless the user interrupts that too.
 *
 * @param msMax for so long at most; undefined: until they are over.
 */
async function untilTasksRest(io: CommandIo, host: Host, msMax: number | undefined): Promise<void> {
  const tasks = await host.openedTasks()?.catch(() => undefined);
  if (tasks === undefined || io.signal.aborted) return;
  const say = (text: (what: string) => string) => {
    if (tasks.running > 0) io.stderr.write(`${text(tasks.running === 1 ? "a task" : `${tasks.running} tasks`)}\n`);
  };
  const note = setTimeout(
    () => say((what) => `waits for ${what} to end; Ctrl-C leaves the rest to the next "osaurus serve"`),
    TASKS_NOTE_MS,
  );
  const late = new AbortController();
  const timeout = msMax === undefined ? undefined : setTimeout(() => late.abort(), msMax);
  try {
    await untilAborted(tasks.idle(), AbortSignal.any([io.signal, late.signal]));
  } catch (error) {
    // They are left to the next host.
    if (io.signal.aborted) throw new TasksLeft();
    if (!late.signal.aborted) throw error;
    say((what) => `the time is up: leaves ${what} to the next "osaurus serve"`);
  } finally {
    clearTimeout(note);
    clearTimeout(timeout);
  }
}

/** Levels that a person who runs one command does not want to see. */
const QUIET: ReadonlySet<PluginLine["level"]> = new Set(["trace", "debug"]);

function printPluginLine(io: CommandIo, { plugin, level, text, fromHost }: PluginLine): void {
  if (QUIET.has(level)) return;
  const word = level === "output" ? "" : ` [${level.toUpperCase()}]`;
  const isMarked = fromHost === true && text.startsWith("[Osaurus]"); // A plugin may write what it likes.
  const mark = isMarked ? "" : fromHost ? `[Osaurus]${word} plugin "${plugin}": ` : `[Plugin:${plugin}]${word} `;
  for (const line of text.split("\n")) io.stderr.write(`${neutralise(`${mark}${line}`)}\n`);
}
