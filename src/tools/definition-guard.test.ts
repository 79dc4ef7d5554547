import { writeFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { controlDb } from "../store/control-db.ts";
import { DefinitionApprovals } from "../store/definition-approvals.ts";
import { ToolDefinitions } from "../store/tool-definitions.ts";
import { RememberedDefinitions } from "./definition-guard.ts";
import { definedTool } from "./tool-definition.ts";

const ID = "test.words";
const ALLOW = { allow: true, remember: "always" } as const;
const DENY = { allow: false, remember: "always" } as const;

/** One of several that use the same folder, as processes would. */
function guardIn(data: string): RememberedDefinitions {
  const db = controlDb(data);
  onTestFinished(() => db.close());
  return new RememberedDefinitions(new ToolDefinitions(data), new DefinitionApprovals(db));
}

const tool = (description: string, toolId = "say") =>
  definedTool({ pluginId: ID, toolId }, () => ({
    name: toolId,
    description,
    parameters: undefined,
    requirements: [],
    policy: "auto",
  }));

const CHANGED = { code: "definition_changed" };

test("a tool is remembered when it is seen first, and held back when it says something else", async () => {
  const guard = guardIn(tempDir());
  expect(await guard.refusalOf(tool("one"))).toBeUndefined();
  // From memory, without waiting for anything.
  expect(guard.refusalOf(tool("one"))).toBeUndefined();
  const refusal = await guard.refusalOf(tool("two"));
  const [row, ...more] = await guard.list();
  expect(more).toEqual([]);
  expect(row).toMatchObject({
    pluginId: ID,
    toolId: "say",
    old: tool("one").definition(),
    now: tool("two").definition(),
  });
  expect(refusal).toMatchObject({ ...CHANGED, details: { plugin: ID, tool: "say", approval: row!.id } });
  expect(refusal!.message).toContain(row!.id);
  expect(refusal!.hint).toContain(`osaurus approvals allow ${row!.id}`);
  expect(await guard.refusalOf(tool("two"))).toMatchObject({ details: { approval: row!.id } });
  expect(await guard.refusalOf(tool("one"))).toBeUndefined();
});

test("many tools are noticed at once: new ones are remembered, each that changed gets one row", async () => {
  const guard = guardIn(tempDir());
  const names = ["a", "b", "c"];
  expect(
    (
      await guard.notice(
        ID,
        names.map((name) => tool("one", name)),
      )
    ).size,
  ).toBe(0);
  const refusals = await guard.notice(ID, [tool("two", "a"), tool("one", "b"), tool("two", "c"), tool("two", "d")]);
  expect([...refusals.keys()]).toEqual(["a", "c"]);
  expect(await guard.notice(ID, [])).toEqual(new Map());
  expect((await guard.list()).map(({ toolId }) => toolId).sort()).toEqual(["a", "c"]);
  await guard.approve(ID, [tool("two", "a")]);
  expect((await guard.list()).map(({ toolId }) => toolId)).toEqual(["c"]);
  expect(guard.refusalOf(tool("two", "a"))).toBeUndefined();
});

test("an answer counts for the definition that was shown and for no other", async () => {
  const data = tempDir();
  const [guard, elsewhere] = [guardIn(data), guardIn(data)];
  await guard.refusalOf(tool("one"));
  await guard.refusalOf(tool("two"));
  const [second] = await guard.list();
  await guard.refusalOf(tool("three"));
  await expect(elsewhere.answer(second!.id, ALLOW)).rejects.toMatchObject({ code: "approval_settled" });
  const [third] = await guard.list();
  expect(third).toMatchObject({ old: tool("one").definition(), now: tool("three").definition() });
  expect(await elsewhere.answer(third!.id.toUpperCase(), ALLOW)).toMatchObject({ toolId: "say" });
  await expect(guard.answer(third!.id, DENY)).rejects.toMatchObject({ code: "approval_settled" });
  expect(await elsewhere.answer("nothing1", ALLOW)).toBeUndefined();
  expect(await guard.refusalOf(tool("three"))).toBeUndefined();
  expect(await guard.refusalOf(tool("one"))).toMatchObject(CHANGED);
});

test("a refused definition is not asked about again, another one is", async () => {
  const guard = guardIn(tempDir());
  await guard.refusalOf(tool("one"));
  await guard.refusalOf(tool("two"));
  await guard.answer((await guard.list())[0]!.id, DENY);
  const refused = await guard.refusalOf(tool("two"));
  expect([refused?.code, refused?.hint]).toEqual([CHANGED.code, expect.stringContaining("permissions set")]);
  expect(await guard.list()).toEqual([]);
  await guard.refusalOf(tool("three"));
  expect(await guard.list()).toHaveLength(1);
  await guard.approve(ID, [tool("two")]);
  expect(await guard.refusalOf(tool("two"))).toBeUndefined();
});

test("a forgotten plugin begins anew, and its rows are gone", async () => {
  const guard = guardIn(tempDir());
  await guard.refusalOf(tool("one"));
  await guard.refusalOf(tool("two"));
  await guard.forget(ID);
  expect(await guard.list()).toEqual([]);
  expect(guard.isKnown(ID)).toBe(false);
  expect(await guard.refusalOf(tool("two"))).toBeUndefined();
});

test("two that see a tool first at the same moment agree on what it is", async () => {
  const data = tempDir();
  const guards = [guardIn(data), guardIn(data)];
  const refusals = await Promise.all(guards.map((guard, index) => guard.refusalOf(tool(`seen by ${index}`))));
  expect(refusals.filter((one) => one === undefined)).toHaveLength(1);
  expect(refusals.find((one) => one !== undefined)).toMatchObject(CHANGED);
});

test("tools of an author's build stay its own while it is loaded, and nothing is remembered of them", async () => {
  const data = tempDir();
  const db = controlDb(data);
  onTestFinished(() => db.close());
  let isBuildInUse = true;
  const definitions = new ToolDefinitions(data);
  const guard = new RememberedDefinitions(definitions, new DefinitionApprovals(db), () => isBuildInUse);
  const ofBuild = tool("of the build");
  await guard.loaded(ID, [ofBuild]);
  // The version of before is in use again, and not loaded yet.
  isBuildInUse = false;
  expect(await guard.refusalOf(ofBuild)).toBeUndefined();
  expect((await guard.notice(ID, [ofBuild])).size).toBe(0);
  expect(definitions.tools(ID).size).toBe(0);
  await guard.loaded(ID, [tool("of the release")]);
  expect(await guard.refusalOf(tool("of the release"))).toBeUndefined();
  expect(await guard.refusalOf(tool("another"))).toMatchObject(CHANGED);
});

test("where nothing can be remembered, nothing runs", async () => {
  const data = tempDir();
  writeFileSync(`${data}/Definitions`, "");
  const guard = guardIn(data);
  expect(await guard.refusalOf(tool("one"))).toMatchObject({ code: "store_broken" });
  expect((await guard.notice(ID, [tool("one", "a")])).get("a")).toMatchObject({ code: "store_broken" });
});
