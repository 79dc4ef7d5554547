// /api/v1/approvals with real plugins of both kinds: what waits is seen, answered and made with other arguments.

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { APPROVAL_ARGUMENTS_CHARS_MAX } from "../../src/protocol/limits.ts";
import type { ToolOutcome } from "../../src/tools/call-tool.ts";
import { eventually } from "../helpers/eventually.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { runCli } from "../helpers/run-cli.ts";
import { type ServedHost, serveHost } from "../helpers/served-host.ts";

const NATIVE = "test.echoes-input/checked-asks";
const PROCESS = "process:shows-words/show words";

let served: ServedHost;
let agentKey: string;
beforeAll(async () => {
  served = await serveHost();
  const { OSAURUS_HOME: data, XDG_CONFIG_HOME: config } = served.home.env;
  installFixture(data!, "echoes-input", { consent: ["network", "calendar"] });
  writeProcessPlugin(join(config!, "osp/plugins"));
  const agent = await (await served.host.agents()).create({ name: "mine" });
  const keys = await served.host.accessKeys();
  await (await served.host.permissions()).set(PROCESS, "ask", null);
  agentKey = (await keys.create({ name: "mine", agentId: agent.id, expiresAt: null })).key;
});
afterAll(async () => await served?.stop());

/** A command that gives back the words that it got. */
function writeProcessPlugin(folder: string): void {
  const words = { name: "words", about: "Shows its words.", flags: { "--count": {} } };
  const commands = [{ name: "show", subcommands: [words] }];
  const description = { protocol_version: 1, plugin_id: "shows-words", plugin_version: "1.0.0", commands };
  const answer = '{"protocol_version":1,"ok":true,"data":%s,"meta":{}}'.replace("%s", "' + words + '");
  const script = `#!${process.execPath}
const words = JSON.stringify(process.argv.slice(2));
if (process.argv[2] === "--describe") console.log(${JSON.stringify(JSON.stringify(description))});
else console.log('${answer}');
`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "osp-shows-words"), script, { mode: 0o755 });
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
type Json = any;

