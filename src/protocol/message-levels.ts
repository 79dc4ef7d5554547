// The levels of what plugins and the program itself tell people. A file of its own: who needs the names need not load the
// schemas of the protocol.

/** From the most to the least urgent. */
export const MESSAGE_LEVELS = ["error", "warning", "success", "info", "trace"] as const;
export type MessageLevel = (typeof MESSAGE_LEVELS)[number];
