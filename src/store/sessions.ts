// Sessions: transcripts in the control database, found by id, or by the key that a plugin gave. A key belongs to one plugin
// and one agent: nobody else finds the session by it.
//
// Turns are numbered from 1 within their session and are only ever added; all that happens in one transaction, so that
// several processes can add to a session and nothing is lost or mixed.

import { randomUUID } from "node:crypto";
import type { Session } from "../protocol/agent.ts";
import { HostError } from "../protocol/errors.ts";
import type { ChatMessage } from "../protocol/inference.ts";
import {
  SESSION_CHARS_MAX,
  SESSION_KEY_CHARS_MAX,
  SESSION_TITLE_CHARS_MAX,
  SESSIONS_KEYLESS_MAX,
} from "../protocol/limits.ts";
import { unknownSession } from "../protocol/unknown-session.ts";
import { isAgent } from "./agent-rows.ts";
import type { ControlDb, Sqlite } from "./control-db.ts";
import { endSessionTasks } from "./end-agent-tasks.ts";
import { readTurns, SESSION_COLUMNS, type TurnChoice, turnText } from "./session-rows.ts";
import { ownsRound } from "./task-rows.ts";

export interface NewSession {
  readonly agentId: string;
  readonly pluginId: string | null;
  readonly externalKey: string | null;
  readonly title: string;
}

export interface Transcript {
  readonly session: Session;
  readonly turns: readonly ChatMessage[];
}

/** Whoever adds turns to a session for the round of a task. */
export interface TurnWriter {
  /** Names the task and its round. */
  readonly name: string;
  /** The host that the task has to belong to. */
  readonly owner?: string;
}

export class Sessions {
  readonly #db: ControlDb;

  constructor(db: ControlDb) {
    this.#db = db;
  }

  /**
   * Makes one; one that is found by the same plugin, key and agent is given as it is. A title that is too long is cut. Of
   * sessions without a key an agent has SESSIONS_KEYLESS_MAX: older ones make room.
   * Fails with `agent_unknown` when the agent was deleted, `request_invalid` when the key is too long.
   */
  async create(session: NewSession): Promise<Session> {
    return await this.#db.together((sqlite) => makeSession(sqlite, session));
  }

  /** Undefined when there is none, or it is another agent's. */
  async byId(id: string, agentId: string | undefined): Promise<Session | undefined> {
    const db = await this.#db.openIfThere();
    const session = db?.read((sqlite) => sessionById(sqlite, id.toUpperCase()));
    return agentId === undefined || session?.agentId === agentId ? session : undefined;
  }

  async byKey(pluginId: string, externalKey: string, agentId: string): Promise<Session | undefined> {
    const db = await this.#db.openIfThere();
    return db?.read((sqlite) => sessionByKey(sqlite, pluginId, externalKey, agentId));
  }

  /** Newest first. */
  async list(filter: { readonly agentId?: string | undefined; readonly limit: number }): Promise<readonly Session[]> {
    const { agentId, limit } = filter;
    const [where, values] = agentId === undefined ? ["", [limit]] : ["WHERE agent_id = ?", [agentId, limit]];
    const newest = "ORDER BY updated_at DESC, rowid DESC";
    const db = await this.#db.openIfThere();
    const rows = db?.read((sqlite) =>
      sqlite
        .prepare(
          `SELECT ${SESSION_COLUMNS} FROM sessions
           WHERE rowid IN (SELECT rowid FROM sessions ${where} ${newest} LIMIT ?) ${newest}`,
        )
        .all(...values),
    );
    return (rows as Session[] | undefined) ?? [];
  }

  /**
   * In order; of a session that is too long, the newest within SESSION_TURNS_MAX and SESSION_CHARS_MAX. None when there is no
   * such session. Fails with `store_broken` when one of them cannot be read: a conversation with a hole is another one.
   */
  async turns(id: string, choice?: TurnChoice): Promise<readonly ChatMessage[]> {
    const db = await this.#db.openIfThere();
    return db?.read((sqlite) => readTurns(sqlite, id.toUpperCase(), choice)) ?? [];
  }

