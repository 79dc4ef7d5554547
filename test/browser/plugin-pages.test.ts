// Pages of plugins as people open them, in a real browser: with the agent in the address as their documents say, and with
// the link that makes a browser the owner's.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { WEB_SESSION_MS_MAX } from "../../src/protocol/limits.ts";
import { openPluginPage } from "../../src/testkit/browser/plugin-page.ts";
import { startBrowser, type TestBrowser } from "../helpers/browser.ts";
import { runCli } from "../helpers/run-cli.ts";
import { startServe } from "../helpers/serve.ts";
import { AGENT_QUERY, installPage, type PagePlugin, type ServedPages, servePages } from "../helpers/served-pages.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const WEB = {
  "index.html": `<!doctype html>
<html lang="en">
<head>
<title>Notes</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/plugins/ID/ui/look/page.css">
<script type="module" src="/plugins/ID/ui/code/page.mjs"></script>
</head>
<body>
<h1>Notes</h1>
<img src="/plugins/ID/ui/dot.png" alt="a dot">
<p id="state">not loaded</p>
</body>
</html>
`,
  "look/page.css": `@font-face { font-family: letters; src: url(letters.woff2) }
body { font: 16px/1.5 letters, sans-serif; max-width: 30rem; margin: 4rem auto; color: rgb(20, 40, 60) }
img { width: 64px; height: 8px }`,
  "look/letters.woff2": "no letters",
  "code/page.mjs": `import { say } from "./words.mjs";
const { pluginId, baseUrl, apiUrl } = window.__osaurus;
const answer = await window.__osaurus.fetch(baseUrl + "/open");
say(\`loaded: \${answer.status} for \${pluginId}, \${apiUrl}\`);`,
  "code/words.mjs": "export const say = (text) => { document.querySelector('#state').textContent = text; };",
  "dot.png": Buffer.from(PIXEL, "base64"),
};

let browser: TestBrowser;
let pages: ServedPages;
let owners: PagePlugin;
let everybodys: PagePlugin;

beforeAll(async () => {
  browser = await startBrowser();
  pages = await servePages();
  owners = install("counts-requests");
  everybodys = install("counts-requests-of-anybody");
});
afterAll(async () => {
  await browser?.close();
  await pages?.stop();
});

function install(fixture: string): PagePlugin {
  return pages.install(fixture, webOf(fixture));
}

/** The page, which names its parts by their whole paths. */
function webOf(fixture: string): Record<string, string | Uint8Array> {
  return { ...WEB, "index.html": WEB["index.html"].replaceAll("ID", `test.${fixture}`) };
}

function mountOf({ id }: PagePlugin): string {
  return `/plugins/${id}/ui`;
}

test("a page that is opened with the agent in its address loads all that belongs to it, and keeps the agent", async () => {
  const profile = await browser.newProfile();
  const watched = await profile.newPage();
  const url = `${everybodys.sharedUrl}/ui?${AGENT_QUERY}`;
  const opened = await openPluginPage(watched, { url, mount: mountOf(everybodys), agentId: DEFAULT_AGENT_ID });
  opened.checkLoaded();
  const { page } = opened;
  expect(await page.textContent("#state")).toBe(`loaded: 200 for ${everybodys.id}, /plugins/${everybodys.id}/api`);
  expect(
    await page.evaluate(
      "[document.compatMode, getComputedStyle(document.body).color, document.images[0].naturalWidth]",
    ),
  ).toEqual(["CSS1Compat", "rgb(20, 40, 60)", 1]);
  const kinds = watched.answers.filter(({ status }) => status === 200).map(({ kind }) => kind);
  expect(kinds.sort()).toEqual(["document", "fetch", "font", "image", "script", "script", "stylesheet"]);
  expect(await opened.checkFetch("/open")).toBe(200);
  await opened.checkDeepLink("/notes/42");
  await opened.checkHead("/look/page.css");
  await opened.checkNothingOutside();
  const [cookie] = await profile.context.cookies();
  expect(cookie).toMatchObject({
    name: "osr_agent",
    path: `/plugins/${everybodys.id}/`,
    httpOnly: true,
    sameSite: "Strict",
  });
  await watched.screenshot("plugin-page");
});

test("without an agent, and for the owner's page, an agent alone opens nothing", async () => {
  const profile = await browser.newProfile();
  const watched = await profile.newPage();
  expect((await watched.page.goto(`${everybodys.sharedUrl}/ui/`))?.status()).toBe(401);
  for (const base of [owners.sharedUrl, owners.ownUrl]) {
    const answer = await watched.page.goto(`${base}/ui/?${AGENT_QUERY}`);
    expect(answer?.status()).toBe(401);
    expect(await watched.page.innerText("pre")).toBe(`osaurus open ${owners.id}`);
    expect(await profile.context.cookies()).toEqual([]);
  }
  await watched.screenshot("owner-needed");
});

