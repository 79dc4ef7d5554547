// What every call of a tool from the terminal may be told.

import type { CommandOption } from "./command.ts";

export const CALL_OPTIONS = {
  agent: {
    type: "string",
    value: "AGENT",
    about: "the agent to work for, by id or name; without it the default agent",
  },
  timeout: { type: "string", value: "SECONDS", about: "bound the whole call, with loading and with waiting for tasks" },
  yes: { type: "boolean", about: "consent to what would be asked; what was denied stays denied" },
  "approval-timeout": { type: "string", value: "SECONDS", about: "how long to wait for consent; 0 does not ask" },
} as const satisfies Readonly<Record<string, CommandOption>>;