  /** A session with its turns, as `turns` gives them, as both are at one moment. Undefined when there is none. */
  async transcript(id: string): Promise<Transcript | undefined> {
    const known = id.toUpperCase();
    const db = await this.#db.openIfThere();
    return db?.read((sqlite) => {
      for (;;) {
        const before = sessionById(sqlite, known);
        if (before === undefined) return undefined;
        const turns = readTurns(sqlite, known);
        // Another process may add to it meanwhile.
        const session = sessionById(sqlite, known);
        if (session?.turnCount === before.turnCount) return { session, turns };
      }
    });
  }

  /** Gives it another title, which is put on one line, and cut where it is too long. Throws `session_unknown`. */
  async rename(id: string, title: string): Promise<Session> {
    const known = id.toUpperCase();
    const db = await this.#db.openIfThereForWrite();
    const session = db?.write((sqlite) => {
      sqlite.prepare("UPDATE sessions SET title = ? WHERE id = ?").run(shortTitle(title), known);
      return sessionById(sqlite, known);
    });
    if (session === undefined) throw unknownSession(id);
    return session;
  }

  /**
   * Adds turns behind those that are there, all or none. Fails with `session_unknown` when it was deleted meanwhile,
   * `input_too_large` when they are more than is ever read again.
   *
   * @param writer fails with `interrupted` when the round is not its owner's (any more).
   */
  async append(id: string, turns: readonly ChatMessage[], writer?: TurnWriter): Promise<void> {
    const texts = turnTexts(turns);
    const known = id.toUpperCase();
    if ((await this.#db.openIfThere()) === undefined) throw unknownSession(id);
    await this.#db.together((sqlite) => {
      // A host that stood still may have lost the task to another one, and not know yet.
      if (writer?.owner !== undefined && !ownsRound(sqlite, writer.name, writer.owner))
        throw new HostError("interrupted", "the task is another host's by now");
      addTurns(sqlite, known, texts, writer?.name);
    });
  }

  /** With its turns; tasks that go on in it are cancelled. Gives whether there was one. */
  async delete(id: string): Promise<boolean> {
    const db = await this.#db.openIfThereForWrite();
    return (db?.write((sqlite) => deleteSessions(sqlite, "id = ?", id.toUpperCase())) ?? 0) > 0;
  }

  /** One in which nothing was said; those of plugins stay, which find them again. Gives whether there was one. */
  async deleteEmpty(id: string): Promise<boolean> {
    const db = await this.#db.openIfThereForWrite();
    const empty = `id = ? AND plugin_id IS NULL AND external_key IS NULL
      AND NOT EXISTS (SELECT 1 FROM turns WHERE session_id = sessions.id)`;
    return (db?.write((sqlite) => deleteSessions(sqlite, empty, id.toUpperCase())) ?? 0) > 0;
  }

  /** The same for those to which nothing was added since then. Gives how many there were. */
  async deleteOlder(before: Date, agentId: string | undefined): Promise<number> {
    const [where, values] = agentId === undefined ? ["", []] : ["AND agent_id = ?", [agentId]];
    const db = await this.#db.openIfThereForWrite();
    const older = `updated_at < ? ${where}`;
    return db?.write((sqlite) => deleteSessions(sqlite, older, before.toISOString(), ...values)) ?? 0;
  }
}

/** Gives how many there were. */
function deleteSessions(sqlite: Sqlite, which: string, ...values: readonly unknown[]): number {
  endSessionTasks(sqlite, which, ...values);
  return sqlite.prepare(`DELETE FROM sessions WHERE ${which}`).run(...values).changes;
}

