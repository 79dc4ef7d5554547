// Writes what may be long: on a terminal in pieces, so that Ctrl-C ends the output and not only what comes behind it.

import { HostError } from "../protocol/errors.ts";
import type { CommandIo } from "./io.ts";

const PIECE_CHARS = 65_536;

/** Throws `interrupted` when the signal is aborted before the terminal has taken all of it; the rest is not written. */
export async function writeAll(
  { stdout, signal }: Pick<CommandIo, "stdout"> & Partial<Pick<CommandIo, "signal">>,
  text: string,
): Promise<void> {
  if (stdout.taken === undefined || text.length <= PIECE_CHARS) return stdout.write(text);
  for (let from = 0; from < text.length && stdout.isClosed !== true; ) {
    const to = pieceEnd(text, from);
    stdout.write(text.slice(from, to));
    from = to;
    await takenOrAborted(stdout.taken(), signal);
    // A signal is heard between the turns of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    if (signal?.aborted) throw new HostError("interrupted", "interrupted");
  }
}

/** Behind a line where there is one, and never within a character or a colour. */
function pieceEnd(text: string, from: number): number {
  const most = from + PIECE_CHARS;
  if (most >= text.length) return text.length;
  const line = text.lastIndexOf("\n", most - 1) + 1;
  if (line > from) return line;
  return /[\ud800-\udbff]/.test(text[most - 1]!) ? most - 1 : most;
}

async function takenOrAborted(taken: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = () => resolve();
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  await Promise.race([taken, promise]);
  signal?.removeEventListener("abort", stop);
}
