// Tasks and their events as programs get them: the same members from commands with `--json` and from the control API.

import { sortedMembers } from "./sorted-members.ts";
import { TASK_EVENT, type Task, type TaskEvent } from "./task.ts";

/** A task, and what is known of it at this moment. */
export interface TaskFacts extends Task {
  readonly currentStep: string | null;
  readonly isServed: boolean;
}

/** What a list has of each. */
export function taskRow(task: TaskFacts) {
  return {
    id: task.id,
    title: task.title,
    status: task.status,
    plugin_id: task.pluginId,
    agent_id: task.agentId,
    session_id: task.sessionId,
    session_key: task.sessionKey,
    round: task.round,
    resumes: task.resumes,
    is_served: task.isServed,
    current_step: task.currentStep,
    question: task.question,
    summary: task.summary,
    error_code: task.errorCode,
    created_at: task.createdAt,
    updated_at: task.updatedAt,
    ended_at: task.endedAt,
  };
}

/** All of it: what may be long too. */
export function taskDocument(task: TaskFacts) {
  const { tools, artifacts, output } = task;
  return { ...taskRow(task), tools, artifacts, draft: draftOf(task), output };
}

/** An event as it comes, with what its plugin gets word for word. */
export function taskEventDocument({ taskId, seq, kind, payload, at }: TaskEvent) {
  return { task_id: taskId, seq, kind, type: TASK_EVENT[kind], payload: sortedMembers(payload), at };
}

/** An event that is kept, and when its plugin was told. */
export function keptEventDocument(event: TaskEvent) {
  return { ...taskEventDocument(event), told_at: event.toldAt };
}

/** The draft was an object when it was kept; whoever changed the file since gets to see nothing. */
function draftOf({ draft }: TaskFacts): unknown {
  try {
    return draft === null ? null : JSON.parse(draft);
  } catch {
    return null;
  }
}
