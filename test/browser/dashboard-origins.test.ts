// Pages that want what is the dashboard's, in a real browser in which somebody is signed in: of plugins, in the next tab and in a
// frame of the dashboard, of web sites, of other programs on this computer. What they try stands in
// test/fixtures/pages/attacks.js; that nothing got through is read from what the host answered and from what it has afterwards.

import { readFileSync } from "node:fs";
import { createServer, type RequestListener, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Frame, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listenAt } from "../../src/server/listen.ts";
import type { Profile } from "../helpers/browser.ts";
import { eventually } from "../helpers/eventually.ts";
import { ALLOWED, type Neighbours, SECRET, SITE, startNeighbours } from "../helpers/neighbours.ts";
import { AGENT_QUERY } from "../helpers/served-pages.ts";

const ATTACKS = readFileSync(join(import.meta.dirname, "../fixtures/pages/attacks.js"), "utf8");
const PAGE =
  '<!doctype html><title>page</title><link rel="icon" href="data:,"><body><script src="attacks.js"></script>';
const SANDBOX = "allow-scripts allow-forms allow-same-origin allow-popups allow-downloads allow-modals";

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** As the browser says where it comes from. */
  readonly site: string | undefined;
}

let neighbours: Neighbours;
let profile: Profile;
/** Where somebody is signed in: at localhost, and at a name that the operator allowed. */
let dashboard: string;
let allowed: string;
const record: Asked[] = [];
/** Passes on what it gets as if one of the dashboard's own pages had asked, and lets every page read the answers. */
let lax: Server;

beforeAll(async () => {
  const answer: RequestListener = (asked, response) => {
    const isScript = asked.url === "/attacks.js";
    response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
    response.end(isScript ? ATTACKS : PAGE);
  };
  neighbours = await startNeighbours({ "index.html": PAGE, "attacks.js": ATTACKS }, answer);
  const { server, port, host, key, url } = neighbours.pages.served;
  server.app.server.prependListener("request", ({ method = "", url: path = "", headers }, response) => {
    const site = headers["sec-fetch-site"] as string | undefined;
    response.once("close", () => record.push({ method, path, status: response.statusCode, site }));
  });
  await (await host.agents()).create({ name: "theirs", systemPrompt: SECRET });
  dashboard = `http://localhost:${port}`;
  allowed = `http://${ALLOWED}:${port}`;
  lax = createServer(passOn(port));
  await listenAt(lax, { host: "127.0.0.1", port: 0 });
  profile = await neighbours.browser.keptProfile();
  for (const base of [dashboard, allowed]) {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const made = await fetch(`${url}/api/v1/dashboard/open`, { method: "POST", headers, body: "{}" });
    const link = ((await made.json()) as { url: string }).url;
    const page = await openPage(link.replace(dashboard, base));
    await page.getByRole("navigation", { name: "Places" }).waitFor({ state: "attached" });
    await page.close();
  }
});

afterAll(async () => {
  lax?.close();
  lax?.closeAllConnections();
  await neighbours?.stop();
});

function passOn(port: number): RequestListener {
  return (asked, response) => {
    const { cookie = "", origin = "*", "content-type": type = "application/json" } = asked.headers;
    const readable = {
      "access-control-allow-origin": origin,
      "access-control-allow-credentials": "true",
      "access-control-allow-headers": "content-type, x-osaurus-agent-id",
    };
    if (asked.method === "OPTIONS") {
      response.writeHead(204, readable).end();
      return;
    }
    const headers = { host: `localhost:${port}`, cookie, "sec-fetch-site": "same-origin", "content-type": type };
    const { url: path, method } = asked;
    const passed = request({ host: "127.0.0.1", port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, { "content-type": "text/html", ...readable });
      answer.pipe(response);
    });
    passed.on("error", () => response.destroy());
    asked.pipe(passed);
  };
}

async function openPage(url: string): Promise<Page> {
  const { page } = await profile.newPage();
  await page.goto(url);
  return page;
}

const tab = (url: () => string) => async () => await armed(await openPage(url()));

/** With the attacks, where the page could not load them itself. */
async function armed<Place extends Page | Frame>(place: Place): Promise<Place> {
  expect(await place.title()).toBe("page");
  if (await place.evaluate("!('attackAll' in window)")) await place.evaluate(`${ATTACKS}; 0`);
  return place;
}

const ownName = () => `${neighbours.evil.ownUrl}/ui/?${AGENT_QUERY}`;

