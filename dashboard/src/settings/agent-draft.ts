// An agent as its form has it: texts that may be empty, in place of values that may be missing.

import type { Answer, Input } from "../api/ask.ts";

type Agent = Answer<"GET /agents/{agent}">;
type Wish = Required<Input<"POST /agents">["body"]>;

export interface AgentDraft {
  readonly name: string;
  readonly model: string;
  readonly prompt: string;
  /** As the field has it: a number, or what is typed so far. */
  readonly temperature: number | string;
  readonly maxTokens: number | string;
  readonly mode: "all" | "only" | "except";
  readonly names: string[];
}

export function draftOf(agent: Agent | undefined): AgentDraft {
  const tools = agent?.tools ?? { mode: "all" };
  return {
    name: agent?.name ?? "",
    model: agent?.model ?? "",
    prompt: agent?.prompt ?? "",
    temperature: agent?.temperature ?? "",
    maxTokens: agent?.max_tokens ?? "",
    mode: tools.mode,
    names: tools.mode === "all" ? [] : [...tools.names],
  };
}

/** What the host is asked for; null takes back what was set. */
export function wishOf({ name, model, prompt, temperature, maxTokens, mode, names }: AgentDraft): Wish {
  return {
    name,
    model: model.trim() === "" ? null : model,
    prompt,
    temperature: numberOf(temperature),
    max_tokens: numberOf(maxTokens),
    tools: mode === "all" ? { mode } : { mode, names },
  };
}

function numberOf(typed: number | string): number | null {
  return typed === "" || Number.isNaN(Number(typed)) ? null : Number(typed);
}
