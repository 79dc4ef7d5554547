// The control API over real connections: each path that /openapi.json describes answers as it says, and keys for one agent
// get no further than that agent.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VERSION } from "../../src/base/version.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { openRelay, type Relay } from "../../src/server/relay/open-relay.ts";
import { fillHost } from "../helpers/full-host.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { OFFERED_ID } from "../helpers/offered-plugin.ts";
import { requestText, type ServedHost, sendRaw, serveHost } from "../helpers/served-host.ts";
import { toldTaskService } from "../helpers/told-task-service.ts";

const WITH_PAGE = "test.says-who-asks-its-owner";
const WITHOUT_PAGE = "test.echoes";
const BROKEN = "test.load-init-null";

const tasks = toldTaskService();
let relay: Relay;
let served: ServedHost;
let mine: { readonly id: string; readonly key: string };
let otherId: string;
beforeAll(async () => {
  relay = await openRelay({ host: "127.0.0.1", port: 0 });
  const relayUrl = `${relay.url.replace("http", "ws")}/tunnel/connect`;
  served = await serveHost({ instead: { tasks: async () => tasks as never }, relayUrl });
  const data = served.home.env["OSAURUS_HOME"]!;
  const folder = installFixture(data, "says-who-asks-its-owner");
  mkdirSync(join(folder, "web"));
  writeFileSync(join(folder, "web", "index.html"), "<!doctype html><title>page</title><p>mine");
  installFixture(data, "echoes");
  installFixture(data, "load-init-null");
  const agents = await served.host.agents();
  const { id } = await agents.create({ name: "mine", tools: { mode: "only", names: [`${WITHOUT_PAGE}/*`] } });
  otherId = (await agents.create({ name: "other" })).id;
  const { key } = await (await served.host.accessKeys()).create({ name: "mine", agentId: id, expiresAt: null });
  mine = { id, key };
});
afterAll(async () => {
  await served.stop();
  await relay.close();
});

interface Asked {
  readonly key?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the host, where it is not asked at its address. */
  readonly url?: string;
}

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
  readonly body: any;
}

