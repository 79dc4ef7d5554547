// The rows of agents in the control database, and what is made of them. The default agent needs no row: it gets one when
// somebody changes it.

import type { Agent, ToolSelection } from "../protocol/agent.ts";
import { DEFAULT_AGENT_ID, DEFAULT_AGENT_NAME } from "../protocol/agent-id.ts";
import type { Sqlite } from "./control-db.ts";
import { endAgentTasks } from "./end-agent-tasks.ts";

/** An agent as it is kept, with the address that was made for it, if any. */
export interface KeptAgent extends Agent {
  readonly address: string | null;
}

/** It was always there. */
const ALWAYS = new Date(0).toISOString();

/** The default agent as long as nobody changed it. */
export const DEFAULT_AGENT: KeptAgent = {
  id: DEFAULT_AGENT_ID,
  name: DEFAULT_AGENT_NAME,
  systemPrompt: "",
  model: null,
  temperature: null,
  maxTokens: null,
  tools: { mode: "all" },
  isDefault: true,
  createdAt: ALWAYS,
  updatedAt: ALWAYS,
  address: null,
};

interface AgentRow extends Omit<KeptAgent, "tools" | "isDefault"> {
  readonly tools: string;
}

const COLUMNS = `id, name, system_prompt AS systemPrompt, model, temperature, max_tokens AS maxTokens, tools, address,
  created_at AS createdAt, updated_at AS updatedAt`;

/** The default agent first, then by name. */
export function selectAgents(sqlite: Sqlite): KeptAgent[] {
  const rows = sqlite.prepare(`SELECT ${COLUMNS} FROM agents WHERE id <> ? ORDER BY name`).all(DEFAULT_AGENT_ID);
  return [agentById(sqlite, DEFAULT_AGENT_ID)!, ...(rows as AgentRow[]).map(agentOf)];
}

export function agentById(sqlite: Sqlite, id: string): KeptAgent | undefined {
  const row = sqlite.prepare(`SELECT ${COLUMNS} FROM agents WHERE id = ?`).get(id) as AgentRow | undefined;
  if (row !== undefined) return agentOf(row);
  return id === DEFAULT_AGENT_ID ? DEFAULT_AGENT : undefined;
}

/** Nothing is kept for an agent that was deleted while it was at work. The default agent needs no row. */
export function isAgent(sqlite: Sqlite, id: string): boolean {
  return id === DEFAULT_AGENT_ID || sqlite.prepare("SELECT 1 FROM agents WHERE id = ?").get(id) !== undefined;
}

export function agentByName(sqlite: Sqlite, name: string): KeptAgent | undefined {
  if (foldedName(name) === DEFAULT_AGENT_NAME) return agentById(sqlite, DEFAULT_AGENT_ID);
  const id = idOfName(sqlite, name);
  return id === undefined ? undefined : agentById(sqlite, id);
}

/** SQLite knows the case of ASCII letters only, so all names are looked at where its own index finds nothing. */
export function idOfName(sqlite: Sqlite, name: string): string | undefined {
  const quick = sqlite.prepare("SELECT id FROM agents WHERE name = ?").pluck().get(name) as string | undefined;
  if (quick !== undefined) return quick;
  const folded = foldedName(name);
  const names = sqlite.prepare("SELECT id, name FROM agents").all() as { id: string; name: string }[];
  return names.find((one) => foldedName(one.name) === folded)?.id;
}

export function selectAgentIds(sqlite: Sqlite): string[] {
  const ids = sqlite.prepare("SELECT id FROM agents WHERE id <> ? ORDER BY name").pluck().all(DEFAULT_AGENT_ID);
  return [DEFAULT_AGENT_ID, ...(ids as string[])];
}

/** Without the default agent. */
export function countAgents(sqlite: Sqlite): number {
  return sqlite.prepare("SELECT count(*) FROM agents WHERE id <> ?").pluck().get(DEFAULT_AGENT_ID) as number;
}

/** Writes the agent as it is given, in place of the one with its id. The address of one that has one stays. */
export function putAgent(sqlite: Sqlite, agent: KeptAgent): void {
  sqlite
    .prepare(
      `INSERT INTO agents
         (id, name, system_prompt, model, temperature, max_tokens, tools, address, created_at, updated_at)
       VALUES (@id, @name, @systemPrompt, @model, @temperature, @maxTokens, @tools, @address, @createdAt, @updatedAt)
       ON CONFLICT (id) DO UPDATE SET
         name = excluded.name, system_prompt = excluded.system_prompt, model = excluded.model,
         temperature = excluded.temperature, max_tokens = excluded.max_tokens, tools = excluded.tools,
         address = ifnull(address, excluded.address), updated_at = excluded.updated_at`,
    )
    .run({
      id: agent.id,
      name: agent.name,
      systemPrompt: agent.systemPrompt,
      model: agent.model,
      temperature: agent.temperature,
      maxTokens: agent.maxTokens,
      tools: JSON.stringify(agent.tools),
      address: agent.address,
      createdAt: agent.createdAt,
      updatedAt: agent.updatedAt,
    });
}

/** Removes an agent with its transcripts, ends its tasks, and makes the access keys worthless that were for it alone. */
export function removeAgent(sqlite: Sqlite, id: string): void {
  endAgentTasks(sqlite, id);
  sqlite.prepare("DELETE FROM sessions WHERE agent_id = ?").run(id);
  sqlite.prepare("DELETE FROM tool_outputs WHERE agent_id = ?").run(id);
  sqlite
    .prepare("UPDATE access_keys SET revoked_at = ? WHERE agent_id = ? AND revoked_at IS NULL")
    .run(new Date().toISOString(), id);
  sqlite.prepare("DELETE FROM agents WHERE id = ?").run(id);
}

/** The same text for names that count as the same. */
export function foldedName(name: string): string {
  // Upper case first: some letters have one capital and several small forms.
  return name.normalize("NFC").toUpperCase().toLowerCase();
}

function agentOf({ tools, ...row }: AgentRow): KeptAgent {
  return { ...row, tools: selectionOf(tools), isDefault: row.id === DEFAULT_AGENT_ID };
}

/** What cannot be read gives no tools: all of them might be more than anybody meant. */
function selectionOf(text: string): ToolSelection {
  try {
    const { mode, names } = JSON.parse(text) as { mode?: unknown; names?: unknown };
    if (mode === "all") return { mode };
    const areTexts = Array.isArray(names) && names.every((name) => typeof name === "string");
    if ((mode === "only" || mode === "except") && areTexts) return { mode, names };
  } catch {
    // As for any other text that is no selection.
  }
  return { mode: "only", names: [] };
}
