// Host grants: which hosts in private networks a plugin may reach over HTTP, in the control database. Asked only about
// requests that would be refused otherwise; the answer comes from memory, and whether that still holds is looked up when
// this process wrote, and every GRANTS_FRESH_MS.

import { GRANTS_FRESH_MS } from "../protocol/limits.ts";
import type { ControlDb, OpenDb, Sqlite } from "./control-db.ts";

/** A host as the URL parser spells it, IPv6 in brackets. */
export interface HostName {
  readonly pluginId: string;
  readonly host: string;
  /** Null: all ports. */
  readonly port: number | null;
}

export interface HostGrant extends HostName {
  /** ISO 8601. */
  readonly createdAt: string;
}

export class HostGrants {
  readonly #db: ControlDb;
  #granted: ReadonlySet<string> = new Set();
  #mark = -1;
  #writes = -1;
  #freshUntil = 0;

  constructor(db: ControlDb) {
    this.#db = db;
  }

  /** Whether there is a grant for this port or for all. A promise only while the database has to be opened. */
  mayReach(pluginId: string, host: string, port: number): boolean | Promise<boolean> {
    if (this.#writes !== this.#db.ownWrites || performance.now() >= this.#freshUntil) {
      const opening = this.#refresh();
      if (opening !== undefined) return opening.then(() => this.#has(pluginId, host, port));
    }
    return this.#has(pluginId, host, port);
  }

  /** Remembers a grant. Gives false when there was the same one already. */
  async allow({ pluginId, host, port }: HostName): Promise<boolean> {
    const db = await this.#db.openForWrite();
    return db.write(
      (sqlite) =>
        sqlite
          .prepare("INSERT OR IGNORE INTO host_grants (plugin_id, host, port, created_at) VALUES (?, ?, ?, ?)")
          .run(pluginId, host, port, new Date().toISOString()).changes > 0,
    );
  }

  /** Takes grants back: for one port, or, without one, all for the host. Gives those that there were. */
  async revoke({ pluginId, host, port }: HostName): Promise<HostGrant[]> {
    return await this.#remove(
      (grant) => grant.pluginId === pluginId && grant.host === host && (port === null || grant.port === port),
    );
  }

  /** Takes back all that a plugin had. */
  async forgetPlugin(pluginId: string): Promise<HostGrant[]> {
    return await this.#remove((grant) => grant.pluginId === pluginId);
  }

  /** By plugin, host and port. */
  async list(): Promise<HostGrant[]> {
    const db = await this.#db.openIfThere();
    return db?.read(selectHostGrants) ?? [];
  }

  async #remove(matches: (grant: HostGrant) => boolean): Promise<HostGrant[]> {
    const db = await this.#db.openIfThereForWrite();
    const gone = db?.write((sqlite) => {
      const found = selectHostGrants(sqlite).filter(matches);
      const remove = sqlite.prepare("DELETE FROM host_grants WHERE plugin_id = ? AND host = ? AND port IS ?");
      for (const { pluginId, host, port } of found) remove.run(pluginId, host, port);
      return found;
    });
    return gone ?? [];
  }

  #has(pluginId: string, host: string, port: number): boolean {
    return this.#granted.has(keyOf(pluginId, host, port)) || this.#granted.has(keyOf(pluginId, host, null));
  }

  /** Reads what changed. Gives a promise only while the file has to be opened for that. */
  #refresh(): Promise<void> | undefined {
    const mark = this.#db.changeMark();
    const { opened } = this.#db;
    if (mark !== this.#mark) {
      if (opened === undefined) return this.#openAndLoad();
      this.#load(opened);
    }
    this.#isFreshAt(mark);
    return undefined;
  }

  async #openAndLoad(): Promise<void> {
    const opened = await this.#db.openIfThere();
    const mark = this.#db.changeMark();
    if (opened !== undefined) this.#load(opened);
    this.#isFreshAt(mark);
  }

  #isFreshAt(mark: number): void {
    this.#mark = mark;
    this.#writes = this.#db.ownWrites;
    this.#freshUntil = performance.now() + GRANTS_FRESH_MS;
  }

  #load(db: OpenDb): void {
    const grants = db.read(selectHostGrants);
    this.#granted = new Set(grants.map(({ pluginId, host, port }) => keyOf(pluginId, host, port)));
  }
}

function selectHostGrants(sqlite: Sqlite): HostGrant[] {
  return sqlite
    .prepare(
      `SELECT plugin_id AS pluginId, host, port, created_at AS createdAt
       FROM host_grants ORDER BY plugin_id, host, port`,
    )
    .all() as HostGrant[];
}

function keyOf(pluginId: string, host: string, port: number | null): string {
  return JSON.stringify([pluginId, host, port]);
}
