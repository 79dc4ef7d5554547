// A task that goes through all that can happen to one: dispatched, three tools in one answer, of which two do something that
// stays, a question in one answer with another such tool, its answer, an interrupt while the model speaks, a second round with a tool, the end. Whoever drives it looks
// at what is there and does what comes next: so that one host can go on where another one was killed.

import { setTimeout as delay } from "node:timers/promises";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost, type Host } from "../../src/host/create-host.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import type { TaskView } from "../../src/tasks/task-service.ts";

export const JOURNEY_PLUGIN = "test.keeps-a-diary";
const JOURNEY_SESSION = "journey";

/** What the user says, in this order. The first with the name of the journey, by which the model knows it. */
export const SAID = {
  begin: (name: string) => `Begin journey ${name}.`,
  answer: "Blue.",
  interrupt: "Stop that.",
  again: "Once more.",
} as const;

const LOOK_MS = 3;

/** A host that runs on, and goes on with what it finds; its plugins run in the folder. */
export function journeyHost(home: string): Host {
  const env = { OSAURUS_HOME: home, HOME: home, OSAURUS_KEY_PROTECTION: "key-file" };
  const paths = resolvePaths({ env, platform: process.platform });
  return createHost({ paths, env, cwd: home, follow: true, recordsInsights: false });
}

/** Drives the task until its second round is over; gives what became of it. */
export async function driveJourney(host: Host, name: string, signal: AbortSignal): Promise<TaskView> {
  const tasks = await host.tasks();
  const dispatch = (prompt: string) =>
    callTool(host, "dispatch", { prompt, session_id: JOURNEY_SESSION, title: "Journey" });
  for (;;) {
    const found = await tasks.list({ pluginId: JOURNEY_PLUGIN, limit: 2 });
    if (signal.aborted) throw new Error(`the journey does not go on: ${JSON.stringify(found)}`);
    if (found.length > 1) throw new Error(`there is a second task: ${JSON.stringify(found)}`);
    const [task] = found;
    if (task === undefined) await dispatch(SAID.begin(name));
    else if (task.status === "awaitingClarification") await tasks.answer(task.id, SAID.answer);
    else if (task.status === "running" && (await speaksEndlessly(host, task))) {
      await callTool(host, "interrupt", { task: task.id, message: SAID.interrupt });
      await dispatch(SAID.again);
    } else if (task.status !== "running") {
      if (task.round === 2 || task.status !== "completed") return await tasks.show(task.id);
      await dispatch(SAID.again);
    }
    await delay(LOOK_MS);
  }
}

/** The model says what it is interrupted in. */
async function speaksEndlessly(host: Host, task: TaskView): Promise<boolean> {
  if (task.round !== 1 || task.currentStep !== "Writing") return false;
  const turns = await (await host.agents()).sessions.turns(task.sessionId);
  return turns.at(-1)?.content === SAID.answer;
}

async function callTool(host: Host, tool: string, input: object): Promise<void> {
  const native = await host.native();
  const plugin = await native.plugin(JOURNEY_PLUGIN);
  const { envelope } = await native.callTool(plugin, {
    tool,
    input: JSON.stringify(input),
    agentId: DEFAULT_AGENT_ID,
  });
  if (!envelope.ok) throw new Error(`${tool} failed: ${JSON.stringify(envelope)}`);
}
