// Registries, installing, consent and upgrades over the control API: nothing is installed before somebody consented to exactly
// that package.

import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  INSTALL_SPEC_CHARS_MAX,
  REGISTRY_LOCATION_CHARS_MAX,
  REGISTRY_SEARCH_CHARS_MAX,
} from "../../src/protocol/limits.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { type MadeRegistry, makeRegistry, serveRegistry } from "../helpers/made-registry.ts";
import { makeSigningKey } from "../helpers/minisign-keys.ts";
import { OFFERED_ID, offeredZip, sayOfItself } from "../helpers/offered-plugin.ts";
import { type ServedHost, serveHost } from "../helpers/served-host.ts";

const KEY = makeSigningKey();

let served: ServedHost;
let registry: MadeRegistry;
let agentKey: string;
beforeAll(async () => {
  served = await serveHost();
  registry = makeRegistry(join(served.home.path, "registry"));
  const agents = await served.host.agents();
  const { id } = await agents.create({ name: "mine" });
  agentKey = (await (await served.host.accessKeys()).create({ name: "mine", agentId: id, expiresAt: null })).key;
});
afterAll(() => served?.stop());

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
  readonly body: any;
}

async function ask(method: string, path: string, body?: unknown, key: string | null = served.key): Promise<Answer> {
  const isJson = method === "POST";
  const response = await fetch(`${served.url}/api/v1${path}`, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(isJson ? { "content-type": "application/json" } : {}),
    },
    ...(isJson ? { body: JSON.stringify(body ?? {}) } : {}),
  });
  return { status: response.status, body: await response.json() };
}

const failure = ({ status, body }: Answer) => [status, body.error?.code];
const tools = () => join(served.home.env["OSAURUS_HOME"]!, "Tools");
const installed = () => readdirSync(tools()).filter((name) => !name.startsWith("."));
const install = (body: object) => ask("POST", "/plugins/install", body);

/** Consents to what is asked; gives the answer to the consent. */
async function consented(path: string, body: object = {}): Promise<Answer> {
  const first = await ask("POST", path, body);
  expect(first.body, JSON.stringify(first.body)).toMatchObject({ state: "consent_required" });
  return await ask("POST", path, { ...body, consent: first.body.question.digest });
}

function publish(version: string, requirements: readonly string[] = ["network"], page?: string): void {
  sayOfItself(served.home.env, { version, requirements });
  registry.publish({ id: OFFERED_ID, version, key: KEY, archive: offeredZip({ version, requirements }, page) });
}

describe("who may not", () => {
  test("nobody without a key for the whole host", async () => {
    const asked: readonly (readonly [string, string, unknown?])[] = [
      ["GET", "/registries"],
      ["POST", "/registries", { location: registry.root }],
      ["DELETE", "/registries/x"],
      ["GET", "/registries/search"],
      ["GET", "/plugins/outdated"],
      ["POST", "/plugins/install", { spec: OFFERED_ID }],
      ["POST", `/plugins/${OFFERED_ID}/upgrade`],
      ["POST", `/plugins/${OFFERED_ID}/consent`],
    ];
    for (const [method, path, body] of asked) {
      expect(failure(await ask(method, path, body, null)), path).toEqual([401, "unauthorized"]);
      expect(failure(await ask(method, path, body, agentKey)), path).toEqual([403, "agent_scope_denied"]);
    }
  });
});

