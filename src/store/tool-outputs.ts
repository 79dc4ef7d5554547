// Results of tools that were too long for a model, kept whole in the control database for as long as somebody may ask for
// the rest. They are found by their id, and only by the agent and in the session that they were made in.

import { randomBytes } from "node:crypto";
import { TOOL_OUTPUT_KEPT_BYTES_MAX, TOOL_OUTPUT_KEPT_MS, TOOL_OUTPUTS_BYTES_MAX } from "../protocol/limits.ts";
import { isAgent } from "./agent-rows.ts";
import type { ControlDb, Sqlite } from "./control-db.ts";

/** Whose an output is. */
export interface OutputOwner {
  readonly agentId: string;
  /** Undefined: of a conversation that is not kept. */
  readonly sessionId: string | undefined;
}

export interface KeptOutput {
  readonly id: string;
  readonly tool: string;
  readonly content: string;
}

/** How much is kept; the limits, unless a test wants less. */
export interface OutputBounds {
  readonly oneBytesMax: number;
  readonly allBytesMax: number;
  readonly keptMs: number;
}

const BOUNDS: OutputBounds = {
  oneBytesMax: TOOL_OUTPUT_KEPT_BYTES_MAX,
  allBytesMax: TOOL_OUTPUTS_BYTES_MAX,
  keptMs: TOOL_OUTPUT_KEPT_MS,
};

const ID_BYTES = 16;

export class ToolOutputs {
  readonly #db: ControlDb;
  readonly #bounds: OutputBounds;

  constructor(db: ControlDb, bounds: OutputBounds = BOUNDS) {
    this.#db = db;
    this.#bounds = bounds;
  }

  /**
   * Keeps a result and gives the id that it is found by; undefined for one that is too large to be kept, or whose agent or
   * session was deleted meanwhile. Older ones make room.
   */
  async keep({ agentId, sessionId }: OutputOwner, tool: string, text: string): Promise<string | undefined> {
    const content = text.toWellFormed();
    const bytes = Buffer.byteLength(content);
    if (bytes > this.#bounds.oneBytesMax) return undefined;
    const id = randomBytes(ID_BYTES).toString("hex");
    const db = await this.#db.openForWrite();
    return db.write((sqlite) => {
      const isGone = !isAgent(sqlite, agentId) || (sessionId !== undefined && !isSession(sqlite, sessionId));
      if (isGone) return undefined;
      makeRoom(sqlite, agentId, bytes, this.#bounds);
      sqlite
        .prepare(
          `INSERT INTO tool_outputs (id, session_id, agent_id, tool, content, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
        )
        .run(id, sessionId ?? null, agentId, tool, content, new Date().toISOString());
      return id;
    });
  }

  /** The output of that id; nothing when it is another agent's or session's, or gone. */
  async find(id: string, { agentId, sessionId }: OutputOwner): Promise<KeptOutput | undefined> {
    const db = await this.#db.openIfThere();
    return db?.read((sqlite) =>
      sqlite
        .prepare(
          `SELECT id, tool, content FROM tool_outputs
           WHERE id = ? AND agent_id = ? AND session_id IS ? AND created_at >= ?`,
        )
        .get(id, agentId, sessionId ?? null, oldestOf(this.#bounds)),
    ) as KeptOutput | undefined;
  }

  /** Whether anything is kept for that agent and session. */
  async hasAny({ agentId, sessionId }: OutputOwner): Promise<boolean> {
    const db = await this.#db.openIfThere();
    const found = db?.read((sqlite) =>
      sqlite
        .prepare("SELECT 1 FROM tool_outputs WHERE agent_id = ? AND session_id IS ? AND created_at >= ? LIMIT 1")
        .get(agentId, sessionId ?? null, oldestOf(this.#bounds)),
    );
    return found !== undefined;
  }
}

function isSession(sqlite: Sqlite, id: string): boolean {
  return sqlite.prepare("SELECT 1 FROM sessions WHERE id = ?").get(id) !== undefined;
}

function oldestOf({ keptMs }: OutputBounds): string {
  return new Date(Date.now() - keptMs).toISOString();
}

/**
 * Removes what is too old, and then the oldest of whoever has the most, until so many bytes more of that agent's fit in: one
 * agent's flood costs another nothing that is within its share.
 */
function makeRoom(sqlite: Sqlite, agentId: string, bytes: number, bounds: OutputBounds): void {
  sqlite.prepare("DELETE FROM tool_outputs WHERE created_at < ?").run(oldestOf(bounds));
  const kept = sqlite
    .prepare(
      `SELECT id, agent_id AS agentId, octet_length(content) AS bytes FROM tool_outputs
       ORDER BY created_at, rowid`,
    )
    .all() as KeptRow[];
  const remove = sqlite.prepare("DELETE FROM tool_outputs WHERE id = ?");
  const agents = new Map([...Map.groupBy(kept, (one) => one.agentId)].map(([id, rows]) => [id, agentOf(rows)]));
  const mine = agents.get(agentId) ?? agentOf([]);
  mine.bytes += bytes;
  agents.set(agentId, mine);
  let total = sumOf([...agents.values()]);
  while (total > bounds.allBytesMax) {
    // Among equals, whoever wants more.
    const holding = [mine, ...agents.values()].filter(({ oldest }) => oldest.length > 0);
    if (holding.length === 0) return;
    const most = holding.reduce((a, b) => (b.bytes > a.bytes ? b : a));
    const { id, bytes: freed } = most.oldest.pop()!;
    remove.run(id);
    most.bytes -= freed;
    total -= freed;
  }
}

interface KeptRow {
  readonly id: string;
  readonly agentId: string;
  readonly bytes: number;
}

interface AgentOutputs {
  bytes: number;
  /** The oldest one last. */
  readonly oldest: KeptRow[];
}

function agentOf(rows: readonly KeptRow[]): AgentOutputs {
  return { bytes: sumOf(rows), oldest: rows.toReversed() };
}

function sumOf(all: readonly { readonly bytes: number }[]): number {
  return all.reduce((sum, one) => sum + one.bytes, 0);
}
