import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { deniedCommandsPath } from "../base/paths.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { DENIED_COMMANDS_BYTES_MAX } from "../protocol/limits.ts";
import { Approvals } from "./approvals.ts";
import { controlDb } from "./control-db.ts";
import { isDeniedCommand } from "./denied-commands.ts";
import { Grants } from "./grants.ts";

const HOST = { pluginId: "process:inventory", toolId: "inventory host" };
const AGENT = "11111111-1111-1111-1111-111111111111";

function open() {
  const data = tempDir();
  const db = controlDb(data);
  onTestFinished(() => db.close());
  const path = deniedCommandsPath({ data });
  const isDenied = (pluginId = "inventory", command = "inventory host") => isDeniedCommand(data, pluginId, command);
  return { data, db, path, grants: new Grants(db), isDenied };
}

test("a command that is denied to all is in the file until that is forgotten; where none is denied there is no file", async () => {
  const { grants, path, isDenied } = open();
  await grants.set({ ...HOST, agentId: null, policy: "ask" });
  expect([existsSync(path), isDenied()]).toEqual([false, false]);
  await grants.set({ ...HOST, agentId: null, policy: "deny" });
  expect([isDenied(), isDenied("inventory", "inventory"), isDenied("other")]).toEqual([true, false, false]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await grants.reset({ agentId: AGENT });
  expect(isDenied()).toBe(true);
  await grants.reset();
  expect([existsSync(path), isDenied()]).toEqual([false, false]);
});

test("what was decided for the default agent counts more than what was decided for all, and other agents do not count", async () => {
  const { grants, isDenied } = open();
  await grants.set({ ...HOST, agentId: AGENT, policy: "deny" });
  expect(isDenied()).toBe(false);
  await grants.set({ ...HOST, agentId: DEFAULT_AGENT_ID, policy: "deny" });
  expect(isDenied()).toBe(true);
  await grants.set({ ...HOST, agentId: null, policy: "deny" });
  await grants.set({ ...HOST, agentId: DEFAULT_AGENT_ID, policy: "auto" });
  expect(isDenied()).toBe(false);
});

test("only commands are in the file: neither native tools nor those of libraries, whatever they are called", async () => {
  const { grants, path } = open();
  for (const pluginId of ["inventory", "library:process:inventory", "processor", "Process:inventory"]) {
    await grants.set({ ...HOST, pluginId, agentId: null, policy: "deny" });
  }
  expect(existsSync(path)).toBe(false);
  await grants.set({ pluginId: "process:__proto__", toolId: "constructor", agentId: null, policy: "deny" });
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual([["__proto__", "constructor"]]);
});

test('the answer "no, never" to a question is in the file', async () => {
  const { db, isDenied } = open();
  const approvals = new Approvals(db);
  const question = { ...HOST, agentId: DEFAULT_AGENT_ID, description: "", requirements: [], input: "{}" };
  const asked = await approvals.open(question, 10_000);
  await approvals.answer(asked.id, { allow: false, remember: "always" }, "approval");
  expect(isDenied()).toBe(true);
});

test("a file that says nothing is no permission, and the next decision writes it anew", async () => {
  const { grants, path, isDenied } = open();
  await grants.set({ ...HOST, agentId: null, policy: "deny" });
  for (const text of [
    "",
    "[",
    "{}",
    '[["inventory"]]',
    '[["inventory",1]]',
    " ".repeat(DENIED_COMMANDS_BYTES_MAX + 1),
  ]) {
    writeFileSync(path, text);
    expect(() => isDenied()).toThrow(expect.objectContaining({ code: "store_broken" }));
  }
  await grants.set({ pluginId: "test.a", toolId: "t", agentId: null, policy: "auto" });
  expect(isDenied()).toBe(true);
});

test("a link in the file's place is replaced and not followed", async () => {
  const { grants, data, path, isDenied } = open();
  const target = join(data, "somebody-elses");
  writeFileSync(target, "as it was");
  symlinkSync(target, path);
  await grants.set({ ...HOST, agentId: null, policy: "deny" });
  expect([isDenied(), readFileSync(target, "utf8")]).toEqual([true, "as it was"]);
});

test("a decision that the file cannot take is not made", async () => {
  const { grants, path } = open();
  mkdirSync(path);
  await expect(grants.set({ ...HOST, agentId: null, policy: "deny" })).rejects.toThrow();
  expect(await grants.list()).toEqual([]);
});

test("the file is as large as it may be, and a decision beyond that is refused", async () => {
  const { grants, isDenied } = open();
  const around = Buffer.byteLength('[["inventory",""]]\n');
  const toolId = "x".repeat(DENIED_COMMANDS_BYTES_MAX - around);
  await grants.set({ ...HOST, toolId, agentId: null, policy: "deny" });
  expect(isDenied("inventory", toolId)).toBe(true);
  await grants.reset();
  const tooLong = grants.set({ ...HOST, toolId: `${toolId}x`, agentId: null, policy: "deny" });
  await expect(tooLong).rejects.toMatchObject({ code: "store_broken" });
  expect(await grants.list()).toEqual([]);
});
