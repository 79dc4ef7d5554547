// What tells decisions about process plugins from those about native ones.

/**
 * What was decided about a process plugin's commands is kept apart: its id is whatever it says, and nothing that was decided
 * about one kind of plugin may hold for the other.
 */
export const PROCESS_ID_PREFIX = "process:";
