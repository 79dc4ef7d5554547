// Before each prompt: what changed in the configuration since the last one counts from here on. A file with a mistake in
// it ends no session: the mistake is said once, and what was known before is used until it is mended.

import { statSync } from "node:fs";
import type { Config } from "../../config/config.ts";
import { problemsError } from "../../config/load-config.ts";
import { type HostError, toHostError } from "../../protocol/errors.ts";
import { printFailureLines } from "../../terminal/failure-lines.ts";
import type { CommandIo } from "../../terminal/io.ts";
import type { Flags } from "../flags.ts";
import { readConfig } from "../settings.ts";
import { lineFlags, type ReplState } from "./repl-state.ts";

/**
 * The configuration that a shell begins with. What cannot be read at all is left out, and said.
 *
 * @param problem is told what was wrong.
 */
export async function firstConfig(io: CommandIo, flags: Flags): Promise<{ config: Config; problem?: HostError }> {
  try {
    return { config: await readConfig({ io, flags }) };
  } catch (error) {
    const problem = toHostError(error);
    if (problem.code === "usage_invalid") throw error;
    const without = { ...flags, useFile: false };
    const config = await readConfig({ io, flags: without, quiet: true }).catch(() =>
      readConfig({ io, flags: { ...without, defaultsOnly: true }, quiet: true }),
    );
    return { config, problem };
  }
}

/** Follows the configuration of one shell. */
export class ConfigFollower {
  readonly #state: ReplState;
  #stamp: string;
  /** What was said last. */
  #said: string | undefined;

  constructor(state: ReplState, problem: HostError | undefined) {
    this.#state = state;
    this.#stamp = stampOf(state);
    this.#say(problem ?? problemOf(state.config));
  }

  /** Takes over what changed; gives whether anything did. */
  async follow(): Promise<boolean> {
    const state = this.#state;
    const stamp = stampOf(state);
    if (stamp === this.#stamp) return false;
    this.#stamp = stamp;
    try {
      state.config = await readConfig({ io: state.io, flags: lineFlags(state), quiet: true });
    } catch (error) {
      this.#say(toHostError(error));
      return false;
    }
    this.#say(problemOf(state.config));
    state.history.follow(state.config);
    return true;
  }

  #say(problem: HostError | undefined): void {
    const text = problem?.message;
    if (problem !== undefined && text !== this.#said) {
      printFailureLines(this.#state.io, problem.message, problem.code, problem.hint);
    }
    this.#said = text;
  }
}

function problemOf({ problems }: Config): HostError | undefined {
  return problems.length === 0 ? undefined : problemsError(problems);
}

/** Is another one as soon as a file, or what was set for the session, is. */
function stampOf({ config: { files }, session }: ReplState): string {
  const stamps = [files.config, files.secrets, files.index].map((path) => {
    try {
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat === undefined ? "" : `${stat.ino}:${stat.size}:${stat.mtimeMs}:${stat.mode}`;
    } catch {
      return "?";
    }
  });
  return JSON.stringify([stamps, session.overrides], (_key, value) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
}
