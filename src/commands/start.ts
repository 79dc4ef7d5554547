// Connects the real process to `main`: streams, signals, exit code.

import { EXIT, HostError, toHostError } from "../protocol/errors.ts";
import { processIo } from "../terminal/io.ts";
import { main } from "./main.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** For how long a terminal may take what was written last, when the program was ended. */
const LAST_OUTPUT_MS = 1_000;

/** Runs the program in this process. The process ends by itself once nothing is left to do. */
export async function start(program: string, argv: readonly string[]): Promise<void> {
  const stop = new AbortController();
  // The first signal lets the command end what it started; it decides how long that takes. The second is final.
  let interrupted: (() => void) | undefined;
  const end = (signal: NodeJS.Signals) =>
    stop.abort(new HostError("interrupted", "interrupted", { details: { signal } }));
  const onSignal = (signal: NodeJS.Signals) => {
    if (signal === "SIGINT" && interrupted !== undefined && !stop.signal.aborted) return interrupted();
    if (!stop.signal.aborted) return end(signal);
    // A terminal that is closed often says so twice.
    if (signal !== "SIGHUP" || reasonOf(stop.signal) !== "SIGHUP") process.exit(EXIT.interrupted);
  };
  const letGo = () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  const takeInterrupts = (onInterrupt: () => void) => {
    interrupted = onInterrupt;
    return () => {
      interrupted = undefined;
    };
  };
  const io = processIo(process, stop.signal, { letGo, takeInterrupts, hangUp: () => end("SIGHUP") });
  for (const signal of SIGNALS) process.on(signal, onSignal);
  // A failure outside any awaited call is a bug; it still leaves as a coded error and not as a stack trace.
  process.on("uncaughtException", (thrown) => {
    const error = toHostError(thrown);
    void import("../terminal/print-error.ts")
      .then(({ printError }) => printError(io, error, { json: false }))
      .finally(() => process.exit(error.exitCode));
  });
  // Should something be waited for that never comes, Node ends when nothing else is left to do. That is no success.
  process.exitCode = EXIT.internal;
  const onDry = () => {
    if (stop.signal.aborted) process.exitCode = EXIT.interrupted;
  };
  process.once("exit", onDry);
  process.exitCode = await main(program, argv, io);
  process.off("exit", onDry);
  if (stop.signal.aborted) endSoon();
  letGo(); // What is left is to be written; a reader that takes its time must not hold anybody up.
}

/** The signal that ends the program. */
function reasonOf({ reason }: AbortSignal): unknown {
  return reason instanceof HostError ? reason.details?.["signal"] : undefined;
}

/** Who ended the program does not wait for a terminal that takes nothing. */
function endSoon(): void {
  const isWaiting = () => process.stdout.writableLength + process.stderr.writableLength > 0;
  setTimeout(() => isWaiting() && process.exit(), LAST_OUTPUT_MS).unref();
}
