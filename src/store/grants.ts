// Grants: what was decided about tools and is remembered, in the control database, and for as long as this host runs in
// memory. Asked before every call of a tool, so the answer comes from memory; whether that still holds is looked up when
// this process wrote, and every GRANTS_FRESH_MS.
//
// A grant for one agent counts more than one for all. What somebody allowed for a session counts in that session alone: a
// conversation, a program that this host works for, or this host's own process for all else. It ends with the session, when
// another answer about the same tool and agent is remembered, and whenever somebody sets or resets permissions, of whatever tool.

import { HostError } from "../protocol/errors.ts";
import { GRANTS_FRESH_MS } from "../protocol/limits.ts";
import type { PermissionPolicy } from "../protocol/manifest.ts";
import type { ControlDb, OpenDb, Sqlite } from "./control-db.ts";
import { keepDeniedCommands } from "./denied-commands.ts";

export interface ToolName {
  readonly pluginId: string;
  readonly toolId: string;
}

/** How a grant came to be: by `permissions set`, at a prompt, by `approvals allow` or `deny`. */
export type GrantSource = "settings" | "prompt" | "approval";

export interface Grant extends ToolName {
  /** Null: for all agents. */
  readonly agentId: string | null;
  readonly policy: PermissionPolicy;
  readonly source: GrantSource;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** What an answer "for this session" holds for. */
export interface GrantSession {
  readonly kind: "conversation" | "program";
  readonly id: string;
  /** Aborted when it is over; without it, somebody says so with `endSession`. */
  readonly over?: AbortSignal;
}

/** Was decided for a session: only this process knows of it. */
export interface SessionGrant extends ToolName {
  readonly agentId: string;
  readonly policy: PermissionPolicy;
  readonly source: "session";
  /** Of whom; undefined: of this host's own process. */
  readonly session: GrantSession | undefined;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** Which grants: absent members match everything. `agentId: null` is those for all agents. */
export interface GrantFilter {
  readonly pluginId?: string | undefined;
  readonly tool?: ToolName | undefined;
  readonly agentId?: string | null | undefined;
}

/** By plugin, tool and agent; the agent `""` is all of them. */
type Policies = Map<string, Map<string, Map<string, PermissionPolicy>>>;

interface GrantsState {
  readonly changes: number;
  readonly resets: number;
}

/** As a new file has it. */
const NO_DECISIONS: GrantsState = { changes: 0, resets: 0 };

interface KeptForSession {
  readonly grant: SessionGrant;
  /** What was remembered when it was given. */
  readonly instead: PermissionPolicy | undefined;
}

export class Grants {
  readonly #db: ControlDb;
  #policies: Policies = new Map();
  readonly #sessionNow: () => GrantSession | undefined;
  readonly #forSessions = new Map<string, KeptForSession>();
  #state: GrantsState = { changes: -1, resets: -1 };
  #mark = -1;
  #writes = -1;
  #freshUntil = 0;

  /** @param sessionNow of which session whoever asks is; without it, nobody is of any but the host's own. */
  constructor(db: ControlDb, sessionNow: () => GrantSession | undefined = () => undefined) {
    this.#db = db;
    this.#sessionNow = sessionNow;
  }

