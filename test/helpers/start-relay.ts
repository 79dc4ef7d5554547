// Starts the real `osaurus relay`, for the length of a test.

import { once } from "node:events";
import { onTestFinished } from "vitest";
import { type CliOptions, type StartedCli, startCli } from "./run-cli.ts";

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
  const started = startCli(["relay", "--json", ...args], { program: "osaurus", env });
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
    if (more !== undefined) throw new Error(`relay ended with ${more.code}:\n${more.stderr}`);
  }
  const said = JSON.parse(line) as { url: string; connect_url: string };
  return { ...started, url: said.url, port: Number(new URL(said.url).port), connectUrl: said.connect_url };
}
