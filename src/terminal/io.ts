// What a command may touch of the outside world. Commands get it as an argument and hold no globals, so that a
// resident process can run many at once, and tests can run them without a process.

import { isatty } from "node:tty";
import { HostError } from "../protocol/errors.ts";
import { FRAME_BYTES_MAX } from "../protocol/limits.ts";
import type { KeyInput } from "./editor/key-input.ts";
import type { RawStreams } from "./raw-streams.ts";
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
type ProcessOwn = Pick<CommandIo, "letGo" | "takeInterrupts">;

/**
 * The io of a real process. The caller sets the process' exit code and lets the event loop run dry. Node makes a stream
 * when it is first asked for, which takes a millisecond each: so that is left until something is written or read.
 */
export function processIo(process: NodeJS.Process, signal: AbortSignal, own: ProcessOwn = {}): CommandIo {
  const stdout = streamOutput(() => process.stdout, isatty(1), "output");
  const stderr = streamOutput(() => process.stderr, isatty(2), "error");
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
          prompt: (question: string, until?: AbortSignal) => ask(process, question, signal, until),
          async promptHidden(question: string) {
            const { askHidden } = await import("./ask-hidden.ts");
            return await askHidden(process, question, signal);
          },
          async talk() {
            const { talkInput } = await import("./talk-input.ts");
            return talkInput(process, signal);
          },
          async keyboard() {
            const { openKeyInput } = await import("./editor/key-input.ts");
            return { keys: openKeyInput(process, process.stdout), stream: process.stdin };
          },
        }
      : {}),
    async page(text, command) {
      const { runPager } = await import("./run-pager.ts");
      return await runPager(process, text, { command, signal });
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
  const { createInterface } = await import("node:readline");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const stop = () => lines.close();
  lines.once("line", resolve);
  lines.once("close", () => resolve(undefined));
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
    throw new HostError("folder_missing", "the folder that you are in does not exist any more", {
      hint: "change to one that does",
      cause: error,
    });
  }
}

function inputTooLarge(): HostError {
  return new HostError("input_too_large", `standard input holds more than ${FRAME_BYTES_MAX} bytes`);
}

/** A failure to write is thrown where nobody can catch it but the process' last door, which ends the program. */
function streamOutput(open: () => NodeJS.WriteStream, isTerminal: boolean, name: "output" | "error"): Output {
  let opened: NodeJS.WriteStream | undefined;
  let isClosed = false;
  const stream = () => {
    opened ??= open().on("error", (error: NodeJS.ErrnoException) => {
      // A reader that went away (`osp x | head`, a closed terminal) is no error of ours: the rest is simply not wanted.
      if (error.code === "EPIPE" || (error.code === "EIO" && isTerminal)) {
        isClosed = true;
        return;
      }
      throw new HostError("output_failed", `cannot write standard ${name}: ${error.message}`, {
        details: { stream: name, reason: error.code },
        cause: error,
      });
    });
    return opened;
  };
  return {
    write: (text) => void stream().write(text),
    isTerminal,
    get isClosed() {
      return isClosed;
    },
    get columns() {
      return isTerminal ? stream().columns : undefined;
    },
    get rows() {
      return isTerminal ? stream().rows : undefined;
    },
  };
}
