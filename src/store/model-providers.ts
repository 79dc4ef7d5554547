// Model providers in the control database: where models are. Never their keys.

import { HostError } from "../protocol/errors.ts";
import { MODEL_PROVIDERS_MAX } from "../protocol/limits.ts";
import type { ControlDb, Sqlite } from "./control-db.ts";

export interface StoredProvider {
  /** Told apart without regard to the case of letters. */
  readonly name: string;
  readonly kind: "openai" | "scripted";
  readonly baseUrl: string | null;
  readonly script: string | null;
  readonly apiKeyEnv: string | null;
  readonly hasKey: boolean;
  readonly model: string | null;
  readonly embeddingModel: string | null;
  /** Somebody wants its models to be the defaults, whatever came before it. */
  readonly isPreferred: boolean;
  /** ISO 8601. */
  readonly createdAt: string;
}

export class ModelProviders {
  readonly #db: ControlDb;

  constructor(db: ControlDb) {
    this.#db = db;
  }

  /** The one whose models are the defaults first, then the oldest first. */
  async list(): Promise<readonly StoredProvider[]> {
    const db = await this.#db.openIfThere();
    return db?.read(selectProviders) ?? [];
  }

  /** Fails with `model_provider_exists`, and with `model_provider_invalid` when there are too many. */
  async add(provider: Omit<StoredProvider, "createdAt">): Promise<StoredProvider> {
    const db = await this.#db.openForWrite();
    const added = { ...provider, createdAt: new Date().toISOString() };
    db.write((sqlite) => {
      const known = selectProviders(sqlite);
      if (known.some(({ name }) => isSameName(name, provider.name))) throw providerExists(provider.name);
      if (known.length >= MODEL_PROVIDERS_MAX) throw tooMany();
      if (provider.isPreferred) sqlite.prepare("UPDATE model_providers SET is_default = 0").run();
      insert(sqlite, added);
    });
    return added;
  }

  /** From now on its models are the defaults; gives it, or nothing when there is none of that name. */
  async prefer(name: string): Promise<StoredProvider | undefined> {
    const db = await this.#db.openIfThereForWrite();
    return db?.write((sqlite) => {
      const found = selectProviders(sqlite).find((one) => isSameName(one.name, name));
      if (found === undefined) return undefined;
      sqlite.prepare("UPDATE model_providers SET is_default = (name = ?)").run(found.name);
      return { ...found, isPreferred: true };
    });
  }

  /** Gives what there was. */
  async remove(name: string): Promise<StoredProvider | undefined> {
    const db = await this.#db.openIfThereForWrite();
    return db?.write((sqlite) => {
      const found = selectProviders(sqlite).find((one) => isSameName(one.name, name));
      if (found !== undefined) sqlite.prepare("DELETE FROM model_providers WHERE name = ?").run(found.name);
      return found;
    });
  }
}

export function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

export function providerExists(name: string): HostError {
  return new HostError("model_provider_exists", `there is a model provider "${name}" already`, {
    hint: `choose another name, or remove it first: osaurus providers remove ${name}`,
  });
}

function tooMany(): HostError {
  return new HostError("model_provider_invalid", `there are ${MODEL_PROVIDERS_MAX} model providers already`, {
    hint: '"osaurus providers remove NAME" removes one',
  });
}

/** Providers that were added within one millisecond stay in their order. */
function selectProviders(sqlite: Sqlite): StoredProvider[] {
  const rows = sqlite
    .prepare(
      `SELECT name, kind, base_url AS baseUrl, script, api_key_env AS apiKeyEnv, has_key AS hasKey, model,
              embedding_model AS embeddingModel, is_default AS isPreferred, created_at AS createdAt
       FROM model_providers ORDER BY is_default DESC, created_at, rowid`,
    )
    .all() as (Omit<StoredProvider, "hasKey" | "isPreferred"> & { hasKey: number; isPreferred: number })[];
  return rows.map((row) => ({ ...row, hasKey: row.hasKey === 1, isPreferred: row.isPreferred === 1 }));
}

function insert(sqlite: Sqlite, provider: StoredProvider): void {
  const { name, kind, baseUrl, script, apiKeyEnv, hasKey, model, embeddingModel, isPreferred, createdAt } = provider;
  sqlite
    .prepare(
      `INSERT INTO model_providers
         (name, kind, base_url, script, api_key_env, has_key, model, embedding_model, is_default, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(name, kind, baseUrl, script, apiKeyEnv, hasKey ? 1 : 0, model, embeddingModel, isPreferred ? 1 : 0, createdAt);
}