describe("registries", () => {
  test("are added by whole path or address, listed, searched and forgotten", async () => {
    publish("1.0.0");
    expect(failure(await ask("POST", "/registries", { location: "registry" }))).toEqual([400, "request_invalid"]);
    const added = await ask("POST", "/registries", { location: registry.root, name: "mine" });
    expect(added).toEqual({
      status: 201,
      body: { name: "mine", location: registry.root, kind: "folder", added: true },
    });
    expect((await ask("GET", "/registries")).body.registries).toEqual([
      { name: "mine", location: registry.root, kind: "folder", entries: 1, broken: 0 },
    ]);
    const { url, stop } = await serveRegistry(registry, []);
    const other = await ask("POST", "/registries", { location: `${url}/`, name: "web" });
    expect(other.body).toMatchObject({ kind: "url", added: true });
    await stop();
    const [, broken] = (await ask("GET", "/registries")).body.registries;
    expect(broken).toMatchObject({ name: "web", entries: null, error: { code: "registry_unreachable" } });
    expect((await ask("DELETE", "/registries/web")).body).toMatchObject({ name: "web" });
    expect(failure(await ask("DELETE", "/registries/web"))).toEqual([404, "registry_unknown"]);
  });

  test("give what was looked for", async () => {
    const { plugins, notes } = (await ask("GET", "/registries/search?text=OFFERED")).body;
    expect(plugins).toEqual([
      {
        plugin_id: OFFERED_ID,
        latest: "1.0.0",
        runs_here: true,
        name: `The ${OFFERED_ID}`,
        description: null,
        registry: "mine",
      },
    ]);
    expect(notes).toEqual([]);
    expect((await ask("GET", "/registries/search?text=nothing")).body.plugins).toEqual([]);
  });

  test("take texts up to their limits and no longer ones", async () => {
    const long = (chars: number) => `/${"x".repeat(chars - 1)}`;
    const spec = (chars: number) => install({ spec: long(chars) });
    expect(failure(await spec(INSTALL_SPEC_CHARS_MAX))).toEqual([404, "package_unknown"]);
    expect(failure(await spec(INSTALL_SPEC_CHARS_MAX + 1))).toEqual([400, "request_invalid"]);
    const add = (chars: number) => ask("POST", "/registries", { location: long(chars) });
    expect((await add(REGISTRY_LOCATION_CHARS_MAX)).body.error.code).not.toBe("request_invalid");
    expect(failure(await add(REGISTRY_LOCATION_CHARS_MAX + 1))).toEqual([400, "request_invalid"]);
    const search = (chars: number) => ask("GET", `/registries/search?text=${"x".repeat(chars)}`);
    expect((await search(REGISTRY_SEARCH_CHARS_MAX)).status).toBe(200);
    expect(failure(await search(REGISTRY_SEARCH_CHARS_MAX + 1))).toEqual([400, "request_invalid"]);
  });
});

