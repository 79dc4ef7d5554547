// What the dashboard's settings are made of, over real connections: model providers, permissions, storage, the shelf, and the
// stream that tells of changes. No secret that was given comes back.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { API_KEY_CHARS_MAX, HOST_TARGET_CHARS_MAX } from "../../src/protocol/limits.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { keptModelServer, type ModelServer, responds } from "../helpers/model-server.ts";
import { runCli } from "../helpers/run-cli.ts";
import { type ServedHost, serveHost } from "../helpers/served-host.ts";

const KEY = "sk-very-secret-7d1f";
const WORDS = "test.words";

let served: ServedHost;
let models: ModelServer;
let mine: { readonly id: string; readonly key: string };
beforeAll(async () => {
  served = await serveHost({ times: { keyLookMs: 20 } });
  models = await keptModelServer({ key: KEY });
  installFixture(data(), "echoes");
  installWords("1.0.0", "Says a word.");
  const { id } = await (await served.host.agents()).create({ name: "mine", tools: { mode: "only", names: [] } });
  const { key } = await (await served.host.accessKeys()).create({ name: "mine", agentId: id, expiresAt: null });
  mine = { id, key };
});
afterAll(async () => {
  expect(served.bugs).toEqual([]);
  await served.stop();
  await models.stop();
});

function data(): string {
  return served.home.env["OSAURUS_HOME"]!;
}

function installWords(version: string, description: string): void {
  const tool = { id: "say", description, permission_policy: "ask", requirements: ["network"] };
  const manifest = { plugin_id: WORDS, version, capabilities: { tools: [tool] } };
  writeFileSync(join(served.home.env["TMPDIR"]!, "manifest.json"), JSON.stringify(manifest));
  installFixture(data(), "manifest-from-file", { id: WORDS, version, consent: null });
}

interface Asked {
  readonly key?: string | null;
  readonly body?: unknown;
}

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
  readonly body: any;
}

/** Everything that was answered, to look for secrets in. */
const told: string[] = [];

