// What the control API tells of plugins and does with them, on a real host with real plugins of every fate.

import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PLUGIN_DOC_BYTES_MAX, PLUGIN_LOG_LINES_SHOWN_MAX } from "../../src/protocol/limits.ts";
import { eventually } from "../helpers/eventually.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { type ServedHost, serveHost } from "../helpers/served-host.ts";
import { writePlugin } from "../helpers/written-plugins.ts";

const SAYS = "test.repeats-files";
const GOOD = "test.echoes";

let served: ServedHost;
let agentKey: string;
let data: string;
beforeAll(async () => {
  served = await serveHost({ recordsInsights: true });
  const { env } = served.home;
  data = env["OSAURUS_HOME"]!;
  const old = installFixture(data, "echoes", { version: "0.9.0" });
  writeFileSync(join(old, "README.md"), "the old one");
  const folder = installFixture(data, "echoes", {
    receipt: {
      installed_at: 789_000_000,
      artifact: {
        url: "https://me:hunter2@example.com/echoes.zip?token=hunter2",
        sha256: "0".repeat(64),
        minisign: { signature: "s", key_id: "ABCDEF" },
      },
      public_keys: { minisign: "RWQkey" },
    },
  });
  writeFileSync(join(folder, "README.md"), "# Echoes\n");
  writeFileSync(join(data, "secret.md"), "secret");
  symlinkSync(join(data, "secret.md"), join(folder, "CHANGELOG.md"));
  installFixture(data, "load-init-null");
  installFixture(data, "load-init-crashes");
  installFixture(data, "aborts");
  const waiting = installFixture(data, "shouts", { consent: false });
  writeFileSync(join(waiting, "manifest.json"), JSON.stringify(manifest("test.shouts", { name: "Shouts" })));
  const dev = { project: "/home/me/project", built_at: "2026-01-02T00:00:00.000Z", before: null };
  installFixture(data, "returns-null", { version: "1.0.0+dev", receipt: { dev } });
  const docs = { readme: "# Said", links: [{ label: "Site", url: "https://example.com" }] };
  const tools = [
    { id: "say", description: "Says it.", permission_policy: "auto", parameters: { type: "object" } },
    { id: "never", description: "Never.", permission_policy: "deny", requirements: ["network"] },
    { id: "sees", description: "Sees.", requirements: ["camera"] },
    { id: "crash", description: "Crashes." },
  ];
  const routes = [{ id: "hook", path: "hook", methods: ["post"], auth: "none" }];
  const said = manifest(SAYS, { authors: ["Ann"], license: "MIT", docs, capabilities: { tools, routes } });
  const tmp = env["TMPDIR"]!;
  writeFileSync(join(tmp, "said-manifest.json"), JSON.stringify(said));
  writeFileSync(join(tmp, "said-lines.txt"), "one\ntwo");
  writeFileSync(join(tmp, "said-answer.json"), '{"ok":true,"result":{"said":[1]}}');
  installFixture(data, "repeats-files", { consent: ["camera", "network"] });
  const processes = join(env["XDG_CONFIG_HOME"]!, "osp", "plugins");
  const flags = { "--loud": { flag_only: true, about: "Louder." } };
  writePlugin({ dir: processes, name: "hello", commands: [{ name: "hello", about: "Greets.", flags }] });
  mkdirSync(processes, { recursive: true });
  writeFileSync(join(processes, "osp-broken"), "#!/bin/sh\nexit 3\n", { mode: 0o755 });
  const agents = await served.host.agents();
  const { id } = await agents.create({ name: "mine" });
  agentKey = (await (await served.host.accessKeys()).create({ name: "mine", agentId: id, expiresAt: null })).key;
});
afterAll(() => served.stop());

function manifest(id: string, more: object) {
  return { plugin_id: id, version: "1.0.0", capabilities: {}, ...more };
}

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
  readonly body: any;
}

