// Osprey itself: a plugin in its runner, driven through the class that the host uses.

import { Runner } from "../../src/plugins/native/runner.ts";
import type { HostCallHandler } from "../../src/protocol/host-slots.ts";
import { BUILT } from "../built.ts";
import type { Echoer } from "../measure.ts";

const OPTIONS = { deadlineMs: 60_000, what: "a benchmark's call" };

/** Starts a runner with the benchmarks' plugin; it need not be ready yet. */
export function startRunner(onHostCall: HostCallHandler = () => "value"): Runner {
  return new Runner({
    runnerPath: BUILT.runner,
    library: BUILT.plugin,
    label: "bench",
    cwd: "/",
    env: {},
    onHostCall,
    onLog() {},
    onOutput() {},
  });
}

/** Calls a tool of the benchmarks' plugin. */
export function callTool(runner: Runner, tool: string, payload: string): Promise<string | null> {
  return runner.call("invoke", ["tool", tool, payload], OPTIONS);
}

export async function startOsprey(): Promise<Echoer> {
  const runner = startRunner();
  await runner.ready;
  return {
    name: "Osprey",
    pid: runner.pid,
    echo: (text) => callTool(runner, "echo", text) as Promise<string>,
    close: async () => void (await runner.stop()),
  };
}
