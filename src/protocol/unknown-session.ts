// What to say of a session that is not there, wherever somebody names one.

import { HostError } from "./errors.ts";

/** As many characters as an id has are repeated of what somebody named. */
const ID_CHARS = 36;

export function unknownSession(id: string): HostError {
  const shown = id.length > ID_CHARS ? `${id.slice(0, ID_CHARS)}…` : id;
  return new HostError("session_unknown", `there is no session "${shown.toWellFormed()}"`, {
    hint: '"osaurus sessions list" lists those that there are',
  });
}
