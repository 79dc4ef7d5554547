import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { wishOf } from "../../test/helpers/task-store.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { recoverAddress } from "../base/ethereum-signature.ts";
import { resolvePaths } from "../base/paths.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { HostError } from "../protocol/errors.ts";
import { AGENTS_MAX, SESSIONS_LISTED_DEFAULT, SESSIONS_LISTED_MAX } from "../protocol/limits.ts";
import { readManifest } from "../protocol/manifest.ts";
import { DEFAULT_AGENT, putAgent } from "../store/agent-rows.ts";
import { controlDb } from "../store/control-db.ts";
import { TaskStore } from "../store/tasks.ts";
import { addressOf } from "./agent-identity.ts";
import { IDENTITY_OWNER, identitySecret } from "./agent-secrets.ts";
import { type AgentChange, openAgents } from "./agents-host.ts";
import { createHost } from "./create-host.ts";
import { openStores, type Stores } from "./stores.ts";

const NOBODY = "99999999-9999-9999-9999-999999999999";
const ADDRESS = /^0x[0-9a-f]{40}$/;

/** A host on a data folder; several on the same folder are like several processes. */
async function openAt(folder: string) {
  const env = { OSAURUS_HOME: folder, HOME: folder, OSAURUS_KEY_PROTECTION: "key-file" };
  const paths = resolvePaths({ env, platform: process.platform });
  const host = createHost({ paths, env, cwd: folder });
  onTestFinished(() => host.stop());
  const stores: Stores = openStores({ paths, env, warn: () => {} });
  onTestFinished(() => stores.stop());
  return { host, agents: await host.agents(), stores, secrets: stores.secrets, paths };
}

test("the default agent is there before anybody made one, and looking for it makes nothing", async () => {
  const folder = join(tempDir(), "data");
  const { agents } = await openAt(folder);
  const expected = { id: DEFAULT_AGENT_ID, name: "default", model: null, tools: { mode: "all" }, isDefault: true };
  for (const named of [undefined, "default", "DEFAULT", DEFAULT_AGENT_ID]) {
    expect(await agents.find(named)).toMatchObject(expected);
  }
  expect(await agents.ids()).toEqual([DEFAULT_AGENT_ID]);
  expect(await agents.sessionsOf({})).toEqual([]);
  await expect(agents.find("nobody")).rejects.toMatchObject({ code: "agent_unknown" });
  await expect(agents.find("")).rejects.toMatchObject({ code: "agent_unknown" });
  await expect(agents.find(NOBODY)).rejects.toMatchObject({ code: "agent_unknown" });
  expect(existsSync(folder)).toBe(false);
});

