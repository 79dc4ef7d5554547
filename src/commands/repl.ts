// `osp` alone: the interactive shell. One line after the other is read and run as a command line of its own, in this
// process; what they have in common is the session.

import { setTimeout as delay, setImmediate } from "node:timers/promises";
import { type Config, configNumber, configText } from "../config/config.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import type { CommandIo } from "../terminal/io.ts";
import { printLabelled } from "../terminal/labelled.ts";
import { lookOf } from "../terminal/look.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { CommandInput } from "./command.ts";
import type { Flags } from "./flags.ts";
import { ConfigFollower, firstConfig } from "./repl/follow-changes.ts";
import { History } from "./repl/history.ts";
import { type Interrupts, interruptsOf } from "./repl/interrupts.ts";
import { introLevel, introText } from "./repl/intro-text.ts";
import { type LineReader, openReader } from "./repl/line-reader.ts";
import { promptOf } from "./repl/prompt.ts";
import { lineFlags, type ReplState, startContext } from "./repl/repl-state.ts";
import { resultStore } from "./repl/result-store.ts";
import type { Session } from "./session.ts";
import { settingsFor } from "./settings.ts";

export interface ReplInput {
  readonly program: string;
  readonly io: CommandIo;
  /** Before any command: what they ask holds for all lines. */
  readonly flags: Readonly<Flags>;
  readonly runLine: CommandInput["runLine"];
}

/** The prompt is on the screen by then. */
const READ_AHEAD_MS = 50;

/** The exit code of a shell whose terminal went away, or that somebody ended: as the signal would have left it. */
const SIGNAL_EXIT: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 };

/** Runs the shell until it is left. Throws `usage_invalid` where there is no terminal. */
export async function openRepl(input: ReplInput): Promise<number> {
  const { io } = input;
  requireTerminal(input);
  const { state, problem } = await openState(input);
  const interrupts = interruptsOf(io);
  const follower = new ConfigFollower(state, problem);
  await printIntro(state);
  const reader = await openReader(state, interrupts);
  const stop = () => reader.close();
  io.signal.addEventListener("abort", stop, { once: true });
  try {
    await readAndRun(state, { interrupts, follower, reader });
  } finally {
    io.signal.removeEventListener("abort", stop);
    reader.close();
    interrupts.end();
  }
  if (io.signal.aborted) return SIGNAL_EXIT[signalOf(io.signal)] ?? EXIT.interrupted;
  if (io.stdout.isClosed) return SIGNAL_EXIT["SIGHUP"]!;
  if (interrupts.hasGivenUp) return EXIT.interrupted;
  const message = configText(state.config, "repl.exit_message") ?? "";
  if (message !== "") io.stdout.write(`${neutralise(message)}\n`);
  return EXIT.done;
}

interface Parts {
  readonly interrupts: Interrupts;
  readonly follower: ConfigFollower;
  readonly reader: LineReader;
}

async function readAndRun(state: ReplState, { interrupts, follower, reader }: Parts): Promise<void> {
  const { io } = state;
  while (!state.isOver && !io.signal.aborted) {
    const theme = configText(state.config, "theme.name");
    const hasChanged = await follower.follow();
    if (hasChanged && configText(state.config, "theme.name") !== theme) await printIntro(state);
    const { wish } = await settingsFor(io, state.config, lineFlags(state), { lenient: true });
    const look = lookOf(io.stdout, io.env, wish);
    const asked = reader.ask(promptOf({ ...state, look }), look);
    void readAhead();
    const typed = await asked;
    // How a line went is told once, with the prompt behind it.
    state.newest = undefined;
    if (typed.kind === "end") break;
    if (typed.kind === "text" && typed.text.trim() !== "") {
      const { runTyped } = await import("./repl/run-lines.ts");
      await runTyped(state, interrupts, typed.text);
    }
    // What a signal or a press of Ctrl-C has set off is to be seen before the next line is asked for.
    await setImmediate();
  }
}

/** Loads, while the user thinks, what the first keys and the first line need; each part in a turn of its own. */
async function readAhead(): Promise<void> {
  await delay(READ_AHEAD_MS, undefined, { ref: false });
  await import("./completion/complete.ts");
  await setImmediate();
  await import("./repl/run-lines.ts");
  await setImmediate();
  await import("./show-response.ts");
}

async function openState({ program, io, flags, runLine }: ReplInput) {
  const session: Session = {
    overrides: [],
    last: undefined,
    thrown: undefined,
    failure: undefined,
    get config(): Config {
      return state.config;
    },
    results: resultStore(() => configNumber(state.config, "session.cache.max_results") ?? 64),
  };
  const { config, problem } = await firstConfig(io, { ...flags, session });
  const { overrides, context } = startContext(flags, flags.profile === undefined ? undefined : config.profile);
  session.overrides = overrides;
  const warn = (text: string) => printLabelled(io.stderr, "warning", text);
  const state: ReplState = {
    program,
    io,
    runLine,
    context,
    session,
    config,
    history: new History(io, config, warn),
    shells: [],
    newest: undefined,
    isOver: false,
  };
  return { state, problem };
}

function requireTerminal({ program, io, flags }: ReplInput): void {
  if (flags.pipeline !== undefined) {
    throw new HostError("usage_invalid", 'there is no command in front of the "|"', {
      hint: `run "${program} --help"`,
    });
  }
  if (flags.provider !== undefined) throw new HostError("usage_invalid", "--plugin-provider needs a command");
  if (io.stdinIsTerminal && io.stdout.isTerminal) return;
  throw new HostError("usage_invalid", "the interactive shell needs a terminal on standard input and output", {
    hint: `name a command; "${program} --help" lists them`,
  });
}

async function printIntro(state: ReplState): Promise<void> {
  const { io, config } = state;
  const { upTo, wish } = await settingsFor(io, config, lineFlags(state), { lenient: true });
  const { text, refused } = introText(config, introLevel(config, upTo), lookOf(io.stdout, io.env, wish).columns);
  io.stdout.write(text);
  for (const key of refused) {
    const warning = `the intro does not show ${key}: its value is a secret`;
    printLabelled(io.stderr, "warning", warning, lookOf(io.stderr, io.env, wish));
  }
}

function signalOf({ reason }: AbortSignal): string {
  return reason instanceof HostError ? String(reason.details?.["signal"]) : "";
}
