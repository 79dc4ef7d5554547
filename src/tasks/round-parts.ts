// What a round of a task is given: everything around it, and how it comes about.

import type { AgentRunner } from "../agents/run-request.ts";
import type { Agent } from "../protocol/agent.ts";
import type { HostError } from "../protocol/errors.ts";
import type { Task, TaskEventKind } from "../protocol/task.ts";
import type { TaskStore } from "../store/tasks.ts";
import type { SessionTurn } from "./session-turn.ts";
import type { Slot, TaskSlots } from "./task-slots.ts";

/** What a round needs of everything around it. */
export interface RoundParts {
  readonly store: Pick<TaskStore, "change" | "openRound" | "turnsOfRound">;
  readonly owner: string;
  readonly slots: TaskSlots;
  runner(): Promise<AgentRunner>;
  /** Resolves when it is the task's turn in its session, or `signal` is aborted; see `SessionTurn`. */
  untilTurn(turn: Pick<SessionTurn, "taskId" | "waits" | "signal">): Promise<void>;
  /** Undefined: it was deleted. */
  agent(agentId: string): Promise<Agent | undefined>;
  /** What the plugin adds to the system prompt, where it can be loaded. */
  instructions(pluginId: string): Promise<string | undefined>;
  /** The host ends when this is aborted: the round stays as it is, for the next host. */
  readonly signal: AbortSignal;
  /** The row was changed, or events of the task were kept. */
  changed(task: Task): void;
  /** Something passing happened. */
  passing(task: Task, kind: TaskEventKind, payload: Readonly<Record<string, unknown>>): void;
  /** The store does not take how the round ended: it is known in memory only, and tried on until `trying` resolves. */
  unkept(task: Task, error: HostError, trying: Promise<void>): void;
  /** It does by now. */
  kept(task: Task): void;
  /** Between two tries to write how a round ended; for tests. */
  readonly endRetriesMs?: readonly number[] | undefined;
}

/** How the round comes about. Without `slot`, it waits for its place. */
export interface RoundStart {
  readonly task: Task;
  readonly slot?: Slot | undefined;
  /** Undefined: to be looked up, with its plugin's instructions. */
  readonly given?: { readonly agent: Agent; readonly instructions: string | undefined };
  /** Its host had ended in the middle of it. */
  readonly isResumed?: boolean;
}