test("an agent is found by its id and by its name, whatever the case of letters", async () => {
  const folder = tempDir();
  const { agents } = await openAt(folder);
  const wish = {
    name: " Élodie Straße ",
    systemPrompt: "Be kind.\n\0",
    model: " local ",
    temperature: 0.5,
    maxTokens: 100,
    tools: { mode: "only", names: ["a.b/c", " a.b/c ", "p/*"] },
  } as const;
  const made = await agents.create(wish);
  expect(made).toMatchObject({
    ...wish,
    name: "Élodie Straße",
    model: "local",
    tools: { mode: "only", names: ["a.b/c", "p/*"] },
    isDefault: false,
    address: expect.stringMatching(ADDRESS),
  });
  expect(made.id).toMatch(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
  const other = (await openAt(folder)).agents;
  for (const named of [made.id, made.id.toLowerCase(), "élodie straße", "ÉLODIE STRASSE", "E\u0301lodie Straße"]) {
    expect(await other.find(named)).toEqual(expect.objectContaining({ id: made.id, systemPrompt: "Be kind.\n\0" }));
  }
  expect(await other.show("élodie straße")).toEqual(made);
});

test("names are unique without regard to the case of letters, also those beyond ASCII", async () => {
  const { agents } = await openAt(tempDir());
  const { id } = await agents.create({ name: "Ärger" });
  await agents.create({ name: "other" });
  for (const name of ["Ärger", "ÄRGER", "a\u0308rger"]) {
    await expect(agents.create({ name })).rejects.toMatchObject({ code: "agent_exists" });
    await expect(agents.update("other", { name })).rejects.toMatchObject({ code: "agent_exists" });
  }
  expect(await agents.update(id, { name: "ärgeR" })).toMatchObject({ id, name: "ärgeR" });
  expect(await agents.list()).toHaveLength(3);
});

test("the list begins with the default agent, then goes by name; each has an address that stays", async () => {
  const folder = tempDir();
  const { agents } = await openAt(folder);
  for (const name of ["b", "A", "c"]) await agents.create({ name });
  const list = await agents.list();
  expect(list.map(({ name }) => name)).toEqual(["default", "A", "b", "c"]);
  expect(new Set(list.map(({ address }) => address)).size).toBe(4);
  expect(await agents.ids()).toEqual(list.map(({ id }) => id));
  const again = (await openAt(folder)).agents;
  await again.update("default", { model: "m" });
  expect((await again.list()).map(({ address }) => address)).toEqual(list.map(({ address }) => address));
});

test("an agent's private key is kept encrypted, under a name that no plugin can have", async () => {
  const { agents, secrets } = await openAt(tempDir());
  const { id, address } = await agents.create({ name: "a" });
  const key = await secrets.get(identitySecret(id, address));
  expect(addressOf(Buffer.from(key!, "hex"))).toBe(address);
  // Whatever a plugin may call itself, it is not this; and a name with a colon, for one, it may have.
  const manifestOf = (plugin_id: string) => readManifest(JSON.stringify({ plugin_id, capabilities: {} })).manifest;
  expect(manifestOf(IDENTITY_OWNER)).toBeUndefined();
  expect(manifestOf(IDENTITY_OWNER.replace("/", ":"))).toBeDefined();
});

test("hosts that make an address for the same agent at once agree on one, and its key is kept", async () => {
  const folder = tempDir();
  const hosts = await Promise.all([openAt(folder), openAt(folder), openAt(folder)]);
  const addresses = await Promise.all(hosts.map(async ({ agents }) => (await agents.list())[0]!.address));
  expect(new Set(addresses).size).toBe(1);
  const { secrets } = hosts[0]!;
  const key = await secrets.get(identitySecret(DEFAULT_AGENT_ID, addresses[0]!));
  expect(addressOf(Buffer.from(key!, "hex"))).toBe(addresses[0]);
  expect(await secrets.list(IDENTITY_OWNER)).toHaveLength(1);
});

test("a change leaves what it does not name, and takes back what is null", async () => {
  const { agents } = await openAt(tempDir());
  const { id, address } = await agents.create({ name: "a", model: "m", temperature: 1, systemPrompt: "p" });
  const changed = await agents.update("A", { temperature: null, tools: { mode: "except", names: ["p/t"] } });
  expect(changed).toMatchObject({ id, address, name: "a", model: "m", systemPrompt: "p", temperature: null });
  expect(changed.tools).toEqual({ mode: "except", names: ["p/t"] });
  expect(await agents.update(id, { model: "", tools: { mode: "all" } })).toMatchObject({
    model: null,
    tools: { mode: "all" },
  });
  await expect(agents.update("nobody", { model: "m" })).rejects.toMatchObject({ code: "agent_unknown" });
});

test("the default agent can be changed, and neither renamed nor deleted", async () => {
  const folder = tempDir();
  const { agents } = await openAt(folder);
  expect(await agents.update("default", { model: "m", systemPrompt: "p" })).toMatchObject({ id: DEFAULT_AGENT_ID });
  expect(await (await openAt(folder)).agents.find(undefined)).toMatchObject({
    name: "default",
    model: "m",
    systemPrompt: "p",
    isDefault: true,
  });
  expect(await agents.update("default", { name: "Default" })).toMatchObject({ name: "default" });
  await expect(agents.update("default", { name: "x" })).rejects.toMatchObject({ code: "agent_invalid" });
  await expect(agents.delete(DEFAULT_AGENT_ID)).rejects.toMatchObject({ code: "agent_invalid" });
});

test("what another process changes counts at once, the first change too, which makes the file", async () => {
  const folder = tempDir();
  const [here, there] = [(await openAt(folder)).agents, (await openAt(folder)).agents];
  await expect(here.find("a")).rejects.toMatchObject({ code: "agent_unknown" });
  const { id } = await there.create({ name: "a" });
  expect(await here.find("a")).toMatchObject({ id, model: null });
  await there.update("a", { model: "m", name: "b" });
  expect(await here.find(id)).toMatchObject({ name: "b", model: "m" });
  await expect(here.find("a")).rejects.toMatchObject({ code: "agent_unknown" });
  await there.delete("b");
  await expect(here.find(id)).rejects.toMatchObject({ code: "agent_unknown" });
  await expect(here.find("b")).rejects.toMatchObject({ code: "agent_unknown" });
});

test("an agent that did not change is the same value each time: nothing is read again", async () => {
  const { agents } = await openAt(tempDir());
  const { id } = await agents.create({ name: "a" });
  const found = await agents.find(id);
  expect(await agents.find(id)).toBe(found);
  await agents.update(id, { model: "m" });
  expect(await agents.find(id)).not.toBe(found);
});

test("the tasks of an agent that is deleted are cancelled, and those of others go on", async () => {
  const { agents, paths } = await openAt(tempDir());
  const [gone, stays] = [await agents.create({ name: "gone" }), await agents.create({ name: "stays" })];
  const db = controlDb(paths.data);
  onTestFinished(() => db.close());
  const tasks = new TaskStore(db);
  for (const { id } of [gone, stays]) await tasks.dispatch(wishOf({ agentId: id, owner: "another host" }));
  await agents.delete("gone");
  const left = await tasks.list({ limit: 10 });
  expect(left.map(({ agentId, status }) => [agentId, status])).toEqual([
    [stays.id, "running"],
    [gone.id, "cancelled"],
  ]);
  expect(await tasks.events(left[1]!.id, 1, 10)).toMatchObject([{ kind: "cancelled", toldAt: null }]);
});

test("an agent that is deleted takes along all that was kept for it, and nothing of others", async () => {
  const { host, agents, secrets, paths } = await openAt(tempDir());
  const [gone, stays] = [await agents.create({ name: "gone" }), await agents.create({ name: "stays" })];
  const { grants } = await host.permissions();
  const keys = await host.accessKeys();
  const opened = await controlAt(paths.data);
  const keyOf = new Map<string, string>();
  for (const { id } of [gone, stays]) {
    for (const pluginId of ["test.a", "library:test.b"]) await secrets.set({ pluginId, agentId: id, key: "k" }, "v");
    await grants.set({ pluginId: "test.a", toolId: "t", agentId: id, policy: "deny" });
    const { id: session } = await agents.sessions.create({
      agentId: id,
      pluginId: null,
      externalKey: null,
      title: "t",
    });
    await agents.sessions.append(session, [{ role: "user", content: "x" }]);
    keyOf.set(id, (await keys.create({ name: `key of ${id}`, agentId: id, expiresAt: null })).key);
    opened.write((sqlite) =>
      sqlite.prepare("INSERT INTO tool_outputs VALUES (?, NULL, ?, 't', 'c', 'now')").run(`output of ${id}`, id),
    );
  }
  expect(await agents.delete("gone")).toMatchObject({ id: gone.id, name: "gone" });

  const left = (await secrets.everything()).entries.map(({ agentId }) => agentId);
  expect([left.includes(gone.id), left.filter((id) => id === stays.id).length]).toEqual([false, 3]);
  expect((await grants.list()).map(({ agentId }) => agentId)).toEqual([stays.id]);
  expect((await agents.sessionsOf({})).map(({ agentId }) => agentId)).toEqual([stays.id]);
  expect(opened.read((sqlite) => sqlite.prepare("SELECT count(*) FROM turns").pluck().get())).toBe(1);
  expect(opened.read((sqlite) => sqlite.prepare("SELECT id FROM tool_outputs").pluck().all())).toEqual([
    `output of ${stays.id}`,
  ]);
  expect(await keys.check(keyOf.get(gone.id))).toEqual({ ok: false, reason: "revoked" });
  expect(await keys.check(keyOf.get(stays.id))).toMatchObject({ ok: true });
  await expect(agents.delete("gone")).rejects.toMatchObject({ code: "agent_unknown" });
});

test("a deletion that fails half-way leaves the agent, and the next one does the rest", async () => {
  const { host, stores, secrets, paths } = await openAt(tempDir());
  const db = controlDb(paths.data);
  onTestFinished(() => db.close());
  let failures = 1;
  const agents = openAgents({
    db,
    stores: async () => stores,
    async forgetGrants(agentId) {
      if (failures-- > 0) throw new Error("the disk is full");
      await (await host.permissions()).reset({ agentId });
    },
  });
  const { id, address } = await agents.create({ name: "a" });
  await secrets.set({ pluginId: "p", agentId: id, key: "k" }, "v");
  await agents.sessions.create({ agentId: id, pluginId: null, externalKey: null, title: "t" });
  await expect(agents.delete("a")).rejects.toThrow("the disk is full");
  expect(await agents.show("a")).toMatchObject({ id, address });
  expect(await secrets.get(identitySecret(id, address))).toBeDefined();
  expect(await agents.sessionsOf({ agent: "a" })).toHaveLength(1);
  await agents.delete("a");
  expect((await secrets.everything()).entries).toEqual([]);
  expect(await agents.sessionsOf({})).toEqual([]);
});

test("whoever listens is told of each change, until they have heard enough", async () => {
  const { agents } = await openAt(tempDir());
  let told = 0;
  const stop = agents.onChange(() => told++);
  await agents.create({ name: "a" });
  await agents.update("a", { model: "m" });
  await agents.delete("a");
  await expect(agents.create({ name: "default" })).rejects.toThrow();
  expect(told).toBe(3);
  stop();
  await agents.create({ name: "a" });
  expect(told).toBe(3);
});

test("sessions are listed for an agent by its id or name, a page of them when nobody says how many", async () => {
  const { agents } = await openAt(tempDir());
  const { id } = await agents.create({ name: "a" });
  const wish = { pluginId: null, externalKey: null, title: "t" };
  await agents.sessions.create({ ...wish, agentId: id });
  for (let made = 0; made <= SESSIONS_LISTED_DEFAULT; made++) {
    await agents.sessions.create({ ...wish, agentId: DEFAULT_AGENT_ID });
  }
  expect(await agents.sessionsOf({ agent: "A" })).toHaveLength(1);
  expect(await agents.sessionsOf({ agent: id.toLowerCase() })).toHaveLength(1);
  expect(await agents.sessionsOf({ agent: NOBODY })).toEqual([]);
  await expect(agents.sessionsOf({ agent: "nobody" })).rejects.toMatchObject({ code: "agent_unknown" });
  expect(await agents.sessionsOf({})).toHaveLength(SESSIONS_LISTED_DEFAULT);
  expect(await agents.sessionsOf({ limit: 1_000 })).toHaveLength(SESSIONS_LISTED_DEFAULT + 2);
  expect(await agents.sessionsOf({ limit: -1 })).toEqual([]);
});

test("however many sessions are asked for, SESSIONS_LISTED_MAX are listed", async () => {
  const { agents, paths } = await openAt(tempDir());
  const opened = await controlAt(paths.data);
  opened.write((sqlite) => {
    const add = sqlite.prepare("INSERT INTO sessions VALUES (?, ?, NULL, NULL, 't', '', ?)");
    for (let made = 0; made < SESSIONS_LISTED_MAX; made++) add.run(`S${made}`, DEFAULT_AGENT_ID, String(made));
  });
  expect(await agents.sessionsOf({ limit: Number.MAX_SAFE_INTEGER })).toHaveLength(SESSIONS_LISTED_MAX);
  opened.write((sqlite) => sqlite.exec("INSERT INTO sessions VALUES ('S', 'x', NULL, NULL, 't', '', 'x')"));
  expect(await agents.sessionsOf({ limit: Number.MAX_SAFE_INTEGER })).toHaveLength(SESSIONS_LISTED_MAX);
});

test("there are at most AGENTS_MAX agents, the default agent among them", async () => {
  const { agents, paths } = await openAt(tempDir());
  const opened = await controlAt(paths.data);
  opened.write((sqlite) => {
    for (let made = 0; made < AGENTS_MAX - 2; made++) {
      putAgent(sqlite, { ...DEFAULT_AGENT, id: `A${made}`, name: `a${made}`, isDefault: false });
    }
  });
  const last = await agents.create({ name: "last" });
  expect(await agents.ids()).toHaveLength(AGENTS_MAX);
  await expect(agents.create({ name: "one more" })).rejects.toMatchObject({ code: "agent_invalid" });
  expect(await agents.update("last", { model: "m" })).toMatchObject({ id: last.id });
});

test("a selection of tools that cannot be read gives no tools", async () => {
  const { agents, paths } = await openAt(tempDir());
  const { id } = await agents.create({ name: "a" });
  const opened = await controlAt(paths.data);
  for (const damage of ["{}", '{"mode":"some","names":[]}', '{"mode":"except"}', '{"mode":"except","names":[7]}']) {
    opened.write((sqlite) => sqlite.prepare("UPDATE agents SET tools = ? WHERE id = ?").run(damage, id));
    expect((await agents.find(id)).tools).toEqual({ mode: "only", names: [] });
  }
});

test("a wish that is refused leaves no agent and no key behind", async () => {
  const { agents, secrets } = await openAt(tempDir());
  await agents.create({ name: "a" });
  const wishes: (AgentChange & { name: string })[] = [{ name: "A" }, { name: "b", temperature: 9 }, { name: "" }];
  for (const wish of wishes) await expect(agents.create(wish)).rejects.toThrow();
  expect(await agents.ids()).toHaveLength(2);
  expect(await secrets.list(IDENTITY_OWNER)).toHaveLength(1);
});

async function controlAt(folder: string) {
  const db = controlDb(folder);
  onTestFinished(() => db.close());
  return await db.openForWrite();
}

test("an agent signs with its own key, also one that had none before, and one that is not there does not", async () => {
  const { agents } = await openAt(join(tempDir(), "data"));
  for (const named of ["default", (await agents.create({ name: "Ada" })).id]) {
    const { address, signature } = await agents.signAs(named, "a text");
    expect(address).toBe((await agents.show(named)).address);
    expect(recoverAddress("a text", signature)).toBe(address);
    expect(recoverAddress("another text", signature)).not.toBe(address);
  }
  await expect(agents.signAs(NOBODY, "x")).rejects.toMatchObject({ code: "agent_unknown" });
});

test("an agent that has no address gets one when it is asked for, and all who ask at once get the same", async () => {
  const { agents } = await openAt(tempDir());
  const [first, ...others] = await Promise.all([1, 2, 3].map(() => agents.addressOf(DEFAULT_AGENT_ID)));
  expect(first).toMatch(ADDRESS);
  expect(others).toEqual([first, first]);
  expect((await agents.show("default")).address).toBe(first);
  expect(await agents.addressOf(DEFAULT_AGENT_ID)).toBe(first);
  await expect(agents.addressOf(NOBODY)).rejects.toMatchObject({ code: "agent_unknown" });
});

test("an agent for which no key can be kept has an empty address, which is tried once", async () => {
  const { stores, paths } = await openAt(tempDir());
  const db = controlDb(paths.data);
  onTestFinished(() => db.close());
  let tries = 0;
  const agents = openAgents({
    db,
    async stores() {
      tries++;
      throw new HostError("store_broken", "the key store is locked");
    },
    async forgetGrants() {},
  });
  expect(await Promise.all([1, 2].map(() => agents.addressOf(DEFAULT_AGENT_ID)))).toEqual(["", ""]);
  expect([await agents.addressOf(DEFAULT_AGENT_ID), tries]).toEqual(["", 1]);
  const allowed = openAgents({ db, stores: async () => stores, async forgetGrants() {} });
  const { address } = await allowed.show("default");
  expect(await agents.addressOf(DEFAULT_AGENT_ID)).toBe(address);
});

test("an agent whose key is gone cannot sign, and the failure names no key", async () => {
  const folder = join(tempDir(), "data");
  const { agents, paths } = await openAt(folder);
  const db = controlDb(paths.data);
  onTestFinished(() => db.close());
  const address = `0x${"12".repeat(20)}`;
  (await db.openForWrite()).write((sqlite) =>
    putAgent(sqlite, { ...DEFAULT_AGENT, id: NOBODY, name: "Ada", isDefault: false, address }),
  );
  await expect(agents.signAs("Ada", "x")).rejects.toMatchObject({ code: "store_broken" });
});
