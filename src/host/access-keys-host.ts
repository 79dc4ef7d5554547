// The door to access keys: what lets a program in over HTTP.

import { randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { isUuid, unknownAgent } from "../protocol/agent-id.ts";
import { HostError } from "../protocol/errors.ts";
import { ACCESS_KEY_NAME_CHARS_MAX, ACCESS_KEYS_MAX } from "../protocol/limits.ts";
import {
  type AccessKey,
  AccessKeys,
  addAccessKey,
  dropAccessKeys,
  hashOf,
  revokeAccessKey,
  selectAccessKeys,
} from "../store/access-keys.ts";
import { agentById } from "../store/agent-rows.ts";
import type { ControlDb, Sqlite } from "../store/control-db.ts";

export type { AccessKey } from "../store/access-keys.ts";

export type KeyVerdict =
  | { readonly ok: true; readonly key: AccessKey }
  /** For the log; who asks learns only that it is not let in. */
  | { readonly ok: false; readonly reason: "missing" | "unrecognised" | "expired" | "revoked" };

export interface RevokedKey extends AccessKey {
  /** It had been revoked before. */
  readonly wasRevoked: boolean;
}

export interface AccessKeysHost {
  /**
   * Gives the key itself, once: only its hash is kept. A name that is empty is made up. Fails with `agent_unknown`, and with
   * `request_invalid` for a name or a time that cannot be, or when there are too many keys.
   */
  create(wish: {
    readonly name: string;
    readonly agentId: string | null;
    readonly expiresAt: string | null;
  }): Promise<{ readonly key: string; readonly entry: AccessKey }>;
  /** In the order in which they were made; revoked and expired ones too. */
  list(): Promise<readonly AccessKey[]>;
  /**
   * By id, or by a name that only one key has among those that are not revoked. One that is revoked already stays as it is.
   * Fails with `key_unknown`.
   */
  revoke(id: string): Promise<RevokedKey>;
  /**
   * A key for programs of the user who runs this process, which lets in for as long as it runs: it is kept nowhere, and no
   * list has it. The same one each time.
   */
  openLocal(): string;
  /** Whether a key lets in now; one that another process revoked is refused after ACCESS_KEYS_FRESH_MS. */
  check(key: string | undefined): Promise<KeyVerdict>;
  /** The same of a key that was let in before, by its id. */
  isLive(id: string): Promise<boolean>;
}

const PREFIX = "osk-v1.";
const LOCAL_ID = "local";
const KEY_BYTES = 32;
/** Behind the prefix, 43 characters for 32 bytes. A dot or a dash: both spellings are about. */
const KEY = /^osk-v1[.-]([A-Za-z0-9_-]{43})$/;
/** How much of a key its list shows: enough to tell it, and 208 bits are left to guess. */
const SHOWN_CHARS = PREFIX.length + 8;

/** Opens nothing yet. */
export function openAccessKeys({ db }: { readonly db: ControlDb }): AccessKeysHost {
  const keys = new AccessKeys(db);
  let local: { readonly key: string; readonly hash: Buffer; readonly entry: AccessKey } | undefined;
  return {
    openLocal() {
      local ??= localKey();
      return local.key;
    },
    async create({ name, agentId, expiresAt }) {
      const now = new Date();
      const id = randomUUID().toUpperCase();
      const key = newKey();
      const entry: AccessKey = {
        id,
        name: nameOf(name, id),
        shown: key.slice(0, SHOWN_CHARS),
        agentId,
        createdAt: now.toISOString(),
        expiresAt: expiresAt === null ? null : futureTime(expiresAt, now),
        revokedAt: null,
      };
      const opened = await db.openForWrite();
      opened.write((sqlite) => {
        if (agentId !== null && agentById(sqlite, agentId) === undefined) throw unknownAgent(agentId);
        makeRoom(sqlite, now);
        addAccessKey(sqlite, entry, key);
      });
      return { key, entry };
    },
    async list() {
      const opened = await db.openIfThere();
      return opened?.read(selectAccessKeys) ?? [];
    },
    async revoke(named) {
      const opened = await db.openIfThereForWrite();
      if (opened === undefined) throw unknownKey(named);
      return opened.write((sqlite) => {
        const entry = keyNamed(selectAccessKeys(sqlite), named);
        if (entry.revokedAt !== null) return { ...entry, wasRevoked: true };
        const revokedAt = new Date().toISOString();
        revokeAccessKey(sqlite, entry.id, revokedAt);
        return { ...entry, revokedAt, wasRevoked: false };
      });
    },
    async check(given) {
      if (given === undefined || given === "") return { ok: false, reason: "missing" };
      const body = KEY.exec(given)?.[1];
      if (body === undefined) return { ok: false, reason: "unrecognised" };
      const text = `${PREFIX}${body}`;
      if (local !== undefined && timingSafeEqual(hashOf(text), local.hash)) return { ok: true, key: local.entry };
      const key = await keys.byKey(text);
      if (key === undefined) return { ok: false, reason: "unrecognised" };
      if (key.revokedAt !== null) return { ok: false, reason: "revoked" };
      return isExpired(key, Date.now()) ? { ok: false, reason: "expired" } : { ok: true, key };
    },
    async isLive(id) {
      // Nobody revokes it, and what it let in is forgotten with it.
      if (id === LOCAL_ID) return true;
      const key = await keys.byId(id);
      return key !== undefined && key.revokedAt === null && !isExpired(key, Date.now());
    },
  };
}

function newKey(): string {
  return `${PREFIX}${randomBytes(KEY_BYTES).toString("base64url")}`;
}

function localKey() {
  const key = newKey();
  const createdAt = new Date().toISOString();
  const none = { agentId: null, expiresAt: null, revokedAt: null };
  return { key, hash: hashOf(key), entry: { id: LOCAL_ID, name: "local", shown: PREFIX, createdAt, ...none } };
}

/** A key as programs get it: never more of it than how it begins. */
export function accessKeyDocument(key: AccessKey) {
  const isOver = isExpired(key, Date.now());
  return {
    id: key.id,
    name: key.name,
    shown: key.shown,
    state: key.revokedAt !== null ? ("revoked" as const) : isOver ? ("expired" as const) : ("valid" as const),
    agent_id: key.agentId,
    created_at: key.createdAt,
    expires_at: key.expiresAt,
    revoked_at: key.revokedAt,
  };
}

/** Whether its time is over. A time that cannot be read lets nobody in. */
export function isExpired({ expiresAt }: Pick<AccessKey, "expiresAt">, nowMs: number): boolean {
  return expiresAt !== null && !(nowMs < Date.parse(expiresAt));
}

function nameOf(typed: string, id: string): string {
  const name = typed.normalize("NFC").trim();
  if (name === "") return `key-${id.slice(0, 8).toLowerCase()}`;
  if (name.length > ACCESS_KEY_NAME_CHARS_MAX) {
    throw invalid(`the name of an access key has at most ${ACCESS_KEY_NAME_CHARS_MAX} characters`);
  }
  if (isUuid(name)) throw invalid("the name of an access key is no UUID: that would be taken for an id");
  if (/\p{C}/u.test(name)) throw invalid("the name of an access key has no control characters");
  return name;
}

function futureTime(text: string, now: Date): string {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw invalid(`"${text}" is no time`);
  if (time <= now) throw invalid("an access key cannot expire in the past");
  return time.toISOString();
}

/** Keys that let nobody in any more make room, the oldest first. */
function makeRoom(sqlite: Sqlite, now: Date): void {
  const all = selectAccessKeys(sqlite);
  const tooMany = all.length - ACCESS_KEYS_MAX + 1;
  if (tooMany <= 0) return;
  const over = all.filter((key) => key.revokedAt !== null || isExpired(key, now.getTime())).slice(0, tooMany);
  if (over.length < tooMany) {
    throw new HostError("request_invalid", `there are ${ACCESS_KEYS_MAX} access keys, and there can be no more`, {
      hint: '"osaurus keys revoke ID" makes room',
    });
  }
  dropAccessKeys(
    sqlite,
    over.map(({ id }) => id),
  );
}

function keyNamed(all: readonly AccessKey[], named: string): AccessKey {
  const byId = all.find(({ id }) => id === named.toUpperCase());
  if (byId !== undefined) return byId;
  const byName = all.filter(({ name }) => name === named.normalize("NFC").trim());
  const live = byName.filter(({ revokedAt }) => revokedAt === null);
  if (live.length === 1) return live[0]!;
  if (live.length === 0) {
    if (byName.length > 0) return byName.at(-1)!;
    throw unknownKey(named);
  }
  throw new HostError("key_unknown", `${live.length} access keys are called "${named}"`, {
    hint: `name one by its id: ${live.map(({ id }) => id).join(", ")}`,
    details: { ids: live.map(({ id }) => id) },
  });
}

function unknownKey(named: string): HostError {
  const shown = named.length > ACCESS_KEY_NAME_CHARS_MAX ? `${named.slice(0, ACCESS_KEY_NAME_CHARS_MAX)}…` : named;
  return new HostError("key_unknown", `there is no access key "${shown.toWellFormed()}"`, {
    hint: '"osaurus keys list" lists those that there are',
  });
}

function invalid(message: string): HostError {
  return new HostError("request_invalid", message);
}
