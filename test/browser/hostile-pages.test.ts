// Pages that want what is another's, in a real browser in which that other's owner is signed in: pages of another plugin,
// and of web sites. What they try stands in test/fixtures/pages/attacks.js. That nothing got through is read where it counts:
// from what the host answered, and from the plugin itself, which counts what reaches it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Profile } from "../helpers/browser.ts";
import { eventually } from "../helpers/eventually.ts";
import { type Neighbours, SECRET, SITE, startNeighbours } from "../helpers/neighbours.ts";
import { AGENT_QUERY, type PagePlugin, type ServedPages } from "../helpers/served-pages.ts";

const ATTACKS = readFileSync(join(import.meta.dirname, "../fixtures/pages/attacks.js"), "utf8");
const PAGE =
  '<!doctype html><title>page</title><link rel="icon" href="data:,"><body><script src="attacks.js"></script>';

let neighbours: Neighbours;
let pages: ServedPages;
let victim: PagePlugin;
/** Asks nobody who he is, and is not public. */
let programs: PagePlugin;
let everybodys: PagePlugin;
let evil: PagePlugin;
let profile: Profile;
/** Where a web server of somebody else's answers every request with the hostile page. */
let sitePort: number;

beforeAll(async () => {
  const web = { "index.html": `${PAGE}<p>${SECRET}</p>`, "attacks.js": ATTACKS };
  neighbours = await startNeighbours(web, (request, response) => {
    const isScript = request.url === "/attacks.js";
    response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
    response.end(isScript ? ATTACKS : PAGE);
  });
  ({ pages, victim, everybodys, evil, otherPort: sitePort } = neighbours);
  programs = pages.install("counts-requests-of-programs", web);
});

afterAll(() => neighbours?.stop());

/** Somebody is signed in as the owner of the victim's page. */
beforeEach(async () => {
  profile = await neighbours.browser.newProfile();
  const { page } = await profile.newPage();
  await page.goto(victim.link());
  expect(await page.innerText("body")).toContain(SECRET);
  pages.record.length = 0;
});

/** What the victim has, by its own name, by the address that all plugins have, and by the host's own name. */
const route = () => `${victim.ownUrl}/secret?${AGENT_QUERY}`;
const page = () => `${victim.ownUrl}/ui/?${AGENT_QUERY}`;
const sharedRoute = () => `${victim.sharedUrl}/secret?${AGENT_QUERY}`;
const routeOnLocalhost = () => `http://localhost:${pages.served.port}/plugins/${victim.id}/secret?${AGENT_QUERY}`;

/** Where others have their pages: a web site, another program under the very name of a plugin. */
const onSite = () => `http://${SITE}:${sitePort}/`;
const underTheNameOf = ({ ownUrl }: PagePlugin) => `http://${new URL(ownUrl).hostname}:${sitePort}/`;

/** Opens a page and lets it try everything; gives what it learned, as `attack: text`, when all of it has arrived at the host. */
async function attack(pageUrl: string, urls: readonly string[]): Promise<string[]> {
  const { page } = await profile.newPage();
  await page.goto(pageUrl);
  const learned = await page.evaluate<string[]>(`attackAll(${JSON.stringify(urls)})`);
  await eventually(() => {
    const rare = ATTACK_NAMES.filter((name) => (arrived().get(name)?.length ?? 0) < urls.length);
    expect(rare).toEqual([]);
  });
  return learned;
}

/** The attacks by which a request got to the host, and what each was answered. */
function arrived(): Map<string, number[]> {
  const byName = new Map<string, number[]>();
  for (const { url, status } of pages.record) {
    const name = new URLSearchParams(url.split("?")[1]).get("attack");
    if (name !== null) byName.set(name, [...(byName.get(name) ?? []), status]);
  }
  return byName;
}

/** Those of them that were shown something. Whoever asks what he may ask for is told, which is nothing yet. */
function letIn(): [string, number[]][] {
  return [...arrived()].filter(([, statuses]) => statuses.some((status) => status < 300 && status !== 204));
}

/** What reached the routes of a plugin, as it says itself. */
async function hits({ sharedUrl }: PagePlugin): Promise<Record<string, number>> {
  const headers = { authorization: `Bearer ${pages.served.key}` };
  const response = await fetch(`${sharedUrl}/hits?${AGENT_QUERY}`, { headers });
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, number>;
}

const ATTACK_NAMES = [...ATTACKS.matchAll(/^ {2}(?:"([^"]+)"|(\w+)): (?:async )?\(url\)/gm)].map(([, a, b]) => a ?? b!);

describe("a hostile page", () => {
  test.each([
    ["of a plugin, under its own name", () => `${evil.ownUrl}/ui/?${AGENT_QUERY}`, [route, page]],
    ["of a plugin, where all plugins are", () => `${evil.sharedUrl}/ui/?${AGENT_QUERY}`, [sharedRoute]],
    ["of a web site", onSite, [routeOnLocalhost]],
    ["of another program on this machine", () => `http://127.0.0.1:${sitePort}/`, [route]],
    ["of another program under the very name", () => underTheNameOf(victim), [route]],
  ])("%s, neither reads nor does anything that is the owner's", async (_, from, wanted) => {
    const before = await hits(victim);
    const learned = await attack(
      from(),
      wanted.map((one) => one()),
    );
    expect(learned.filter((text) => text.includes(SECRET) || text.endsWith(": open"))).toEqual([]);
    expect(letIn()).toEqual([]);
    expect(await hits(victim)).toEqual(before);
  });

  // No cookie has to be kept from these, so no rule of the browser's own helps.
  test.each([
    ["of a web site", onSite],
    ["of another program under the very name", () => underTheNameOf(programs)],
  ])("%s, gets at nothing that asks nobody who he is, and is not public", async (_, from) => {
    const before = await hits(programs);
    const learned = await attack(from(), [
      `${programs.ownUrl}/secret?${AGENT_QUERY}`,
      `${programs.ownUrl}/ui/?${AGENT_QUERY}`,
    ]);
    expect(learned.filter((text) => text.includes(SECRET) || text.endsWith(": open"))).toEqual([]);
    // Whoever opens a window shows it to the person, and sees nothing of it.
    expect(letIn()).toEqual([["a window", [200, 200]]]);
    expect(await hits(programs)).toEqual({ ...before, secret: before["secret"]! + 1 });
  });

  test("its owner's own page does all of that", async () => {
    const { secret, save } = await hits(victim);
    const learned = await attack(`${victim.ownUrl}/ui/`, [`${victim.ownUrl}/secret?${AGENT_QUERY}`]);
    expect(learned.filter((text) => text.includes(SECRET)).length).toBeGreaterThan(5);
    const refused = [...arrived()].filter(([, statuses]) => !statuses.includes(200));
    expect(refused).toEqual([]);
    const after = await hits(victim);
    expect(after["secret"]! - secret!).toBeGreaterThan(10);
    expect(after["save"]! - save!).toBe(5);
  });

  test("of a web site, gets at what a plugin declares to be everybody's, which is how an attack that works looks", async () => {
    const learned = await attack(onSite(), [`${everybodys.ownUrl}/secret?${AGENT_QUERY}`]);
    const told = `{"told":"${SECRET}"}`;
    const readable = ["fetch, and read", "fetch with the agent's header", "post JSON"];
    expect(learned).toEqual(readable.map((name) => `${name}: ${told}`));
    const refused = [...arrived()].filter(([, statuses]) => !statuses.includes(200));
    expect(refused).toEqual([["a web socket", [403]]]);
    expect((await hits(everybodys))["save"]).toBeGreaterThan(2);
  });
});
