// What browsers keep for pages, and which pages share it: cookies, storage, service workers, the origin itself. One
// plugin's page has none of another's, nor of the host's.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Profile } from "../helpers/browser.ts";
import { ALLOWED, type Neighbours, REBOUND, SECRET, startNeighbours } from "../helpers/neighbours.ts";
import { AGENT_QUERY, type PagePlugin, type ServedPages } from "../helpers/served-pages.ts";

const ICON = '<link rel="icon" href="data:,">';

let neighbours: Neighbours;
let pages: ServedPages;
let victim: PagePlugin;
let everybodys: PagePlugin;
let evil: PagePlugin;
let profile: Profile;
/** Of another program on this machine, which gives its pages all that they ask for. */
let otherPort: number;

beforeAll(async () => {
  const web = {
    "index.html": `<!doctype html>${ICON}<p>${SECRET}</p>`,
    "worker.js": "onfetch = () => {};",
    "parts.html": `<!doctype html>${ICON}<link rel="stylesheet" href="look.css"><script src="plain.js"></script>
      <script type="module" src="module.mjs"></script><p>not loaded</p>`,
    "look.css": "p { color: rgb(20, 40, 60) }",
    "plain.js": "window.plain = 'plain';",
    "module.mjs": `import { more } from "./more.mjs";
      const { status } = await window.__osaurus.fetch("../secret");
      document.querySelector("p").textContent = [window.plain, more, status].join();`,
    "more.mjs": "export const more = 'more';",
  };
  neighbours = await startNeighbours(web, (request, response) => {
    response.setHeader("content-type", request.url?.endsWith(".js") ? "text/javascript" : "text/html");
    response.setHeader("service-worker-allowed", "/");
    if (request.url === "/clear") response.setHeader("clear-site-data", '"*"');
    if (request.url === "/session") response.setHeader("set-cookie", "osr_session=forged; Path=/plugins/");
    response.end();
  });
  ({ pages, victim, everybodys, evil, otherPort } = neighbours);
});

afterAll(() => neighbours?.stop());

beforeEach(async () => {
  profile = await neighbours.browser.newProfile();
});

async function open(url: string): Promise<Page> {
  const { page } = await profile.newPage();
  await page.goto(url);
  return page;
}

const ownPage = () => open(`${evil.ownUrl}/ui/?${AGENT_QUERY}`);
const sharedPage = () => open(`${evil.sharedUrl}/ui/?${AGENT_QUERY}`);

/** All cookies of the profile, as `name path host`. */
async function cookies(): Promise<string[]> {
  return (await profile.context.cookies()).map(({ name, path, domain }) => `${name} ${path} ${domain}`).sort();
}

test("a plugin's cookies stay below its own paths and its own name, whatever they ask for", async () => {
  const page = await ownPage();
  await page.evaluate("document.cookie = 'claimed=script; domain=localhost; path=/'");
  await page.evaluate("Promise.all([fetch('../cookie'), fetch('../session')])");
  const host = new URL(evil.ownUrl).hostname;
  const below = `/plugins/${evil.id}/`;
  expect(await cookies()).toEqual([`claimed ${below} ${host}`, `osr_agent ${below} ${host}`]);
  // What a page writes itself goes where it says, on its own name: that is why each plugin has one.
  await page.evaluate("document.cookie = 'claimed=script; path=/'");
  expect(await cookies()).toContain(`claimed / ${host}`);
  await open(`http://${host}:${otherPort}/session`);
  expect(await cookies()).toContain(`osr_session /plugins/ ${host}`);
});

test("the owner's cookie is read by no script, and sent from no other page", async () => {
  const owners = await open(victim.link());
  expect(await owners.evaluate("document.cookie")).toBe("");
  const [cookie] = await profile.context.cookies();
  expect(cookie).toMatchObject({
    name: "osr_session",
    path: `/plugins/${victim.id}/`,
    httpOnly: true,
    sameSite: "Strict",
  });
  expect(cookie!.domain).toBe(new URL(victim.ownUrl).hostname);
  const samePort = await open(`http://${cookie!.domain}:${otherPort}${new URL(victim.ownUrl).pathname}/ui/`);
  expect(await samePort.evaluate("document.cookie")).toBe("");
});

