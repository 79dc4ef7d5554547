// Connects the real process to `main`: streams, signals, exit code.

import { HostError, toHostError } from "../protocol/errors.ts";
import { processIo } from "../terminal/io.ts";
import { main } from "./main.ts";

/** Runs the program in this process. The process ends by itself once nothing is left to do. */
export async function start(program: string, argv: readonly string[]): Promise<void> {
  const stop = new AbortController();
  const io = processIo(process, stop.signal);
  // The first signal lets the command end what it started; it decides how long that takes. The second is final.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(new HostError("interrupted", "").exitCode);
      stop.abort(new HostError("interrupted", "interrupted", { details: { signal } }));
    });
  }
  // A failure outside any awaited call is a bug; it still leaves as a coded error and not as a stack trace.
  process.on("uncaughtException", (thrown) => {
    const error = toHostError(thrown);
    void import("../terminal/print-error.ts")
      .then(({ printError }) => printError(io, error, { json: false }))
      .finally(() => process.exit(error.exitCode));
  });
  process.exitCode = await main(program, argv, io);
}
