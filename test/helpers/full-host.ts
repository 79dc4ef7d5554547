// A served host with something of everything, so that each list of its API has a row and each operation something to do.

import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { insightsPath } from "../../src/host/stores.ts";
import { Insights } from "../../src/insights/insights.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { eventually } from "./eventually.ts";
import { installFixture } from "./installed-plugin.ts";
import { makeRegistry } from "./made-registry.ts";
import { makeSigningKey } from "./minisign-keys.ts";
import { OFFERED_ID, offeredZip, sayOfItself } from "./offered-plugin.ts";
import type { ServedHost } from "./served-host.ts";
import type { ToldTaskService } from "./told-task-service.ts";
import { writePlugin } from "./written-plugins.ts";

const DATABASE_PROGRAM = join(import.meta.dirname, "../../build/native/osprey-database");

/** Asks the control API for something; the answer's body. */
type Ask = (
  method: string,
  path: string,
  asked?: { readonly body?: unknown },
  // biome-ignore lint/suspicious/noExplicitAny: helpers look into it as they like.
) => Promise<{ readonly body: any }>;

/**
 * Fills it, and gives the ids of what it made. Nothing is left to be ended: the call that waits for consent ends with the host
 * where nobody answers it.
 */
export async function fillHost(served: ServedHost, tasks: ToldTaskService, ask: Ask) {
  const data = served.home.env["OSAURUS_HOME"]!;
  installFixture(data, "greets");
  for (const version of ["0.9.0", "1.0.0"]) installFixture(data, "shouts", { version });
  writePlugin({ dir: join(served.home.env["XDG_CONFIG_HOME"]!, "osp", "plugins"), name: "described" });
  const agent = await ask("POST", "/agents", { body: { name: "made" } });
  const key = await ask("POST", "/keys", { body: { name: "made" } });
  await recordRow(data);
  return {
    agent_id: agent.body.id as string,
    key_id: key.body.id as string,
    consent: await offerUpgrade(served, ask),
    /** One that the host does not know yet. */
    registry: makeRegistry(join(served.home.path, "other registry")).root,
    approval_id: await askConsent(served, ask),
    ...(await beginTasks(served, tasks)),
    ...(await chat(served, ask)),
  };
}

async function recordRow(data: string): Promise<void> {
  const warn = (text: string) => {
    throw new Error(text);
  };
  const path = insightsPath({ data });
  const insights = new Insights({ path, program: DATABASE_PROGRAM, ageMsMax: Number.MAX_SAFE_INTEGER, warn });
  insights.record({
    time: Date.parse("2026-03-01T12:00:00.000Z"),
    pluginId: "test.echoes",
    agentId: DEFAULT_AGENT_ID,
    kind: "tool",
    method: "POST",
    path: "/tools/echo",
    status: 200,
    durationMs: 1.5,
    request: "{}",
    response: "{}",
    traceId: "trace",
  });
  await insights.stop();
}

/** A plugin of a registry, with a newer version there that wants more; gives the consent to that one. */
async function offerUpgrade(served: ServedHost, ask: Ask): Promise<string> {
  const key = makeSigningKey();
  const registry = makeRegistry(join(served.home.path, "registry"));
  const publish = (version: string, requirements: readonly string[]) => {
    const more = { docs: { links: [{ label: "Home", url: "https://example.org" }] } };
    sayOfItself(served.home.env, { version, requirements, more });
    const archive = offeredZip({ version, requirements, more }, undefined, { "CHANGELOG.md": "# 1.0.0\n" });
    registry.publish({ id: OFFERED_ID, version, key, archive });
  };
  const digestOf = async (path: string, body: object) => (await ask("POST", path, { body })).body.question.digest;
  await ask("POST", "/registries", { body: { location: registry.root, name: "kept" } });
  publish("1.0.0", ["network"]);
  const wanted = { spec: OFFERED_ID };
  const consent = await digestOf("/plugins/install", wanted);
  const installed = await ask("POST", "/plugins/install", { body: { ...wanted, consent } });
  expect(installed.body).toMatchObject({ state: "installed" });
  publish("1.1.0", ["network", "contacts"]);
  return await digestOf(`/plugins/${OFFERED_ID}/upgrade`, {});
}

/** A call that waits, beside a tool whose definition changed; gives the id of the call. */
async function askConsent(served: ServedHost, ask: Ask): Promise<string> {
  installFixture(served.home.env["OSAURUS_HOME"]!, "echoes-input", { consent: ["network", "calendar"] });
  const shelf = await served.host.shelf();
  const agent = await (await served.host.agents()).find(undefined);
  const tool = "test.echoes-input/checked-asks";
  shelf.call({ tool, input: '{"n":1}', agent, agentId: DEFAULT_AGENT_ID }).catch(() => {});
  const permissions = await served.host.permissions();
  for (const text of ["Reads.", "Writes."]) {
    const hash = createHash("sha256").update(text).digest("hex");
    const changed = {
      pluginId: "test.changed",
      toolId: "changed",
      path: undefined,
      definition: () => ({ hash, text }),
    };
    await permissions.definitions.notice("test.changed", [changed]);
  }
  await permissions.set("test.echoes/echo", "ask", null);
  await permissions.allowHost({ pluginId: "test.echoes", host: "printer.local", port: null });
  return await eventually(async () => {
    const { approvals } = (await ask("GET", "/approvals")).body;
    expect(approvals).toMatchObject([{ kind: "call" }, { kind: "definition" }]);
    return approvals[0].id;
  });
}

async function beginTasks(served: ServedHost, tasks: ToldTaskService) {
  const file = await (await served.host.artifacts()).save("task", "notes.txt", Buffer.from("notes"));
  const artifact = { ...file, is_directory: false, description: "What there is to know." };
  const { id: running } = tasks.add({ artifacts: [artifact], tools: ["echo"] });
  tasks.tell(running, "started", { title: "x" });
  const question = { question: "Which?", allow_multiple: false, options: ["a", "b"] };
  const { id: asking } = tasks.add({ status: "awaitingClarification", question });
  const { id: interrupted } = tasks.add();
  return { running_id: running, asking_id: asking, interrupted_id: interrupted };
}

/** A conversation with one answer, and another one, by a scripted model that calls a tool. */
async function chat(served: ServedHost, ask: Ask) {
  const script = join(served.home.path, "script.json");
  const turns = [{ reasoning: "Hm.", tool_calls: [{ name: "echo", arguments: {} }] }, { text: "Hello." }];
  writeFileSync(script, JSON.stringify({ turns }));
  await (await served.host.models()).addProvider({ name: "scripted", script }, new AbortController().signal);
  const { body } = await ask("POST", "/sessions", { body: { text: "Hello" } });
  const other = await ask("POST", "/sessions", { body: { text: "Hello" } });
  await eventually(async () => expect((await ask("GET", `/runs/${body.run_id}`)).body.state).toBe("over"));
  const { run_id, session_id } = body as { run_id: string; session_id: string };
  await (await served.host.artifacts()).save(session_id, "answer.txt", Buffer.from("Hello."));
  return { run_id, session_id, other_id: other.body.session_id as string, script };
}
