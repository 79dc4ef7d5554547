// What the door says when a command was interrupted behind its own end.

import { HostError } from "../protocol/errors.ts";

/** The user interrupted the wait for tasks that a command began: what it had to say is said, with `--json` its document. */
export class TasksLeft extends HostError {
  constructor() {
    super("interrupted", "interrupted");
  }
}
