// Tasks: runs of an agent that go on by themselves, in the words that plugins, commands and the API share ("Osaurus: Host
// API", dispatch).

import type { ErrorCode } from "./errors.ts";
import type { SharedArtifact } from "./inference.ts";

/** As plugins read it. The first two are those of a task that is not over. */
export const TASK_STATUSES = ["running", "awaitingClarification", "completed", "failed", "cancelled"] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** `OSR_TASK_EVENT_*`. */
export const TASK_EVENT = {
  started: 0,
  activity: 1,
  progress: 2,
  clarification: 3,
  completed: 4,
  failed: 5,
  cancelled: 6,
  output: 7,
  draft: 8,
} as const;
export type TaskEventKind = keyof typeof TASK_EVENT;

/** Of these only the newest counts: they are not kept, and what a plugin was too slow for it is not told. */
export const PASSING_EVENTS: ReadonlySet<TaskEventKind> = new Set(["progress", "output"]);

/** One of these is the last of each round. */
export const TERMINAL_EVENTS: ReadonlySet<TaskEventKind> = new Set(["completed", "failed", "cancelled"]);

/** What an agent wants to know before it goes on. */
export interface Clarification {
  readonly question: string;
  readonly allow_multiple: boolean;
  /** Left out where any answer does; never empty. */
  readonly options?: readonly string[];
}

export interface Task {
  /** A UUID in capital letters. The same for each round in its session. */
  readonly id: string;
  readonly pluginId: string;
  readonly agentId: string;
  readonly sessionId: string;
  /** The key by which the plugin finds the session again; null for one of its own. */
  readonly sessionKey: string | null;
  readonly title: string;
  readonly status: TaskStatus;
  /** From 1; one more for each dispatch into the session of a task that was over. */
  readonly round: number;
  /** What was dispatched and does not stand in the transcript yet. */
  readonly prompt: string | null;
  /** Tool ids of the plugin that the round has whatever the agent has. */
  readonly tools: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly endedAt: string | null;
  /** The last text of the assistant in this round. */
  readonly output: string | null;
  /** JSON text of the last draft that was an object. */
  readonly draft: string | null;
  /** How it ended, in a sentence. */
  readonly summary: string | null;
  readonly errorCode: ErrorCode | null;
  readonly question: Clarification | null;
  readonly artifacts: readonly SharedArtifact[];
  /** How often the host of this round ended in the middle of it, otherwise than by being stopped. */
  readonly resumes: number;
  /** Names the host that runs it, or tells its plugin of it; null: nobody does. */
  readonly owner: string | null;
}

export function isOver({ status }: Pick<Task, "status">): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}

/** One entry of a task's feed. */
export interface TaskActivity {
  readonly kind:
    | "tool"
    | "tool_call"
    | "tool_result"
    | "thinking"
    | "writing"
    | "info"
    | "progress"
    | "warning"
    | "success"
    | "error";
  readonly title: string;
  readonly detail?: string;
  /** ISO 8601, UTC, whole seconds. */
  readonly timestamp: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** An event as it is kept, and told to whoever follows the task. */
export interface TaskEvent {
  readonly taskId: string;
  /** From 1, without gaps; a passing event has that of the one before it. */
  readonly seq: number;
  readonly kind: TaskEventKind;
  /** As the plugin gets it. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** ISO 8601. */
  readonly at: string;
  /** When the plugin was told; null: not yet. */
  readonly toldAt: string | null;
}

/** A task as its plugin reads it, but for what only the one that runs it knows. */
export interface LiveFacts {
  readonly currentStep: string | null;
  /** The text that the assistant is writing. */
  readonly output: string | null;
}
