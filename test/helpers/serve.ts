// Starts the real `osaurus serve` on a free port, for the length of a test.

import { once } from "node:events";
import { onTestFinished } from "vitest";
import { type CliOptions, runCli, type StartedCli, startCli } from "./run-cli.ts";

export interface Serving extends StartedCli {
  /** Without a slash at the end. */
  readonly url: string;
}

/** Resolves when it is ready; it is ended with the test, if not before. */
export async function startServe(env: CliOptions["env"], args: readonly string[] = []): Promise<Serving> {
  const started = startCli(["serve", "--port", "0", ...args], { program: "osaurus", env });
  onTestFinished(async () => {
    started.child.kill("SIGTERM");
    await started.result;
  });
  let line = "";
  started.child.stdout!.on("data", (chunk: Buffer) => {
    line += chunk.toString("utf8");
  });
  while (!line.includes("\n")) {
    const more = await Promise.race([once(started.child.stdout!, "data").then(() => undefined), started.result]);
    if (more !== undefined) throw new Error(`serve ended with ${more.code}:\n${more.stderr}`);
  }
  return { ...started, url: line.trim() };
}

/** Makes an access key with the program, as a user does. */
export async function createKey(env: CliOptions["env"], ...args: readonly string[]): Promise<string> {
  const { stdout } = await runCli(["keys", "create", "--json", ...args], { program: "osaurus", env });
  return (JSON.parse(stdout) as { key: string }).key;
}