test("a made-up cookie of an owner opens nothing, and does not shut the owner out", async () => {
  const shared = await sharedPage();
  await shared.evaluate(`document.cookie = "osr_session=forged; path=/plugins/${victim.id}/"`);
  const answer = await shared.goto(`${victim.sharedUrl}/ui/?${AGENT_QUERY}`);
  expect(answer?.status()).toBe(401);
  const owners = await open(victim.link());
  const { hostname } = new URL(victim.ownUrl);
  const tossing = await open(`http://${hostname}:${otherPort}/`);
  await tossing.evaluate(`document.cookie = "osr_session=forged; path=/plugins/${victim.id}/ui/"`);
  expect(await cookies()).toContain(`osr_session /plugins/${victim.id}/ui/ ${hostname}`);
  expect((await owners.reload())?.status()).toBe(200);
  expect(await owners.innerText("body")).toBe(SECRET);
});

const register = (script: string, scope: string) =>
  `navigator.serviceWorker.register(${JSON.stringify(script)}, { scope: ${JSON.stringify(scope)} }).then(() => "registered", ({ name }) => name)`;

test("a service worker gets the paths of its own page and no others, whatever header its plugin sends", async () => {
  for (const page of [await ownPage(), await sharedPage()]) {
    const own = new URL(page.url()).pathname;
    for (const scope of ["/", "/plugins/", `/plugins/${victim.id}/`]) {
      for (const script of [`/plugins/${evil.id}/worker.js`, `${own}worker.js`, `/plugins/${victim.id}/ui/worker.js`]) {
        expect(await page.evaluate(register(script, scope)), `${script} for ${scope}`).not.toBe("registered");
      }
    }
    expect(await page.evaluate(register(`${own}worker.js`, own))).toBe("registered");
  }
  const page = await open(`http://127.0.0.1:${otherPort}/plugins/x/`);
  expect(await page.evaluate(register("/plugins/x/worker.js", "/"))).toBe("registered");
});

test("a plugin cannot make browsers forget what others keep", async () => {
  const page = await sharedPage();
  await page.evaluate("localStorage.setItem('kept', 'yes')");
  const before = await cookies();
  expect(before).not.toEqual([]);
  expect(await page.evaluate("fetch('../clear').then(({ status }) => status)")).toBe(200);
  expect(await page.evaluate("localStorage.getItem('kept')")).toBe("yes");
  expect(await cookies()).toEqual(before);
  const others = await open(`http://127.0.0.1:${otherPort}/`);
  await others.evaluate("localStorage.setItem('kept', 'yes')");
  await others.evaluate("fetch('/clear')");
  expect(await others.evaluate("localStorage.getItem('kept')")).toBe(null);
});

test("two plugins under their own names share neither storage nor messages", async () => {
  const [mine, alsoMine, others] = [await open(victim.link()), await open(`${victim.ownUrl}/ui/`), await ownPage()];
  await mine.evaluate(`(async () => {
    localStorage.setItem("kept", "mine");
    sessionStorage.setItem("kept", "mine");
    await caches.open("mine");
    await new Promise((done) => { indexedDB.open("mine").onsuccess = done; });
    window.heard = new Promise((done) => { new BroadcastChannel("all").onmessage = ({ data }) => done(data); });
  })()`);
  const kept = `Promise.all([localStorage.getItem("kept"), caches.keys(), indexedDB.databases().then((all) => all.map(({ name }) => name))])`;
  expect(await alsoMine.evaluate(kept)).toEqual(["mine", ["mine"], ["mine"]]);
  expect(await others.evaluate(kept)).toEqual([null, [], []]);
  await others.evaluate("new BroadcastChannel('all').postMessage('from another')");
  await alsoMine.evaluate("new BroadcastChannel('all').postMessage('from mine')");
  expect(await mine.evaluate("heard")).toBe("from mine");
});

