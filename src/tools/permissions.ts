// Who decides whether a tool runs: what a call of a tool needs to know of remembered grants, and of people.

import type { PermissionPolicy } from "../protocol/manifest.ts";

export interface ToolKey {
  readonly pluginId: string;
  /** The tool's own id in its manifest. */
  readonly toolId: string;
}

/** What was decided about tools and remembered. */
export interface GrantBook {
  /** What was decided for this agent, else for all; nothing when nothing was: then the manifest's policy counts. */
  policyOf(tool: ToolKey, agentId: string): PermissionPolicy | undefined | Promise<PermissionPolicy | undefined>;
}

/** One call that somebody is asked about. */
export interface ConsentQuestion extends ToolKey {
  readonly agentId: string;
  readonly description: string;
  readonly requirements: readonly string[];
  /** The arguments as the plugin will get them, JSON text; without anything that the host adds. */
  readonly input: string;
  /** The arguments' JSON Schema, for whoever changes them; without it, they may be anything. */
  readonly schema?: unknown;
}

export interface ConsentAnswer {
  readonly allow: boolean;
  /** How the question came to be answered, for messages: by whom it was refused. */
  readonly remembered: boolean;
  /** JSON text with which the call is to be made in place of the question's. Whoever asked checks it as it did that one. */
  readonly edited?: string | undefined;
  /** Nobody refused this call: while it waited, somebody denied the tool. */
  readonly decided?: true;
}

/** Asks somebody; nothing when nobody answered in time. Remembers what is to be remembered. */
export type AskConsent = (question: ConsentQuestion, signal?: AbortSignal) => Promise<ConsentAnswer | undefined>;