async function send(
  method: string,
  path: string,
  { key = served.key, body, headers, url = served.url }: Asked = {},
): Promise<Response> {
  const sends = ["POST", "PUT", "PATCH"].includes(method);
  return await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(sends ? { "content-type": "application/json" } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function ask(method: string, path: string, asked?: Asked): Promise<Answer> {
  const response = await send(method, path, asked);
  return { status: response.status, body: await response.json() };
}

const failure = ({ status, body }: Answer) => [status, body.error.code];

// biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
async function description(): Promise<any> {
  return await (await fetch(`${served.url}/openapi.json`)).json();
}

describe("the description", () => {
  test("is there without a key, and only for those who name this host", async () => {
    const answer = await fetch(`${served.url}/openapi.json`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
    expect(await answer.json()).toMatchObject({ openapi: "3.1.0", info: { version: VERSION } });
    const foreign = await sendRaw(served.port, requestText("GET /openapi.json", ["host: evil.example"]));
    expect(foreign.status).toBe(403);
  });

  test("refers to nothing that is not in it, and names each operation once", async () => {
    const document = await description();
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, ref]) => ref!);
    expect(refs.length).toBeGreaterThan(20);
    for (const ref of refs) {
      const steps = ref.replace(/^#\//, "").split("/");
      const found = steps.reduce((at, step) => at?.[step], document);
      expect(found, ref).toBeTypeOf("object");
    }
    const names = Object.values(document.paths).flatMap((path) =>
      Object.values(path as Record<string, { operationId: string }>).map(({ operationId }) => operationId),
    );
    expect(new Set(names).size).toBe(names.length);
    for (const [path, operations] of Object.entries(document.paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters = [] } of Object.values(operations as Record<string, { parameters?: object[] }>)) {
        const described = (parameters as { in: string; name: string }[]).filter((one) => one.in === "path");
        expect(described.map(({ name }) => name)).toEqual(inPath);
      }
    }
  });

  test("lets answers of a later version have more members, and requests none", async () => {
    const { components } = await description();
    const isClosed = ([, schema]: [string, unknown]) => JSON.stringify(schema).includes('"additionalProperties":false');
    const names = Object.entries(components.schemas)
      .filter(isClosed)
      .map(([name]) => name);
    expect(names).toContain("create_agent_body");
    expect(names.filter((name) => !name.endsWith("_body"))).toEqual([]);
  });

  test("fits what each path answers: a described member that is missing, and one that is not described, are seen", async () => {
    const document = await description();
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: "closed", ...closed(document) });
    const at = (schema: { $ref: string }) => ajv.getSchema(`closed${schema.$ref}`)!;
    const full = await fillHost(served, tasks, ask);
    const dashboard = `http://localhost:${served.port}`;
    const wishes: Record<string, Omit<Asked, "key"> & { readonly path?: string }> = {
      sign_in: { body: { key: served.key }, url: dashboard, headers: { origin: dashboard } },
      create_agent: { body: { name: "described", model: null, tools: { mode: "except", names: ["x/*"] } } },
      show_agent: { path: "/agents/made" },
      update_agent: { path: `/agents/${full.agent_id}`, body: { prompt: "Be brief.", temperature: 0.5 } },
      delete_agent: { path: "/agents/made" },
      show_approval_arguments: { path: `/approvals/${full.approval_id}/arguments` },
      answer_approval: { path: `/approvals/${full.approval_id}`, body: { decision: "allow", arguments: { n: 2 } } },
      show_insight: { path: "/insights/1" },
      create_key: { body: { name: "described", agent_id: "mine", expires_at: "2099-01-01T00:00:00Z" } },
      revoke_key: { path: `/keys/${full.key_id}` },
      install_plugin: { body: { spec: `${OFFERED_ID}@1.1.0` } },
      upgrade_plugin: { path: `/plugins/${OFFERED_ID}/upgrade`, body: { consent: full.consent } },
      consent_to_plugin: { path: `/plugins/${OFFERED_ID}/consent` },
      show_plugin_settings: { path: `/plugins/${OFFERED_ID}/settings` },
      save_plugin_settings: { path: `/plugins/${OFFERED_ID}/settings`, body: { values: { city: "Bergen" } } },
      remove_plugin_setting: { path: `/plugins/${OFFERED_ID}/settings/city` },
      add_registry: { body: { location: full.registry, name: "described" } },
      remove_registry: { path: "/registries/described" },
      show_plugin: { path: `/plugins/${BROKEN}` },
      reload_plugin: { path: `/plugins/${WITHOUT_PAGE}/reload` },
      retry_plugin: { path: `/plugins/${WITHOUT_PAGE}/retry` },
      open_plugin: { path: `/plugins/${WITH_PAGE}/open`, body: { agent: "default" } },
      show_plugin_details: { path: `/plugins/${OFFERED_ID}/details` },
      list_plugin_logs: { path: `/plugins/${WITHOUT_PAGE}/logs` },
      rollback_plugin: { path: "/plugins/test.shouts/rollback" },
      remove_plugin: { path: "/plugins/test.greets" },
      show_process_plugin: { path: "/process-plugins/described" },
      call_tool: { body: { tool: `${WITHOUT_PAGE}/echo`, arguments: {} } },
      begin_session: { body: { text: "Hello", agent: "default" } },
      show_session: { path: `/sessions/${full.session_id}` },
      download_session_artifact: { path: `/sessions/${full.session_id}/artifacts/answer.txt` },
      rename_session: { path: `/sessions/${full.session_id}`, body: { title: "Described" } },
      begin_run: { path: `/sessions/${full.session_id}/runs`, body: { text: "Again", model: null } },
      delete_session: { path: `/sessions/${full.other_id}` },
      show_run: { path: `/runs/${full.run_id}` },
      follow_run: { path: `/runs/${full.run_id}/events` },
      stop_run: { path: `/runs/${full.run_id}/stop` },
      add_provider: { body: { name: "described", script: full.script } },
      test_provider: { path: "/providers/scripted/test" },
      prefer_provider: { path: "/providers/scripted/default" },
      remove_provider: { path: "/providers/described" },
      set_permission: { body: { tool: `${WITHOUT_PAGE}/echo`, policy: "auto" } },
      allow_host: { body: { plugin: WITHOUT_PAGE, host: "nas.local" } },
      revoke_host: { path: `/permissions/hosts?plugin=${WITHOUT_PAGE}&host=nas.local` },
      show_task: { path: `/tasks/${full.running_id}` },
      list_task_events: { path: `/tasks/${full.running_id}/events` },
      answer_task: { path: `/tasks/${full.asking_id}/answer`, body: { text: "yes" } },
      interrupt_task: { path: `/tasks/${full.interrupted_id}/interrupt`, body: { message: "Be brief." } },
      download_task_artifact: { path: `/tasks/${full.running_id}/artifacts/notes.txt` },
      cancel_task: { path: `/tasks/${full.running_id}/cancel` },
    };
    const seen: string[] = [];
    for (const [path, operations] of Object.entries<Record<string, Operation>>(document.paths)) {
      for (const [method, { operationId, responses }] of Object.entries(operations)) {
        const { path: asked = path.slice("/api/v1".length), ...wish } = wishes[operationId] ?? {};
        seen.push(operationId);
        const [media] = Object.keys(responses["200"]?.content ?? {});
        if (media !== undefined && media !== "application/json") {
          await expectFile(await send(method.toUpperCase(), asked), media);
          continue;
        }
        const answer = await ask(method.toUpperCase(), asked, wish);
        const response = responses[String(answer.status)];
        expect(response, `${operationId}: ${JSON.stringify(answer)}`).toBeDefined();
        const { schema } = response!.content["application/json"];
        const check = at(schema);
        expect(
          check(answer.body),
          `${operationId}: ${JSON.stringify(check.errors)} ${JSON.stringify(answer.body)}`,
        ).toBe(true);
        expect(check({ ...answer.body, undescribed: 1 }), operationId).toBe(false);
        const [member] = Object.keys(answer.body);
        const { [member!]: _, ...less } = answer.body;
        expect(check(less), operationId).toBe(false);
      }
    }
    expect(seen).toEqual(expect.arrayContaining(Object.keys(wishes)));
    const refused = at({ $ref: "#/components/schemas/Error" });
    expect(refused((await ask("GET", "/agents/nobody")).body)).toBe(true);
  });
});

