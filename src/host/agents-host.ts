// The door to agents and their sessions. Agents live in the control database; they are looked up for every request, so what
// was read is kept for as long as nobody changed the database.

import { randomUUID } from "node:crypto";
import type { Agent, Session, ToolSelection } from "../protocol/agent.ts";
import { DEFAULT_AGENT_ID, evidentAgentId, unknownAgent } from "../protocol/agent-id.ts";
import { HostError } from "../protocol/errors.ts";
import { AGENT_FRESH_MS, AGENTS_MAX, SESSIONS_LISTED_DEFAULT, SESSIONS_LISTED_MAX } from "../protocol/limits.ts";
import {
  agentById,
  agentByName,
  countAgents,
  DEFAULT_AGENT,
  foldedName,
  idOfName,
  type KeptAgent,
  putAgent,
  removeAgent,
  selectAgentIds,
  selectAgents,
} from "../store/agent-rows.ts";
import type { ControlDb, Sqlite } from "../store/control-db.ts";
import { Sessions } from "../store/sessions.ts";
import { openAgentSecrets } from "./agent-secrets.ts";
import { changedAgent } from "./check-agent.ts";
import type { Stores } from "./stores.ts";

/** An agent with the address that it is known by outside. */
export interface ListedAgent extends Agent {
  /** `0x` and 40 hex digits. */
  readonly address: string;
}

export interface AgentChange {
  readonly name?: string;
  readonly systemPrompt?: string;
  readonly model?: string | null;
  readonly temperature?: number | null;
  readonly maxTokens?: number | null;
  readonly tools?: ToolSelection;
}

export interface AgentsHost {
  readonly sessions: Sessions;
  /** The default agent first, then by name. */
  list(): Promise<readonly ListedAgent[]>;
  /** Fails with `agent_exists`, `agent_invalid`. */
  create(agent: AgentChange & { readonly name: string }): Promise<ListedAgent>;
  show(named: string): Promise<ListedAgent>;
  update(named: string, change: AgentChange): Promise<ListedAgent>;
  /** With its sessions, settings, secrets and grants; its tasks end, its access keys are revoked. The default agent stays. */
  delete(named: string): Promise<Agent>;
  /** The agent of that id or name; without one, the default agent. Fails with `agent_unknown`. */
  find(named: string | undefined): Promise<KeptAgent>;
  /** The agent's address, which is made where it has none; empty, until the host ends, when no key can be kept for it. */
  addressOf(agentId: string): Promise<string>;
  /** Signs a text as that agent. Fails with `agent_unknown`, `store_broken`. */
  signAs(agentId: string, text: string): Promise<{ readonly address: string; readonly signature: string }>;
  /** Ids of all agents; opens nothing when none was ever made. */
  ids(): Promise<readonly string[]>;
  /** Is told when agents were changed by this host; gives what ends that. */
  onChange(listener: () => void): () => void;
  /** Newest first, SESSIONS_LISTED_MAX at most. Fails with `agent_unknown` for a name that no agent has. */
  sessionsOf(filter: { readonly agent?: string | undefined; readonly limit?: number }): Promise<readonly Session[]>;
  /** Those of that agent, or of all, to which nothing was added since then. Gives how many there were. */
  deleteOlderSessions(before: Date, agent: string | undefined): Promise<number>;
}

export interface AgentsHostOptions {
  readonly db: ControlDb;
  readonly stores: () => Promise<Stores>;
  /** Forgets all that was decided for an agent. */
  readonly forgetGrants: (agentId: string) => Promise<void>;
}

