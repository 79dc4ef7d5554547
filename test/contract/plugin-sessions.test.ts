// The cookies of pages that `osaurus open` opened: where they come from, what they open, and where they are worth nothing.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { WEB_LINK_MS_MAX, WEB_SESSION_MS_MAX } from "../../src/protocol/limits.ts";
import { type GatedPlugins, gatePlugins, OPEN, OWNERS, refusalOf } from "../helpers/gated-plugins.ts";
import type { RawAnswer } from "../helpers/served-host.ts";

const NAVIGATES = ["sec-fetch-mode: navigate", "sec-fetch-dest: document"];
const BY_HAND = [...NAVIGATES, "sec-fetch-site: none"];
const OWN_PAGE = ["sec-fetch-site: same-origin", "sec-fetch-mode: cors", "sec-fetch-dest: empty"];
const UI = `/plugins/${OWNERS}/ui/`;

let gated: GatedPlugins;
let otherAgent: string;

beforeAll(async () => {
  gated = await gatePlugins();
  otherAgent = (await (await gated.host.agents()).create({ name: "other" })).id;
});

afterAll(async () => {
  expect(gated.bugs).toEqual([]);
  await gated.stop();
});

function issue(pluginId = OWNERS, agentId = DEFAULT_AGENT_ID): string {
  return gated.sessions.issue({ pluginId, agentId, keyId: "local" });
}

async function open(code: string, headers: readonly string[] = BY_HAND, host = gated.at(OWNERS)): Promise<RawAnswer> {
  return await gated.ask(`GET ${UI}?osr_agent=${DEFAULT_AGENT_ID}&osr_open=${code}`, [host, ...headers]);
}

/** A browser that has opened the page: the header with its cookie. */
async function cookieOf(answer: RawAnswer | Promise<RawAnswer>): Promise<string> {
  const { headers } = await answer;
  return `cookie: ${headers.get("set-cookie")!.split(";", 1)[0]}`;
}

