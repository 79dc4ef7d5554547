// A program of its own that wants to call a tool: asks for consent as `osaurus tools call` does, prints the answer as JSON
// and ends. Takes how long it waits, and one question or several to ask at the same time, as JSON.

import { resolvePaths } from "../../src/base/paths.ts";
import { consentPrompt } from "../../src/commands/ask-tool-consent.ts";
import { createHost } from "../../src/host/create-host.ts";
import { processIo } from "../../src/terminal/io.ts";
import type { ConsentQuestion } from "../../src/tools/permissions.ts";

const [waitMs, questions] = process.argv.slice(2) as [string, string];
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
const io = processIo(process, stop.signal);
const askDirectly = consentPrompt(io);
const host = createHost({
  paths: resolvePaths({ env: process.env, platform: process.platform }),
  env: process.env,
  cwd: process.cwd(),
  signal: stop.signal,
  consent: {
    waitMs: Number(waitMs),
    ...(askDirectly === undefined ? {} : { askDirectly }),
    onWaiting: ({ id }) => io.stderr.write(`waiting ${id}\n`),
  },
});
try {
  const { ask } = await host.permissions();
  const answers = await Promise.all((JSON.parse(questions) as ConsentQuestion[]).map((question) => ask(question)));
  io.stdout.write(`${JSON.stringify(answers.map((one) => one ?? null))}\n`);
} catch (error) {
  io.stdout.write(`${(error as { code?: string }).code}\n`);
} finally {
  await host.stop();
}
