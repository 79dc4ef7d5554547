// What a transport gives with each request: who asks, how to tell them something while it works, and when to give up.

import type { Agent } from "../../protocol/agent.ts";
import type { Era } from "./revisions.ts";

export interface Exchange {
  readonly era: Era;
  /** Whose tools count. */
  readonly agent: Agent;
  /** Aborted when the client cancels the request or goes away. */
  readonly signal: AbortSignal;
  /** Sends a notification that belongs to the request; lost where the transport has no way for it. */
  notify(text: string): void;
}
