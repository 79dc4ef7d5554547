// Agents and sessions, as everything else knows them.

/**
 * Which tools an agent has: names as `permissions set` takes them, `PLUGIN/TOOL`, or `PLUGIN/*` for all of a plugin. A
 * tool that nobody has named is there with `all` and `except` and is not with `only`.
 */
export type ToolSelection =
  | { readonly mode: "all" }
  | { readonly mode: "only" | "except"; readonly names: readonly string[] };

/** A named model set-up ("Osaurus: agents"). */
export interface Agent {
  /** A UUID in capital letters, as plugins see it. */
  readonly id: string;
  /** Told apart without regard to the case of letters. */
  readonly name: string;
  readonly systemPrompt: string;
  /** Null: the host's default model. */
  readonly model: string | null;
  readonly temperature: number | null;
  readonly maxTokens: number | null;
  readonly tools: ToolSelection;
  readonly isDefault: boolean;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** One transcript. */
export interface Session {
  /** A UUID in capital letters. */
  readonly id: string;
  readonly agentId: string;
  /** The plugin that began it, and the key by which that plugin finds it again for the same agent. */
  readonly pluginId: string | null;
  readonly externalKey: string | null;
  readonly title: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly turnCount: number;
}
