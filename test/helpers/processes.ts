// Looking at processes from outside. `kill(pid, 0)` is no help: it succeeds on a process that is dead but not waited for.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { expect, vi } from "vitest";

const WAIT_MS_MAX = 5_000;

/** Whether a process is there and not a zombie. */
export function isRunning(pid: number): boolean {
  const state = processState(pid);
  return state !== undefined && state !== "Z" && state !== "X";
}

/** Whether a process is there that ended and was never waited for. */
export function isZombie(pid: number): boolean {
  return processState(pid) === "Z";
}

/** Waits until a process is gone; fails the test when it stays. */
export async function untilGone(pid: number): Promise<void> {
  await vi.waitFor(() => expect(isRunning(pid), `process ${pid} still runs`).toBe(false), { timeout: WAIT_MS_MAX });
}

/** Waits until a file holds a complete line, and gives it without the line break. */
export async function untilLine(file: string): Promise<string> {
  return await vi.waitFor(
    () => {
      const text = existsSync(file) ? readFileSync(file, "utf8") : "";
      expect(text, `no line in ${file}`).toMatch(/\n$/);
      return text.trimEnd();
    },
    { timeout: WAIT_MS_MAX },
  );
}

function processState(pid: number): string | undefined {
  try {
    if (process.platform !== "linux")
      return execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" })[0];
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2)[0];
  } catch {
    return undefined;
  }
}
