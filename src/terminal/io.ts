// What a command may touch of the outside world. Commands get it as an argument and hold no globals, so that a
// resident process can run many at once, and tests can run them without a process.

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
  /** Reads standard input to its end as UTF-8 text. */
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
    stdout: streamOutput(process.stdout),
    stderr: streamOutput(process.stderr),
    stdinIsTerminal: process.stdin.isTTY === true,
    signal,
    async readStdin() {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString("utf8");
    },
  };
}

function streamOutput(stream: NodeJS.WriteStream): Output {
  // A reader that went away (`osp x | head`) is no error of ours: the rest of the output is simply not wanted.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
  };
}
