// What a command may touch of the outside world. Commands get it as an argument and hold no globals, so that a
// resident process can run many at once, and tests can run them without a process.

import { fstatSync } from "node:fs";
import { isatty } from "node:tty";
import { folderMissing } from "../base/folder-missing.ts";
import { HostError } from "../protocol/errors.ts";
import { FRAME_BYTES_MAX } from "../protocol/limits.ts";
import type { KeyInput } from "./editor/key-input.ts";
import type { RawStreams } from "./raw-streams.ts";
import { streamOutput } from "./stream-output.ts";
import type { TalkInput } from "./talk-input.ts";

export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Width in columns; undefined when the output is not a terminal. */
  readonly columns: number | undefined;
  /** Height in lines; undefined or absent when the output is not a terminal. */
  readonly rows?: number | undefined;
  /** The reader went away: what is written from here on reaches nobody. */
  readonly isClosed?: boolean;
  /** Resolves when the terminal has taken what was written so far. Absent when the output is not a terminal. */
  taken?(): Promise<void>;
}

export interface CommandIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Reads standard input to its end as UTF-8 text. Throws `input_too_large`, and when `signal` is aborted. */
  readStdin(): Promise<string>;
  readonly stdinIsTerminal: boolean;
  /**
   * Asks the user for one line; nothing when the user ends the input (Ctrl-D). Absent where there is no terminal on
   * standard input: then nothing may be asked. Throws when `signal` is aborted. The question must be neutralised.
   *
   * @param until takes the question back: the answer came from elsewhere.
   */
  prompt?(question: string, until?: AbortSignal): Promise<string | undefined>;
  /** The same for a line that nobody may see: what is typed is not shown. */
  promptHidden?(question: string): Promise<string | undefined>;
  /** The text of a file that the command line names; absent where the command runs beside whoever typed it. */
  readFile?(path: string): Promise<string>;
  /** Standard input and output as bytes, for a command that speaks a protocol there and uses neither otherwise. */
  streams?(): Promise<RawStreams>;
  /** The keyboard for a conversation. Absent where there is no terminal on standard input. */
  talk?(): Promise<TalkInput>;
  /** The keyboard for whoever reads lines on the terminal that stdout is: key by key, or as the terminal gives them. Absent without one. */
  keyboard?(): Promise<{ readonly keys: KeyInput; readonly stream: NodeJS.ReadStream }>;
  /** Aborted when the user presses Ctrl-C or the program is asked to end. */
  readonly signal: AbortSignal;
  /** Says that nothing is running any more that would have to be ended: from now on a signal may end the program at once. */
  letGo?(): void;
  /**
   * From now on Ctrl-C is told to the caller and does not end the program, until the returned function is called. Absent
   * where no terminal is this program's own.
   */
  takeInterrupts?(onInterrupt: () => void): () => void;
  /**
   * The same for one command of many: it is interrupted by a signal of its own, and cannot use up what others need as
   * well, standard input to its end.
   */
  forCommand?(signal: AbortSignal): CommandIo;
  /**
   * Shows the text through a pager on the terminal that stdout is, and waits until its user leaves it. Gives whether it
   * was shown. Absent where there is no terminal to lend to another program.
   */
  page?(text: string, command: string): Promise<boolean>;
}

/** What only the process's own start knows. */
interface ProcessOwn extends Pick<CommandIo, "letGo" | "takeInterrupts"> {
  /** The terminal is gone: the same as the signal that says so, which need not come. */
  readonly hangUp?: () => void;
}

