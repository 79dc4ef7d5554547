// A host of its own process: loads the library that it is given, leaves a call running in it, prints the runner's
// process id, and never ends by itself.

import { Runner } from "../../src/plugins/native/runner.ts";
import { RUNNER_PATH } from "./runner-path.ts";

const runner = new Runner({
  runnerPath: RUNNER_PATH,
  library: process.argv[2]!,
  label: "test",
  cwd: "/",
  env: {},
  onHostCall: () => null,
  onLog() {},
  onOutput() {},
});
await runner.ready;
void runner.call("invoke", ["tool", "misbehave", "{}"], { deadlineMs: 600_000, what: "it" });
// The call is under way once a later one has been answered.
await runner.call("invoke", ["tool", "echo", "x"], { deadlineMs: 600_000, what: "it" });
process.stdout.write(`${runner.pid}\n`);
