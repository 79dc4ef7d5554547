// Two things that take turns at one place while a test looks at it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Swaps them in a process of its own, until the test ends. */
export async function swapping(place: string, one: string, other: string): Promise<void> {
  const script = join(import.meta.dirname, "swaps-for-ever.ts");
  const child = spawn(process.execPath, [script, place, one, other], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(async () => {
    const gone = once(child, "exit");
    child.stdin.end();
    if (child.exitCode === null) await gone;
  });
  await once(child.stdout, "data");
}
