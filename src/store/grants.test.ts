import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../test/helpers/eventually.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { controlDb } from "./control-db.ts";
import { type GrantSession, Grants, putGrant } from "./grants.ts";

const TOOL = { pluginId: "test.a", toolId: "erase" };
const AGENT = "11111111-1111-1111-1111-111111111111";
const OTHER = "22222222-2222-2222-2222-222222222222";

function grantsIn(folder: string): Grants {
  const db = controlDb(folder);
  onTestFinished(() => db.close());
  return new Grants(db);
}

test("nothing is known of a tool that nobody decided about", async () => {
  expect(await grantsIn(tempDir()).policyOf(TOOL, AGENT)).toBeUndefined();
});

test("a decision for one agent counts more than one for all", async () => {
  const grants = grantsIn(tempDir());
  await grants.set({ ...TOOL, agentId: null, policy: "auto" });
  await grants.set({ ...TOOL, agentId: AGENT, policy: "deny" });
  expect(await grants.policyOf(TOOL, AGENT)).toBe("deny");
  expect(await grants.policyOf(TOOL, OTHER)).toBe("auto");
  expect(await grants.policyOf({ ...TOOL, toolId: "erase2" }, OTHER)).toBeUndefined();
  expect(await grants.policyOf({ ...TOOL, pluginId: "test.b" }, OTHER)).toBeUndefined();
});

test("a decision for an agent without an id is refused, and replaces none for all agents", async () => {
  const folder = tempDir();
  const grants = grantsIn(folder);
  await grants.set({ ...TOOL, agentId: null, policy: "deny" });
  await expect(grants.set({ ...TOOL, agentId: "", policy: "auto" })).rejects.toMatchObject({ code: "agent_unknown" });
  expect(await grants.list()).toMatchObject([{ ...TOOL, agentId: null, policy: "deny" }]);
  expect(await grantsIn(folder).policyOf(TOOL, OTHER)).toBe("deny");
});

test("no name of a plugin, tool or agent is taken for another's", async () => {
  const grants = grantsIn(tempDir());
  await grants.set({ pluginId: "a", toolId: 'b","c', agentId: AGENT, policy: "auto" });
  await grants.set({ pluginId: "__proto__", toolId: "constructor", agentId: null, policy: "auto" });
  expect(await grants.policyOf({ pluginId: 'a","b', toolId: "c" }, AGENT)).toBeUndefined();
  expect(await grants.policyOf({ pluginId: "a", toolId: "constructor" }, AGENT)).toBeUndefined();
  // The mark of "all agents" is not an agent's id.
  expect(await grants.policyOf({ pluginId: "a", toolId: 'b","c' }, "")).toBeUndefined();
});

test("a decision takes the place of the one before and is kept", async () => {
  const folder = tempDir();
  const grants = grantsIn(folder);
  for (const policy of ["auto", "ask", "deny"] as const) await grants.set({ ...TOOL, agentId: null, policy });
  expect(await grants.policyOf(TOOL, AGENT)).toBe("deny");
  const again = grantsIn(folder);
  expect(await again.policyOf(TOOL, AGENT)).toBe("deny");
  expect(await again.list()).toMatchObject([{ ...TOOL, agentId: null, policy: "deny", source: "settings" }]);
});

test("answers come from memory, and own changes count at once", async () => {
  const grants = grantsIn(tempDir());
  await grants.set({ ...TOOL, agentId: null, policy: "auto" });
  expect(grants.policyOf(TOOL, AGENT)).toBe("auto");
  await grants.set({ ...TOOL, agentId: null, policy: "deny" });
  expect(grants.policyOf(TOOL, AGENT)).toBe("deny");
  await grants.reset();
  expect(grants.policyOf(TOOL, AGENT)).toBeUndefined();
});

test("changes by others count soon, the first one too, which makes the file", async () => {
  const folder = tempDir();
  const [grants, others] = [grantsIn(folder), grantsIn(folder)];
  const becomes = (policy: string | undefined) =>
    eventually(async () => expect(await grants.policyOf(TOOL, AGENT)).toBe(policy));
  await becomes(undefined);
  await others.set({ ...TOOL, agentId: AGENT, policy: "auto" });
  await becomes("auto");
  await others.set({ ...TOOL, agentId: AGENT, policy: "deny" });
  await becomes("deny");
  await others.reset({ tool: TOOL });
  await becomes(undefined);
});

test("forgetting takes just what was asked for, and says what it took", async () => {
  const grants = grantsIn(tempDir());
  const other = { ...TOOL, toolId: "list" };
  await grants.set({ ...TOOL, agentId: null, policy: "auto" });
  await grants.set({ ...TOOL, agentId: AGENT, policy: "deny" });
  await grants.set({ ...other, agentId: AGENT, policy: "deny" });
  await grants.set({ ...other, agentId: OTHER, policy: "ask" });
  expect(await grants.reset({ tool: TOOL, agentId: AGENT })).toMatchObject([{ ...TOOL, agentId: AGENT }]);
  expect(await grants.reset({ tool: TOOL })).toMatchObject([{ ...TOOL, agentId: null }]);
  expect(await grants.reset({ agentId: OTHER })).toMatchObject([{ ...other, agentId: OTHER }]);
  expect(await grants.reset()).toMatchObject([{ ...other, agentId: AGENT }]);
  expect(await grants.reset()).toEqual([]);
});