describe("a link", () => {
  test("becomes a cookie, and its code is gone from the address", async () => {
    const { status, headers, body } = await open(issue());
    expect([status, body]).toEqual([303, ""]);
    expect(headers.get("location")).toBe(`${UI}?osr_agent=${DEFAULT_AGENT_ID}`);
    expect(headers.get("set-cookie")).toMatch(
      new RegExp(`^osr_session=[\\w-]{43}; Path=/plugins/${OWNERS}/; HttpOnly; SameSite=Strict; Max-Age=43200$`),
    );
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  test("works for a program, too", async () => {
    expect((await open(issue(), [])).status).toBe(303);
  });

  test("that another site of this host leads to goes on from a page of its own, so that the cookie counts", async () => {
    const answer = await open(issue(), [...NAVIGATES, "sec-fetch-site: cross-site"]);
    expect([answer.status, answer.headers.get("location")]).toEqual([200, undefined]);
    expect(answer.headers.get("set-cookie")).toMatch(/^osr_session=/);
    expect(answer.body).toContain(`content="0;url=${UI}?osr_agent=${DEFAULT_AGENT_ID}"`);
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  test("is good for one use; whoever has its cookie is led on, others are not", async () => {
    const code = issue();
    const cookie = await cookieOf(open(code));
    const again = await open(code);
    expect([again.status, again.headers.has("set-cookie")]).toEqual([401, false]);
    expect(again.body).toContain(`osaurus open ${OWNERS}`);
    const back = await open(code, [...BY_HAND, cookie]);
    expect([back.status, back.headers.get("location"), back.headers.has("set-cookie")]).toEqual([
      303,
      `${UI}?osr_agent=${DEFAULT_AGENT_ID}`,
      false,
    ]);
  });

  test("of another plugin, or made up, is none, and stays good where it belongs", async () => {
    const code = issue(OPEN);
    expect((await open(code)).status).toBe(401);
    expect((await open("")).status).toBe(401);
    expect((await open("A".repeat(43))).status).toBe(401);
    const there = await gated.ask(`GET /plugins/${OPEN}/ui/?osr_open=${code}`, [gated.at(OPEN), ...BY_HAND]);
    expect(there.status).toBe(303);
  });

  test("is used up nowhere but at the plugin's own name, on this machine, by a browser that goes there", async () => {
    const code = issue();
    const tries: [string, Promise<RawAnswer>][] = [
      ["address", open(code, BY_HAND, gated.here)],
      ["proxy", open(code, [...BY_HAND, "x-forwarded-for: 1.2.3.4"])],
      ["image", open(code, ["sec-fetch-site: cross-site", "sec-fetch-mode: no-cors", "sec-fetch-dest: image"])],
      ["frame", open(code, ["sec-fetch-site: cross-site", "sec-fetch-mode: navigate", "sec-fetch-dest: iframe"])],
      ["foreign program", open(code, ["origin: http://evil.example"])],
      ["form", gated.ask(`POST ${UI}?osr_open=${code}`, [gated.at(OWNERS), ...BY_HAND])],
    ];
    for (const [how, answer] of tries) {
      const { headers } = await answer;
      expect([how, headers.has("set-cookie")]).toEqual([how, false]);
    }
    expect((await open(code)).headers.get("set-cookie")).toMatch(/^osr_session=/);
  });

  test("is over after a while", async () => {
    const other = await gatePlugins();
    try {
      const at = (code: string) => other.ask(`GET ${UI}?osr_open=${code}`, [other.at(OWNERS), ...BY_HAND]);
      const [first, second] = [1, 2].map(() =>
        other.sessions.issue({ pluginId: OWNERS, agentId: DEFAULT_AGENT_ID, keyId: "local" }),
      );
      other.pass(WEB_LINK_MS_MAX - 10_000);
      const cookie = await cookieOf(at(first!));
      other.pass(10_000);
      expect((await at(second!)).status).toBe(401);
      const page = async () => (await other.ask(`GET ${UI}`, [other.at(OWNERS), cookie, ...BY_HAND])).status;
      expect(await page()).toBe(200);
      other.pass(WEB_SESSION_MS_MAX - 20_000);
      expect(await page()).toBe(200);
      other.pass(20_000);
      expect(await page()).toBe(401);
    } finally {
      await other.stop();
    }
  });
});

describe("the owner's cookie", () => {
  let cookie: string;

  beforeAll(async () => {
    cookie = await cookieOf(open(issue()));
  });

  const as = async (line: string, headers: readonly string[] = OWN_PAGE, host = gated.at(OWNERS)) =>
    await gated.ask(line, [host, cookie, ...headers]);

  test("opens the page, what it loads, and the plugin's routes, for its agent", async () => {
    const page = await as(`GET ${UI}`, BY_HAND);
    expect([page.status, page.body.includes(DEFAULT_AGENT_ID)]).toEqual([200, true]);
    expect((await as(`GET ${UI}app.js`)).status).toBe(200);
    expect((await as(`POST /plugins/${OWNERS}/mine`, [...OWN_PAGE, origin()])).status).toBe(200);

    expect((await as(`GET /plugins/${OWNERS}/mine?osr_agent=${DEFAULT_AGENT_ID.toLowerCase()}`)).status).toBe(200);
  });

  test("is not what the plugin gets to see", async () => {
    const { body } = await as(`GET /plugins/${OWNERS}/mine`);
    expect(body).not.toContain(cookie.slice("cookie: osr_session=".length));
  });

  test("counts for a program that says nothing of a page, and for a browser that names this origin alone", async () => {
    expect((await as(`GET ${UI}`, [])).status).toBe(200);
    expect((await as(`POST /plugins/${OWNERS}/mine`, [])).status).toBe(200);
    expect((await as(`POST /plugins/${OWNERS}/mine`, [origin()])).status).toBe(200);
  });

  const refused: [string, () => Promise<RawAnswer>][] = [
    ["at the address that all plugins share", () => as(`GET ${UI}`, BY_HAND, gated.here)],
    ["at the name of another plugin", () => as(`GET /plugins/${OPEN}/mine`, OWN_PAGE, gated.at(OPEN))],
    ["for another plugin at this name", () => as(`GET /plugins/${OPEN}/mine`)],
    ["behind a proxy", () => as(`GET ${UI}`, [...BY_HAND, "via: 1.1 x"])],
    ["for another agent", () => as(`GET /plugins/${OWNERS}/mine`, [...OWN_PAGE, `x-osaurus-agent-id: ${otherAgent}`])],
    ["for another agent in the query", () => as(`GET ${UI}?osr_agent=${otherAgent}`, BY_HAND)],
    ["from another site", () => as(`GET ${UI}app.js`, ["sec-fetch-site: cross-site", "sec-fetch-mode: no-cors"])],
    [
      "from another plugin's page",
      () => as(`GET ${UI}app.js`, ["sec-fetch-site: same-site", "sec-fetch-mode: no-cors"]),
    ],
    ["by a link of another site", () => as(`GET ${UI}`, [...NAVIGATES, "sec-fetch-site: cross-site"])],
    ["with a foreign origin", () => as(`POST /plugins/${OWNERS}/mine`, ["origin: http://evil.example"])],
    ["with the origin of another plugin", () => as(`POST /plugins/${OWNERS}/mine`, [origin(OPEN)])],
    ["with no origin of its own", () => as(`POST /plugins/${OWNERS}/mine`, [...OWN_PAGE, "origin: null"])],
  ];

  test.each(refused)("is worth nothing %s", async (_, asked) => {
    const { status } = await asked();
    expect([401, 403, 404]).toContain(status);
  });

  test("is worth nothing on any other part of the host", async () => {
    for (const path of ["/v1/models", "/api/v1/tasks", "/metrics"]) {
      expect((await as(`GET ${path}`)).status).toBe(401);
      expect((await gated.ask(`GET ${path}`, [`host: localhost:${gated.port}`, cookie, ...OWN_PAGE])).status).toBe(401);
    }
  });

  test("cut, grown or of another kind is none", async () => {
    const value = cookie.slice("cookie: osr_session=".length);
    for (const other of [value.slice(1), `${value}A`, value.toUpperCase(), `"${value}"`, ""]) {
      const answer = await gated.ask(`GET /plugins/${OWNERS}/mine?osr_agent=${DEFAULT_AGENT_ID}`, [
        gated.at(OWNERS),
        `cookie: osr_session=${other}`,
        ...OWN_PAGE,
      ]);
      expect(refusalOf(answer)).toBe("401 Authentication required");
    }
  });

  test("counts beside others of its name", async () => {
    const line = `GET /plugins/${OWNERS}/mine`;
    const both = `cookie: a=1; osr_session=x; ${cookie.slice("cookie: ".length)}; b`;
    expect((await gated.ask(line, [gated.at(OWNERS), both, ...OWN_PAGE])).status).toBe(200);
  });

  test("does not outlive its agent", async () => {
    const agents = await gated.host.agents();
    const { id } = await agents.create({ name: "short-lived" });
    const mine = await cookieOf(open(issue(OWNERS, id)));
    const page = async () => (await gated.ask(`GET ${UI}`, [gated.at(OWNERS), mine, ...BY_HAND])).status;
    expect(await page()).toBe(200);
    await agents.delete(id);
    expect(await page()).toBe(404);
  });
});

describe("the agent's cookie", () => {
  const PAGE = `/plugins/${OPEN}/ui/`;

  test("comes with a page whose agent was in the address, and with nothing else", async () => {
    const cookie = async (line: string, ...headers: string[]) =>
      (await gated.ask(line, [gated.here, ...headers])).headers.get("set-cookie");
    expect(await cookie(`GET ${PAGE}?osr_agent=${DEFAULT_AGENT_ID}`)).toBe(
      `osr_agent=${DEFAULT_AGENT_ID}; Path=/plugins/${OPEN}/; HttpOnly; SameSite=Strict`,
    );
    expect(await cookie(`GET ${PAGE}app.js?osr_agent=${DEFAULT_AGENT_ID}`)).toBeUndefined();
    expect(await cookie(`GET ${PAGE}`, `x-osaurus-agent-id: ${DEFAULT_AGENT_ID}`)).toBeUndefined();
    expect(await cookie(`GET /plugins/${OPEN}/open?osr_agent=${DEFAULT_AGENT_ID}`)).toBeUndefined();
  });

  test("names the agent of what the page loads, which is nobody's otherwise", async () => {
    const cookie = `cookie: osr_agent=${DEFAULT_AGENT_ID}`;
    const load = async (...headers: string[]) =>
      (await gated.ask(`GET ${PAGE}app.js`, [gated.here, ...headers])).status;
    expect(await load()).toBe(401);
    expect(await load(cookie, ...OWN_PAGE)).toBe(200);
    expect(await load(cookie)).toBe(200);
    expect(await load("cookie: osr_agent=default")).toBe(401);
    expect(await load("cookie: xosr_agent=1; osr_agents=2")).toBe(401);
  });

  test("counts for this host's own pages only", async () => {
    const line = `POST /plugins/${OPEN}/public`;
    const cookie = `cookie: osr_agent=${DEFAULT_AGENT_ID}`;
    expect((await gated.ask(line, [gated.here, cookie, ...OWN_PAGE])).status).toBe(200);
    for (const foreign of ["sec-fetch-site: cross-site", "sec-fetch-site: same-site", "origin: http://evil.example"]) {
      expect((await gated.ask(line, [gated.here, cookie, foreign])).status).toBe(401);
    }
  });

  test("is overruled by whoever names an agent", async () => {
    const answer = await gated.ask(`GET ${PAGE}?osr_agent=${otherAgent}`, [
      gated.here,
      `cookie: osr_agent=${DEFAULT_AGENT_ID}`,
    ]);
    expect(answer.body).toContain(otherAgent);
  });
});

function origin(pluginId = OWNERS): string {
  return `origin: http://${gated.at(pluginId).slice("host: ".length)}`;
}
