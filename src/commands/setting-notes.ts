// What the commands about settings say beside their answer.

import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { showHidden } from "../terminal/show-hidden.ts";
import type { CommandInput } from "./command.ts";
import { notify } from "./notify.ts";
import type { Settings } from "./settings.ts";

/** Says that only what is stored is known. */
export function noteUnknown({ io }: Pick<CommandInput, "io">, settings: Settings, reason: string): void {
  const text = `what the plugin declares is not known, because it does not load: ${reason}`;
  notify(io, settings, "warning", oneLine(text));
}

/** The change itself is made: only those that run already do not know of it. */
export function noteUntold({ io }: Pick<CommandInput, "io">, settings: Settings): void {
  notify(io, settings, "warning", "hosts that run were not told; their plugins learn of it when they are loaded next");
}

export function agentText(agentId: string): string {
  return agentId === DEFAULT_AGENT_ID ? "the default agent" : `agent ${agentId}`;
}

/** Text of a plugin's or a user's as part of a message. */
export function oneLine(text: string): string {
  return showHidden(text).replaceAll(/\s+/g, " ");
}
