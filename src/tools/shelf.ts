// The shelf: all tools of all plugins, native and process, as one list; `src/host/shelf-host.ts` opens it. Every face (chat,
// OpenAI API, MCP, terminal) takes tools from here, so that the same checks, permissions and records hold everywhere.

import type { Agent } from "../protocol/agent.ts";
import type { PermissionPolicy } from "../protocol/manifest.ts";
import type { ToolCall, ToolOutcome } from "./call-tool.ts";

/** Hints about a tool's effect, as MCP words them; what is not known is left out. */
interface ToolAnnotations {
  readonly title?: string;
  readonly readOnlyHint?: boolean;
  readonly destructiveHint?: boolean;
  readonly idempotentHint?: boolean;
  readonly openWorldHint?: boolean;
}

export interface ShelfTool {
  /** What models and MCP clients call it; unique on the shelf. */
  readonly name: string;
  readonly kind: "native" | "process" | "built-in";
  readonly pluginId: string;
  /** Native: the id in the manifest. Process: the words of the command, with spaces between them. */
  readonly toolId: string;
  /** With hidden characters made visible. */
  readonly description: string;
  /** JSON Schema of an object, with hidden characters made visible. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly annotations: ToolAnnotations;
  readonly requirements: readonly string[];
  /** What holds while nobody decided otherwise. */
  readonly policy: PermissionPolicy;
}

/** A tool that is not on the list, and why: its plugin does not load, its definition changed. */
export interface MissingTools {
  readonly pluginId: string;
  readonly toolId: string | undefined;
  readonly reason: string;
}

export interface ShelfCall extends Omit<ToolCall, "tool"> {
  /** A name on the shelf, or any other spelling that `tools call` takes. */
  readonly tool: string;
  /** Whose tools count; a tool that the agent does not have is unknown. */
  readonly agent: Agent;
  /** Tools that count as well, whatever the agent has. */
  readonly also?: readonly ToolRef[] | undefined;
}

/** A tool of a native plugin, as its manifest calls it. */
export interface ToolRef {
  readonly pluginId: string;
  readonly toolId: string;
}

export interface Shelf {
  /**
   * The tools of an agent, in a fixed order, and with them those that are named, as far as they are there. Loads what is not
   * loaded yet.
   */
  list(agent: Agent, also?: readonly ToolRef[]): Promise<readonly ShelfTool[]>;
  /** What is not on the list, for whoever looks after the installation. */
  missing(): Promise<readonly MissingTools[]>;
  /** Calls a tool; like `callTool`, for both kinds. Throws `tool_unknown`, `tool_ambiguous`, `input_too_large`, `interrupted`. */
  call(call: ShelfCall): Promise<ToolOutcome>;
  /** Is told when the list may have changed; gives what ends that. */
  onChange(listener: () => void): () => void;
}
