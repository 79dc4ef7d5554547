// Starts a program of ours that serves and says where, for the length of a test.

import { once } from "node:events";
import { onTestFinished } from "vitest";
import { type CliOptions, type StartedCli, startCli } from "./run-cli.ts";

/** Resolves with the first line that it prints; it is ended with the test, if not before. */
export async function startServer(
  args: readonly string[],
  env: CliOptions["env"],
): Promise<StartedCli & { readonly line: string }> {
  const started = startCli(args, { program: "osaurus", env });
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
    if (more !== undefined) throw new Error(`${args[0]} ended with ${more.code}:\n${more.stderr}`);
  }
  return { ...started, line: line.trim() };
}