test("what is allowed for a session counts in this host alone, and is not kept", async () => {
  const folder = tempDir();
  const [grants, others] = [grantsIn(folder), grantsIn(folder)];
  await others.set({ ...TOOL, agentId: null, policy: "ask" });
  await grants.setForSession(TOOL, AGENT, "auto");
  expect(await grants.policyOf(TOOL, AGENT)).toBe("auto");
  expect(await grants.policyOf(TOOL, OTHER)).toBe("ask");
  expect(await others.policyOf(TOOL, AGENT)).toBe("ask");
  expect(await grants.list()).toHaveLength(1);
});

test("what is allowed for a session ends when somebody sets or resets permissions, here or in another process", async () => {
  for (const end of [
    (grants: Grants) => grants.set({ ...TOOL, agentId: null, policy: "deny" }),
    (grants: Grants) => grants.set({ ...TOOL, agentId: null, policy: "ask" }),
    (grants: Grants) => grants.reset(),
  ]) {
    for (const isOwn of [true, false]) {
      const folder = tempDir();
      const [grants, others] = [grantsIn(folder), grantsIn(folder)];
      await others.set({ ...TOOL, agentId: null, policy: "ask" });
      await grants.setForSession(TOOL, AGENT, "auto");
      expect(await grants.policyOf(TOOL, AGENT)).toBe("auto");
      await end(isOwn ? grants : others);
      await eventually(async () => expect(await grants.policyOf(TOOL, AGENT)).not.toBe("auto"));
    }
  }
});

test("resetting ends what is allowed for a session also where nothing was ever kept", async () => {
  const grants = grantsIn(tempDir());
  await grants.setForSession(TOOL, AGENT, "auto");
  expect(await grants.reset()).toMatchObject([{ ...TOOL, agentId: AGENT, policy: "auto", source: "session" }]);
  expect(await grants.reset()).toEqual([]);
  expect(await grants.policyOf(TOOL, AGENT)).toBeUndefined();
});

test("what is allowed in a session counts in no other and not outside of all, and ends with it", async () => {
  const db = controlDb(tempDir());
  onTestFinished(() => db.close());
  let now: GrantSession | undefined;
  const grants = new Grants(db, () => now);
  const policyIn = async (session: GrantSession | undefined) => {
    now = session;
    return await grants.policyOf(TOOL, AGENT);
  };
  const ending = new AbortController();
  const [one, two] = [{ kind: "conversation", id: "1" } as const, { kind: "conversation", id: "2" } as const];
  const program = { kind: "program", id: "3", over: ending.signal } as const;
  for (const session of [one, program, undefined]) {
    expect(await policyIn(session)).toBeUndefined();
    await grants.setForSession(TOOL, AGENT, session === undefined ? "deny" : "auto");
  }
  expect(await Promise.all([one, two, program, undefined].map(policyIn))).toEqual(["auto", undefined, "auto", "deny"]);
  const listed = async () => (await grants.listForSessions()).map(({ session }) => session?.id);
  expect(await listed()).toEqual(["1", "3", undefined]);
  expect(await grants.list()).toEqual([]);
  ending.abort();
  grants.endSession("1");
  expect(await listed()).toEqual([undefined]);
  // An answer that comes when the program has gone is for nobody.
  now = program;
  await grants.setForSession(TOOL, AGENT, "auto");
  expect(await listed()).toEqual([undefined]);
});

test("a refusal that is remembered in another process ends what is allowed for a session; other decisions do not", async () => {
  const folder = tempDir();
  const grants = grantsIn(folder);
  const db = controlDb(folder);
  onTestFinished(() => db.close());
  const remember = async (toolId: string) =>
    (await db.openForWrite()).write((sqlite) =>
      putGrant(sqlite, { ...TOOL, toolId, agentId: AGENT, policy: "deny", source: "approval" }),
    );
  await remember("first");
  await grants.setForSession(TOOL, AGENT, "auto");
  await remember("another");
  const another = { ...TOOL, toolId: "another" };
  await eventually(async () => expect(await grants.policyOf(another, AGENT)).toBe("deny"));
  expect(await grants.policyOf(TOOL, AGENT)).toBe("auto");
  await remember(TOOL.toolId);
  await eventually(async () => expect(await grants.policyOf(TOOL, AGENT)).toBe("deny"));
});

test("nothing is allowed from a file that cannot be read", async () => {
  const folder = tempDir();
  writeFileSync(join(folder, "osprey.db"), "no database\n".repeat(1000));
  const grants = grantsIn(folder);
  for (let count = 0; count < 2; count++) {
    await expect(Promise.resolve(grants.policyOf(TOOL, AGENT))).rejects.toMatchObject({ code: "store_broken" });
  }
});