  /**
   * What was decided for this agent, else for all agents; nothing when nothing was. A promise only while the database has
   * to be opened. Fails with `store_broken`: a refusal may stand in a file that cannot be read.
   */
  policyOf(tool: ToolName, agentId: string): PermissionPolicy | undefined | Promise<PermissionPolicy | undefined> {
    if (this.#writes !== this.#db.ownWrites || performance.now() >= this.#freshUntil) {
      const opening = this.#refresh();
      if (opening !== undefined) return opening.then(() => this.#answer(tool, agentId));
    }
    return this.#answer(tool, agentId);
  }

  /** Remembers what somebody decided of their own accord, in place of the decision for the same tool and agent. */
  async set(grant: Omit<Grant, "createdAt" | "source">): Promise<void> {
    const db = await this.#db.openForWrite();
    db.write((sqlite) => {
      putGrant(sqlite, { ...grant, source: "settings" });
      endSessions(sqlite);
      keepDeniedCommands(sqlite, this.#db.path);
    });
    this.#forSessions.clear();
  }

  /** Counts in the session of whoever calls this, until it is over or something else is decided about this tool and agent. */
  async setForSession({ pluginId, toolId }: ToolName, agentId: string, policy: PermissionPolicy): Promise<void> {
    const session = this.#sessionNow();
    await this.#refresh();
    if (session?.over?.aborted) return;
    const tool = { pluginId, toolId };
    const createdAt = new Date().toISOString();
    const grant = { ...tool, agentId, policy, source: "session", session, createdAt } as const;
    this.#forSessions.set(keyOf(session, tool, agentId), { grant, instead: this.#remembered(tool, agentId) });
    session?.over?.addEventListener("abort", () => this.endSession(session.id), { once: true });
  }

  /** Forgets what was decided for a session that is over. */
  endSession(id: string): void {
    for (const [key, { grant }] of this.#forSessions) if (grant.session?.id === id) this.#forSessions.delete(key);
  }

  /** What was decided for sessions, the oldest first: as far as this process knows. */
  async listForSessions(): Promise<SessionGrant[]> {
    await this.#refresh();
    return [...this.#forSessions.values()].map(({ grant }) => grant);
  }

  /** What is remembered, by plugin, tool and agent. */
  async list(filter: GrantFilter = {}): Promise<Grant[]> {
    const db = await this.#db.openIfThere();
    return db?.read((sqlite) => selectGrants(sqlite, filter)) ?? [];
  }

  /** Forgets decisions, and all that was decided for sessions, of whatever tool; gives those that there were. */
  async reset(filter: GrantFilter = {}): Promise<(Grant | SessionGrant)[]> {
    const ofSessions = await this.listForSessions();
    const db = await this.#db.openIfThereForWrite();
    const gone = db?.write((sqlite) => {
      const found = selectGrants(sqlite, filter);
      const remove = sqlite.prepare("DELETE FROM grants WHERE plugin_id = ? AND tool_id = ? AND agent_id IS ?");
      for (const { pluginId, toolId, agentId } of found) remove.run(pluginId, toolId, agentId);
      endSessions(sqlite);
      keepDeniedCommands(sqlite, this.#db.path);
      return found;
    });
    this.#forSessions.clear();
    return [...(gone ?? []), ...ofSessions];
  }

  #answer(tool: ToolName, agentId: string): PermissionPolicy | undefined {
    if (this.#forSessions.size > 0) {
      const kept = this.#forSessions.get(keyOf(this.#sessionNow(), tool, agentId));
      if (kept !== undefined) return kept.grant.policy;
    }
    return this.#remembered(tool, agentId);
  }

  #remembered({ pluginId, toolId }: ToolName, agentId: string): PermissionPolicy | undefined {
    const byAgent = this.#policies.get(pluginId)?.get(toolId);
    return byAgent?.get(agentId) ?? byAgent?.get("");
  }

  /** Reads what changed. Gives a promise only while the file has to be opened for that. */
  #refresh(): Promise<void> | undefined {
    const mark = this.#db.changeMark();
    const { opened, ownWrites } = this.#db;
    if (mark !== this.#mark) {
      if (opened === undefined) return this.#openAndLoad();
      this.#load(opened);
    }
    this.#mark = mark;
    this.#writes = ownWrites;
    this.#freshUntil = performance.now() + GRANTS_FRESH_MS;
    return undefined;
  }

  async #openAndLoad(): Promise<void> {
    const opened = await this.#db.openIfThere();
    this.#mark = this.#db.changeMark();
    this.#writes = this.#db.ownWrites;
    if (opened !== undefined) this.#load(opened);
    else this.#state = NO_DECISIONS; // The file that somebody makes later begins with it: what it says then is news.
    this.#freshUntil = performance.now() + GRANTS_FRESH_MS;
  }

  #load(db: OpenDb): void {
    db.read((sqlite) => {
      const stateNow = sqlite.prepare("SELECT changes, resets FROM grants_state").get() as GrantsState;
      const { changes, resets } = this.#state;
      if (changes === stateNow.changes && resets === stateNow.resets) return;
      this.#policies = policiesOf(selectGrants(sqlite, {}));
      // The first look is no change.
      if (resets !== -1 && resets !== stateNow.resets) this.#forSessions.clear();
      this.#endOverruledSessions();
      this.#state = stateNow;
    });
  }

