// A plugin's settings over the control API: the values of secrets go in and never come out; and the links to its pages.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { SETTINGS_SAVED_MAX } from "../../src/protocol/limits.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { OFFERED_ID, sayOfItself } from "../helpers/offered-plugin.ts";
import { requestText, type ServedHost, sendRaw, serveHost } from "../helpers/served-host.ts";

const PATH = `/plugins/${OFFERED_ID}`;
const SECRET = "a secret that nobody gets to see";

let served: ServedHost;
let mine: { readonly id: string; readonly key: string };
beforeAll(async () => {
  served = await serveHost();
  sayOfItself(served.home.env);
  const data = served.home.env["OSAURUS_HOME"]!;
  const folder = installFixture(data, "manifest-from-file", { id: OFFERED_ID, consent: ["network"] });
  mkdirSync(join(folder, "web"));
  writeFileSync(join(folder, "web", "index.html"), "<!doctype html><title>Weather</title><p>sunny");
  installFixture(data, "load-init-null");
  const { id } = await (await served.host.agents()).create({ name: "mine" });
  mine = { id, key: (await (await served.host.accessKeys()).create({ name: "m", agentId: id, expiresAt: null })).key };
});
afterAll(() => served?.stop());

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
  readonly body: any;
}

/** All that came back, to look for secrets in. */
let received = "";

