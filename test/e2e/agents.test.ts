// Agents, as a user meets them: with the real program.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { osaurusUser } from "../helpers/osaurus-user.ts";
import { runCli } from "../helpers/run-cli.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());
const user = () => osaurusUser(home);

const NOBODY = "99999999-9999-9999-9999-999999999999";

test("an agent is made, listed, shown, changed and deleted", async () => {
  const { json, osaurus, data } = user();
  const file = join(data, "prompt.txt");
  writeFileSync(file, "\ufeffBe brief.\n");
  const args = ["--name", "Helper", "--model", "m", "--temperature", "0.5", "--max-tokens", "64"];
  const made = await json("agents", "create", ...args, "--prompt-file", file, "--tool", "a.b/c", "--tool", "p/*");
  expect(made).toMatchObject({
    id: expect.stringMatching(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/),
    name: "Helper",
    model: "m",
    default: false,
    address: expect.stringMatching(/^0x[0-9a-f]{40}$/),
    prompt: "Be brief.\n",
    temperature: 0.5,
    max_tokens: 64,
    tools: { mode: "only", names: ["a.b/c", "p/*"] },
  });
  const list = await json<Record<string, unknown>[]>("agents", "list");
  expect(list.map(({ id }) => id)).toEqual([DEFAULT_AGENT_ID, made["id"]]);
  expect(list[0]).toMatchObject({ name: "default", model: null, default: true });
  expect(list[1]).toEqual(made);
  expect(await json("agents", "show", "helper")).toEqual(made);
  expect((await osaurus("agents", "list")).stdout).toMatch(/Helper.*only a\.b\/c, p\/\*/);

  const changes = ["--name", "Aide", "--no-model", "--prompt", "", "--temperature", "", "--max-tokens=", "--all-tools"];
  const cleared = { model: null, prompt: "", temperature: null, max_tokens: null, tools: { mode: "all" } };
  expect(await json("agents", "update", "HELPER", ...changes)).toEqual({ ...made, ...cleared, name: "Aide" });
  expect(await json("agents", "update", "aide", "--without-tool", "p/t")).toMatchObject({
    tools: { mode: "except", names: ["p/t"] },
  });
  expect(await json("agents", "delete", "aide")).toEqual({ id: made["id"], name: "Aide", deleted: true });
  expect(await json("agents", "list")).toEqual([list[0]]);
});

test("a prompt comes from standard input when its file is a dash", async () => {
  const { data, json } = user();
  const options = { program: "osaurus", env: { ...home.env, OSAURUS_HOME: data }, input: "Be\nkind." } as const;
  expect((await runCli(["agents", "create", "--name", "a", "--prompt-file", "-"], options)).code).toBe(0);
  expect(await json("agents", "show", "a")).toMatchObject({ prompt: "Be\nkind." });
});

test("mistakes about agents have their exit codes and say what helps", async () => {
  const { osaurus, exitCodes } = user();
  await osaurus("agents", "create", "--name", "a");
  const again = await osaurus("agents", "create", "--name", "A");
  expect(again).toMatchObject({ code: 2, stdout: "" });
  expect(again.stderr).toContain('there is an agent "A" already');
  const tokens = await osaurus("agents", "update", "a", "--max-tokens", "-1");
  expect(tokens.stderr).toContain("a whole number from 1");
  const codes = await exitCodes(
    ["agents", "create"],
    ["agents", "create", "--name", "x", "--tool", "t"],
    ["agents", "create", "--name", "x", "--tool", "p/t", "--without-tool", "p/u"],
    ["agents", "create", "--name", "x", "--temperature", "warm"],
    ["agents", "update", "a"],
    ["agents", "delete", "default"],
  );
  expect(codes).toEqual(Array.from(codes, () => 2));
  const unknown = await exitCodes(
    ["agents", "show", "nobody"],
    ["agents", "delete", NOBODY],
    ["agents", "create", "--name", "x", "--prompt-file", "/nowhere/at/all"],
  );
  expect(unknown).toEqual(Array.from(unknown, () => 10));
});

test("programs that start at once give an agent the same address", async () => {
  const { json } = user();
  const lists = await Promise.all([1, 2, 3].map(() => json<{ address: string }[]>("agents", "list")));
  expect(new Set(lists.map(([agent]) => agent!.address)).size).toBe(1);
});

test("every command with --agent takes a name; a name that no agent has exits 10, an id that none has is taken", async () => {
  const { data, json, osaurus, exitCodes, withHost } = user();
  installFixture(data, "echoes");
  const { id } = await json<{ id: string }>("agents", "create", "--name", "Helper");
  await withHost(
    async (host) => await (await host.settings()).set({ pluginId: "test.echoes", agentId: id, key: "k" }, "v"),
  );
  const commands = (agent: string) => [
    ["secrets", "list", "test.echoes", "--agent", agent],
    ["secrets", "set", "test.echoes", "k", "--agent", agent],
    ["permissions", "reset", "--agent", agent],
    ["insights", "--agent", agent],
    ["sessions", "list", "--agent", agent],
  ];
  expect(await exitCodes(...commands("nobody"))).toEqual([10, 10, 10, 10, 10]);
  expect(await exitCodes(...commands(NOBODY))).toEqual([0, 0, 0, 0, 0]);
  const rows = await json<Record<string, unknown>[]>("secrets", "list", "test.echoes", "--agent", "helper");
  expect(rows).toMatchObject([{ key: "k", agent_id: id, is_set: true }]);
  expect((await osaurus("secrets", "unset", "test.echoes", "k", "--agent", "HELPER")).code).toBe(0);
  const tool = await firstTool(json);
  expect(await json("permissions", "set", tool, "deny", "--agent", "helper")).toMatchObject({ agent_id: id });
  expect((await osaurus("permissions", "set", tool, "deny", "--agent", "nobody")).code).toBe(10);
  const call = ["tools", "call", "test.echoes", tool, "--agent"];
  expect((await osaurus(...call, "Helper")).code).toBe(20);
  expect((await osaurus(...call, "nobody")).code).toBe(10);
});

async function firstTool(json: <T>(...args: string[]) => Promise<T>): Promise<string> {
  const [plugin] = await json<{ tools: string[] }[]>("tools", "list");
  return plugin!.tools[0]!;
}
