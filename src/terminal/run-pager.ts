// Starts the pager on the terminal of this process and waits until its user leaves it.

import { spawn } from "node:child_process";
import { PAGER_FAILED_MS_MAX } from "../protocol/limits.ts";

/** What a shell exits with when the program is not there or cannot be run. */
const NOT_FOUND = [126, 127];

/** A pager whose program is ended would stay on the terminal. */
const ENDINGS = ["SIGTERM", "SIGHUP"] as const;

type SignalSource = Pick<NodeJS.Process, "listeners" | "on" | "off">;

/**
 * Shows the text through `sh -c command`. While that runs, Ctrl-C is the pager's, as it is at a shell's prompt.
 *
 * @returns whether the text was shown; not when the pager could not start or failed at once.
 */
export async function runPager(
  host: SignalSource,
  text: string,
  { command, signal }: { command: string; signal: AbortSignal },
): Promise<boolean> {
  if (signal.aborted) return false;
  const startedAt = performance.now();
  const giveBack = takeInterrupts(host);
  const child = spawn("sh", ["-c", command], { stdio: ["pipe", "inherit", "inherit"] });
  const stop = () => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  for (const name of ENDINGS) host.on(name, stop);
  // Whoever leaves the pager before the end does not want the rest.
  child.stdin.on("error", () => {});
  child.stdin.end(text);
  try {
    const status = await new Promise<number | null>((resolve) => {
      child.once("error", () => resolve(NOT_FOUND[1]!));
      child.once("exit", resolve);
    });
    if (status === null || status === 0) return true;
    return !NOT_FOUND.includes(status) && performance.now() - startedAt > PAGER_FAILED_MS_MAX;
  } finally {
    signal.removeEventListener("abort", stop);
    for (const name of ENDINGS) host.off(name, stop);
    // The Ctrl-C that ended the pager may still be on its way to us, behind the news that the pager is gone.
    await new Promise((resolve) => setImmediate(resolve));
    giveBack();
  }
}

/** Ends what Ctrl-C means to this process, until the returned function is called. At no time does it end the process. */
function takeInterrupts(host: SignalSource): () => void {
  const ours = () => {};
  const listeners = host.listeners("SIGINT") as NodeJS.SignalsListener[];
  host.on("SIGINT", ours);
  for (const listener of listeners) host.off("SIGINT", listener);
  return () => {
    for (const listener of listeners) host.on("SIGINT", listener);
    host.off("SIGINT", ours);
  };
}
