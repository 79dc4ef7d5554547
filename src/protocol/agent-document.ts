// An agent as programs get it: the same members from commands with `--json` and from the control API.

import type { Agent } from "./agent.ts";

export function agentDocument(agent: Agent & { readonly address: string }) {
  const { tools } = agent;
  return {
    id: agent.id,
    name: agent.name,
    model: agent.model,
    default: agent.isDefault,
    address: agent.address,
    prompt: agent.systemPrompt,
    temperature: agent.temperature,
    max_tokens: agent.maxTokens,
    tools: tools.mode === "all" ? { mode: tools.mode } : { mode: tools.mode, names: [...tools.names] },
    created_at: agent.isDefault ? null : agent.createdAt,
  };
}
