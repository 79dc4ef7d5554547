import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { eventually } from "../../test/helpers/eventually.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { ACCESS_KEY_NAME_CHARS_MAX, ACCESS_KEYS_MAX } from "../protocol/limits.ts";
import { AccessKeys, addAccessKey, dropAccessKeys, hashOf, selectAccessKeys } from "../store/access-keys.ts";
import { DEFAULT_AGENT, putAgent, removeAgent } from "../store/agent-rows.ts";
import { type ControlDb, controlDb } from "../store/control-db.ts";
import { type AccessKeysHost, isExpired, openAccessKeys } from "./access-keys-host.ts";

const AGENT = "22222222-2222-2222-2222-222222222222";
const NOBODY = "99999999-9999-9999-9999-999999999999";
const WISH = { name: "laptop", agentId: null, expiresAt: null };
const UNRECOGNISED = { ok: false, reason: "unrecognised" };

/** The keys of one host; several on the same folder are like several processes. */
function openAt(folder: string): { keys: AccessKeysHost; db: ControlDb } {
  const db = controlDb(folder);
  onTestFinished(() => db.close());
  return { keys: openAccessKeys({ db }), db };
}

test("without keys nobody is let in, and no database is made by asking", async () => {
  const folder = join(tempDir(), "data");
  const { keys } = openAt(folder);
  expect(await keys.check(`osk-v1.${"A".repeat(43)}`)).toEqual(UNRECOGNISED);
  expect(await keys.check(undefined)).toEqual({ ok: false, reason: "missing" });
  expect(await keys.check("")).toEqual({ ok: false, reason: "missing" });
  expect(await keys.list()).toEqual([]);
  await expect(keys.revoke("x")).rejects.toMatchObject({ code: "key_unknown" });
  expect(existsSync(folder)).toBe(false);
});

test("a key lets in, in every host and after a restart, with a dot and with a dash", async () => {
  const folder = tempDir();
  const { keys } = openAt(folder);
  const { key, entry } = await keys.create(WISH);
  expect(key).toMatch(/^osk-v1\.[A-Za-z0-9_-]{43}$/);
  for (const host of [keys, openAt(folder).keys]) {
    expect(await host.check(key)).toEqual({ ok: true, key: entry });
    expect(await host.check(key)).toEqual({ ok: true, key: entry });
    expect(await host.check(key.replace("osk-v1.", "osk-v1-"))).toEqual({ ok: true, key: entry });
  }
  expect(entry).toMatchObject({ name: "laptop", agentId: null, expiresAt: null, revokedAt: null });
});

test("each key is another one", async () => {
  const { keys } = openAt(tempDir());
  const made = [await keys.create(WISH), await keys.create(WISH)];
  expect(new Set(made.map(({ key }) => key)).size).toBe(2);
  expect(new Set(made.map(({ entry }) => entry.id)).size).toBe(2);
});

/** Which of many forgeries of a key are let in. */
async function letIn(check: AccessKeysHost["check"], key: string, shown: string, hash: string): Promise<string[]> {
  const body = key.slice("osk-v1.".length);
  const forgeries = [
    body,
    `osk-v2.${body}`,
    `osk-v1_${body}`,
    `OSK-v1.${body}`,
    ` ${key}`,
    `${key} `,
    `${key}\n`,
    `${key}A`,
    `Bearer ${key}`,
    key.slice(0, -1),
    `osk-v1.${shown.slice("osk-v1.".length).padEnd(43, "A")}`,
    shown,
    `osk-v1.${swapCase(body)}`,
    `osk-v1.${body.slice(0, -1)}${otherSpelling(body.at(-1)!)}`,
    hash,
    `osk-v1.${Buffer.from(hash, "hex").toString("base64url")}`,
    "osk-v1.",
    `osk-v1.${"%".repeat(43)}`,
    "x".repeat(1_000_000),
  ];
  const got: string[] = [];
  for (const forgery of forgeries) if ((await check(forgery)).ok) got.push(forgery);
  return got;
}

/** The last character of 43 stands for four bits: three others mean the same bytes. */
function otherSpelling(char: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return letters[letters.indexOf(char) ^ 1]!;
}

function swapCase(text: string): string {
  return text.replaceAll(/[a-z]/gi, (char) => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase()));
}

test("nothing that resembles a key, its list entry or its hash lets in", async () => {
  const { keys } = openAt(tempDir());
  const { key, entry } = await keys.create(WISH);
  expect(await letIn(keys.check, key, entry.shown, hashOf(key).toString("hex"))).toEqual([]);
  expect(await keys.check(key)).toMatchObject({ ok: true });
});

test("those forgeries get through where keys are compared carelessly", async () => {
  const { keys, db } = openAt(tempDir());
  const { key, entry } = await keys.create(WISH);
  const known = new AccessKeys(db);
  const careless: AccessKeysHost["check"] = async (given) => {
    const body = given?.trim().match(/[A-Za-z0-9_-]{43}/)?.[0];
    const found = body === undefined ? undefined : await known.byKey(`osk-v1.${bytesOf(body)}`);
    return found === undefined ? { ok: false, reason: "unrecognised" } : { ok: true, key: found };
  };
  expect((await letIn(careless, key, entry.shown, hashOf(key).toString("hex"))).length).toBeGreaterThan(5);
});