async function ask(
  path: string,
  body?: unknown,
  key: string | null = served.key,
): Promise<{ status: number; json: Json }> {
  const response = await fetch(`${served.url}/api/v1${path}`, {
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    headers: { "content-type": "application/json", ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
  });
  return { status: response.status, json: await response.json() };
}

const list = async (): Promise<Json[]> => (await ask("/approvals")).json.approvals;

/** A call that waits, with its row. */
async function waiting(tool: string, input: string): Promise<{ id: string; row: Json; outcome: Promise<ToolOutcome> }> {
  const shelf = await served.host.shelf();
  const agent = await (await served.host.agents()).find(undefined);
  const outcome = shelf.call({ tool, input, agent, agentId: DEFAULT_AGENT_ID });
  outcome.catch(() => {});
  const row = await eventually(async () => {
    const rows = await list();
    expect(rows).toHaveLength(1);
    return rows[0];
  });
  return { id: row.id, row, outcome };
}

const allow = (id: string, more: object = {}) => ask(`/approvals/${id}`, { decision: "allow", ...more });

describe("a call that waits", () => {
  test("is listed with what it would do, and runs once it is allowed", async () => {
    const { id, row, outcome } = await waiting(NATIVE, '{"n": 1}');
    expect(row).toMatchObject({
      kind: "call",
      plugin_id: "test.echoes-input",
      tool: "checked-asks",
      agent_id: DEFAULT_AGENT_ID,
      agent_name: "default",
      input: '{"n":1}',
    });
    expect(await allow(id)).toMatchObject({
      status: 200,
      json: { id, kind: "call", status: "allowed", remember: "once", edited: false },
    });
    expect(await outcome).toMatchObject({ envelope: { ok: true, result: { n: 1 } } });
    expect(await list()).toEqual([]);
    expect((await allow(id)).json.error).toMatchObject({ code: "approval_settled" });
  });

  test("is refused when it is denied, and a refusal for good is one", async () => {
    const { id, outcome } = await waiting(NATIVE, "{}");
    const denied = await ask(`/approvals/${id}`, { decision: "deny", remember: "always" });
    expect(denied.json).toMatchObject({ status: "denied", remember: "always" });
    expect(await outcome).toMatchObject({ envelope: { ok: false, kind: "user_denied", code: "approval_denied" } });
    expect(await (await served.host.permissions()).reset({ name: NATIVE })).toMatchObject([{ policy: "deny" }]);
  });

  test.each([
    [NATIVE, '{"n":1}', '{"n":2}', '{"n":"two"}', "n", { n: 2 }],
    [PROCESS, '{"count":"1"}', '{"count":"2"}', '{"count":{}}', "count", ["show", "words", "--count", "2"]],
  ])("of %s is made with other arguments, which are checked before anything is answered", async (...row) => {
    const [tool, given, wanted, wrong, field, result] = row;
    const { id, outcome } = await waiting(tool, given);
    const whole = (await ask(`/approvals/${id}/arguments`)).json;
    expect(whole).toMatchObject({ id, arguments: given, schema: { type: "object", properties: { [field]: {} } } });
    const refused = await allow(id, { arguments: wrong, remember: "always" });
    expect([refused.status, refused.json.error]).toMatchObject([
      400,
      { code: "arguments_invalid", details: { key: "arguments", field } },
    ]);
    for (const unfit of ['{"other":1}', "no json", { other: 1 }]) {
      expect((await allow(id, { arguments: unfit })).json.error.code).toBe("arguments_invalid");
    }
    // It still waits, and nothing is remembered.
    expect(await list()).toMatchObject([{ id, input: given }]);
    expect((await allow(id, { arguments: wanted })).json).toMatchObject({ status: "allowed", edited: true });
    const { envelope, edited } = await outcome;
    expect(envelope).toMatchObject({ ok: true, result });
    expect(edited).toBe(wanted);
    expect((await (await served.host.permissions()).listGrants()).filter(({ policy }) => policy !== "ask")).toEqual([]);
  });

  test("whose arguments are changed for good is remembered for the tool, with the arguments of each call", async () => {
    const { id, outcome } = await waiting(NATIVE, '{"n":1}');
    await allow(id, { arguments: { n: 3 }, remember: "always" });
    expect((await outcome).envelope).toMatchObject({ result: { n: 3 } });
    const agent = await (await served.host.agents()).find(undefined);
    const shelf = await served.host.shelf();
    const next = await shelf.call({ tool: NATIVE, input: '{"n":4}', agent, agentId: DEFAULT_AGENT_ID });
    expect(next.envelope).toMatchObject({ result: { n: 4 } });
    await (await served.host.permissions()).reset({ name: NATIVE });
  });

  test("takes arguments up to their limit, and none one past it", async () => {
    const tool = "test.echoes-input/asks";
    const text = (chars: number) => `{"s":"${"x".repeat(chars - '{"s":""}'.length)}"}`;
    const { id, outcome } = await waiting(tool, "{}");
    const tooLong = await allow(id, { arguments: text(APPROVAL_ARGUMENTS_CHARS_MAX + 1) });
    expect([tooLong.status, tooLong.json.error.code]).toEqual([400, "request_invalid"]);
    // The same in a form whose length shows only when it is written.
    const { s } = JSON.parse(text(APPROVAL_ARGUMENTS_CHARS_MAX + 1)) as { s: string };
    expect((await allow(id, { arguments: { s } })).json.error.code).toBe("input_too_large");
    await allow(id, { arguments: text(APPROVAL_ARGUMENTS_CHARS_MAX) });
    expect((await outcome).edited).toHaveLength(APPROVAL_ARGUMENTS_CHARS_MAX);
    // What was too long from the start is shown in part, and cannot be changed.
    const long = await waiting(tool, text(APPROVAL_ARGUMENTS_CHARS_MAX + 1));
    expect((await ask(`/approvals/${long.id}/arguments`)).json).toMatchObject({ arguments: null, schema: null });
    expect((await allow(long.id, { arguments: "{}" })).json.error.code).toBe("input_too_large");
    await allow(long.id);
    expect((await long.outcome).envelope).toMatchObject({ ok: true });
  });

  test("is answered from the terminal with other arguments, and told so", async () => {
    const { id, outcome } = await waiting(NATIVE, '{"n":1}');
    const osaurus = (...args: string[]) => runCli(args, { program: "osaurus", env: served.home.env });
    expect(await osaurus("approvals", "allow", id, "--args", '{"n":"x"}', "--json")).toMatchObject({
      code: 2,
      stdout: expect.stringContaining("arguments_invalid"),
    });
    const allowed = await osaurus("approvals", "allow", id, "--once", "--args", '{"n":5}');
    expect(allowed).toMatchObject({ code: 0, stderr: expect.stringContaining("other arguments") });
    expect(await outcome).toMatchObject({ envelope: { result: { n: 5 } }, edited: '{"n":5}' });
  });
});

test("who has no key, or one for an agent, sees and answers nothing; who answers wrongly neither", async () => {
  const { id, outcome } = await waiting(NATIVE, "{}");
  const paths = [["/approvals"], [`/approvals/${id}/arguments`], [`/approvals/${id}`, { decision: "allow" }]] as const;
  for (const [path, body] of paths) {
    expect((await ask(path, body, null)).status).toBe(401);
    expect(await ask(path, body, agentKey)).toMatchObject({
      status: 403,
      json: { error: { code: "agent_scope_denied" } },
    });
  }
  for (const body of [
    {},
    { decision: "maybe" },
    { decision: "allow", remember: "ever" },
    { decision: "allow", more: 1 },
  ]) {
    expect((await ask(`/approvals/${id}`, body)).json.error.code).toBe("request_invalid");
  }
  const denied = await ask(`/approvals/${id}`, { decision: "deny", arguments: "{}" });
  expect(denied.json.error.code).toBe("usage_invalid");
  for (const path of ["/approvals/abcdefgh/arguments", "/approvals/abcdefgh"]) {
    const gone = await ask(path, path.endsWith("h") ? { decision: "allow" } : undefined);
    expect([gone.status, gone.json.error.code]).toEqual([404, "approval_unknown"]);
  }
  expect(await list()).toHaveLength(1);
  await allow(id);
  expect((await outcome).envelope).toMatchObject({ ok: true });
});

test("a tool whose definition changed is in the same list, with what changed, and runs when it is approved", async () => {
  const { definitions } = await served.host.permissions();
  const tool = (text: string) => ({
    pluginId: "test.changed",
    toolId: "changed",
    path: undefined,
    definition: () => ({ hash: createHash("sha256").update(text).digest("hex"), text }),
  });
  await definitions.notice("test.changed", [tool("Reads.\nOnly.")]);
  const change = async (text: string): Promise<Json> => {
    const refused = await definitions.notice("test.changed", [tool(text)]);
    expect(refused.get("changed")).toMatchObject({ code: "definition_changed" });
    return (await list())[0];
  };
  const row = await change("Reads.\nAnd writes.");
  expect(row).toMatchObject({
    kind: "definition",
    plugin_id: "test.changed",
    tool: "changed",
    old: "Reads.\nOnly.",
    new: "Reads.\nAnd writes.",
    diff: "  Reads.\n- Only.\n+ And writes.",
  });
  const wrong = [{ remember: "once" }, { arguments: "{}" }];
  for (const more of wrong) expect((await allow(row.id, more)).json.error.code).toBe("usage_invalid");
  const approved = await allow(row.id);
  expect(approved.json).toMatchObject({ kind: "definition", agent_id: null, status: "allowed", remember: "always" });
  expect(await definitions.notice("test.changed", [tool("Reads.\nAnd writes.")])).toEqual(new Map());
  const again = await change("Deletes.");
  expect((await ask(`/approvals/${again.id}`, { decision: "deny" })).json).toMatchObject({ status: "denied" });
  expect(await list()).toEqual([]);
});