async function ask(method: string, path: string, body?: unknown, key: string | null = served.key): Promise<Answer> {
  const response = await fetch(`${served.url}/api/v1${path}`, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  received += text;
  return { status: response.status, body: JSON.parse(text) };
}

const failure = ({ status, body }: Answer) => [status, body.error?.code];
const sheet = async (query = "") => (await ask("GET", `${PATH}/settings${query}`)).body;
const save = (values: object, agent?: string) => ask("PUT", `${PATH}/settings`, { agent, values });
const field = async (key: string, query = "") =>
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
  (await sheet(query)).sections.flatMap((one: any) => one.fields).find((one: any) => one.key === key);

const stored = async () => {
  const { rows } = await (await served.host.settings()).list(OFFERED_ID, DEFAULT_AGENT_ID);
  return rows.filter(({ isSet }) => isSet).map(({ key }) => key);
};

describe("the sheet", () => {
  test("is for whoever has a key for the whole host", async () => {
    for (const [method, path, body] of [
      ["GET", `${PATH}/settings`],
      ["PUT", `${PATH}/settings`, { values: {} }],
      ["DELETE", `${PATH}/settings/token`],
    ] as const) {
      expect(failure(await ask(method, path, body, null)), method).toEqual([401, "unauthorized"]);
      expect(failure(await ask(method, path, body, mine.key)), method).toEqual([403, "agent_scope_denied"]);
    }
    expect(failure(await ask("GET", "/plugins/nothing/settings"))).toEqual([404, "plugin_unknown"]);
    expect(failure(await ask("GET", `${PATH}/settings?agent=nobody`))).toEqual([404, "agent_unknown"]);
  });

  test("has everything that the manifest says of each field", async () => {
    const { plugin_id, agent_id, title, sections } = await sheet();
    expect([plugin_id, agent_id, title]).toEqual([OFFERED_ID, DEFAULT_AGENT_ID, "Weather"]);
    const plain = { required: false, is_set: false, is_missing: false };
    expect(sections).toEqual([
      {
        title: null,
        kind: "secrets",
        fields: [
          {
            ...plain,
            key: "licence",
            type: "secret",
            label: "Licence key",
            description: "Printed on the box",
            url: "https://example.org/buy",
          },
        ],
      },
      {
        title: "Main",
        kind: "declared",
        fields: [
          {
            key: "token",
            type: "secret",
            label: "The token",
            required: true,
            is_set: false,
            is_missing: true,
            placeholder: "Paste it",
            validation: { min_length: 4 },
          },
          {
            ...plain,
            key: "city",
            type: "text",
            label: "The city",
            default: "Oslo",
            validation: { pattern_hint: "Begins with a capital" },
          },
          { ...plain, key: "days", type: "number", label: "The days", validation: { min: 1, max: 14 } },
          { ...plain, key: "metric", type: "toggle", label: "The metric", default: "true" },
        ],
      },
      {
        title: "More",
        kind: "declared",
        fields: [
          {
            ...plain,
            key: "unit",
            type: "select",
            label: "The unit",
            options: [
              { value: "c", label: "Celsius" },
              { value: "f", label: "Fahrenheit" },
            ],
          },
          {
            ...plain,
            key: "topics",
            type: "multiselect",
            label: "The topics",
            options: [
              { value: "rain", label: "Rain" },
              { value: "wind", label: "Wind" },
            ],
          },
          {
            ...plain,
            key: "hook",
            type: "readonly",
            label: "The hook",
            text: `${served.url}/plugins/${OFFERED_ID}/hook?`,
            copyable: true,
          },
          {
            ...plain,
            key: "account",
            type: "status",
            label: "The account",
            is_connected: false,
            can_connect: true,
            clear_keys: ["access", "token"],
          },
        ],
      },
    ]);
  });

  test("of a plugin that does not load says why nothing is known of it", async () => {
    const { body } = await ask("GET", "/plugins/test.load-init-null/settings");
    expect(body).toMatchObject({ sections: [], error: { code: expect.any(String) } });
  });
});

describe("saving", () => {
  test("takes several values for one agent, and gives back those that are no secrets", async () => {
    const { status, body } = await save({ token: SECRET, licence: SECRET, city: "Rome", days: "3", access: SECRET });
    expect([status, body]).toEqual([
      200,
      {
        plugin_id: OFFERED_ID,
        agent_id: DEFAULT_AGENT_ID,
        keys: ["token", "licence", "city", "days", "access"],
        told: true,
      },
    ]);
    expect(await field("city")).toMatchObject({ is_set: true, value: "Rome" });
    expect(await field("token")).toMatchObject({ is_set: true, is_missing: false });
    expect((await field("hook")).text).toBe(`${served.url}/plugins/${OFFERED_ID}/hook?Rome`);
    expect(await field("account")).toMatchObject({ is_connected: true });
    expect((await sheet()).sections.at(-1)).toMatchObject({
      kind: "other",
      fields: [{ key: "access", type: "other" }],
    });
    expect((await field("token", "?agent=mine")).is_set).toBe(false);
    await save({ city: "Bern" }, "mine");
    expect([(await field("city", "?agent=mine")).value, (await field("city")).value]).toEqual(["Bern", "Rome"]);
    expect(received).not.toContain(SECRET);
  });

  test("saves nothing when one of them is wrong, says which, and repeats no value", async () => {
    const before = await stored();
    const bad = "bad value";
    const answer = await save({ city: bad, days: "99", metric: "perhaps", token: "", unit: "k", account: "x" });
    expect(failure(answer)).toEqual([400, "setting_invalid"]);
    expect(answer.body.error.details.fields).toEqual({
      city: "Begins with a capital",
      days: "The days must be at most 14",
      metric: "The metric must be true or false",
      token: "The token is required",
      unit: "The unit must be one of: c, f",
      account: "The account only shows something; it cannot be set",
    });
    expect(JSON.stringify(answer.body)).not.toContain(bad);
    const both = await save({ city: "Paris", days: "99" });
    expect(both.body.error).toMatchObject({ message: "The days must be at most 14", details: { fields: {} } });
    expect((await field("city")).value).toBe("Rome");
    expect(await stored()).toEqual(before);
    expect(failure(await save({ city: 5 }))).toEqual([400, "request_invalid"]);
  });

  test("removes with null, or by its path", async () => {
    expect((await save({ access: null, days: null, neverThere: null })).status).toBe(200);
    expect((await field("days")).is_set).toBe(false);
    expect(await field("access")).toBeUndefined();
    const removed = await ask("DELETE", `${PATH}/settings/licence`);
    expect(removed.body).toMatchObject({ keys: ["licence"], told: true });
    expect((await ask("DELETE", `${PATH}/settings/licence`)).body.keys).toEqual([]);
    expect(failure(await ask("DELETE", `${PATH}/settings/neverThere`))).toEqual([404, "secret_unknown"]);
  });

  test("takes SETTINGS_SAVED_MAX at once and no more", async () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`none${at}`, null]));
    expect((await save(many(SETTINGS_SAVED_MAX))).status).toBe(200);
    expect(failure(await save(many(SETTINGS_SAVED_MAX + 1)))).toEqual([400, "request_invalid"]);
  });
});