function bytesOf(body: string): string {
  return Buffer.from(body, "base64url").toString("base64url");
}

test("the key itself is written nowhere, and its list shows how it begins", async () => {
  const folder = tempDir();
  const { keys, db } = openAt(folder);
  const { key } = await keys.create(WISH);
  const [entry] = await keys.list();
  expect(key.startsWith(entry!.shown)).toBe(true);
  expect(entry!.shown).toHaveLength("osk-v1.".length + 8);
  expect(JSON.stringify(entry)).not.toContain(key.slice(20));
  db.close();
  const written = ["osprey.db", "osprey.db-wal"].filter((file) => existsSync(join(folder, file)));
  for (const file of written) expect(readFileSync(join(folder, file), "latin1")).not.toContain(key.slice(20));
});

test("a key that is revoked is refused at once here, and soon in other processes; its entry stays", async () => {
  const folder = tempDir();
  const [here, there] = [openAt(folder).keys, openAt(folder).keys];
  const { key, entry } = await here.create(WISH);
  const other = await here.create({ ...WISH, name: "phone" });
  expect(await there.check(key)).toMatchObject({ ok: true });
  expect(await here.check(key)).toMatchObject({ ok: true });
  const revoked = await here.revoke(entry.id.toLowerCase());
  expect(revoked.revokedAt).toMatch(/^\d{4}-.*Z$/);
  expect(await here.check(key)).toEqual({ ok: false, reason: "revoked" });
  await eventually(async () => expect(await there.check(key)).toEqual({ ok: false, reason: "revoked" }));
  expect(await there.check(other.key)).toMatchObject({ ok: true });
  expect(await there.revoke(entry.id)).toEqual({ ...revoked, wasRevoked: true });
  const { wasRevoked: _, ...kept } = revoked;
  expect(await there.list()).toEqual([kept, other.entry]);
});

test("a key that another process made a moment ago lets in at once", async () => {
  const folder = tempDir();
  const [here, there] = [openAt(folder).keys, openAt(folder).keys];
  const first = await here.create(WISH);
  expect(await here.check(first.key)).toMatchObject({ ok: true });
  const { key } = await there.create(WISH);
  expect(await here.check(key)).toMatchObject({ ok: true });
});

test("a key is named by its id, or by a name that only one has that is not revoked", async () => {
  const { keys } = openAt(tempDir());
  const [first, second] = [await keys.create(WISH), await keys.create(WISH)];
  await expect(keys.revoke("laptop")).rejects.toMatchObject({
    code: "key_unknown",
    details: { ids: [first.entry.id, second.entry.id] },
  });
  await keys.revoke(first.entry.id);
  expect(await keys.revoke("laptop")).toMatchObject({ id: second.entry.id, wasRevoked: false });
  expect(await keys.revoke("laptop")).toMatchObject({ id: second.entry.id, wasRevoked: true });
  expect(await keys.revoke(first.entry.id)).toMatchObject({ id: first.entry.id, wasRevoked: true });
  await expect(keys.revoke("desktop")).rejects.toMatchObject({ code: "key_unknown" });
});

test("a key lets in until it expires, and not from then on", async () => {
  const { keys } = openAt(tempDir());
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const { key, entry } = await keys.create({ ...WISH, expiresAt });
  expect(entry.expiresAt).toBe(expiresAt);
  expect(await keys.check(key)).toMatchObject({ ok: true });
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  vi.setSystemTime(Date.parse(expiresAt) - 1);
  expect(await keys.check(key)).toMatchObject({ ok: true });
  vi.setSystemTime(Date.parse(expiresAt));
  expect(await keys.check(key)).toEqual({ ok: false, reason: "expired" });
});

test("a time of expiry that cannot be read lets nobody in", () => {
  expect(isExpired({ expiresAt: "soon" }, Date.now())).toBe(true);
  expect(isExpired({ expiresAt: null }, Date.now())).toBe(false);
});

test.each(["", "soon", "2020-01-01T00:00:00Z", new Date().toISOString()])(
  "%j is no time to expire",
  async (expiresAt) => {
    const { keys } = openAt(tempDir());
    await expect(keys.create({ ...WISH, expiresAt })).rejects.toMatchObject({ code: "request_invalid" });
    expect(await keys.list()).toEqual([]);
  },
);