test("no page gets at the host's own interfaces, not even the page that an owner opened", async () => {
  const agents = async () => (await (await pages.served.host.agents()).list()).length;
  const before = await agents();
  const ask = `Promise.all(["/api/v1/agents", "/api/v1/keys", "/v1/models", "/mcp", "/metrics"].flatMap((path) =>
    ["GET", "POST"].map(async (method) => {
      const headers = { "content-type": "application/json", authorization: "Bearer " + document.cookie };
      const body = method === "GET" ? undefined : '{"name":"made by a page"}';
      return (await fetch(path, { method, headers, body, credentials: "include" })).status;
    })))`;
  for (const page of [await open(victim.link()), await ownPage(), await sharedPage()]) {
    const statuses = await page.evaluate<number[]>(ask);
    expect(statuses.filter((status) => status < 400)).toEqual([]);
    expect(statuses).toContain(401);
  }
  expect(await agents()).toBe(before);
  const headers = { authorization: `Bearer ${pages.served.key}` };
  expect((await fetch(`${pages.served.url}/v1/models`, { headers })).status).toBe(200);
});

test("a name that somebody pointed at this machine shows nothing", async () => {
  const { page } = await profile.newPage();
  const paths = [
    "/health",
    `/plugins/${everybodys.id}/secret?${AGENT_QUERY}`,
    `/plugins/${everybodys.id}/ui/?${AGENT_QUERY}`,
  ];
  for (const path of paths) {
    const answer = await page.goto(`http://${REBOUND}:${pages.served.port}${path}`);
    expect(answer?.status(), path).toBe(403);
    expect(await page.content()).not.toContain(SECRET);
    expect((await page.goto(`http://${ALLOWED}:${pages.served.port}${path}`))?.status(), path).toBe(200);
  }
});

test("under a name that the operator allowed, a page is in a sandbox without an origin", async () => {
  const looks = `[self.origin, (() => { try { return typeof localStorage } catch ({ name }) { return name } })(),
    (() => { try { return typeof document.cookie } catch ({ name }) { return name } })()]`;
  const page = await open(`http://${ALLOWED}:${pages.served.port}/plugins/${everybodys.id}/ui/?${AGENT_QUERY}`);
  expect(await page.innerText("body")).toBe(SECRET);
  expect(await page.evaluate(looks)).toEqual(["null", "SecurityError", "SecurityError"]);
  const asks = "fetch('/v1/models').then(({ status }) => status, ({ name }) => name)";
  expect(await page.evaluate(asks)).toBe("TypeError");
  const shared = await open(`${everybodys.sharedUrl}/ui/?${AGENT_QUERY}`);
  expect(await shared.evaluate(looks)).toEqual([pages.served.url, "object", "string"]);
});

test("in the sandbox, a page gets its programs, its looks and its routes, and still has neither origin nor cookies", async () => {
  const url = `http://${ALLOWED}:${pages.served.port}/plugins/${everybodys.id}/ui/parts.html`;
  const watched = await profile.newPage();
  expect((await watched.page.goto(`${url}?${AGENT_QUERY}`, { waitUntil: "networkidle" }))?.status()).toBe(200);
  expect(watched.problems).toEqual([]);
  expect(await watched.page.innerText("p")).toBe("plain,more,200");
  expect(await watched.page.evaluate("[self.origin, getComputedStyle(document.querySelector('p')).color]")).toEqual([
    "null",
    "rgb(20, 40, 60)",
  ]);
  expect(await cookies()).toEqual([]);
  expect((await watched.page.goto(url))?.status()).toBe(401);
});

test("on the host's own name there is no plugin's page: it leads away", async () => {
  const page = await open(`http://localhost:${pages.served.port}/plugins/${evil.id}/ui/?${AGENT_QUERY}`);
  expect(page.url()).toBe(`${evil.sharedUrl}/ui/?${AGENT_QUERY}`);
  expect(await page.evaluate("self.origin")).toBe(pages.served.url);
});
