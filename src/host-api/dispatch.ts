// dispatch: a plugin starts a run of the agent that its call works for, which goes on by itself ("Osaurus: Host API",
// dispatch). Checked here: the request, the agent, the tools. How often and how many at once is for whoever runs tasks.

import type { Agent } from "../protocol/agent.ts";
import { HostError } from "../protocol/errors.ts";
import type { HostCall } from "../protocol/host-slots.ts";
import { TASK_DISPATCHES_MAX } from "../protocol/limits.ts";
import { OWN_TOOLS } from "../protocol/own-tools.ts";
import { warnOfAgentMembers } from "./bound-agent.ts";
import { sentence } from "./completion-answer.ts";
import type { TasksServed } from "./create-host-api.ts";
import { type HostAnswer, refusal } from "./host-answer.ts";
import { parseDispatch } from "./parse-dispatch.ts";
import { RequestProblem } from "./request-members.ts";

/** Of a name in the key of a warning. */
const KEY_CHARS_MAX = 100;

export async function dispatch(call: HostCall, deps: TasksServed): Promise<HostAnswer> {
  const [json] = call.args;
  if (typeof json !== "string") return { text: null };
  try {
    return await serve(json, call, deps);
  } catch (error) {
    return dispatchFailure(error);
  }
}

async function serve(json: string, call: HostCall, deps: TasksServed): Promise<HostAnswer> {
  const request = parseDispatch(json);
  warnOfAgentMembers(call, request.agentMembers, deps);
  const agent = await agentOf(call, deps);
  if (agent === undefined) return refusal("missing_agent_context", "There is no agent that a task could be for.");
  const { prompt, title, id, sessionKey } = request;
  const dispatched = await deps.tasks.dispatch({
    pluginId: deps.pluginId ?? deps.placeId,
    agent,
    prompt,
    title,
    id,
    sessionKey,
    tools: ownTools(request.tools, deps),
    instructions: deps.instructions?.(),
  });
  // The plugin must know the task before it is told of it; one that is gone never will, and is told all the same.
  void call.taken().then(() => dispatched.release());
  return { text: JSON.stringify({ id: dispatched.id, status: "running" }) };
}

/** Undefined, with a warning, where there is none: it is never guessed. */
async function agentOf({ agentId }: HostCall, { inference, warnOnce }: TasksServed): Promise<Agent | undefined> {
  if (agentId === undefined) {
    warnOnce("dispatch unbound", "dispatch was called where no agent is bound; no task was started");
    return undefined;
  }
  const agent = await inference.agent(agentId);
  if (agent === undefined) {
    warnOnce("dispatch no agent", "dispatch was called for an agent that is not there; no task was started");
  }
  return agent;
}

/** Those of the plugin's own. What else is asked for, but for tools of the host itself, leaves a warning. */
function ownTools(names: readonly string[], { toolIds, shownId, warnOnce }: TasksServed): readonly string[] {
  const own = new Set(toolIds?.());
  return names.filter((name) => {
    if (own.has(name)) return true;
    if (!OWN_TOOLS.has(name)) {
      const text = `Plugin '${shownId}' requested tool '${name}' on dispatch but it is not in the allowed set`;
      warnOnce(`dispatch tool ${name.slice(0, KEY_CHARS_MAX)}`, text);
    }
    return false;
  });
}

/** What nobody foresaw is thrown again. */
function dispatchFailure(thrown: unknown): HostAnswer {
  if (thrown instanceof RequestProblem) return refusal(thrown.code, thrown.message);
  if (!(thrown instanceof HostError)) throw thrown;
  const { code, message, details } = thrown;
  switch (code) {
    case "rate_limited": {
      const waitMs = details?.["retry_after_ms"];
      const more = typeof waitMs === "number" ? { retry_after_ms: waitMs } : {};
      return refusal("rate_limit_exceeded", `Dispatch rate limit (${TASK_DISPATCHES_MAX}/min) exceeded`, more);
    }
    case "task_limit_reached":
      return refusal(code, sentence(message));
    case "agent_unknown": // It was deleted at this moment.
      return refusal("missing_agent_context", sentence(message));
    case "request_invalid":
      return refusal("invalid_request", sentence(message));
    default:
      throw thrown;
  }
}
