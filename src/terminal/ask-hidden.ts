// Asks for one line that nobody may see. The terminal itself is told not to show what is typed, and is as it was before
// when this is over, however it ends.

import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { HostError } from "../protocol/errors.ts";
import { watchQuestionStops } from "./stopping.ts";

/** The line; nothing when the user ends the input (Ctrl-D). Throws when `signal` is aborted. */
export async function askHidden(
  process: NodeJS.Process,
  question: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  // With an output of its own that goes nowhere, the line reader edits the line and shows nothing of it.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  const askAgain = () => void process.stderr.write(`\r${question}`);
  const stopping = watchQuestionStops(process, lines, { askAgain });
  const stop = () => lines.close();
  lines.once("line", resolve);
  lines.once("close", () => resolve(undefined));
  // Of a terminal that is gone; what is more, to give it back fails as well.
  lines.on("error", () => resolve(undefined));
  // With a line reader on it, the terminal does not turn Ctrl-C into a signal any more.
  lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  signal.addEventListener("abort", stop, { once: true });
  try {
    // The question before let go of it, and nothing else may keep the program waiting.
    process.stdin.ref?.();
    // Only now: what is typed before the question is seen is hidden as well.
    process.stderr.write(question);
    const answer = signal.aborted ? undefined : await promise;
    process.stderr.write("\n");
    if (signal.aborted) throw new HostError("interrupted", "interrupted");
    return answer;
  } finally {
    stopping.end();
    signal.removeEventListener("abort", stop);
    lines.close();
    process.stdin.pause();
    process.stdin.unref?.();
  }
}
