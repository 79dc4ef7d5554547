// What everybody but plugins does with tasks: commands, the API, the dashboard. `src/host/tasks-host.ts` opens it.

import type { Task, TaskEvent } from "../protocol/task.ts";
import type { TaskRowFilter } from "../store/tasks.ts";

/** A task, and what is known of it at this moment. */
export interface TaskView extends Task {
  readonly currentStep: string | null;
  /** It is not over, and some host runs it or waits with it. Otherwise one that is not over waits for the next `osaurus serve`. */
  readonly isServed: boolean;
}

export interface TaskService {
  /** Newest first. */
  list(filter: TaskRowFilter): Promise<readonly TaskView[]>;
  /** By its id in any case of letters. Fails with `task_unknown`. */
  show(taskId: string): Promise<TaskView>;
  /** Events that are kept, from behind that number on, in order: so many at most, and fewer where they are long. */
  events(taskId: string, afterSeq: number, limit: number): Promise<readonly TaskEvent[]>;
  /** Whether there are any behind that number. */
  hasEvents(taskId: string, afterSeq: number): Promise<boolean>;
  /**
   * All kept events from behind that number on, and those that come, passing ones too; ends behind the terminal event of
   * the round that is open, at once when none is. A task that no host runs is run by this one. Fails with `task_unknown`.
   */
  follow(taskId: string, afterSeq: number, signal: AbortSignal): AsyncIterable<TaskEvent>;
  /**
   * Ends it, whichever host runs it; resolves when that is so. Fails with `task_unknown`, `task_over`, and `host_busy` when
   * its host does not react.
   */
  cancel(taskId: string): Promise<TaskView>;
  /**
   * Ends it softly, with this as the user's last word in its transcript; it counts at once, and how long tools and models take
   * to end is not waited for. Fails with `task_unknown`, `task_over`, and `task_limit_reached` when too many words wait there.
   */
  interrupt(taskId: string, message: string | undefined): Promise<TaskView>;
  /** What its agent asked; it goes on with that. Fails with `task_unknown`, `task_not_waiting`, `task_over`. */
  answer(taskId: string, text: string): Promise<TaskView>;
  /** Tasks that this host runs now. */
  readonly running: number;
  /** Resolves when this host runs no task any more, and their plugins were told; those that wait for an answer do not count. */
  idle(): Promise<void>;
}