/** The io of a real process. The caller sets the process' exit code and lets the event loop run dry. */
export function processIo(
  process: NodeJS.Process,
  signal: AbortSignal,
  { hangUp, ...own }: ProcessOwn = {},
): CommandIo {
  const stdout = streamOutput(() => process.stdout, { isTerminal: isatty(1), name: "output" });
  const isShared = stdout.isTerminal && isatty(2) && fstatSync(1).rdev === fstatSync(2).rdev;
  const before = isShared ? { before: stdout } : {};
  const stderr = streamOutput(() => process.stderr, { isTerminal: isatty(2), name: "error", ...before });
  let isWatched = false;
  const watchTerminal = () => {
    if (isWatched) return;
    isWatched = true;
    watchEnd(process.stdin, () => hangUp?.());
    // Questions are written to the stream itself: it is opened here, where it is heard of when that fails.
    stderr.write("");
  };
  const ioWith = (signal: AbortSignal, more: Partial<CommandIo>): CommandIo => ({
    env: process.env,
    get cwd() {
      return currentFolder(process);
    },
    stdout,
    stderr,
    stdinIsTerminal: isatty(0),
    signal,
    async readStdin() {
      const { addAbortSignal } = await import("node:stream");
      const chunks: Buffer[] = [];
      let count = 0;
      for await (const chunk of addAbortSignal(signal, process.stdin)) {
        count += (chunk as Buffer).length;
        if (count > FRAME_BYTES_MAX) throw inputTooLarge();
        chunks.push(chunk as Buffer);
      }
      return Buffer.concat(chunks).toString("utf8");
    },
    ...(isatty(0)
      ? {
          async prompt(question: string, until?: AbortSignal) {
            watchTerminal();
            return await ask(process, question, signal, until);
          },
          async promptHidden(question: string) {
            watchTerminal();
            const { askHidden } = await import("./ask-hidden.ts");
            return await askHidden(process, question, signal);
          },
          async talk() {
            watchTerminal();
            const { talkInput } = await import("./talk-input.ts");
            return talkInput(process, signal);
          },
          async keyboard() {
            watchTerminal();
            const { openKeyInput } = await import("./editor/key-input.ts");
            return { keys: openKeyInput(process, process.stdout), stream: process.stdin };
          },
        }
      : {}),
    async page(text, command) {
      const { runPager } = await import("./run-pager.ts");
      return await runPager(process, text, { command, signal, env: process.env, screen: stdout });
    },
    ...more,
  });
  const streams = async () => (await import("./raw-streams.ts")).processStreams(process);
  const forCommand = (signal: AbortSignal) => ioWith(signal, { readStdin: refuseStdin });
  return ioWith(signal, { ...own, streams, forCommand });
}

async function refuseStdin(): Promise<never> {
  throw new HostError("usage_invalid", "standard input cannot be read here: it is what commands are typed on", {
    hint: "give the value as an argument, or run the command outside of the interactive shell",
  });
}

/** Questions go to standard error: standard output is for data. */
async function ask(
  process: NodeJS.Process,
  question: string,
  signal: AbortSignal,
  until?: AbortSignal,
): Promise<string | undefined> {
  const [{ createInterface }, { watchQuestionStops }] = await Promise.all([
    import("node:readline"),
    import("./stopping.ts"),
  ]);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const stopping = watchQuestionStops(process, lines, { askAgain: () => lines.prompt(true) });
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const stop = () => lines.close();
  lines.once("line", resolve);
  lines.once("close", () => resolve(undefined));
  // Of a terminal that is gone; what is more, to give it back fails as well.
  lines.on("error", () => resolve(undefined));
  // With a line reader on it, the terminal does not turn Ctrl-C into a signal any more.
  lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  signal.addEventListener("abort", stop, { once: true });
  until?.addEventListener("abort", stop, { once: true });
  try {
    // The question before let go of it, and nothing else may keep the program waiting.
    process.stdin.ref?.();
    lines.setPrompt(question);
    lines.prompt();
    const answer = signal.aborted || until?.aborted ? undefined : await promise;
    if (signal.aborted) throw new HostError("interrupted", "interrupted");
    return answer;
  } finally {
    stopping.end();
    signal.removeEventListener("abort", stop);
    until?.removeEventListener("abort", stop);
    lines.close();
    process.stdin.pause();
    process.stdin.unref?.();
  }
}

/** The folder may be gone; a command that needs none works all the same. */
function currentFolder(process: NodeJS.Process): string {
  try {
    return process.cwd();
  } catch (error) {
    throw folderMissing(error);
  }
}

function inputTooLarge(): HostError {
  return new HostError("input_too_large", `standard input holds more than ${FRAME_BYTES_MAX} bytes`);
}

/**
 * Tells when the terminal is gone: it fails, or ends and is no terminal any more (Ctrl-D ends a line of it, too). For good:
 * to give back a terminal that is gone fails as well, where nobody else would hear of it.
 */
function watchEnd(stdin: NodeJS.ReadStream, onGone: () => void): void {
  const onEnd = () => {
    if (!isatty(0)) onGone();
  };
  stdin.on("end", onEnd);
  stdin.on("close", onEnd);
  stdin.on("error", onGone);
}
