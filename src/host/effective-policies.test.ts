import { expect, test } from "vitest";
import type { PermissionPolicy } from "../protocol/manifest.ts";
import type { Grant } from "../store/grants.ts";
import type { ShelfTool } from "../tools/shelf.ts";
import { effectivePolicies } from "./effective-policies.ts";

const tool: ShelfTool = {
  name: "send",
  kind: "native",
  pluginId: "test.mail",
  toolId: "send",
  description: "",
  inputSchema: {},
  annotations: {},
  requirements: [],
  policy: "ask",
};

function grant(agentId: string | null, policy: PermissionPolicy, pluginId = "test.mail"): Grant {
  return { pluginId, toolId: "send", agentId, policy, source: "settings", createdAt: "" };
}

/** Remembers the grants, and what was allowed for a session. */
async function policyFor(
  agentId: string | undefined,
  grants: readonly Grant[],
  session?: PermissionPolicy,
  shown = tool,
) {
  const find = (id: string | null) => grants.find((one) => one.agentId === id)?.policy;
  const book = { policyOf: (_: unknown, id: string) => session ?? find(id) ?? find(null) };
  const [row] = await effectivePolicies([shown], { book, grants }, agentId);
  return [row!.policy, row!.source];
}

test("what the plugin says counts while nobody decided", async () => {
  expect(await policyFor("a", [])).toEqual(["ask", "plugin"]);
  expect(await policyFor(undefined, [])).toEqual(["ask", "plugin"]);
});

test("a decision for all agents comes before the plugin's, and one for the agent before that", async () => {
  const grants = [grant(null, "deny"), grant("a", "auto")];
  expect(await policyFor("a", grants)).toEqual(["auto", "agent"]);
  expect(await policyFor("b", grants)).toEqual(["deny", "all_agents"]);
  expect(await policyFor(undefined, grants)).toEqual(["deny", "all_agents"]);
  expect(await policyFor("b", [grant("a", "auto")])).toEqual(["ask", "plugin"]);
});

test("what was allowed for a session is told as that", async () => {
  expect(await policyFor("a", [grant(null, "ask")], "auto")).toEqual(["auto", "session"]);
});

test("decisions about a process plugin are not those about a native one of the same id", async () => {
  const shown = { ...tool, kind: "process" } as const;
  const grants = [grant(null, "deny")];
  expect(
    (await effectivePolicies([shown], { book: { policyOf: () => undefined }, grants }, undefined))[0],
  ).toMatchObject({
    policy: "ask",
    source: "plugin",
    grantsId: "process:test.mail",
  });
});
