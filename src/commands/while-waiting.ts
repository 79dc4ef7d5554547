// Work that somebody before a screen waits for: when it takes long, a line says what for. On a pipe, nothing of that is
// loaded.

import type { CommandIo } from "../terminal/io.ts";
import { type LookWish, lookOf } from "../terminal/look.ts";
import type { Flags } from "./flags.ts";
import { wishOfFlags } from "./settings.ts";

interface Waiting {
  readonly io: CommandIo;
  readonly flags: Readonly<Flags>;
  /** In a few words, what is waited for. */
  readonly what: string;
  readonly wish?: LookWish | undefined;
}

/** Does the work, with an io that takes the line away before anything is written. Who asked to hear less sees no line. */
export async function whileWaiting<T>(
  { io, flags, what, wish = wishOfFlags(flags) }: Waiting,
  work: (io: CommandIo) => Promise<T>,
): Promise<T> {
  if (!io.stderr.isTerminal || flags.verbosity < 0) return await work(io);
  const { withProgress } = await import("../terminal/spinner.ts");
  return await withProgress(io, { what, look: lookOf(io.stderr, io.env, wish) }, work);
}
