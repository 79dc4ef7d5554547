// Tools whose definition changed and waits for somebody to approve it: rows in the table of approvals, so that they are
// seen and answered where calls are that wait. Nobody waits for them, and they do not expire. What follows from an answer is
// others' business.

import { HostError } from "../protocol/errors.ts";
import { newId, plainId } from "./approval-rows.ts";
import type { ControlDb, Sqlite } from "./control-db.ts";
import type { ToolName } from "./grants.ts";
import type { KeptDefinition } from "./tool-definitions.ts";

/** A tool with the definition that was approved, and the one that it has now. */
interface DefinitionChange extends ToolName {
  readonly old: KeptDefinition;
  readonly now: KeptDefinition;
}

export interface DefinitionApproval extends DefinitionChange {
  readonly id: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

interface Row {
  readonly id: string;
  readonly plugin_id: string;
  readonly tool_id: string;
  readonly created_at: string;
  readonly status: "pending" | "allowed" | "denied" | "expired";
  /** JSON of a `KeptDefinition`; null once it is settled. */
  readonly old_definition: string | null;
  readonly new_definition: string | null;
}

const FOREVER = "9999-12-31T23:59:59.999Z";

export class DefinitionApprovals {
  readonly #db: ControlDb;

  constructor(db: ControlDb) {
    this.#db = db;
  }

  /** Sees to it that there is a row for each of these changes, and for none that the tool had before; gives the ids. */
  async put(changes: readonly DefinitionChange[]): Promise<string[]> {
    if (changes.length === 0) return [];
    const db = await this.#db.openForWrite();
    // Blocked calls come again and again: mostly the rows are there.
    const found = db.read((sqlite) => changes.map((change) => idOf(sqlite, change)));
    if (found.every((id) => id !== undefined)) return found;
    return db.write((sqlite) => changes.map((change) => idOf(sqlite, change) ?? insert(sqlite, change)));
  }

  /** What waits for approval, the oldest first. */
  async list(): Promise<DefinitionApproval[]> {
    const db = await this.#db.openIfThere();
    const rows = db?.read((sqlite) => sqlite.prepare(`SELECT * ${PENDING} ORDER BY created_at, id`).all() as Row[]);
    return (rows ?? []).map(approvalOf);
  }

  /** Whether this id is that of a changed definition. */
  async isOne(typedId: string): Promise<boolean> {
    const db = await this.#db.openIfThere();
    return db?.read((sqlite) => rowOf(sqlite, plainId(typedId))) !== undefined;
  }

  /**
   * Settles the row of this id and gives it as it was; nothing when no row of this kind has it. The first answer counts: fails
   * with `approval_settled` when there was one, or when the tool changed once more.
   */
  async settle(typedId: string, allow: boolean): Promise<DefinitionApproval | undefined> {
    const id = plainId(typedId);
    const db = await this.#db.openIfThereForWrite();
    const row = db?.write((sqlite) => {
      const found = rowOf(sqlite, id);
      if (found?.status === "pending") settleRow(sqlite, id, allow ? "allowed" : "denied");
      return found;
    });
    if (row === undefined) return undefined;
    if (row.status !== "pending") throw alreadySettled(row);
    return approvalOf(row);
  }

  /** Settles what waits for a plugin, or for some of its tools: they were approved in another way, or are gone. */
  async withdraw(pluginId: string, status: "allowed" | "expired", toolIds?: ReadonlySet<string>): Promise<void> {
    const db = await this.#db.openIfThere();
    if (db === undefined) return;
    const isMeant = ({ plugin_id, tool_id }: Row) => plugin_id === pluginId && (toolIds?.has(tool_id) ?? true);
    const rows = db.read((sqlite) => (sqlite.prepare(`SELECT * ${PENDING}`).all() as Row[]).filter(isMeant));
    if (rows.length === 0) return;
    (await this.#db.openForWrite()).write((sqlite) => {
      for (const { id } of rows) settleRow(sqlite, id, status);
    });
  }
}

const PENDING = "FROM approvals WHERE kind = 'definition' AND status = 'pending'";

function rowOf(sqlite: Sqlite, id: string): Row | undefined {
  return sqlite.prepare("SELECT * FROM approvals WHERE kind = 'definition' AND id = ?").get(id) as Row | undefined;
}

/** The row of exactly this change. */
function idOf(sqlite: Sqlite, { pluginId, toolId, old, now }: DefinitionChange): string | undefined {
  const row = sqlite.prepare(`SELECT * ${PENDING} AND plugin_id = ? AND tool_id = ?`).get(pluginId, toolId);
  if (row === undefined) return undefined;
  const approval = approvalOf(row as Row);
  return approval.old.hash === old.hash && approval.now.hash === now.hash ? approval.id : undefined;
}

function insert(sqlite: Sqlite, { pluginId, toolId, old, now }: DefinitionChange): string {
  const before = sqlite.prepare(`SELECT id ${PENDING} AND plugin_id = ? AND tool_id = ?`).pluck();
  for (const id of before.all(pluginId, toolId) as string[]) settleRow(sqlite, id, "expired");
  const id = newId();
  sqlite
    .prepare(
      `INSERT INTO approvals (id, kind, plugin_id, tool_id, agent_id, input, description, requirements, created_at,
       expires_at, asker, status, old_definition, new_definition)
       VALUES (?, 'definition', ?, ?, '', '', '', '[]', ?, ?, '', 'pending', ?, ?)`,
    )
    .run(id, pluginId, toolId, new Date().toISOString(), FOREVER, JSON.stringify(old), JSON.stringify(now));
  return id;
}

function settleRow(sqlite: Sqlite, id: string, status: Exclude<Row["status"], "pending">): void {
  sqlite
    .prepare(
      "UPDATE approvals SET status = ?, answered_at = ?, old_definition = NULL, new_definition = NULL WHERE id = ?",
    )
    .run(status, new Date().toISOString(), id);
}

function approvalOf(row: Row): DefinitionApproval {
  return {
    id: row.id,
    pluginId: row.plugin_id,
    toolId: row.tool_id,
    createdAt: row.created_at,
    old: JSON.parse(row.old_definition!) as KeptDefinition,
    now: JSON.parse(row.new_definition!) as KeptDefinition,
  };
}

function alreadySettled({ id, status, tool_id }: Row): HostError {
  const what = status === "expired" ? `is another one by now than "${id}" showed` : `was ${status} already`;
  return new HostError("approval_settled", `the definition of "${tool_id}" ${what}`, {
    hint: 'run "osaurus approvals list" to see what waits for approval now',
    details: { id, status },
  });
}
