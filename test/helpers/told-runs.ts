// Runs of agents with a model and a shelf that are written down in the test. Sessions and kept results are the real ones.

import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { ModelRequest } from "../../src/agents/model-service.ts";
import { OpenRuns } from "../../src/agents/open-runs.ts";
import { type RunParts, runAgent } from "../../src/agents/run-agent.ts";
import type { RunRequest } from "../../src/agents/run-request.ts";
import type { Agent } from "../../src/protocol/agent.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { type ErrorCode, HostError } from "../../src/protocol/errors.ts";
import type { ModelEvent, RunEvent } from "../../src/protocol/inference.ts";
import { controlDb } from "../../src/store/control-db.ts";
import { Sessions } from "../../src/store/sessions.ts";
import { ToolOutputs } from "../../src/store/tool-outputs.ts";
import type { ToolOutcome } from "../../src/tools/call-tool.ts";
import type { Shelf, ShelfCall, ShelfTool } from "../../src/tools/shelf.ts";
import { tempDir } from "./temp-dir.ts";

export const AGENT: Agent = {
  id: DEFAULT_AGENT_ID,
  name: "default",
  systemPrompt: "Be brief.",
  model: null,
  temperature: 0.5,
  maxTokens: null,
  tools: { mode: "all" },
  isDefault: true,
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:00.000Z",
};

export type Turn = readonly ModelEvent[] | ((request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent>);
export type Tool = (input: string, call: ShelfCall) => unknown;

export const says = (text: string, reason: "stop" | "length" = "stop"): ModelEvent[] => [
  { type: "text", text },
  { type: "usage", usage: { promptTokens: 10, completionTokens: 5, totalTokens: 15 } },
  { type: "finish", reason },
];
let calls = 0;
export const wants = (...wanted: readonly (readonly [name: string, args?: string])[]): ModelEvent[] => [
  ...wanted.map(
    ([name, args = "{}"]): ModelEvent => ({
      type: "tool_call",
      call: { id: `c${++calls}`, name, arguments: args },
    }),
  ),
  { type: "usage", usage: { promptTokens: 10, completionTokens: 5, totalTokens: 15 } },
  { type: "finish", reason: "tool_calls" },
];
/** Says so much and never ends by itself. */
export async function* hangs(text: string, signal: AbortSignal): AsyncIterable<ModelEvent> {
  yield { type: "text", text };
  await new Promise((_resolve, reject) =>
    signal.addEventListener("abort", () => reject(new HostError("interrupted", "interrupted"))),
  );
}
export async function* breaks(code: ErrorCode, text = "", details = {}): AsyncIterable<ModelEvent> {
  if (text !== "") yield { type: "text", text };
  throw new HostError(code, "the model's server failed", { hint: "look at it", details });
}

export function setUpRun(
  turns: readonly Turn[],
  tools: Readonly<Record<string, Tool>> = {},
  parts: Partial<RunParts> = {},
) {
  const db = controlDb(join(tempDir(), "data"));
  onTestFinished(() => db.close());
  const asked: ModelRequest[] = [];
  const sessions = new Sessions(db);
  const outputs = new ToolOutputs(db);
  const whole: RunParts = {
    models: async () => ({
      choose: async () => ({ provider: "test", model: "test-model" }),
      async *stream(request, signal) {
        asked.push(request);
        const turn = turns[Math.min(asked.length, turns.length) - 1]!;
        yield* typeof turn === "function" ? turn(request, signal) : turn;
      },
    }),
    shelf: async () => shelfOf(tools),
    sessions: async () => sessions,
    outputs: async () => outputs,
    skills: async () => [],
    open: new OpenRuns(),
    signal: new AbortController().signal,
    ...parts,
  };
  const events: RunEvent[] = [];
  const run = (request: Partial<RunRequest> = {}) =>
    runAgent(whole, {
      agent: AGENT,
      messages: [{ role: "user", content: "Hello" }],
      tools: { kind: "agent" },
      sampling: {},
      traceId: "trace",
      signal: new AbortController().signal,
      onEvent: (event) => void events.push(event),
      ...request,
    });
  return { run, asked, events, sessions, outputs, parts: whole };
}

export function shelfOf(tools: Readonly<Record<string, Tool>>): Shelf {
  const listed = Object.keys(tools).map(
    (name): ShelfTool => ({
      name,
      kind: "native",
      pluginId: "test.plugin",
      toolId: name,
      description: "A tool.",
      inputSchema: { type: "object" },
      annotations: {},
      requirements: [],
      policy: "auto",
    }),
  );
  return {
    list: async () => listed,
    missing: async () => [],
    async call(call): Promise<ToolOutcome> {
      const tool = tools[call.tool.replace("test.plugin/", "")];
      if (tool === undefined) throw new HostError("tool_unknown", `no plugin has a tool "${call.tool}"`);
      const result = await tool(call.input, call);
      const isFailure = typeof result === "object" && result !== null && "ok" in result && result.ok === false;
      const envelope = isFailure ? (result as never) : ({ ok: true, tool: call.tool, result } as const);
      return { envelope, breakdown: undefined, exactResult: () => undefined };
    },
    onChange: () => () => {},
  };
}

/** The texts of the tool messages that a model was given. */
export const resultsIn = ({ messages }: ModelRequest) =>
  messages.filter(({ role }) => role === "tool").map(({ content }) => content as string);

export async function* stream(events: readonly ModelEvent[]): AsyncIterable<ModelEvent> {
  yield* events;
}
