// What a plugin dispatches: the members of its JSON, checked ("Osaurus: Host API", dispatch). What only says how a task is
// to be shown or found is made to fit; what it is asked to do is not.

import { isUuid } from "../protocol/agent-id.ts";
import {
  SESSION_KEY_CHARS_MAX,
  TASK_REQUEST_CHARS_MAX,
  TASK_TITLE_CHARS_MAX,
  TASK_TOOLS_MAX,
} from "../protocol/limits.ts";
import { agentMembersOf } from "./bound-agent.ts";
import { type Members, memberOf, RequestProblem, readMembers, textOf } from "./request-members.ts";

export interface DispatchRequest {
  readonly prompt: string;
  readonly title: string | undefined;
  /** A UUID. */
  readonly id: string | undefined;
  readonly sessionKey: string | undefined;
  /** Names of tools, each once, as they were given. */
  readonly tools: readonly string[];
  /** Names of an agent that the request has; they are ignored. */
  readonly agentMembers: readonly string[];
}

/** Reads the JSON. Throws `RequestProblem`. */
export function parseDispatch(json: string): DispatchRequest {
  if (json.length > TASK_REQUEST_CHARS_MAX) {
    throw new RequestProblem(`the request has more than ${TASK_REQUEST_CHARS_MAX} characters`, "request_too_large");
  }
  const members = readMembers(json);
  const id = memberOf(members, "id");
  return {
    prompt: promptOf(memberOf(members, "prompt")),
    title: titleOf(memberOf(members, "title")),
    id: typeof id === "string" && isUuid(id) ? id : undefined,
    sessionKey: sessionKeyOf(members),
    tools: toolsOf(memberOf(members, "tools")),
    agentMembers: agentMembersOf(members),
  };
}

function promptOf(value: unknown): string {
  if (typeof value !== "string") throw new RequestProblem("Missing required field: prompt");
  if (value.trim() === "") throw new RequestProblem("Prompt is empty");
  return value;
}

/** A long one is cut: people read its beginning. */
function titleOf(value: unknown): string | undefined {
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const title = value.trim();
  return title.length > TASK_TITLE_CHARS_MAX ? `${whole(title.slice(0, TASK_TITLE_CHARS_MAX - 1))}…` : title;
}

/** Without the half of a character beyond U+FFFF that a cut left at the end. */
function whole(text: string): string {
  return text.replace(/[\ud800-\udbff]$/, "");
}

/** Older plugins call it `external_session_key`. */
function sessionKeyOf(members: Members): string | undefined {
  for (const name of ["session_id", "external_session_key"]) {
    const key = textOf(memberOf(members, name), name, SESSION_KEY_CHARS_MAX);
    if (key !== undefined && key.trim() !== "") return key;
  }
  return undefined;
}

function toolsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  if (value.length > TASK_TOOLS_MAX) throw new RequestProblem(`tools has more than ${TASK_TOOLS_MAX} entries`);
  const names = value.filter((one) => typeof one === "string").map((one) => one.trim());
  return [...new Set(names)].filter((name) => name !== "");
}