describe("links", () => {
  /** Goes there as a browser does that has the page in this place. */
  async function go(url: string, dest: "document" | "iframe", more: readonly string[] = []) {
    const { host, pathname, search } = new URL(url);
    const site = more.some((line) => line.startsWith("sec-fetch-site")) ? [] : ["sec-fetch-site: cross-site"];
    const headers = [`host: ${host}`, "sec-fetch-mode: navigate", `sec-fetch-dest: ${dest}`, ...site, ...more];
    return await sendRaw(served.port, requestText(`GET ${pathname}${search}`, headers));
  }
  const open = async (body: object) => (await ask("POST", `${PATH}/open`, body)).body.url as string;
  const cookieOf = (header: string | undefined) => header!.split(";", 1)[0]!;
  const withoutCode = (url: string) => url.replace(/&osr_open=[^&]*/, "");
  const ofPage = "sec-fetch-site: same-origin";

  test("into a frame give a cookie for frames, which counts for requests of the page itself", async () => {
    const url = await open({ frame: true });
    const begun = await go(url, "iframe");
    const origin = `http://localhost:${served.port}`;
    expect([begun.status, begun.headers.get("content-security-policy")]).toEqual([
      200,
      `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors ${origin}; base-uri 'none'`,
    ]);
    const cookie = begun.headers.get("set-cookie");
    expect(cookie).toMatch(
      /^osr_frame=[\w-]{43}; Path=\/plugins\/com\.example\.offered\/; HttpOnly; Secure; SameSite=None; Partitioned; Max-Age=43200$/,
    );
    expect(begun.body).toContain('http-equiv="refresh"');
    const page = withoutCode(url);
    const sent = `cookie: ${cookieOf(cookie)}`;
    const shown = await go(page, "iframe", [sent, ofPage]);
    expect([shown.status, shown.headers.get("content-security-policy")]).toEqual([
      200,
      `frame-ancestors 'self' ${origin}`,
    ]);
    expect(shown.body).toContain("sunny");
    // A page of somebody else's has the browser send the cookie as well: it counts for nothing there, nor without a word of who asks.
    for (const site of ["cross-site", "same-site", "none"]) {
      expect((await go(page, "iframe", [sent, `sec-fetch-site: ${site}`])).status, site).not.toBe(200);
    }
    const { host, pathname, search } = new URL(page);
    const silent = await sendRaw(served.port, requestText(`GET ${pathname}${search}`, [`host: ${host}`, sent]));
    expect(silent.status).toBe(401);
    // The name of one cookie does not make the other one of it.
    const renamed = sent.replace("osr_frame", "osr_session");
    expect((await go(page, "iframe", [renamed, ofPage])).status).toBe(401);
    expect((await go(url, "iframe")).status, "used before").toBe(401);
  });

  test("are for a frame or for a tab, never both", async () => {
    const [framed, plain] = [await open({ frame: true }), await open({})];
    expect((await go(framed, "document")).status).toBe(401);
    expect((await go(plain, "iframe")).status).toBe(401);
    // Asking in the wrong place uses none of them up.
    expect((await go(framed, "iframe")).headers.get("set-cookie")).toContain("osr_frame=");
    const tab = await go(plain, "document");
    expect(tab.headers.get("set-cookie")).toMatch(/^osr_session=.*SameSite=Strict/);
    const sent = `cookie: ${cookieOf(tab.headers.get("set-cookie"))}`;
    const shown = await go(withoutCode(plain), "document", [sent, ofPage]);
    expect(shown.headers.get("content-security-policy")).toBe("frame-ancestors 'self'");
  });

  test("lead to what connects a status, and nowhere outside of the plugin", async () => {
    const url = new URL(await open({ field: "account" }));
    expect(url.pathname).toBe(`/plugins/${OFFERED_ID}/login`);
    expect([...url.searchParams.keys()]).toEqual(["step", "osr_agent", "osr_open"]);
    expect(failure(await ask("POST", `${PATH}/open`, { field: "city" }))).toEqual([404, "web_ui_missing"]);
    const says = JSON.parse(readFileSync(join(served.home.env["TMPDIR"]!, "manifest.json"), "utf8"));
    const status = says.capabilities.config.sections[1].fields.at(-1);
    for (const route of ["../../other/login", "/..\\..\\api", "%2e%2e/x", "https://evil.example/"]) {
      status.connect_action.url_route = route;
      writeFileSync(join(served.home.env["TMPDIR"]!, "manifest.json"), JSON.stringify(says));
      await ask("POST", `${PATH}/reload`, {});
      const { body } = await ask("POST", `${PATH}/open`, { field: "account" });
      const where = body.url === undefined ? body.error.code : new URL(body.url).pathname;
      expect(where === "web_ui_missing" || where.startsWith(`/plugins/${OFFERED_ID}/`), route).toBe(true);
    }
    sayOfItself(served.home.env);
  });
});