/** A file for somebody to keep, which no browser shows. */
async function expectFile(answer: Response, media: string): Promise<void> {
  expect(answer.status).toBe(200);
  if (media !== "*/*") expect(answer.headers.get("content-type")).toBe(media);
  expect(answer.headers.get("content-disposition")).toMatch(/^attachment; filename="./);
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect((await answer.bytes()).length).toBeGreaterThan(0);
}

/** The same, with objects that have the members that are described and no others. */
// biome-ignore lint/suspicious/noExplicitAny: any JSON.
function closed(schema: any): any {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== "object") return schema;
  const members = Object.entries(schema).map(([name, value]) => [name, closed(value)]);
  const isOpen =
    schema.type === "object" && schema.properties !== undefined && schema.additionalProperties === undefined;
  return { ...Object.fromEntries(members), ...(isOpen ? { additionalProperties: false } : {}) };
}

interface Operation {
  readonly security?: unknown;
  readonly operationId: string;
  /** A file has another media type and no schema. */
  readonly responses: Record<string, { content: { "application/json": { schema: { $ref: string } } } }>;
}

describe("every path", () => {
  test("needs a key, and a POST says that it is JSON", async () => {
    const document = await description();
    const open: string[] = [];
    for (const [path, operations] of Object.entries<Record<string, Operation>>(document.paths)) {
      for (const [method, { operationId, security }] of Object.entries(operations)) {
        const asked = path.slice("/api/v1".length).replaceAll(/\{\w+\}/g, "x");
        const answer = await ask(method.toUpperCase(), asked, { key: null });
        if (security === undefined) expect(failure(answer), `${method} ${path}`).toEqual([401, "unauthorized"]);
        else open.push(operationId);
        if (!["post", "put", "patch"].includes(method)) continue;
        // As the dashboard's own pages ask: others may not sign in at all.
        const url = `http://localhost:${served.port}`;
        const headers = { "content-type": "text/plain", origin: url };
        const form = await ask(method.toUpperCase(), asked, { headers, url });
        expect(failure(form), `${method} ${path}`).toEqual([415, "request_invalid"]);
      }
    }
    // What lets in itself.
    expect(open).toEqual(["sign_in"]);
  });

  test("refuses members that it does not know, and names them", async () => {
    const wrong = [
      await ask("POST", "/agents", { body: { name: "x", bogus: 1 } }),
      await ask("PATCH", "/agents/mine", { body: { bogus: 1 } }),
      await ask("POST", "/keys", { body: { bogus: 1 } }),
      await ask("POST", `/plugins/${WITH_PAGE}/open`, { body: { bogus: 1 } }),
    ];
    for (const answer of wrong) {
      expect(failure(answer)).toEqual([400, "request_invalid"]);
      expect(answer.body.error.message).toContain("bogus");
    }
    expect(failure(await ask("POST", "/keys", { body: [] }))).toEqual([400, "request_invalid"]);
    const { error } = (await ask("GET", "/agents?bogus=1")).body;
    expect(error).toMatchObject({ code: "request_invalid", message: expect.stringContaining('"bogus"') });
    expect(error.hint).toBe("this path takes no query");
    expect((await ask("GET", "/tasks?bogus=1")).body.error.hint).toBe("known: status, agent, plugin, limit");
    expect((await ask("GET", "/agents")).body.agents).toHaveLength(4);
  });

  test("takes texts and numbers up to what is described, and no more", async () => {
    const { components, paths, servers } = await description();
    expect(servers).toEqual([{ url: "/" }]);
    expect(Object.keys(paths).filter((path) => !path.startsWith("/api/v1/"))).toEqual([]);
    const members = components.schemas.update_agent_body.properties;
    const { maxLength } = members.prompt;
    const ajv = new Ajv2020({ strict: false });
    const longest: readonly (readonly [string, unknown, unknown])[] = [
      ["name", "n".repeat(members.name.maxLength), "n".repeat(members.name.maxLength + 1)],
      ["prompt", "p".repeat(maxLength), "p".repeat(maxLength + 1)],
      ["model", "m".repeat(300), "m".repeat(301)],
      ["temperature", 2, 2.1],
      ["max_tokens", 1, 0],
      ["tools", { mode: "only", names: Array(1_000).fill("a/b") }, { mode: "only", names: Array(1_001).fill("a/b") }],
    ];
    const { id } = (await ask("POST", "/agents", { body: { name: "bounds" } })).body;
    for (const [name, fits, tooMuch] of longest) {
      expect((await ask("PATCH", `/agents/${id}`, { body: { [name]: fits } })).status, name).toBe(200);
      const refused = await ask("PATCH", `/agents/${id}`, { body: { [name]: tooMuch } });
      expect(failure(refused), name).toEqual([400, "request_invalid"]);
      const schema = ajv.compile(members[name]);
      expect([schema(fits), schema(tooMuch)], name).toEqual([true, false]);
    }
    await ask("DELETE", `/agents/${id}`);
  });

  test("answers nothing that anybody on the way may keep", async () => {
    const answer = await fetch(`${served.url}/api/v1/agents`, { headers: { authorization: `Bearer ${served.key}` } });
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });
});