describe("installing", () => {
  test("asks first, in plain words, though a registry vouches for it, and installs nothing", async () => {
    const { status, body } = await install({ spec: OFFERED_ID });
    expect([status, body.state]).toEqual([200, "consent_required"]);
    expect(body.question).toEqual({
      plugin_id: OFFERED_ID,
      version: "1.0.0",
      name: "Offered weather",
      authors: ["Ann Author"],
      description: "Tells the weather.",
      signed: true,
      requirements: [{ id: "network", meaning: "connect to other computers", tools: ["say"] }],
      beyond: null,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(installed()).toEqual([]);
  });

  test("does not take the consent to one package for another", async () => {
    const digest = (await install({ spec: OFFERED_ID })).body.question.digest;
    const wrong = await install({ spec: OFFERED_ID, consent: "0".repeat(64) });
    expect(wrong.body).toMatchObject({ state: "consent_required", question: { digest } });
    expect(failure(await install({ spec: OFFERED_ID, consent: "0".repeat(63) }))).toEqual([400, "request_invalid"]);
    // The registry offers other bytes by now: the same version, the same words, signed with the same key.
    rmSync(join(registry.root, "plugins"), { recursive: true });
    publish("1.0.0", ["network"], "<p>another page");
    const changed = await install({ spec: OFFERED_ID, consent: digest });
    expect(changed.body.state).toBe("consent_required");
    expect(changed.body.question.digest).not.toBe(digest);
    expect(installed()).toEqual([]);
  });

  test("installs what was consented to, and the host uses it at once", async () => {
    const { body } = await consented("/plugins/install", { spec: OFFERED_ID });
    expect(body).toMatchObject({
      state: "installed",
      plugin_id: OFFERED_ID,
      version: "1.0.0",
      previous: null,
      plugin: { plugin_id: OFFERED_ID, version: "1.0.0", state: "loaded", tools: ["say"] },
    });
    expect(installed()).toEqual([OFFERED_ID]);
  });

  test("takes a URL or a whole path, and neither when nobody vouches for it, until somebody allows that", async () => {
    const path = join(served.home.path, `${OFFERED_ID}-1.0.0.zip`);
    const id = "com.example.unsigned";
    const manifest = { plugin_id: id, version: "1.0.0" };
    const folder = join(served.home.path, "unsigned");
    mkdirSync(folder);
    writeFileSync(join(folder, "osaurus-plugin.json"), JSON.stringify(manifest));
    const made = installFixture(join(served.home.path, "elsewhere"), "echoes");
    const library = readdirSync(made).find((name) => /\.(so|dylib)$/.test(name))!;
    copyFileSync(join(made, library), join(folder, library));
    expect(failure(await install({ spec: folder }))).toEqual([403, "unsigned_refused"]);
    const { body } = await install({ spec: folder, allow_unsigned: true });
    expect(body).toMatchObject({ state: "consent_required", question: { signed: false, requirements: null } });
    expect(installed()).not.toContain(id);
    // What is installed with a signature is not replaced by what has none, whatever anybody allows.
    writeFileSync(path, offeredZip());
    expect(failure(await install({ spec: path, allow_unsigned: true }))).toEqual([403, "unsigned_refused"]);
    const web = await serveRegistry(registry, [`artifacts/${OFFERED_ID}-1.0.0.zip`]);
    const spec = `${web.url}/artifacts/${OFFERED_ID}-1.0.0.zip`;
    expect(failure(await install({ spec, allow_unsigned: true }))).toEqual([403, "unsigned_refused"]);
    expect(web.asked).toContain(`/artifacts/${OFFERED_ID}-1.0.0.zip`);
    expect(failure(await install({ spec: "unsigned" }))).toEqual([404, "plugin_unknown"]);
  });

  test("refuses a package whose signature is wrong", async () => {
    const archive = offeredZip({ version: "9.0.0" });
    const minisign = { signature: "untrusted comment: none\nRWQ=\ntrusted comment: none\nRWQ=\n" };
    registry.publish({ id: "com.example.forged", version: "9.0.0", key: KEY, archive, artifact: { minisign } });
    expect(failure(await install({ spec: "com.example.forged" }))).toEqual([403, "signature_invalid"]);
    expect(installed()).toEqual([OFFERED_ID]);
  });
});

describe("upgrading", () => {
  test("says when there is nothing newer", async () => {
    expect((await ask("GET", "/plugins/outdated")).body).toEqual({ plugins: [], notes: [] });
    const { body } = await ask("POST", `/plugins/${OFFERED_ID}/upgrade`);
    expect(body).toEqual({ state: "up_to_date", notes: [] });
    expect(failure(await ask("POST", "/plugins/nothing/upgrade"))).toEqual([404, "plugin_unknown"]);
  });

  test("asks nobody for what was granted before", async () => {
    publish("1.1.0");
    expect((await ask("GET", "/plugins/outdated")).body.plugins).toEqual([
      { plugin_id: OFFERED_ID, installed: "1.0.0", available: "1.1.0", registry: "mine" },
    ]);
    expect((await ask("POST", `/plugins/${OFFERED_ID}/upgrade`)).body).toMatchObject({
      state: "installed",
      version: "1.1.0",
      previous: "1.0.0",
      plugin: { version: "1.1.0", state: "loaded" },
    });
  });

  test("asks for what is more than that, and the old version serves until somebody consents", async () => {
    publish("1.2.0", ["network", "contacts"]);
    const { body } = await ask("POST", `/plugins/${OFFERED_ID}/upgrade`);
    expect(body).toMatchObject({
      state: "consent_required",
      question: { version: "1.2.0", beyond: ["contacts"] },
    });
    expect((await ask("GET", `/plugins/${OFFERED_ID}`)).body).toMatchObject({ version: "1.1.0", state: "loaded" });
    expect((await consented(`/plugins/${OFFERED_ID}/upgrade`)).body).toMatchObject({
      state: "installed",
      plugin: { version: "1.2.0", state: "loaded" },
    });
  });
});

describe("consent to what is installed", () => {
  test("is asked for where the library wants more than its package says", async () => {
    publish("1.3.0", ["network", "contacts"]);
    sayOfItself(served.home.env, { version: "1.3.0", requirements: ["network", "contacts", "microphone"] });
    const upgraded = await ask("POST", `/plugins/${OFFERED_ID}/upgrade`);
    expect(upgraded.body.plugin).toMatchObject({ error: { code: "consent_required" } });
    const asked = await ask("POST", `/plugins/${OFFERED_ID}/consent`);
    expect(asked.body).toMatchObject({ state: "consent_required", question: { beyond: ["microphone"] } });
    const { body } = await consented(`/plugins/${OFFERED_ID}/consent`);
    expect(body).toMatchObject({ state: "installed", plugin: { version: "1.3.0", state: "loaded" } });
    expect(body.plugin.error).toBeUndefined();
    expect(failure(await ask("POST", "/plugins/nothing/consent"))).toEqual([404, "plugin_unknown"]);
  });
});
