// What to say of a task that is not there, wherever somebody names one.

import { HostError } from "./errors.ts";

/** As many characters as an id has are repeated of what somebody named. */
const ID_CHARS = 36;

export function unknownTask(id: string): HostError {
  const shown = id.length > ID_CHARS ? `${id.slice(0, ID_CHARS)}…` : id;
  return new HostError("task_unknown", `there is no task "${shown.toWellFormed()}"`, {
    hint: '"osaurus tasks list" lists those that there are',
  });
}