describe("agents", () => {
  test("are made, shown, changed and deleted, by name and by id", async () => {
    const body = { name: "Ärger & Ruhe", model: "m", prompt: "p", temperature: 0.5, max_tokens: 9 };
    const made = await ask("POST", "/agents", { body: { ...body, tools: { mode: "only", names: ["a/b"] } } });
    expect(made).toMatchObject({
      status: 201,
      body: { ...body, default: false, tools: { mode: "only", names: ["a/b"] } },
    });
    expect(made.body.address).toMatch(/^0x[0-9a-f]{40}$/i);
    const path = `/agents/${encodeURIComponent(body.name)}`;
    expect(await ask("GET", path)).toEqual({ status: 200, body: made.body });
    const changed = await ask("PATCH", `/agents/${made.body.id}`, { body: { model: null, tools: { mode: "all" } } });
    expect(changed).toEqual({ status: 200, body: { ...made.body, model: null, tools: { mode: "all" } } });
    expect(await ask("DELETE", path)).toEqual({
      status: 200,
      body: { id: made.body.id, name: body.name, deleted: true },
    });
    expect(failure(await ask("GET", path))).toEqual([404, "agent_unknown"]);
  });

  test("that cannot be are refused", async () => {
    expect(failure(await ask("POST", "/agents", { body: {} }))).toEqual([400, "request_invalid"]);
    expect(failure(await ask("POST", "/agents", { body: { name: "mine" } }))).toEqual([409, "agent_exists"]);
    expect(failure(await ask("POST", "/agents", { body: { name: "a:b" } }))).toEqual([400, "agent_invalid"]);
    expect(failure(await ask("DELETE", "/agents/default"))).toEqual([400, "agent_invalid"]);
  });
});

