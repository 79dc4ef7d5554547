// Runs the real program as a user would: `osp` or `osaurus`, in a process of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { programFolder } from "./program.ts";

const BIN = programFolder();

export interface CliOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly program?: "osp" | "osaurus";
  readonly cwd?: string;
  /** Text for standard input; without it, standard input is empty. */
  readonly input?: string;
}

export interface CliResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartedCli {
  readonly child: ChildProcess;
  readonly result: Promise<CliResult>;
  /** Resolves once stderr contains the text; fails when the program ends without. */
  stderrContains(text: string): Promise<void>;
}

/** Runs the program to its end. */
export async function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return await startCli(args, options).result;
}

/** Starts the program and leaves it running; the caller awaits `result`. */
export function startCli(args: readonly string[], options: CliOptions): StartedCli {
  const { program = "osp", env, cwd, input } = options;
  const child = spawn(join(BIN, program), args, { env, cwd, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => {}); // It need not read what it is given.
  child.stdin.end(input ?? "");
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString("utf8");
  const closed = once(child, "close");
  const result = closed.then(([code]) => ({ code, stdout: text(stdout), stderr: text(stderr) }));
  return {
    child,
    result,
    async stderrContains(wanted) {
      while (!text(stderr).includes(wanted)) {
        const more = await Promise.race([once(child.stderr, "data").then(() => true), closed.then(() => false)]);
        if (!more) throw new Error(`the program ended without "${wanted}" on stderr:\n${text(stderr)}`);
      }
    },
  };
}