test("a key is for every agent or for one that there is, and goes with it", async () => {
  const { keys, db } = openAt(tempDir());
  await expect(keys.create({ ...WISH, agentId: NOBODY })).rejects.toMatchObject({ code: "agent_unknown" });
  expect((await keys.create({ ...WISH, agentId: DEFAULT_AGENT_ID })).entry.agentId).toBe(DEFAULT_AGENT_ID);
  const opened = await db.openForWrite();
  opened.write((sqlite) => putAgent(sqlite, { ...DEFAULT_AGENT, id: AGENT, name: "a", isDefault: false }));
  const { key } = await keys.create({ ...WISH, agentId: AGENT });
  expect(await keys.check(key)).toMatchObject({ ok: true, key: { agentId: AGENT } });
  opened.write((sqlite) => removeAgent(sqlite, AGENT));
  expect(await keys.check(key)).toEqual({ ok: false, reason: "revoked" });
});

test("a name has at most ACCESS_KEY_NAME_CHARS_MAX characters, none of them a control character; without one it is made up", async () => {
  const { keys } = openAt(tempDir());
  const nameOf = async (name: string) => (await keys.create({ ...WISH, name })).entry.name;
  const longest = "n".repeat(ACCESS_KEY_NAME_CHARS_MAX);
  expect(await nameOf(longest)).toBe(longest);
  expect(await nameOf(" ")).toMatch(/^key-[0-9a-f]{8}$/);
  for (const name of [`${longest}n`, "a\nb", "a\u202eb"]) {
    await expect(nameOf(name)).rejects.toMatchObject({ code: "request_invalid" });
  }
});

test("there are at most ACCESS_KEYS_MAX keys; those that let nobody in any more make room, the oldest first", async () => {
  const { keys, db } = openAt(tempDir());
  const opened = await db.openForWrite();
  const blank = { name: "n", shown: "s", agentId: null, expiresAt: null, revokedAt: null };
  opened.write((sqlite) => {
    for (let made = 0; made < ACCESS_KEYS_MAX - 1; made++) {
      const createdAt = new Date(made).toISOString();
      addAccessKey(sqlite, { ...blank, id: `K${made}`, createdAt }, String(made));
    }
  });
  await keys.create(WISH);
  await expect(keys.create(WISH)).rejects.toMatchObject({ code: "request_invalid" });
  await keys.revoke("K7");
  await keys.revoke("K3");
  await keys.create(WISH);
  const ids = opened.read(selectAccessKeys).map(({ id }) => id);
  expect([ids.length, ids.includes("K3"), ids.includes("K7")]).toEqual([ACCESS_KEYS_MAX, false, true]);
  opened.write((sqlite) => sqlite.prepare("UPDATE access_keys SET expires_at = ? WHERE id = 'K5'").run("2020-01-01"));
  await keys.create(WISH);
  const left = opened.read(selectAccessKeys).map(({ id }) => id);
  expect([left.includes("K5"), left.includes("K7"), left.length]).toEqual([false, true, ACCESS_KEYS_MAX]);
});

test("an entry that is gone lets nobody in", async () => {
  const { keys, db } = openAt(tempDir());
  const { key, entry } = await keys.create(WISH);
  expect(await keys.check(key)).toMatchObject({ ok: true });
  (await db.openForWrite()).write((sqlite) => dropAccessKeys(sqlite, [entry.id]));
  expect(await keys.check(key)).toEqual(UNRECOGNISED);
});

test("the key of a process lets in there and nowhere else, is the same each time, and is kept nowhere", async () => {
  const folder = join(tempDir(), "data");
  const { keys } = openAt(folder);
  const key = keys.openLocal();
  expect(key).toMatch(/^osk-v1\.[A-Za-z0-9_-]{43}$/);
  expect(keys.openLocal()).toBe(key);
  for (const given of [key, key.replace("osk-v1.", "osk-v1-")]) {
    expect(await keys.check(given)).toMatchObject({ ok: true, key: { id: "local", agentId: null, expiresAt: null } });
  }
  expect(await openAt(folder).keys.check(key)).toEqual(UNRECOGNISED);
  expect(openAt(folder).keys.openLocal()).not.toBe(key);
  await expect(keys.revoke("local")).rejects.toMatchObject({ code: "key_unknown" });
  expect(await keys.list()).toEqual([]);
  expect(existsSync(folder)).toBe(false);
});

test("what a key let in is asked about by the key's id, until it is revoked, expired or gone", async () => {
  const { keys, db } = openAt(tempDir());
  const isLive = (id: string) => keys.isLive(id);
  expect(await isLive("nobody")).toBe(false);
  expect(await isLive("local")).toBe(true);
  const [first, second, third] = [await keys.create(WISH), await keys.create(WISH), await keys.create(WISH)];
  expect(await Promise.all([first, second, third].map(({ entry }) => isLive(entry.id)))).toEqual([true, true, true]);
  await keys.revoke(first.entry.id);
  (await db.openForWrite()).write((sqlite) => {
    dropAccessKeys(sqlite, [second.entry.id]);
    sqlite.prepare("UPDATE access_keys SET expires_at = '2020-01-01' WHERE id = ?").run(third.entry.id);
  });
  expect(await Promise.all([first, second, third].map(({ entry }) => isLive(entry.id)))).toEqual([false, false, false]);
});