describe("keys", () => {
  test("are told once, let in, and are worthless once they are revoked", async () => {
    const made = await ask("POST", "/keys", { body: { name: "new" } });
    expect(made).toMatchObject({ status: 201, body: { name: "new", key: expect.stringMatching(/^osk-v1\./) } });
    const { key, id } = made.body;
    expect((await ask("GET", "/host", { key })).status).toBe(200);
    const listed = await ask("GET", "/keys");
    expect(listed.body.keys.find((one: { id: string }) => one.id === id)).toMatchObject({
      name: "new",
      state: "valid",
    });
    expect(JSON.stringify(listed.body)).not.toContain(key);
    expect((await ask("DELETE", `/keys/${id}`)).body).toMatchObject({ id, state: "revoked" });
    expect(failure(await ask("GET", "/host", { key }))).toEqual([401, "unauthorized"]);
    expect(failure(await ask("DELETE", "/keys/nothing"))).toEqual([404, "key_unknown"]);
    expect(failure(await ask("POST", "/keys", { body: { agent_id: "nobody" } }))).toEqual([404, "agent_unknown"]);
    const old = { expires_at: "2001-01-01T00:00:00Z" };
    expect(failure(await ask("POST", "/keys", { body: old }))).toEqual([400, "request_invalid"]);
  });

  test("of this process alone let in to everything, and stand in no list", async () => {
    const key = (await served.host.accessKeys()).openLocal();
    expect((await ask("GET", "/keys", { key })).status).toBe(200);
    expect(JSON.stringify((await ask("GET", "/keys")).body)).not.toContain('"local"');
    expect(failure(await ask("DELETE", "/keys/local"))).toEqual([404, "key_unknown"]);
    const almost = `${key.slice(0, -1)}${key.endsWith("A") ? "E" : "A"}`;
    expect(failure(await ask("GET", "/keys", { key: almost }))).toEqual([401, "unauthorized"]);
  });
});

