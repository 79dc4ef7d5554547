// Starts the real `osaurus relay`, for the length of a test.

import type { CliOptions, StartedCli } from "./run-cli.ts";
import { startServer } from "./start-server.ts";

export interface StartedRelay extends StartedCli {
  readonly url: string;
  readonly port: number;
  /** What hosts have in OSAURUS_RELAY_URL. */
  readonly connectUrl: string;
}

/** Resolves when it is ready; it is ended with the test, if not before. */
export async function startRelay(
  env: CliOptions["env"],
  args: readonly string[] = ["--port", "0"],
): Promise<StartedRelay> {
  const { line, ...started } = await startServer(["relay", "--json", ...args], env);
  const said = JSON.parse(line) as { url: string; connect_url: string };
  return { ...started, url: said.url, port: Number(new URL(said.url).port), connectUrl: said.connect_url };
}
