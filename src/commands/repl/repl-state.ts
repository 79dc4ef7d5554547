// What one interactive shell knows from its start to its end.

import type { Config } from "../../config/config.ts";
import type { ConfigOverride } from "../../config/load-config.ts";
import { EXIT, type HostError, toHostError } from "../../protocol/errors.ts";
import type { CommandIo } from "../../terminal/io.ts";
import type { CommandInput } from "../command.ts";
import { type Flags, noFlags } from "../flags.ts";
import type { LineContext } from "../main.ts";
import type { Session } from "../session.ts";
import type { History } from "./history.ts";

export interface ReplState {
  readonly program: string;
  readonly io: CommandIo;
  readonly runLine: CommandInput["runLine"];
  /** What the flags that the shell was started with ask of every line. */
  readonly context: LineContext;
  readonly session: Session;
  readonly history: History;
  /** The commands that were entered, the outermost first. */
  readonly shells: string[];
  config: Config;
  /** How the line ended that was typed at the prompt before; undefined where none was. */
  newest: { readonly exitCode: number; readonly durationMs: number } | undefined;
  isOver: boolean;
}

/** What a line has before any of its own flags is read. */
export function lineFlags({ context, session }: Pick<ReplState, "context" | "session">): Flags {
  return { ...noFlags(), ...context, session };
}

/**
 * The start's flags as settings of the session, so that a line's own still win, and what cannot be a setting.
 *
 * @param profile chosen at the start by a flag or a word; lines may name another one.
 */
export function startContext(
  flags: Readonly<Flags>,
  profile: string | undefined,
): { overrides: readonly ConfigOverride[]; context: LineContext } {
  const { pluginDirs, useEnv, useFile, defaultsOnly, verbosity, debug } = flags;
  const choices: readonly (readonly [key: string, value: string | number | undefined, origin: string])[] = [
    ["profile.default", profile, "--profile"],
    ["ui.format", flags.format, "--format"],
    ["ui.mode", flags.mode, "--mode"],
    ["ui.color.mode", flags.color, "--color"],
    ["ui.unicode.mode", flags.unicode, "--unicode"],
    ["extensions.plugins.timeout_ms", flags.timeoutMs, "--timeout"],
  ];
  const chosen = choices.flatMap(([key, value, origin]) => (value === undefined ? [] : [{ key, value, origin }]));
  return {
    overrides: [...flags.overrides, ...chosen],
    context: { pluginDirs, useEnv, useFile, defaultsOnly, verbosity, debug },
  };
}

/** Prints what was thrown, as it would be outside of a shell; gives the exit code. */
export async function printThrown(
  { io, session, config, context }: Pick<ReplState, "io" | "session" | "config" | "context">,
  thrown: unknown,
): Promise<number> {
  const error: HostError = toHostError(thrown);
  session.thrown = error;
  const [{ printError }, { lookOf }, { settingsFor }] = await Promise.all([
    import("../../terminal/print-error.ts"),
    import("../../terminal/look.ts"),
    import("../settings.ts"),
  ]);
  const { wish } = await settingsFor(io, config, lineFlags({ context, session }), { lenient: true });
  printError(io, error, { json: false, look: lookOf(io.stderr, io.env, wish) });
  return error.exitCode === EXIT.done ? EXIT.internal : error.exitCode;
}