async function ask(method: string, path: string, { key = served.key, body }: Asked = {}): Promise<Answer> {
  const sends = method === "POST" || method === "PUT";
  const response = await fetch(`${served.url}/api/v1${path}`, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(sends ? { "content-type": "application/json" } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  told.push(text);
  return { status: response.status, body: JSON.parse(text) };
}

const failure = ({ status, body }: Answer) => [status, body.error.code];

describe("every path", () => {
  const all: readonly (readonly [string, string, unknown?])[] = [
    ["GET", "/events"],
    ["GET", "/providers"],
    ["GET", "/providers/local"],
    ["POST", "/providers", { name: "x", base_url: "http://127.0.0.1:9/v1" }],
    ["POST", "/providers/x/test"],
    ["POST", "/providers/x/default"],
    ["DELETE", "/providers/x"],
    ["GET", "/permissions"],
    ["PUT", "/permissions", { tool: `${WORDS}/say`, policy: "auto" }],
    ["DELETE", "/permissions"],
    ["PUT", "/permissions/hosts", { plugin: WORDS, host: "nas.local" }],
    ["DELETE", `/permissions/hosts?plugin=${WORDS}&host=nas.local`],
    ["GET", "/storage"],
  ];

  test("is for keys of the whole host", async () => {
    for (const [method, path, body] of all) {
      const what = `${method} ${path}`;
      expect(failure(await ask(method, path, { key: null, body })), what).toEqual([401, "unauthorized"]);
      expect(failure(await ask(method, path, { key: mine.key, body })), what).toEqual([403, "agent_scope_denied"]);
    }
  });

  test("refuses what it does not know, and what is too long", async () => {
    const long = (count: number) => "k".repeat(count);
    const wrong = [
      await ask("POST", "/providers", { body: { name: "x", bogus: 1 } }),
      await ask("POST", "/providers", { body: { name: "x", api_key: long(API_KEY_CHARS_MAX + 1) } }),
      await ask("PUT", "/permissions", { body: { tool: "say", policy: "always" } }),
      await ask("PUT", "/permissions/hosts", { body: { plugin: WORDS, host: long(HOST_TARGET_CHARS_MAX + 1) } }),
      await ask("GET", "/permissions?bogus=1"),
      await ask("DELETE", "/permissions/hosts?plugin=x"),
    ];
    for (const answer of wrong) expect(failure(answer)).toEqual([400, "request_invalid"]);
    // As long as it may be: what it is, is looked at then.
    const fits = { name: "x", base_url: "ftp://x", api_key: long(API_KEY_CHARS_MAX) };
    expect(failure(await ask("POST", "/providers", { body: fits }))).toEqual([400, "model_provider_invalid"]);
    const host = { plugin: WORDS, host: `${long(HOST_TARGET_CHARS_MAX - 1)} ` };
    expect((await ask("PUT", "/permissions/hosts", { body: host })).body.error?.code).not.toBe("request_invalid");
    await ask("DELETE", `/permissions/hosts?plugin=${WORDS}&host=${host.host.trim()}`);
  });
});

describe("model providers", () => {
  test("are added, tested, preferred and removed, and a key that was given is told to nobody", async () => {
    const body = { name: "first", base_url: models.origin, api_key: KEY };
    const added = await ask("POST", "/providers", { body });
    expect(added).toMatchObject({
      status: 201,
      body: { provider: { name: "first", base_url: models.url, api_key: "kept", default: true }, problem: null },
    });
    expect(await ask("POST", "/providers/first/test")).toMatchObject({
      status: 200,
      body: { name: "first", ok: true, checks: [{ check: "models", ok: true }, { check: "chat", ok: true }, {}] },
    });
    const second = { name: "second", base_url: models.url, api_key_env: "NO_SUCH_VARIABLE" };
    expect((await ask("POST", "/providers", { body: second })).body).toMatchObject({
      provider: { api_key: "variable", api_key_env: "NO_SUCH_VARIABLE", key_missing: true, default: false },
      problem: { code: "inference_unauthorized" },
    });
    const failed = (await ask("POST", "/providers/second/test")).body;
    expect([failed.ok, failed.checks[0].ok, failed.checks[0].detail]).toEqual([
      false,
      false,
      expect.stringContaining("NO_SUCH_VARIABLE"),
    ]);
    const list = (await ask("GET", "/models")).body;
    expect(list.models.map(({ provider }: { provider: string }) => provider)).toEqual(["first", "first"]);
    expect([list.defaults.chat, list.silent]).toEqual([{ provider: "first", model: "test-model" }, ["second"]]);
    expect((await ask("POST", "/providers/second/default")).body).toMatchObject({ name: "second", default: true });
    const providers = (await ask("GET", "/providers")).body.providers;
    expect(providers.map((one: { name: string; default: boolean }) => [one.name, one.default])).toEqual([
      ["second", true],
      ["first", false],
    ]);
    expect((await ask("DELETE", "/providers/second")).body).toEqual({
      name: "second",
      removed: true,
      default: "first",
    });
    expect((await ask("GET", "/providers/local")).status).toBe(200);
  });

  test("that cannot be are refused, and what was given as their key is not repeated", async () => {
    const body = { name: "first", base_url: models.url, api_key: KEY };
    expect(failure(await ask("POST", "/providers", { body }))).toEqual([409, "model_provider_exists"]);
    const twice = { name: "x", base_url: models.url, api_key: KEY, api_key_env: "X" };
    expect(failure(await ask("POST", "/providers", { body: twice }))).toEqual([400, "model_provider_invalid"]);
    const asName = { name: "x", base_url: models.url, api_key_env: KEY };
    expect(failure(await ask("POST", "/providers", { body: asName }))).toEqual([400, "model_provider_invalid"]);
    for (const path of ["/providers/nobody/test", "/providers/nobody/default"]) {
      expect(failure(await ask("POST", path))).toEqual([404, "model_provider_unknown"]);
    }
    expect(failure(await ask("DELETE", "/providers/nobody"))).toEqual([404, "model_provider_unknown"]);
    const rude = await keptModelServer({ paths: { "/v1/models": responds(500, `your key ${KEY} is no good`) } });
    try {
      const rudely = { name: "rude", base_url: rude.url, api_key: KEY };
      expect((await ask("POST", "/providers", { body: rudely })).body.problem.code).toMatch(/^inference_/);
      await ask("POST", "/providers/rude/test");
      await ask("DELETE", "/providers/rude");
    } finally {
      await rude.stop();
    }
    expect(told.join("\n")).not.toContain(KEY);
  });
});

describe("permissions", () => {
  const say = async (agent = "") => {
    const { tools } = (await ask("GET", `/permissions${agent === "" ? "" : `?agent=${agent}`}`)).body;
    const { policy, source } = tools.find((one: { tool: string }) => one.tool === `${WORDS}/say`);
    return [policy, source];
  };
  const set = (policy: string, agent?: string) =>
    ask("PUT", "/permissions", { body: { tool: `${WORDS}/say`, policy, ...(agent === undefined ? {} : { agent }) } });

  test("say what counts for a tool and why, for all agents and for one that does not have it now", async () => {
    expect(await say()).toEqual(["ask", "plugin"]);
    expect((await set("deny")).body).toMatchObject({ plugin_id: WORDS, tool_id: "say", agent_id: null, others: [] });
    expect((await set("auto", "mine")).body).toMatchObject({ agent_id: mine.id, policy: "auto" });
    expect([await say(), await say("default"), await say("mine")]).toEqual([
      ["deny", "all_agents"],
      ["deny", "all_agents"],
      ["auto", "agent"],
    ]);
    expect((await set("ask")).body.others).toMatchObject([{ agent_id: mine.id, policy: "auto" }]);
    const reset = await ask("DELETE", `/permissions?tool=${WORDS}/say&agent=mine`);
    expect(reset.body.forgotten).toMatchObject([{ agent_id: mine.id }]);
    expect(await say("mine")).toEqual(["ask", "all_agents"]);
    expect((await ask("DELETE", "/permissions")).body.forgotten).toHaveLength(1);
    expect(await say("mine")).toEqual(["ask", "plugin"]);
  });

  test("that are for a session are told as that, and end with a reset", async () => {
    const { grants } = await served.host.permissions();
    await grants.setForSession({ pluginId: WORDS, toolId: "say" }, mine.id, "auto");
    const given = { tool_id: "say", agent_id: mine.id, policy: "auto", source: "session", session_id: null };
    expect((await ask("GET", "/permissions")).body.grants).toMatchObject([given]);
    expect(await say("mine")).toEqual(["auto", "session"]);
    await ask("DELETE", `/permissions?tool=${WORDS}/say&agent=mine`);
    expect((await ask("GET", "/permissions")).body.grants).toEqual([]);
    expect(await say("mine")).toEqual(["ask", "plugin"]);
  });

  test("of tools and agents that nobody has are refused", async () => {
    const unknown = { tool: "nothing", policy: "auto" };
    expect(failure(await ask("PUT", "/permissions", { body: unknown }))).toEqual([404, "tool_unknown"]);
    expect(failure(await set("auto", "nobody"))).toEqual([404, "agent_unknown"]);
    expect(failure(await ask("GET", "/permissions?agent=nobody"))).toEqual([404, "agent_unknown"]);
    expect(failure(await ask("DELETE", "/permissions?agent=nobody"))).toEqual([404, "agent_unknown"]);
  });

  test("show a tool that is held back because it changed, with what is to be approved", async () => {
    await ask("GET", "/tools");
    installWords("2.0.0", "Says another word.");
    await (await served.host.native()).reload(WORDS);
    const heldBack = async () => (await ask("GET", "/permissions")).body.held_back;
    // The shelf looks at files no more often than ten times a second.
    await expect
      .poll(heldBack)
      .toEqual([{ plugin_id: WORDS, tool_id: "say", reason: expect.any(String), approval_id: expect.any(String) }]);
    const { tools } = (await ask("GET", "/permissions")).body;
    expect(tools.map(({ plugin_id: id }: { plugin_id: string }) => id)).not.toContain(WORDS);
    await set("auto");
    await expect.poll(heldBack).toEqual([]);
    await ask("DELETE", "/permissions");
  });

  test("let plugins reach private hosts, and take that back", async () => {
    const body = { plugin: WORDS, host: "NAS.local:8080" };
    const allowed = { plugin_id: WORDS, host: "nas.local", port: 8080 };
    expect((await ask("PUT", "/permissions/hosts", { body })).body).toEqual({ ...allowed, is_new: true });
    expect((await ask("PUT", "/permissions/hosts", { body })).body.is_new).toBe(false);
    expect((await ask("GET", "/permissions")).body.hosts).toMatchObject([allowed]);
    const removed = await ask("DELETE", `/permissions/hosts?plugin=${WORDS}&host=nas.local`);
    expect(removed.body).toMatchObject({ removed: [allowed], left: [] });
    for (const host of ["a b", "x:0", "http://x/"]) {
      const wrong = await ask("PUT", "/permissions/hosts", { body: { plugin: WORDS, host } });
      expect(failure(wrong), host).toEqual([400, "usage_invalid"]);
    }
  });
});

describe("the shelf", () => {
  const names = ({ body }: Answer) => body.tools.map(({ plugin_id: id }: { plugin_id: string }) => id);

  test("has the tools of the agent that is named, else of the default agent", async () => {
    expect(names(await ask("GET", "/tools"))).toEqual(expect.arrayContaining(["test.echoes", WORDS]));
    expect(names(await ask("GET", "/tools?agent=mine"))).toEqual([]);
  });

  test("shows a key for one agent that agent's tools, and nothing of the host's plugins", async () => {
    installFixture(data(), "load-init-null");
    await expect.poll(async () => (await ask("GET", "/tools")).body.missing).not.toEqual([]);
    const { status, body } = await ask("GET", "/tools", { key: mine.key });
    expect([status, body]).toEqual([200, { tools: [], missing: [] }]);
    const other = await ask("GET", "/tools?agent=default", { key: mine.key });
    expect(failure(other)).toEqual([403, "agent_scope_denied"]);
  });
});

test("storage is told with its sizes and how it is protected, and no key of it", async () => {
  const { body } = await ask("GET", "/storage");
  expect(body).toMatchObject({ data_folder: data(), keys: { protected_by: "key_file", has_recovery_key: true } });
  expect(body.parts.find(({ kind }: { kind: string }) => kind === "control").bytes).toBeGreaterThan(0);
  expect(body.findings.map(({ code }: { code: string }) => code)).toContain("control_database");
});

describe("the stream of changes", () => {
  async function follow(key = served.key) {
    const gone = new AbortController();
    const response = await fetch(`${served.url}/api/v1/events`, {
      headers: { authorization: `Bearer ${key}`, accept: "text/event-stream" },
      signal: gone.signal,
    });
    return { response, events: topicsOf(response), close: () => gone.abort() };
  }

  test("tells of what this host and other processes change, and what it is about", async () => {
    const { response, events, close } = await follow();
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const { id } = (await ask("POST", "/keys", { body: { name: "new" } })).body;
    expect((await events.next()).value).toEqual(["keys"]);
    await ask("DELETE", `/keys/${id}`);
    expect((await events.next()).value).toEqual(["keys"]);
    const made = await runCli(["agents", "create", "--name", "from-a-terminal"], {
      program: "osaurus",
      env: served.home.env,
    });
    expect(made.code, made.stderr).toBe(0);
    expect((await events.next()).value).toEqual(expect.arrayContaining(["agents"]));
    close();
  });

  test("ends with the key that it was opened with", async () => {
    const keys = await served.host.accessKeys();
    const { key, entry } = await keys.create({ name: "short", agentId: null, expiresAt: null });
    const { events } = await follow(key);
    await keys.revoke(entry.id);
    // The key is one of the topics: it may be told of before the end.
    for await (const topics of events) expect(topics).toEqual(["keys"]);
    const refused = await fetch(`${served.url}/api/v1/events`, { headers: { authorization: `Bearer ${key}` } });
    expect(refused.status).toBe(401);
  });

  test("has marks for whoever looks now and then, which are others after a change", async () => {
    const before = (await ask("GET", "/events")).body.marks;
    const { id } = (await ask("POST", "/keys", { body: { name: "marked" } })).body;
    const after = (await ask("GET", "/events")).body.marks;
    expect(Object.keys(after).filter((topic) => after[topic] !== before[topic])).toEqual(["keys"]);
    await ask("DELETE", `/keys/${id}`);
  });

  // The last one: the server takes nothing more after it.
  test("ends when the server stops, without waiting for its readers", async () => {
    const { events } = await follow();
    const draining = served.server.connections.drain(60_000);
    for await (const topics of events) expect(topics).toEqual([]);
    await draining;
  });
});

/** The topics of each event, until the stream ends, however it does. */
async function* topicsOf(response: Response): AsyncGenerator<readonly string[]> {
  let held = "";
  try {
    for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (held + text).split("\n\n");
      held = blocks.pop()!;
      for (const block of blocks) {
        const [, line] = /^event: changed\ndata: (.*)$/.exec(block) ?? [];
        if (line !== undefined) yield (JSON.parse(line) as { topics: string[] }).topics;
      }
    }
  } catch {
    // The server cut it off.
  }
}
