// Programs that are made ready and then told to go at the same moment.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished } from "vitest";

interface ReadyProgram {
  /** It says that it is ready. */
  readonly isReady: Promise<unknown>;
  go(): void;
  /** The last line, once the program has ended well. */
  readonly lastLine: Promise<string>;
}

/** Starts a program of this folder's; it is gone when the test ends. */
export function startReady(program: string, words: readonly string[]): ReadyProgram {
  const child = spawn(process.execPath, [program, ...words], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return {
    isReady: once(child.stdout, "data"),
    go: () => child.stdin.end("go\n"),
    lastLine: once(child, "close").then(([code]) => {
      expect(code).toBe(0);
      return text.trim().split("\n").at(-1)!;
    }),
  };
}
