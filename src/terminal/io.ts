// What a command may touch of the outside world. Commands get it as an argument and hold no globals, so that a
// resident process can run many at once, and tests can run them without a process.

import { addAbortSignal } from "node:stream";
import { HostError } from "../protocol/errors.ts";
import { FRAME_BYTES_MAX } from "../protocol/limits.ts";

export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Width in columns; undefined when the output is not a terminal. */
  readonly columns: number | undefined;
}

export interface CommandIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Reads standard input to its end as UTF-8 text. Throws `input_too_large`, and when `signal` is aborted. */
  readStdin(): Promise<string>;
  readonly stdinIsTerminal: boolean;
  /** Aborted when the user presses Ctrl-C or the program is asked to end. */
  readonly signal: AbortSignal;
}

/** The io of a real process. The caller sets the process' exit code and lets the event loop run dry. */
export function processIo(process: NodeJS.Process, signal: AbortSignal): CommandIo {
  return {
    env: process.env,
    cwd: process.cwd(),
    stdout: streamOutput(process.stdout, "output"),
    stderr: streamOutput(process.stderr, "error"),
    stdinIsTerminal: process.stdin.isTTY === true,
    signal,
    async readStdin() {
      const chunks: Buffer[] = [];
      let count = 0;
      for await (const chunk of addAbortSignal(signal, process.stdin)) {
        count += (chunk as Buffer).length;
        if (count > FRAME_BYTES_MAX) throw inputTooLarge();
        chunks.push(chunk as Buffer);
      }
      return Buffer.concat(chunks).toString("utf8");
    },
  };
}

function inputTooLarge(): HostError {
  return new HostError("input_too_large", `standard input holds more than ${FRAME_BYTES_MAX} bytes`);
}

/** A failure to write is thrown where nobody can catch it but the process' last door, which ends the program. */
function streamOutput(stream: NodeJS.WriteStream, name: "output" | "error"): Output {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // A reader that went away (`osp x | head`, a closed terminal) is no error of ours: the rest is simply not wanted.
    if (error.code === "EPIPE" || (error.code === "EIO" && stream.isTTY)) return;
    throw new HostError("output_failed", `cannot write standard ${name}: ${error.message}`, {
      details: { stream: name, reason: error.code },
      cause: error,
    });
  });
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
  };
}
