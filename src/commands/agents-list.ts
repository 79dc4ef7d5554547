// osaurus agents list, osaurus agents show: which agents there are, and how one is set up.

import { JsonNumber, parseOrderedJson } from "../base/ordered-json.ts";
import type { ListedAgent } from "../host/agents-host.ts";
import type { ToolSelection } from "../protocol/agent.ts";
import { agentDocument } from "../protocol/agent-document.ts";
import { EXIT } from "../protocol/errors.ts";
import type { Row } from "../terminal/rows.ts";
import type { Command } from "./command.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const agentsList: Command = {
  usage: "",
  about: "Lists agents. The default agent is always there; it works for whoever names none.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const settings = await input.settings();
    const agents = await withHost(input.io, input.flags, async (host) => (await host.agents()).list());
    const rows = agents.map(settings.json ? agentRow : shownAgent);
    await showRows(input, settings, rows, { columns: ["name", "id", "model", "tools", "address"] });
    return EXIT.done;
  },
};

export const agentsShow: Command = {
  usage: "AGENT",
  about: "Shows how an agent is set up. It is named by its name or its id.",
  positionals: { min: 1, max: 1 },
  async run(input) {
    const [named] = input.positionals as [string];
    const settings = await input.settings();
    const agent = await withHost(input.io, input.flags, async (host) => (await host.agents()).show(named));
    await showRows(input, settings, [settings.json ? agentRow(agent) : shownAgent(agent)], { single: true });
    return EXIT.done;
  },
};

/** The agent as programs get it. */
export function agentRow(agent: ListedAgent): Row {
  return parseOrderedJson(JSON.stringify(agentDocument(agent))) as Row;
}

function shownAgent(agent: ListedAgent): Row {
  const notSet = "(default)";
  return rowOf({
    name: agent.name,
    id: agent.id,
    model: agent.model ?? notSet,
    temperature: numberOf(agent.temperature) ?? notSet,
    max_tokens: numberOf(agent.maxTokens) ?? notSet,
    tools: toolsText(agent.tools),
    address: agent.address,
    prompt: agent.systemPrompt,
  });
}

function toolsText(tools: ToolSelection): string {
  if (tools.mode === "all") return "all";
  if (tools.names.length === 0) return tools.mode === "only" ? "none" : "all";
  return `${tools.mode === "only" ? "only" : "all but"} ${tools.names.join(", ")}`;
}

function numberOf(value: number | null): JsonNumber | null {
  return value === null ? null : new JsonNumber(String(value));
}