/** As the dashboard shows a plugin's page; this one may be shown by everybody. */
async function inFrame(): Promise<Frame> {
  const page = await openPage(`${dashboard}/ui/settings`);
  const src = `${neighbours.everybodys.ownUrl}/ui/?${AGENT_QUERY}`;
  await page.evaluate(`document.body.append(Object.assign(document.createElement("iframe"),
    { name: "hostile", src: ${JSON.stringify(src)}, sandbox: ${JSON.stringify(SANDBOX)} }))`);
  const frame = await eventually(() => {
    const found = page.frame("hostile");
    expect(found?.url()).toBe(src);
    return found!;
  });
  return await armed(frame);
}

async function attack(from: Page | Frame, urls: readonly string[]): Promise<string[]> {
  record.length = 0;
  return await from.evaluate<string[]>(`attackAll(${JSON.stringify(urls)})`);
}

/** What the control API let in, for somebody other than the dashboard itself. */
const letIn = () =>
  record.filter(({ path, status, site }) => path.startsWith("/api/") && status < 400 && site !== "same-origin");

/** The browser says behind a "#" which attack it was, and nobody hears it: the API takes no members that it does not know. */
const wanted = (base: string) =>
  ["/api/v1/agents", "/api/v1/keys", "/api/v1/events", "/ui/plugins"].map((path) => `${base}${path}#`);

test.each<[string, () => Promise<Page | Frame>, () => string]>([
  ["of a plugin, in the next tab", tab(ownName), () => dashboard],
  ["of a plugin, in a frame of the dashboard", inFrame, () => dashboard],
  ["of a plugin, where all plugins are", tab(() => `${neighbours.evil.sharedUrl}/ui/?${AGENT_QUERY}`), () => dashboard],
  [
    "of a plugin, on the very name of the dashboard",
    tab(() => `${allowed}/plugins/${neighbours.everybodys.id}/ui/?${AGENT_QUERY}`),
    () => allowed,
  ],
  ["of a web site", tab(() => `http://${SITE}:${neighbours.otherPort}/`), () => dashboard],
  ["of another program at localhost", tab(() => `http://localhost:${neighbours.otherPort}/`), () => dashboard],
])("a hostile page %s, neither reads, nor changes, nor frames anything of the dashboard", async (_, from, base) => {
  const keys = await neighbours.pages.served.host.accessKeys();
  const before = (await keys.list()).length;
  const place = await from();
  const learned = await attack(place, wanted(base()));
  expect(learned.filter((text) => !text.startsWith("a window: "))).toEqual([]);
  expect(learned.join()).not.toContain(SECRET);
  expect(letIn()).toEqual([]);
  expect((await keys.list()).length).toBe(before);
  // All of it was tried: the host refused what the browser let through.
  expect(record.filter(({ status }) => status === 401 || status === 403).length).toBeGreaterThan(20);
  const page = "page" in place ? place.page() : place;
  const frames = page.frames().filter((one) => one !== page.mainFrame() && one !== place);
  expect(await Promise.all(frames.map(async (one) => await one.evaluate("document.getElementById('root')")))).toEqual(
    frames.map(() => null),
  );
  for (const one of profile.context.pages()) await one.close();
});

test("neither the dashboard nor a page that it opened gets hold of the other's window", async () => {
  const opens = async (from: Page, url: string) => {
    const script = `void (window.opened = open(${JSON.stringify(url)}))`;
    const [popup] = await Promise.all([from.waitForEvent("popup"), from.evaluate(script)]);
    await popup.waitForURL(url);
    expect(await popup.evaluate("opener === null")).toBe(true);
    // Whoever opened it has a window that is closed, as far as can be seen from there.
    await eventually(async () => expect(await from.evaluate("window.opened.closed")).toBe(true));
  };
  await opens(await openPage(ownName()), `${dashboard}/ui/plugins`);
  await opens(await openPage(`${dashboard}/ui/plugins`), ownName());
});

test("the dashboard's own page does all of that, which is how an attack that works looks", async () => {
  const page = await openPage(`${dashboard}/ui/settings`);
  await page.evaluate(`${ATTACKS}; 0`);
  const learned = await attack(page, [`${dashboard}/api/v1/agents#`]);
  expect(learned.filter((text) => text.includes(SECRET)).length).toBeGreaterThan(3);
});

test("where the host could not tell who asks, the same attacks from another port would get at everything", async () => {
  const page = await openPage(`http://localhost:${neighbours.otherPort}/`);
  const { port } = lax.address() as AddressInfo;
  const keys = await neighbours.pages.served.host.accessKeys();
  const before = (await keys.list()).length;
  const learned = await attack(page, [
    `http://localhost:${port}/api/v1/agents#`,
    `http://localhost:${port}/api/v1/keys#`,
  ]);
  expect(learned.filter((text) => text.includes(SECRET)).map((text) => text.split(":")[0])).toContain(
    "fetch, and read",
  );
  expect((await keys.list()).length).toBeGreaterThan(before);
});