  #endOverruledSessions(): void {
    for (const [key, { grant, instead }] of this.#forSessions) {
      if (this.#remembered(grant, grant.agentId) !== instead) this.#forSessions.delete(key);
    }
  }
}

/**
 * Writes a grant, in place of the one for the same tool and agent. Throws `agent_unknown` for the agent `""`, which would
 * be taken for all of them.
 */
export function putGrant(sqlite: Sqlite, grant: Omit<Grant, "createdAt">): void {
  const { pluginId, toolId, agentId, policy, source } = grant;
  if (agentId === "") {
    throw new HostError("agent_unknown", "a decision is for an agent with an id, or for all agents", {
      hint: "name the agent by its UUID",
    });
  }
  sqlite
    .prepare(
      `INSERT INTO grants (plugin_id, tool_id, agent_id, policy, source, created_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (plugin_id, tool_id, ifnull(agent_id, ''))
       DO UPDATE SET policy = excluded.policy, source = excluded.source, created_at = excluded.created_at`,
    )
    .run(pluginId, toolId, agentId, policy, source, new Date().toISOString());
}

/** What is remembered for this agent, else for all agents: as it stands in the database now. */
export function policyIn(
  sqlite: Sqlite,
  { pluginId, toolId }: ToolName,
  agentId: string,
): PermissionPolicy | undefined {
  return sqlite
    .prepare(
      `SELECT policy FROM grants WHERE plugin_id = ? AND tool_id = ? AND (agent_id = ? OR agent_id IS NULL)
       ORDER BY agent_id IS NULL LIMIT 1`,
    )
    .pluck()
    .get(pluginId, toolId, agentId) as PermissionPolicy | undefined;
}

/** Lets every host forget what was allowed for a session. */
function endSessions(sqlite: Sqlite): void {
  sqlite.prepare("UPDATE grants_state SET resets = resets + 1").run();
}

function selectGrants(sqlite: Sqlite, { pluginId, tool, agentId }: GrantFilter): Grant[] {
  const rows = sqlite
    .prepare(
      `SELECT plugin_id AS pluginId, tool_id AS toolId, agent_id AS agentId, policy, source, created_at AS createdAt
       FROM grants ORDER BY plugin_id, tool_id, agent_id`,
    )
    .all() as Grant[];
  return rows.filter(
    (row) =>
      (pluginId === undefined || row.pluginId === pluginId) &&
      (tool === undefined || (row.pluginId === tool.pluginId && row.toolId === tool.toolId)) &&
      (agentId === undefined || row.agentId === agentId),
  );
}

function policiesOf(grants: readonly Grant[]): Policies {
  const policies: Policies = new Map();
  for (const { pluginId, toolId, agentId, policy } of grants) {
    const tools = policies.get(pluginId) ?? new Map<string, Map<string, PermissionPolicy>>();
    const agents = tools.get(toolId) ?? new Map<string, PermissionPolicy>();
    policies.set(pluginId, tools.set(toolId, agents.set(agentId ?? "", policy)));
  }
  return policies;
}

function keyOf(session: GrantSession | undefined, { pluginId, toolId }: ToolName, agentId: string): string {
  return JSON.stringify([session?.id ?? "", pluginId, toolId, agentId]);
}
