// Starts the real `osaurus serve` on a free port, for the length of a test.

import { type CliOptions, runCli, type StartedCli } from "./run-cli.ts";
import { startServer } from "./start-server.ts";

export interface Serving extends StartedCli {
  /** Without a slash at the end. */
  readonly url: string;
}

/** Resolves when it is ready; it is ended with the test, if not before. */
export async function startServe(env: CliOptions["env"], args: readonly string[] = []): Promise<Serving> {
  const { line: url, ...started } = await startServer(["serve", "--port", "0", ...args], env);
  return { ...started, url };
}

/** Makes an access key with the program, as a user does. */
export async function createKey(env: CliOptions["env"], ...args: readonly string[]): Promise<string> {
  const { stdout } = await runCli(["keys", "create", "--json", ...args], { program: "osaurus", env });
  return (JSON.parse(stdout) as { key: string }).key;
}
