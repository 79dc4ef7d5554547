// Terminals that show text and nothing else.

/** Whether the terminal says so of itself, or nothing at all where its name should stand. */
export function isDumb(env: Readonly<Record<string, string | undefined>>): boolean {
  return env["TERM"] === "dumb" || env["TERM"] === "";
}