/** Opens nothing yet. */
export function openAgents({ db, stores, forgetGrants }: AgentsHostOptions): AgentsHost {
  const sessions = new Sessions(db);
  const secrets = openAgentSecrets(stores);
  const listeners = new Set<() => void>();
  /** By id or folded name. */
  const known = new Map<string, KeptAgent>();
  let knownMark = -1;
  /** Of agents that had none when somebody asked. */
  const addresses = new Map<string, Promise<string>>();

  async function find(named: string | undefined): Promise<KeptAgent> {
    const id = evidentAgentId(named);
    const key = id ?? foldedName(named!);
    const mark = db.changeMark(AGENT_FRESH_MS);
    if (mark !== knownMark) known.clear();
    knownMark = mark;
    const kept = known.get(key);
    if (kept !== undefined) return kept;
    const opened = await db.openIfThere();
    const agent =
      opened?.read((sqlite) => agentIn(sqlite, named)) ?? (id === DEFAULT_AGENT_ID ? DEFAULT_AGENT : undefined);
    if (agent === undefined) throw unknownAgent(named!);
    // What was changed while the file was opened is read again.
    if (db.changeMark() === knownMark) known.set(key, agent);
    return agent;
  }

  /** An id also of an agent that is gone: its sessions may be left. */
  async function idOf(named: string | undefined): Promise<string | undefined> {
    return named === undefined ? undefined : (evidentAgentId(named) ?? (await find(named)).id);
  }

  /** Makes the identity of an agent that has none yet. */
  async function listed(agent: KeptAgent): Promise<ListedAgent> {
    if (agent.address !== null) return { ...agent, address: agent.address };
    const address = await secrets.newAddress(agent.id);
    const opened = await db.openForWrite();
    const now = opened.write((sqlite) => {
      const current = agentById(sqlite, agent.id);
      if (current !== undefined && current.address === null) putAgent(sqlite, { ...current, address });
      return agentById(sqlite, agent.id);
    });
    // Somebody else was first, or deleted the agent.
    if (now?.address !== address) await secrets.forgetAddress(agent.id, address);
    if (now === undefined) throw unknownAgent(agent.id);
    return { ...now, address: now.address! };
  }

  async function newAddressOf(agentId: string): Promise<string> {
    try {
      const { address } = await listed(await find(agentId));
      return address;
    } catch (error) {
      if (error instanceof HostError) return "";
      addresses.delete(agentId);
      throw error;
    }
  }

  function tell(): void {
    for (const listener of [...listeners]) listener();
  }

  return {
    sessions,
    find,
    async list() {
      const opened = await db.openIfThere();
      const agents = opened?.read(selectAgents) ?? [DEFAULT_AGENT];
      const result: ListedAgent[] = [];
      for (const agent of agents) result.push(await listed(agent));
      return result;
    },
    async create(wish) {
      const now = new Date().toISOString();
      const blank = { ...DEFAULT_AGENT, id: randomUUID().toUpperCase(), name: "", isDefault: false, createdAt: now };
      const agent = changedAgent({ ...blank, updatedAt: now }, wish);
      const opened = await db.openForWrite();
      opened.read((sqlite) => requireRoom(sqlite, agent)); // Before a key is made for nothing.
      const address = await secrets.newAddress(agent.id);
      try {
        opened.write((sqlite) => {
          requireRoom(sqlite, agent);
          putAgent(sqlite, { ...agent, address });
        });
      } catch (error) {
        await secrets.forgetAddress(agent.id, address);
        throw error;
      }
      tell();
      return { ...agent, address };
    },
    show: async (named) => await listed(await find(named)),
    async update(named, change) {
      const { id } = await find(named);
      const opened = await db.openForWrite();
      const agent = opened.write((sqlite) => {
        const before = agentById(sqlite, id);
        if (before === undefined) throw unknownAgent(named);
        const after = { ...changedAgent(before, change), updatedAt: new Date().toISOString() };
        requireFreeName(sqlite, after);
        putAgent(sqlite, after);
        return after;
      });
      tell();
      return await listed(agent);
    },
    async delete(named) {
      const { address, ...agent } = await find(named);
      if (agent.isDefault) {
        throw new HostError("agent_invalid", "the default agent cannot be deleted", {
          hint: '"osaurus agents update default" changes it',
        });
      }
      // All that can be done again comes first: until the agent itself is gone, its deletion can be repeated.
      await secrets.forgetSettings(agent.id);
      await forgetGrants(agent.id);
      addresses.delete(agent.id);
      const opened = await db.openForWrite();
      opened.write((sqlite) => removeAgent(sqlite, agent.id));
      tell();
      if (address !== null) await secrets.forgetIdentity(agent.id);
      return agent;
    },
    async addressOf(agentId) {
      const { address } = await find(agentId);
      if (address !== null) return address;
      const making = addresses.get(agentId) ?? newAddressOf(agentId);
      addresses.set(agentId, making);
      return await making;
    },
    async signAs(agentId, text) {
      const { id, address } = await listed(await find(agentId));
      return { address, signature: await secrets.sign(id, address, text) };
    },
    async ids() {
      const opened = await db.openIfThere();
      return opened?.read(selectAgentIds) ?? [DEFAULT_AGENT_ID];
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async sessionsOf({ agent, limit = SESSIONS_LISTED_DEFAULT }) {
      const agentId = await idOf(agent);
      return await sessions.list({ agentId, limit: Math.min(Math.max(limit, 0), SESSIONS_LISTED_MAX) });
    },
    deleteOlderSessions: async (before, agent) => await sessions.deleteOlder(before, await idOf(agent)),
  };
}

function agentIn(sqlite: Sqlite, named: string | undefined): KeptAgent | undefined {
  const id = evidentAgentId(named);
  return id === undefined ? agentByName(sqlite, named!) : agentById(sqlite, id);
}

function requireRoom(sqlite: Sqlite, agent: KeptAgent): void {
  requireFreeName(sqlite, agent);
  if (countAgents(sqlite) < AGENTS_MAX - 1) return; // The default agent is one of them.
  throw new HostError("agent_invalid", `there are ${AGENTS_MAX} agents, and there can be no more`, {
    hint: '"osaurus agents delete" makes room',
  });
}

function requireFreeName(sqlite: Sqlite, { id, name }: KeptAgent): void {
  const other = idOfName(sqlite, name);
  if (other === undefined || other === id) return;
  throw new HostError("agent_exists", `there is an agent "${name}" already`, { hint: "choose another name" });
}