/** `Sessions.create` within a transaction. */
export function makeSession(sqlite: Sqlite, { agentId, pluginId, externalKey, title }: NewSession): Session {
  if (externalKey !== null && externalKey.length > SESSION_KEY_CHARS_MAX) {
    throw new HostError("request_invalid", `a session's key has at most ${SESSION_KEY_CHARS_MAX} characters`, {
      details: { chars: externalKey.length, chars_max: SESSION_KEY_CHARS_MAX },
    });
  }
  if (!isAgent(sqlite, agentId)) throw new HostError("agent_unknown", "the agent was deleted");
  if (pluginId !== null && externalKey !== null) {
    const found = sessionByKey(sqlite, pluginId, externalKey, agentId);
    if (found !== undefined) return found;
  }
  const id = randomUUID().toUpperCase();
  const now = new Date().toISOString();
  sqlite
    .prepare(
      `INSERT INTO sessions (id, agent_id, plugin_id, external_key, title, created_at, updated_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(id, agentId, pluginId, externalKey, shortTitle(title), now, now);
  if (externalKey === null) makeRoom(sqlite, agentId, id);
  return sessionById(sqlite, id)!;
}

/** Turns as they are kept. Fails with `input_too_large` when they are more than is ever read again. */
export function turnTexts(turns: readonly ChatMessage[]): string[] {
  const texts = turns.map(turnText);
  const chars = texts.reduce((sum, text) => sum + text.length, 0);
  if (chars <= SESSION_CHARS_MAX) return texts;
  throw new HostError("input_too_large", `a session takes at most ${SESSION_CHARS_MAX} characters at once`, {
    details: { chars, chars_max: SESSION_CHARS_MAX },
  });
}

/** Adds turns to a session, by its id in capital letters, within a transaction. Throws `session_unknown`. */
export function addTurns(sqlite: Sqlite, sessionId: string, texts: readonly string[], writer?: string): void {
  const now = new Date().toISOString();
  const { changes } = sqlite.prepare("UPDATE sessions SET updated_at = ? WHERE id = ?").run(now, sessionId);
  if (changes === 0) throw unknownSession(sessionId);
  const last = sqlite.prepare("SELECT ifnull(max(seq), 0) FROM turns WHERE session_id = ?").pluck();
  const add = sqlite.prepare(
    "INSERT INTO turns (session_id, seq, message, created_at, written_by) VALUES (?, ?, ?, ?, ?)",
  );
  let seq = last.get(sessionId) as number;
  for (const text of texts) add.run(sessionId, ++seq, text, now, writer ?? null);
}

/** Whoever never says which conversation goes on makes a new one each time. Those of tasks that are not over stay. */
function makeRoom(sqlite: Sqlite, agentId: string, newId: string): void {
  sqlite
    .prepare(
      `DELETE FROM sessions WHERE id IN (
         SELECT id FROM sessions WHERE agent_id = ? AND external_key IS NULL AND id <> ?
           AND id NOT IN (SELECT session_id FROM tasks WHERE status IN ('running', 'awaitingClarification'))
         ORDER BY updated_at DESC, rowid DESC LIMIT -1 OFFSET ?)`,
    )
    .run(agentId, newId, SESSIONS_KEYLESS_MAX - 1);
}

export function sessionById(sqlite: Sqlite, id: string): Session | undefined {
  return sqlite.prepare(`SELECT ${SESSION_COLUMNS} FROM sessions WHERE id = ?`).get(id) as Session | undefined;
}

export function sessionByKey(
  sqlite: Sqlite,
  pluginId: string,
  externalKey: string,
  agentId: string,
): Session | undefined {
  return sqlite
    .prepare(`SELECT ${SESSION_COLUMNS} FROM sessions WHERE plugin_id = ? AND external_key = ? AND agent_id = ?`)
    .get(pluginId, externalKey, agentId) as Session | undefined;
}

/** On one line, and not cut within a character. */
function shortTitle(title: string): string {
  const line = title.replaceAll(/\s+/g, " ").trim();
  if (line.length <= SESSION_TITLE_CHARS_MAX) return line;
  return `${line.slice(0, SESSION_TITLE_CHARS_MAX - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
