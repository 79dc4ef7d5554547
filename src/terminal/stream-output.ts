// Standard output and standard error as commands write them.
//
// Node's own writes to a terminal wait until the terminal takes them, and with them everything else: with one that nobody
// reads (Ctrl-S, a window that hangs) no signal would be heard. So terminals are written to without waiting.

import { HostError } from "../protocol/errors.ts";
import type { Output } from "./io.ts";

interface StreamOutput extends Output {
  /** The stream, as long as something that was written waits for the terminal. */
  waiting(): NodeJS.WriteStream | undefined;
}

interface StreamOptions {
  readonly isTerminal: boolean;
  readonly name: "output" | "error";
  /** The other output, where both are the same terminal: what is written stays in order. */
  readonly before?: Pick<StreamOutput, "waiting">;
}

/**
 * Node makes a stream when it is first asked for, which takes a millisecond each: so that is left until something is
 * written. A failure to write is thrown where nobody can catch it but the process' last door, which ends the program.
 */
export function streamOutput(open: () => NodeJS.WriteStream, options: StreamOptions): StreamOutput {
  const { isTerminal, name, before } = options;
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
    // Each time: a program that the terminal was lent to has changed that.
    if (isTerminal) neverWait(opened);
    return opened;
  };
  return {
    write: (text) => void (before?.waiting() ?? stream()).write(text),
    isTerminal,
    waiting: () => (opened !== undefined && opened.writableLength > 0 && !isClosed ? opened : undefined),
    ...(isTerminal
      ? {
          async taken() {
            const waiting = stream();
            if (waiting.writableLength > 0 && !isClosed) await new Promise((resolve) => waiting.write("", resolve));
          },
        }
      : {}),
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

function neverWait(stream: NodeJS.WriteStream): void {
  // Node has no other way to say so.
  const { _handle } = stream as { _handle?: { setBlocking?(isBlocking: boolean): unknown } | null };
  _handle?.setBlocking?.(false);
}
