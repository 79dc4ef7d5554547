// An io for a command line that another command runs: what it prints is heard, and there is nobody to ask.

import type { CommandIo } from "../terminal/io.ts";

export interface HeardIo {
  readonly io: CommandIo;
  /** What was printed so far. */
  readonly text: { readonly stdout: string; readonly stderr: string };
}

/** In the same place, with the same environment, and interrupted together with the one that is given. */
export function heardIo({ env, cwd, signal }: CommandIo): HeardIo {
  const text = { stdout: "", stderr: "" };
  const heard = (name: "stdout" | "stderr") => ({
    isTerminal: false,
    columns: undefined,
    rows: undefined,
    write(piece: string): void {
      text[name] += piece;
    },
  });
  const readStdin = async () => "";
  const io = { env, cwd, signal, stdinIsTerminal: false, readStdin, stdout: heard("stdout"), stderr: heard("stderr") };
  return { io, text };
}