describe("a key for one agent", () => {
  test("sees that agent, and not which others there are", async () => {
    const { key } = mine;
    expect((await ask("GET", "/agents", { key })).body.agents.map(({ id }: { id: string }) => id)).toEqual([mine.id]);
    expect((await ask("GET", "/agents/mine", { key })).status).toBe(200);
    for (const other of ["other", otherId, "default", "nobody"]) {
      expect(failure(await ask("GET", `/agents/${other}`, { key })), other).toEqual([403, "agent_scope_denied"]);
    }
  });

  test("sees the plugins of that agent", async () => {
    const { key } = mine;
    const { body } = await ask("GET", "/plugins", { key });
    expect(body.plugins.map(({ plugin_id }: { plugin_id: string }) => plugin_id)).toEqual([WITHOUT_PAGE]);
    expect(failure(await ask("GET", `/plugins/${WITH_PAGE}`, { key }))).toEqual([404, "plugin_unknown"]);
  });

  test("changes nothing of the whole host", async () => {
    const denied: readonly (readonly [string, string, unknown?])[] = [
      ["POST", "/agents", { name: "x" }],
      ["PATCH", "/agents/mine", { prompt: "x" }],
      ["DELETE", "/agents/mine"],
      ["GET", "/keys"],
      ["POST", "/keys", {}],
      ["DELETE", "/keys/test"],
      ["POST", "/plugins/reload"],
      ["POST", `/plugins/${WITHOUT_PAGE}/reload`],
      ["POST", `/plugins/${WITHOUT_PAGE}/retry`],
      ["GET", "/tunnel"],
      ["POST", "/tunnel/connect"],
      ["POST", "/tunnel/disconnect"],
    ];
    for (const [method, path, body] of denied) {
      const answer = await ask(method, path, { key: mine.key, body });
      expect(failure(answer), `${method} ${path}`).toEqual([403, "agent_scope_denied"]);
    }
    expect((await ask("GET", "/agents/mine")).body.prompt).toBe("");
  });

  test("opens pages for that agent alone", async () => {
    const wholeOne = { name: "opener", agentId: otherId, expiresAt: null };
    const { key } = await (await served.host.accessKeys()).create(wholeOne);
    const path = `/plugins/${WITH_PAGE}/open`;
    expect((await ask("POST", path, { key })).body).toMatchObject({ agent_id: otherId });
    expect(failure(await ask("POST", path, { key, body: { agent: "mine" } }))).toEqual([403, "agent_scope_denied"]);
  });
});

describe("opening a page", () => {
  test("gives a link to the plugin's own host, good once", async () => {
    const { status, body } = await ask("POST", `/plugins/${WITH_PAGE}/open`);
    expect([status, body.agent_id, body.plugin_id]).toEqual([200, DEFAULT_AGENT_ID, WITH_PAGE]);
    const url = new URL(body.url);
    expect([url.host, url.pathname]).toEqual([
      `${served.pluginHost(WITH_PAGE)}:${served.port}`,
      `/plugins/${WITH_PAGE}/ui/`,
    ]);
    expect(url.searchParams.get("osr_agent")).toBe(DEFAULT_AGENT_ID);
    const go = () => sendRaw(served.port, requestText(`GET ${url.pathname}${url.search}`, [`host: ${url.host}`]));
    const first = await go();
    expect([first.status, first.headers.get("location")]).toEqual([
      303,
      `/plugins/${WITH_PAGE}/ui/?osr_agent=${DEFAULT_AGENT_ID}`,
    ]);
    const cookie = first.headers.get("set-cookie")!;
    expect(cookie).toMatch(/HttpOnly/i);
    const headers = [`host: ${url.host}`, `cookie: ${cookie.split(";")[0]}`, "sec-fetch-site: none"];
    const page = await sendRaw(served.port, requestText(`GET ${first.headers.get("location")}`, headers));
    expect([page.status, page.body]).toEqual([200, expect.stringContaining("<p>mine")]);
    expect((await go()).status).toBe(401);
  });

  test("says why there is none", async () => {
    const open = (id: string, body?: object) => ask("POST", `/plugins/${id}/open`, { body });
    expect(failure(await open("nothing"))).toEqual([404, "plugin_unknown"]);
    expect(failure(await open(WITHOUT_PAGE))).toEqual([404, "web_ui_missing"]);
    expect(failure(await open(BROKEN))).toEqual([502, "init_failed"]);
    expect(failure(await open(WITH_PAGE, { agent: "nobody" }))).toEqual([404, "agent_unknown"]);
    expect(failure(await open(WITH_PAGE, { agent: "mine" }))).toEqual([404, "web_ui_missing"]);
  });
});

test("the tunnel is connected and disconnected, and every agent is on it", async () => {
  const connected = await ask("POST", "/tunnel/connect");
  expect(connected).toMatchObject({ status: 200, body: { connected: true, state: "connected" } });
  const urls = connected.body.agents.map(({ url }: { url: string }) => url);
  expect(urls.every((url: string) => /^https?:/.test(url))).toBe(true);
  const ended = await ask("POST", "/tunnel/disconnect");
  expect(ended).toMatchObject({ status: 200, body: { connected: false, state: "off" } });
  expect(new Set(ended.body.agents.map(({ url }: { url: null }) => url))).toEqual(new Set([null]));
});
