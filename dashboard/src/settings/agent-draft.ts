// An agent as its form has it: texts that may be empty, in place of values that may be missing. What is sent is what somebody
// changed, and nothing else: the rest may be another's work by now.

import type { Answer, Input } from "../api/ask.ts";

type Agent = Answer<"GET /agents/{agent}">;
export type NewAgent = Required<Input<"POST /agents">["body"]>;
export type AgentChange = Partial<NewAgent>;

export interface AgentDraft {
  readonly name: string;
  readonly model: string;
  readonly prompt: string;
  /** A number, or what is typed so far. */
  readonly temperature: string;
  readonly maxTokens: string;
  readonly mode: "all" | "only" | "except";
  readonly names: readonly string[];
}

/** The fields that somebody changed. */
export type Typed = Partial<AgentDraft>;

export function draftOf(agent: Agent | undefined): AgentDraft {
  const tools = agent?.tools ?? { mode: "all" };
  return {
    name: agent?.name ?? "",
    model: agent?.model ?? "",
    prompt: agent?.prompt ?? "",
    temperature: String(agent?.temperature ?? ""),
    maxTokens: String(agent?.max_tokens ?? ""),
    mode: tools.mode,
    names: tools.mode === "all" ? [] : [...tools.names],
  };
}

/** Notes a change; a field that is as it was before is none. */
export function withChange(typed: Typed, change: Typed, known: AgentDraft): Typed {
  return without({ ...typed, ...change }, known);
}

/** What is typed, but for those fields that have the very values given. */
export function without(typed: Typed, given: Typed): Typed {
  const fields = Object.entries(typed) as [keyof AgentDraft, unknown][];
  return Object.fromEntries(fields.filter(([field, value]) => !isSame(value, given[field])));
}

/** All that an agent is made of. */
export function newAgentOf({ name, model, prompt, temperature, maxTokens, mode, names }: AgentDraft): NewAgent {
  return {
    name,
    model: model.trim() === "" ? null : model,
    prompt,
    temperature: numberOf(temperature),
    max_tokens: numberOf(maxTokens),
    tools: mode === "all" ? { mode } : { mode, names: [...names] },
  };
}

/** Of a known agent, what is to be changed; null takes back what was set. */
export function changeOf(typed: Typed, known: AgentDraft): AgentChange {
  const { name, model, prompt, temperature, max_tokens, tools } = newAgentOf({ ...known, ...typed });
  return {
    ...(typed.name === undefined ? {} : { name }),
    ...(typed.model === undefined ? {} : { model }),
    ...(typed.prompt === undefined ? {} : { prompt }),
    ...(typed.temperature === undefined ? {} : { temperature }),
    ...(typed.maxTokens === undefined ? {} : { max_tokens }),
    ...(typed.mode === undefined && typed.names === undefined ? {} : { tools }),
  };
}

/** Whether the field has something that is not a number: a sign alone, say. It must not be taken for an empty one. */
export function isNoNumber(typed: string): boolean {
  return !Number.isFinite(Number(typed));
}

function numberOf(typed: string): number | null {
  return typed.trim() === "" ? null : Number(typed);
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
