// Starts the pager on the terminal of this process and waits until its user leaves it.

import { spawn, spawnSync } from "node:child_process";
import { PAGER_FAILED_MS_MAX } from "../protocol/limits.ts";
import { isDumb } from "./dumb-terminal.ts";
import type { CommandIo, Output } from "./io.ts";

/** What a shell exits with when the program is not there or cannot be run. */
const NOT_FOUND = [126, 127];

/** A pager whose program is ended would stay on the terminal. */
const ENDINGS = ["SIGTERM", "SIGHUP"] as const;

/** Less begins with these when the user chose none: colours as they are, no screen of its own, nothing to leave when all fits. */
const LESS_OPTIONS = "FRX";
/** Back from a screen of its own, which a pager that is ended may leave behind; the cursor is there again. */
const LEAVE_SCREEN = "\u001b[?1047l\u001b[?25h";

type SignalSource = Pick<NodeJS.Process, "listeners" | "on" | "off">;

interface PagerOptions {
  readonly command: string;
  readonly signal: AbortSignal;
  readonly env: CommandIo["env"];
  readonly screen: Output;
}

/**
 * Shows the text through `sh -c command`. While that runs, Ctrl-C is the pager's, as it is at a shell's prompt.
 *
 * @returns whether the text was shown; not when the pager could not start or failed at once.
 */
export async function runPager(
  host: SignalSource,
  text: string,
  { command, signal, env, screen }: PagerOptions,
): Promise<boolean> {
  if (screen.taken !== undefined) await screen.taken();
  if (signal.aborted) return false;
  const startedAt = performance.now();
  const giveBack = takeInterrupts(host);
  const child = spawn("sh", ["-c", isPlain(command) ? `exec ${command}` : command], {
    stdio: ["pipe", "inherit", "inherit"],
    env: { ...env, LESS: env["LESS"] ?? LESS_OPTIONS },
  });
  let isStopped = false;
  const stop = () => {
    isStopped = true;
    // The shell first: it would say of each of the others that it was ended.
    for (const pid of child.pid === undefined ? [] : [child.pid, ...startedBy(child.pid)]) end(pid);
  };
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
    if (isStopped && !isDumb(env)) screen.write(LEAVE_SCREEN);
    signal.removeEventListener("abort", stop);
    for (const name of ENDINGS) host.off(name, stop);
    // The Ctrl-C that ended the pager may still be on its way to us, behind the news that the pager is gone.
    await new Promise((resolve) => setImmediate(resolve));
    giveBack();
  }
}

/** Only words: the shell need not stay between us and the program, and does not keep signals from it. */
function isPlain(command: string): boolean {
  return /^ *[\w./-]+(?: +[\w./+:,@%=-]+)* *$/.test(command);
}

/**
 * The processes below this one. A pager shares the group of whoever reads it, so that the keyboard is its own: the group
 * cannot be ended.
 */
function startedBy(pid: number): number[] {
  const { stdout = "" } = spawnSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  const processes = (stdout ?? "").split("\n").map((line) => line.trim().split(/ +/).map(Number));
  const below = (parent: number): number[] =>
    processes.filter(([, ppid]) => ppid === parent).flatMap(([id]) => [id!, ...below(id!)]);
  return below(pid);
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
    process.kill(pid, "SIGCONT");
  } catch {
    // It is gone already.
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
