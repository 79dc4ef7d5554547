// A shelf for tests of what lies in front of it: its tools are functions of the test.

import type { JsonObject } from "../../src/base/ordered-json.ts";
import { parseOrderedJson } from "../../src/base/ordered-json.ts";
import type { Agent } from "../../src/protocol/agent.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { HostError } from "../../src/protocol/errors.ts";
import type { ToolOutcome } from "../../src/tools/call-tool.ts";
import { readAnswer } from "../../src/tools/envelope.ts";
import type { Shelf, ShelfCall, ShelfTool } from "../../src/tools/shelf.ts";

export const AGENT: Agent = {
  id: DEFAULT_AGENT_ID,
  name: "default",
  systemPrompt: "",
  model: null,
  temperature: null,
  maxTokens: null,
  tools: { mode: "all" },
  isDefault: true,
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:00.000Z",
};

/** Gives what a plugin would return: an envelope or a text. */
export type Run = (call: ShelfCall) => string | null | ToolOutcome | Promise<string | null | ToolOutcome>;

export interface TestShelf extends Shelf {
  readonly tools: ShelfTool[];
  readonly calls: ShelfCall[];
  /** Puts a tool on it, or another in its place, and tells. */
  put(name: string, run: Run, facts?: Partial<ShelfTool>): void;
  changed(): void;
}

export function makeShelf(runs: Readonly<Record<string, Run>> = {}): TestShelf {
  const listeners = new Set<() => void>();
  const known = new Map<string, Run>();
  const shelf: TestShelf = {
    tools: [],
    calls: [],
    list: async () => shelf.tools,
    missing: async () => [],
    async call(call) {
      shelf.calls.push(call);
      const run = known.get(call.tool);
      if (run === undefined) throw new HostError("tool_unknown", `there is no tool "${call.tool}"`);
      return outcomeOf(call.tool, await run(call));
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    put(name, run, facts = {}) {
      known.set(name, run);
      const at = shelf.tools.findIndex((tool) => tool.name === name);
      shelf.tools.splice(at === -1 ? shelf.tools.length : at, at === -1 ? 0 : 1, toolNamed(name, facts));
      shelf.changed();
    },
    changed() {
      for (const listener of [...listeners]) listener();
    },
  };
  for (const [name, run] of Object.entries(runs)) shelf.put(name, run);
  return shelf;
}

/** As `callTool` makes it of what a plugin returned. */
export function outcomeOf(tool: string, answer: string | null | ToolOutcome): ToolOutcome {
  if (typeof answer === "object" && answer !== null) return answer;
  const { envelope } = readAnswer(tool, answer);
  const exactResult = () => {
    if (!envelope.ok || answer === null) return undefined;
    if (typeof envelope.result === "string") return envelope.result;
    const given = parseOrderedJson(answer) as JsonObject;
    return given.get("result") ?? given.get("data") ?? null;
  };
  return { envelope, breakdown: undefined, answer, exactResult };
}

function toolNamed(name: string, facts: Partial<ShelfTool>): ShelfTool {
  return {
    name,
    kind: "native",
    pluginId: "test.tools",
    toolId: name,
    description: `does ${name}`,
    inputSchema: { type: "object" },
    annotations: {},
    requirements: [],
    policy: "auto",
    ...facts,
  };
}

/** Waits until the call is given up, as a tool does that a plugin works on. */
export async function untilGivenUp({ signal }: ShelfCall): Promise<never> {
  await new Promise<void>((resolve) => {
    if (signal!.aborted) resolve();
    signal!.addEventListener("abort", () => resolve(), { once: true });
  });
  throw new HostError("interrupted", "interrupted");
}
