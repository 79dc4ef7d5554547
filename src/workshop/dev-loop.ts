// `tools dev`: one round after the other, for as long as the author works.
//
//   building -> loading -> serving | failed (what served before goes on) -> a change -> building
//
// A change during a build is followed by one more build. Whatever goes wrong in a round ends that round only.

import { existsSync } from "node:fs";
import { relative } from "node:path";
import { type Project, readProject } from "../projects/project.ts";
import { HostError, toHostError } from "../protocol/errors.ts";
import { BuildWrites } from "./build-writes.ts";
import { type DevRound, type DevTarget, type RoundOptions, runDevRound } from "./dev-round.ts";
import { watchProject } from "./watch-project.ts";

export interface DevLoopOptions {
  readonly project: Project;
  readonly target: DevTarget;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where this program keeps what is its own: it may lie in the project, and what is written there is no save. */
  readonly ownFolders?: readonly string[];
  /** Ends the loop. */
  readonly signal: AbortSignal;
  /** What is to be done with new code once it serves, before it is told of: the author's call. */
  tryOut(project: Project): Promise<void>;
  /** A round is over. */
  onRound(round: FinishedRound): void;
  /** A build runs; see `BuildRequest`. */
  readonly onStarted?: RoundOptions["onStarted"];
  /** The build of this round takes its time. */
  onSlow?(): void;
  /** Something that the author should know of, beside the rounds. */
  onWarning?(text: string): void;
}

export type FinishedRound =
  | { readonly state: "serving"; readonly round: DevRound; readonly readyMs: number; readonly isFirst: boolean }
  | { readonly state: "failed"; readonly error: HostError };

/** One round. Throws what keeps it from serving. */
export async function developOnce(options: DevLoopOptions): Promise<void> {
  const { project } = options;
  options.onRound(await goRound(options, project, Date.now(), true));
}

/** Rounds until the signal is aborted. Throws `project_unknown` when the project's folder is gone. */
export async function develop(options: DevLoopOptions): Promise<void> {
  const { signal, project } = options;
  const { folder, kind, pluginId, output } = project;
  const writes = new BuildWrites((file) => {
    const text = `${relative(folder, file)} is another one after each build and is not built for any more`;
    options.onWarning?.(`${text}; if you saved it, save it again when no build runs`);
  });
  const watch = await watchProject(folder, [output, ...(options.ownFolders ?? [])]);
  try {
    let savedAt = Date.now();
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      writes.began();
      try {
        const now = isFirst ? project : readProject(folder);
        if (now.kind !== kind || now.pluginId !== pluginId || now.output !== output) throw otherProject(pluginId);
        options.onRound(await goRound(options, now, savedAt, isFirst, writes));
      } catch (error) {
        if (signal.aborted) return;
        if (!existsSync(folder)) throw error;
        options.onRound({ state: "failed", error: toHostError(error) });
      }
      for (;;) {
        const change = await watch.next(signal);
        if (change === undefined) return;
        const saved = await writes.without(change);
        if (saved === undefined) continue;
        savedAt = saved.savedAt;
        break;
      }
    }
  } finally {
    await watch.close();
  }
}

async function goRound(
  options: DevLoopOptions,
  project: Project,
  savedAt: number,
  isFirst: boolean,
  writes?: BuildWrites,
): Promise<FinishedRound> {
  const { env, signal, target, onStarted } = options;
  try {
    const round = await runDevRound(project, {
      ...(onStarted && { onStarted }),
      env,
      signal,
      target,
      onSlow: () => options.onSlow?.(),
    });
    await options.tryOut(project);
    return { state: "serving", round, readyMs: Math.max(0, Date.now() - savedAt), isFirst };
  } finally {
    // What the new code writes into the project when it is loaded and called is no save either.
    writes?.ended();
  }
}

function otherProject(pluginId: string): HostError {
  return new HostError(
    "project_invalid",
    `the project's file is not that of "${pluginId}" any more, or names another output`,
    {
      hint: 'end this "tools dev" and start it again',
    },
  );
}
