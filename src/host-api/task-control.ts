// What a plugin does with the tasks that it started: dispatch_cancel, dispatch_interrupt, send_draft; and the two functions
// that are only there for their place in the table ("Osaurus: Host API", dispatch). Plugins get no answer to the first
// three: what comes to nothing leaves a warning, and its row in Insights says why.

import { isUuid } from "../protocol/agent-id.ts";
import type { HostCall } from "../protocol/host-slots.ts";
import { TASK_DRAFT_CHARS_MAX, TASK_MESSAGE_CHARS_MAX } from "../protocol/limits.ts";
import type { TasksServed } from "./create-host-api.ts";
import { type HostAnswer, refusal } from "./host-answer.ts";

const DONE: HostAnswer = { text: null };

export async function dispatchCancel(call: HostCall, deps: TasksServed): Promise<HostAnswer> {
  return await control(call, deps, (pluginId, id) => deps.tasks.cancel(pluginId, id));
}

export async function dispatchInterrupt(call: HostCall, deps: TasksServed): Promise<HostAnswer> {
  const message = call.args[1]?.trim() || null;
  if (message !== null && message.length > TASK_MESSAGE_CHARS_MAX) {
    return nothingDone(call, deps, "request_too_large", `a message of over ${TASK_MESSAGE_CHARS_MAX} characters`);
  }
  return await control(call, deps, (pluginId, id) => deps.tasks.interrupt(pluginId, id, message));
}

export async function sendDraft(call: HostCall, deps: TasksServed): Promise<HostAnswer> {
  const draft = call.args[1];
  if (typeof draft !== "string") return DONE;
  if (draft.length > TASK_DRAFT_CHARS_MAX) {
    return nothingDone(call, deps, "request_too_large", `a draft of over ${TASK_DRAFT_CHARS_MAX} characters`);
  }
  return await control(call, deps, (pluginId, id) => deps.tasks.draft(pluginId, id, draft));
}

/** Answers come by another dispatch into the session. */
export function dispatchClarify(): HostAnswer {
  const { text } = refusal("not_supported", "Dispatch into the session of the task instead.");
  return { text: null, errorCode: "not_supported", shown: text };
}

export function dispatchAddIssue(): HostAnswer {
  return refusal("not_supported", "No issues are kept for tasks.");
}

async function control(
  call: HostCall,
  deps: TasksServed,
  act: (pluginId: string, id: string) => Promise<boolean>,
): Promise<HostAnswer> {
  const [id] = call.args;
  if (typeof id !== "string") return DONE;
  if (!isUuid(id)) return nothingDone(call, deps, "invalid_task_id", "an id of a task that is no UUID");
  if (await act(deps.pluginId ?? deps.placeId, id)) return DONE;
  return nothingDone(call, deps, "not_found", "the id of no task of this plugin that it could be done to");
}

function nothingDone({ name }: HostCall, deps: TasksServed, code: string, given: string): HostAnswer {
  const text = `${name} was given ${given}; nothing was done`;
  deps.warnOnce(`${name} ${code}`, text);
  return { text: null, errorCode: code, shown: text };
}