async function ask(method: string, path: string, body?: unknown, key = served.key): Promise<Answer> {
  const isJson = method === "POST";
  const response = await fetch(`${served.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(isJson ? { "content-type": "application/json" } : {}) },
    ...(isJson ? { body: JSON.stringify(body ?? {}) } : {}),
  });
  return { status: response.status, body: await response.json() };
}

const failure = ({ status, body }: Answer) => [status, body.error.code];
const details = async (id: string, query = "") => (await ask("GET", `/plugins/${id}/details${query}`)).body;

describe("the list", () => {
  test("has each plugin with how it fares, its name, versions and origin, and no password", async () => {
    const { plugins } = (await ask("GET", "/plugins")).body;
    const byId = new Map(plugins.map((one: { plugin_id: string }) => [one.plugin_id, one]));
    expect(byId.get(GOOD)).toMatchObject({ state: "loaded", versions: ["0.9.0", "1.0.0"], unsigned: false });
    expect(byId.get(SAYS)).toMatchObject({ state: "loaded", unsigned: true });
    expect(byId.get("test.load-init-null")).toMatchObject({ state: "failed", error: { code: expect.any(String) } });
    expect(byId.get("test.load-init-crashes")).toMatchObject({ state: "quarantined" });
    expect(byId.get("test.shouts")).toMatchObject({ state: "consent_required", name: "Shouts" });
    expect(byId.get("test.returns-null")).toMatchObject({ state: "loaded", dev: true });
    expect(JSON.stringify(plugins)).not.toContain("hunter2");
  });
});

test("looking at plugins does not try again what did not come up, until it is another one or somebody asks", async () => {
  const broken = ["test.load-init-null", "test.load-init-crashes", "test.shouts"];
  const loads = async () => {
    const { rows } = (await ask("GET", "/insights?kind=load")).body;
    return rows.map((row: { plugin_id: string }) => row.plugin_id).filter((id: string) => broken.includes(id));
  };
  const look = async () => {
    const { plugins } = (await ask("GET", "/plugins")).body;
    for (const id of broken) await details(id);
    return plugins.filter((one: { plugin_id: string }) => broken.includes(one.plugin_id));
  };
  const first = await look();
  const before = await loads();
  expect(await look(), "and tells of it as before").toEqual(first);
  await ask("POST", "/plugins/test.load-init-null/reload");
  // Rows come in the order in which they were written.
  await eventually(async () => expect((await loads()).length).toBeGreaterThan(before.length));
  expect(await loads(), "the reload alone").toEqual(["test.load-init-null", ...before]);
  utimesSync(join(data, "Tools/test.load-init-null/1.0.0/receipt.json"), 1, 1);
  await look();
  await eventually(async () => expect((await loads()).length).toBeGreaterThan(before.length + 1));
});

test("another version that is put in the place of one that does not load is tried at the next look", async () => {
  const id = "test.put-in-its-place";
  const library = nativeFixture("load-no-entry");
  installFixture(data, "returns-null", { id, library });
  const row = async () =>
    (await ask("GET", "/plugins")).body.plugins.find((one: { plugin_id: string }) => one.plugin_id === id);
  expect(await row()).toMatchObject({ version: "1.0.0", state: "failed" });
  installFixture(data, "load-init-null", { id, version: "1.1.0" });
  expect(await row()).toMatchObject({ version: "1.1.0", error: { code: "init_failed" } });
  await served.host.installs().then((installs) => installs.uninstall(id, {}));
});

describe("details", () => {
  test("have what the manifest, the receipt and the files say", async () => {
    const good = await details(GOOD);
    expect(good).toMatchObject({
      readme: { text: "# Echoes\n", is_cut: false },
      receipt: {
        installed_at: "2026-01-01T22:40:00.000Z",
        signed_by: "ABCDEF",
        library: expect.stringMatching(/^plugin\./),
      },
      versions: [
        { version: "0.9.0", is_active: false, is_dev: false },
        { version: "1.0.0", is_active: true, is_dev: false },
      ],
      rollback_to: "0.9.0",
      quarantine: null,
      agent: { name: expect.any(String) },
    });
    expect(good.changelog, "a link that leads out of the folder").toBeNull();
    const says = await details(SAYS);
    expect(says).toMatchObject({
      authors: ["Ann"],
      license: "MIT",
      readme: { text: "# Said" },
      links: [{ label: "Site", url: "https://example.com" }],
      routes: [{ id: "hook", path: "/hook", methods: ["POST"], auth: "none" }],
      requirements: ["camera", "network"],
      receipt: { signed_by: null },
      rollback_to: null,
    });
  });

  test("have each tool with its policy, what was decided for an agent, and what it cannot have here", async () => {
    const [say, never, sees] = (await details(SAYS)).tools;
    expect(say).toMatchObject({ policy: "auto", effective_policy: "auto", schema: { type: "object" } });
    expect(never).toMatchObject({ policy: "deny", schema: null, requirements: ["network"] });
    expect(sees.ungrantable).toEqual(process.platform === "darwin" ? [] : ["camera"]);
    const permissions = await served.host.permissions();
    const { id } = await (await served.host.agents()).find("mine");
    await permissions.set(`${SAYS}/say`, "deny", id);
    expect((await details(SAYS, "?agent=mine")).tools[0].effective_policy).toBe("deny");
    expect((await details(SAYS)).tools[0].effective_policy).toBe("auto");
    await permissions.reset({ name: `${SAYS}/say` });
    expect(failure(await ask("GET", `/plugins/${SAYS}/details?agent=nobody`))).toEqual([404, "agent_unknown"]);
  });

  test("are there of plugins that do not load, as far as files tell", async () => {
    expect(await details("test.load-init-crashes")).toMatchObject({
      plugin: { state: "quarantined" },
      quarantine: { reason: expect.stringContaining("crash") },
      tools: [],
    });
    expect(await details("test.load-init-null")).toMatchObject({ plugin: { state: "failed" }, quarantine: null });
    expect(await details("test.shouts")).toMatchObject({ plugin: { state: "consent_required", name: "Shouts" } });
    expect(await details("test.returns-null")).toMatchObject({
      receipt: { dev: { project: "/home/me/project" } },
      versions: [{ version: "1.0.0+dev", is_active: true, is_dev: true }],
    });
    expect(failure(await ask("GET", "/plugins/test.nothing/details"))).toEqual([404, "plugin_unknown"]);
    expect(failure(await ask("GET", `/plugins/${encodeURIComponent("../Tools")}/details`))).toEqual([
      404,
      "plugin_unknown",
    ]);
  });

  test("of a README as long as a disk have its beginning", async () => {
    const folder = join(data, "Tools", "test.load-init-null", "1.0.0");
    writeFileSync(join(folder, "README.md"), "r".repeat(PLUGIN_DOC_BYTES_MAX + 1));
    expect((await details("test.load-init-null")).readme).toEqual({
      text: "r".repeat(PLUGIN_DOC_BYTES_MAX),
      is_cut: true,
    });
  });

  test("say which tool is held back because its definition changed", async () => {
    const { definitions } = await served.host.permissions();
    expect((await details(SAYS)).tools[0].held_back).toBeUndefined();
    const other = {
      name: "say",
      description: "Other.",
      parameters: undefined,
      requirements: [],
      policy: "auto",
    } as const;
    const { definedTool } = await import("../../src/tools/tool-definition.ts");
    const { RememberedDefinitions } = await import("../../src/tools/definition-guard.ts");
    const before = definedTool({ pluginId: SAYS, toolId: "say" }, () => other);
    await (definitions as InstanceType<typeof RememberedDefinitions>).approve(SAYS, [before]);
    expect((await details(SAYS)).tools[0].held_back).toMatchObject({ code: "definition_changed" });
    await (await served.host.permissions()).set(`${SAYS}/say`, "auto", null);
    expect((await details(SAYS)).tools[0].held_back).toBeUndefined();
  });
});

describe("a typed call", () => {
  const call = (tool: string, args: object = {}, more: object = {}) =>
    ask("POST", "/tools/call", { tool, arguments: args, ...more });

  test("gives the tool's envelope and how long it took, and asks nobody", async () => {
    const answer = await call(`${SAYS}/say`);
    expect(answer).toMatchObject({ status: 200, body: { envelope: { ok: true, result: { said: [1] } } } });
    expect(answer.body.duration_ms).toBeGreaterThanOrEqual(0);
    expect(answer.body.breakdown).toBeUndefined();
    expect((await call("process:hello/hello", { loud: true })).body.envelope).toMatchObject({
      ok: true,
      result: "hello",
    });
  });

  test("of a tool that is denied, that this system cannot serve or that crashes says so in the envelope", async () => {
    expect((await call(`${SAYS}/never`)).body).toMatchObject({
      envelope: { ok: false, kind: "rejected" },
      breakdown: { code: "tool_denied" },
    });
    if (process.platform !== "darwin") {
      expect((await call(`${SAYS}/sees`)).body.envelope).toMatchObject({ ok: false, kind: "unavailable" });
    }
    expect((await call("test.aborts/misbehave")).body).toMatchObject({
      envelope: { ok: false },
      breakdown: { code: "plugin_crashed" },
    });
    expect((await call("test.load-init-null/echo")).status).toBe(404);
  });

  test("that nobody can make is refused", async () => {
    expect(failure(await call(`${SAYS}/nothing`))).toEqual([404, "tool_unknown"]);
    expect(failure(await call(`${SAYS}/say`, [] as object))).toEqual([400, "request_invalid"]);
    expect(failure(await call(""))).toEqual([400, "request_invalid"]);
    expect(failure(await call(`${SAYS}/say`, {}, { agent: "nobody" }))).toEqual([404, "agent_unknown"]);
    expect(failure(await call(`${SAYS}/say`, {}, { consent: true }))).toEqual([400, "request_invalid"]);
  });
});

describe("the log", () => {
  const logs = async (query = "", id = SAYS) => (await ask("GET", `/plugins/${id}/logs${query}`)).body;

  test("has its last lines, oldest first, by level, and crashes alone", async () => {
    await ask("POST", "/tools/call", { tool: `${SAYS}/say`, arguments: {} });
    await eventually(async () => {
      const texts = (await logs()).lines.map(({ text }: { text: string }) => text);
      expect(texts.filter((text: string) => text === "two").length).toBeGreaterThanOrEqual(2);
    });
    const { lines, has_more } = await logs("?limit=1");
    expect([lines.length, has_more]).toEqual([1, true]);
    expect((await logs("?level=error")).lines.every(({ level }: { level: string }) => level === "error")).toBe(true);
    await ask("POST", "/tools/call", { tool: `${SAYS}/crash`, arguments: {} });
    await eventually(async () => {
      expect((await logs("?crashes=true")).lines).toMatchObject([
        {
          kind: "crash",
          signal: "SIGABRT",
          stack: expect.any(Array),
          last_lines: expect.arrayContaining(["error two"]),
        },
      ]);
    });
  });

  test("refuses what it cannot give", async () => {
    for (const query of [
      "?limit=0",
      `?limit=${PLUGIN_LOG_LINES_SHOWN_MAX + 1}`,
      "?level=loud",
      "?crashes=yes",
      "?a=b",
    ]) {
      expect(failure(await ask("GET", `/plugins/${SAYS}/logs${query}`)), query).toEqual([400, "request_invalid"]);
    }
    expect((await logs(`?limit=${PLUGIN_LOG_LINES_SHOWN_MAX}`)).has_more).toBe(false);
    expect(failure(await ask("GET", "/plugins/test.nothing/logs"))).toEqual([404, "plugin_unknown"]);
    expect(failure(await ask("GET", `/plugins/${encodeURIComponent("../osaurus")}/logs`))).toEqual([
      404,
      "plugin_unknown",
    ]);
  });

  test("as a stream goes on with what comes", async () => {
    const stopping = new AbortController();
    const response = await fetch(`${served.url}/api/v1/plugins/${SAYS}/logs?limit=1`, {
      headers: { authorization: `Bearer ${served.key}`, accept: "text/event-stream" },
      signal: stopping.signal,
    });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const until = async (pattern: RegExp) => {
      while (!pattern.test(text)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`it ended:\n${text}`);
        text += value;
      }
    };
    await until(/event: line\ndata: .*\n\n/);
    text = "";
    await ask("POST", "/tools/call", { tool: `${SAYS}/say`, arguments: {} });
    await until(/event: line\ndata: .*"text":"two".*\n\n/);
    stopping.abort();
    await reader.cancel().catch(() => undefined);
  });
});

describe("process plugins", () => {
  test("are listed with what is wrong with them, and shown with their tools", async () => {
    const { plugins } = (await ask("GET", "/process-plugins")).body;
    expect(plugins).toMatchObject([
      { plugin_id: "broken", healthy: false, version: null, issue: expect.any(String), commands: [] },
      {
        plugin_id: "hello",
        healthy: true,
        version: "1.0.0",
        source: "user",
        commands: [{ name: "hello", about: "Greets." }],
      },
    ]);
    const hello = (await ask("GET", "/process-plugins/hello")).body;
    expect(hello.plugins).toEqual([plugins[1]]);
    expect(hello.tools).toMatchObject([
      { id: "hello", policy: "auto", effective_policy: "auto", schema: { properties: { loud: { type: "boolean" } } } },
    ]);
    expect((await ask("GET", "/process-plugins/broken")).body.tools).toEqual([]);
    expect(failure(await ask("GET", "/process-plugins/nothing"))).toEqual([404, "plugin_unknown"]);
  });
});

test("a key for one agent gets none of this", async () => {
  const asked: readonly (readonly [string, string])[] = [
    ["GET", `/plugins/${GOOD}/details`],
    ["GET", `/plugins/${GOOD}/logs`],
    ["POST", `/plugins/${GOOD}/rollback`],
    ["DELETE", `/plugins/${GOOD}`],
    ["GET", "/process-plugins"],
    ["GET", "/process-plugins/hello"],
    ["POST", "/tools/call"],
  ];
  for (const [method, path] of asked) {
    expect(failure(await ask(method, path, {}, agentKey)), path).toEqual([403, "agent_scope_denied"]);
  }
});

test("a plugin goes back a version, and is removed by its id alone", async () => {
  expect(failure(await ask("POST", `/plugins/${SAYS}/rollback`))).toEqual([409, "rollback_impossible"]);
  const back = await ask("POST", `/plugins/${GOOD}/rollback`);
  expect(back.body).toMatchObject({ from: "1.0.0", to: "0.9.0", plugin: { version: "0.9.0", state: "loaded" } });
  expect((await details(GOOD)).readme.text).toBe("the old one");
  for (const spec of [join(data, "Tools", GOOD), `./${GOOD}`, "..", "."]) {
    const refused = await ask("DELETE", `/plugins/${encodeURIComponent(spec)}`);
    expect(refused.status, spec).toBe(404);
  }
  expect(failure(await ask("DELETE", `/plugins/${GOOD}?keep_data=maybe`))).toEqual([400, "request_invalid"]);
  expect((await ask("DELETE", `/plugins/${GOOD}`)).body).toEqual({ plugin_id: GOOD, deleted: true, data_kept: false });
  expect(failure(await ask("GET", `/plugins/${GOOD}`))).toEqual([404, "plugin_unknown"]);
});
