// Hands a link to the user's browser: to the program that each system has for this, without a shell.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { HostError } from "../protocol/errors.ts";
import { BROWSER_START_MS_MAX } from "../protocol/limits.ts";

/**
 * Resolves once that program has found a browser, or did not say in time that it found none; both live on by themselves.
 * Fails with `browser_missing`.
 */
export async function openBrowser(url: string, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const program = process.platform === "darwin" ? "open" : "xdg-open";
  const child = spawn(program, [url], { env, stdio: "ignore", detached: true });
  try {
    await once(child, "spawn");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is none" : (code ?? message);
    throw missing(`the program "${program}" cannot be started: ${reason}`, error);
  }
  child.on("error", () => {});
  const code = await exitCodeSoon(child);
  child.unref();
  if (code !== 0 && code !== undefined) throw missing(`"${program}" found no browser: it ended with ${code}`);
}

/** Undefined: it runs on, as a browser that it became does. */
async function exitCodeSoon(child: ChildProcess): Promise<number | undefined> {
  try {
    const [code] = await once(child, "exit", { signal: AbortSignal.timeout(BROWSER_START_MS_MAX) });
    return code ?? undefined;
  } catch {
    return undefined;
  }
}

function missing(message: string, cause?: unknown): HostError {
  return new HostError("browser_missing", message, {
    hint: "add --print, and open the link that is printed",
    cause,
  });
}