test("a link opens the owner's page once: its code is gone from the address, and the browser keeps a cookie", async () => {
  const profile = await browser.newProfile();
  const watched = await profile.newPage();
  const url = owners.link();
  const opened = await openPluginPage(watched, { url, mount: mountOf(owners), agentId: DEFAULT_AGENT_ID });
  opened.checkLoaded();
  expect(opened.page.url()).toBe(`${owners.ownUrl}/ui/`);
  expect(
    await opened.page.evaluate("performance.getEntriesByType('navigation')[0].name + document.referrer"),
  ).not.toContain("osr_open");
  expect(await opened.page.textContent("#state")).toContain("loaded: 200");
  const [cookie, ...more] = await profile.context.cookies();
  expect(more).toEqual([]);
  expect(cookie).toMatchObject({
    name: "osr_session",
    domain: new URL(owners.ownUrl).hostname,
    path: `/plugins/${owners.id}/`,
    httpOnly: true,
    sameSite: "Strict",
  });
  const leftMs = cookie!.expires * 1_000 - Date.now();
  expect(leftMs).toBeGreaterThan(WEB_SESSION_MS_MAX - 600_000);
  expect(leftMs).toBeLessThanOrEqual(WEB_SESSION_MS_MAX);
  expect(await opened.checkFetch("/secret")).toBe(200);
  await opened.checkDeepLink("/notes/42");
  await opened.checkHead("/look/page.css");
  await opened.checkNothingOutside();
  // Somebody goes back to the link in the same browser, and somebody else finds it in a history.
  expect((await opened.page.goto(url))?.status()).toBe(200);
  expect(opened.page.url()).toBe(`${owners.ownUrl}/ui/`);
  const fresh = await (await browser.newProfile()).newPage();
  expect((await fresh.page.goto(url))?.status()).toBe(401);
  expect(await fresh.page.innerText("h1")).toBe("Authentication required");
});

test("the link that the program prints opens the page, in the program that serves", async () => {
  const home = makeTempHome();
  onTestFinished(() => home.remove());
  installPage(home, "counts-requests", webOf("counts-requests"));
  await startServe(home.env);
  const { stdout, stderr } = await runCli(["open", owners.id, "--print"], { program: "osaurus", env: home.env });
  expect(stderr).toBe("");
  const watched = await (await browser.newProfile()).newPage();
  const url = stdout.trim();
  const opened = await openPluginPage(watched, { url, mount: mountOf(owners), agentId: DEFAULT_AGENT_ID });
  opened.checkLoaded();
  expect(await opened.checkFetch("/secret")).toBe(200);
  expect(opened.page.url()).not.toContain("osr_open");
});

test("a page whose dev server does not run says so", async () => {
  const { page, screenshot } = await (await browser.newProfile()).newPage();
  const folder = join(pages.served.home.env["OSAURUS_HOME"]!, "Config");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "dev-proxy.json");
  onTestFinished(() => rmSync(file));
  // Nobody listens at the first port.
  writeFileSync(file, JSON.stringify({ plugin_id: everybodys.id, web_proxy: "http://127.0.0.1:1" }));
  const answer = await page.goto(`${everybodys.ownUrl}/ui/?${AGENT_QUERY}`);
  expect(answer?.status()).toBe(502);
  expect(await page.innerText("body")).toContain("http://127.0.0.1:1");
  await screenshot("dev-server-gone");
});

test("a link that another site leads to opens the owner's page too", async () => {
  const profile = await browser.newProfile();
  const { page } = await profile.newPage();
  await page.goto(`${everybodys.sharedUrl}/ui/?${AGENT_QUERY}`);
  await Promise.all([
    page.waitForURL(`${owners.ownUrl}/ui/`),
    page.evaluate(`location.href = ${JSON.stringify(owners.link())}`),
  ]);
  await page.waitForSelector("#state");
  expect(await page.innerText("h1")).toBe("Notes");
});

test("a check of a page fails with what is wrong with it", async () => {
  const profile = await browser.newProfile();
  const watched = await profile.newPage();
  const url = `${everybodys.sharedUrl}/ui/?${AGENT_QUERY}`;
  const opened = await openPluginPage(watched, { url, mount: mountOf(everybodys), agentId: DEFAULT_AGENT_ID });
  await opened.page.evaluate(`fetch(${JSON.stringify(`/plugins/${everybodys.id}/hits`)})`);
  expect(() => opened.checkLoaded()).toThrow(/401 for GET .*\/hits/);
  await expect(opened.checkNothingOutside("/open")).rejects.toThrow("should not be there");
  const own = "{ value: { ...window.__osaurus, fetch: window.fetch.bind(window) } }";
  await opened.page.evaluate(`Object.defineProperty(window, "__osaurus", ${own})`);
  await expect(opened.checkFetch("/open")).rejects.toThrow("was not carried on");
});
