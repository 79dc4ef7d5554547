// Access keys in the control database: what lets a program in over HTTP. Only a hash of each is kept. A key that was let in
// is known from then on for as long as nobody changed the database, which is looked at every ACCESS_KEYS_FRESH_MS.
//
// Keys are looked up by their hash, and a key is 256 random bits: how long the look-up takes may tell something of the
// hashes that there are, and nobody gets from a hash to a key. What is compared at the end is compared in constant time.

import { hash, timingSafeEqual } from "node:crypto";
import { ACCESS_KEYS_FRESH_MS } from "../protocol/limits.ts";
import type { ControlDb, Sqlite } from "./control-db.ts";

export interface AccessKey {
  readonly id: string;
  readonly name: string;
  /** Its first characters. */
  readonly shown: string;
  /** Null: every agent. */
  readonly agentId: string | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

interface KeyRow {
  readonly hash: Buffer;
  readonly entry: AccessKey;
}

const COLUMNS = `id, name, shown, agent_id AS agentId, created_at AS createdAt, expires_at AS expiresAt,
  revoked_at AS revokedAt`;

export class AccessKeys {
  readonly #db: ControlDb;
  /** Those that were found, by their hash. There are never more than there are keys. */
  readonly #found = new Map<string, KeyRow>();
  #mark = -1;
  #writes = -1;
  #freshUntil = 0;

  constructor(db: ControlDb) {
    this.#db = db;
  }

  /** The entry of a key, revoked and expired ones too; undefined when nobody made it. */
  async byKey(key: string): Promise<AccessKey | undefined> {
    this.#refresh();
    const digest = hashOf(key);
    const row = this.#found.get(digest.toString("base64")) ?? (await this.#read(digest));
    return row !== undefined && timingSafeEqual(row.hash, digest) ? row.entry : undefined;
  }

  /** The same by the id of the entry. */
  async byId(id: string): Promise<AccessKey | undefined> {
    this.#refresh();
    for (const { entry } of this.#found.values()) if (entry.id === id) return entry;
    const db = await this.#db.openIfThere();
    const digest = db?.read(
      (sqlite) =>
        (sqlite.prepare("SELECT hash FROM access_keys WHERE id = ?").get(id) as { readonly hash: Buffer } | undefined)
          ?.hash,
    );
    return digest && (await this.#read(digest))?.entry;
  }

  async #read(digest: Buffer): Promise<KeyRow | undefined> {
    const db = await this.#db.openIfThere();
    const row = db?.read((sqlite) =>
      sqlite.prepare(`SELECT ${COLUMNS}, hash FROM access_keys WHERE hash = ?`).get(digest),
    ) as (AccessKey & { readonly hash: Buffer }) | undefined;
    if (row === undefined) return undefined;
    const { hash, ...entry } = row;
    const found = { hash, entry };
    // Whatever was changed while the file was opened: this was read after it. What is not there is asked for each time.
    this.#found.set(digest.toString("base64"), found);
    return found;
  }

  #refresh(): void {
    const { ownWrites } = this.#db;
    const now = performance.now();
    if (this.#writes === ownWrites && now < this.#freshUntil) return;
    const mark = this.#db.changeMark();
    if (mark !== this.#mark) this.#found.clear();
    this.#mark = mark;
    this.#writes = ownWrites;
    this.#freshUntil = now + ACCESS_KEYS_FRESH_MS;
  }
}

/** What is kept in place of a key. */
export function hashOf(key: string): Buffer {
  return hash("sha256", key, "buffer") as Buffer;
}

/** Newest last. */
export function selectAccessKeys(sqlite: Sqlite): AccessKey[] {
  return sqlite.prepare(`SELECT ${COLUMNS} FROM access_keys ORDER BY created_at, rowid`).all() as AccessKey[];
}

export function addAccessKey(sqlite: Sqlite, entry: AccessKey, key: string): void {
  sqlite
    .prepare(
      `INSERT INTO access_keys (id, name, hash, shown, agent_id, created_at, expires_at, revoked_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, NULL)`,
    )
    .run(entry.id, entry.name, hashOf(key), entry.shown, entry.agentId, entry.createdAt, entry.expiresAt);
}

export function revokeAccessKey(sqlite: Sqlite, id: string, at: string): void {
  sqlite.prepare("UPDATE access_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL").run(at, id);
}

/** Forgets entries altogether. */
export function dropAccessKeys(sqlite: Sqlite, ids: readonly string[]): void {
  const remove = sqlite.prepare("DELETE FROM access_keys WHERE id = ?");
  for (const id of ids) remove.run(id);
}
