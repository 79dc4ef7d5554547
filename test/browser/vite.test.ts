// A plugin's page as its author works on it: Vite serves it, a real browser shows it through the host, and edits show up
// without a reload.

import { cpSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createServer } from "vite";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { startBrowser, type TestBrowser } from "../helpers/browser.ts";
import { type PagePlugin, type ServedPages, servePages } from "../helpers/served-pages.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const PROJECT = join(import.meta.dirname, "../fixtures/vite-page");
const OPEN = "says-who-asks";
const OWNERS = "says-who-asks-its-owner";

let browser: TestBrowser;
let pages: ServedPages;
let plugins: Record<string, PagePlugin>;

beforeAll(async () => {
  browser = await startBrowser();
  pages = await servePages();
  plugins = Object.fromEntries([OPEN, OWNERS].map((name) => [name, pages.install(name, { "index.html": "bundled" })]));
});

afterAll(async () => {
  await browser?.close();
  expect(pages?.served.bugs ?? []).toEqual([]);
  await pages?.stop();
});

/** A copy of the project that Vite serves, and that the host takes the plugin's page from. */
async function develop(plugin: PagePlugin, base?: string) {
  const root = realpathSync(tempDir());
  cpSync(PROJECT, root, { recursive: true });
  const server = await createServer({
    root,
    configFile: false,
    logLevel: "silent",
    cacheDir: join(root, ".vite"),
    ...(base === undefined ? {} : { base }),
    // Any port that is free; the browser comes through the host all the same.
    server: { host: "localhost", port: 0, watch: { usePolling: false } },
  });
  await server.listen();
  onTestFinished(async () => await server.close());
  const address = server.httpServer!.address() as { port: number };
  const config = join(pages.served.home.env["OSAURUS_HOME"]!, "Config");
  mkdirSync(config, { recursive: true });
  const setting = { plugin_id: plugin.id, web_proxy: `http://localhost:${address.port}` };
  writeFileSync(join(config, "dev-proxy.json"), JSON.stringify(setting));
  return {
    vitePort: address.port,
    edit: (name: string, content: string) => writeFileSync(join(root, "src", name), content),
  };
}

async function showsEdits(plugin: PagePlugin, url: string, base?: string): Promise<void> {
  const { edit, vitePort } = await develop(plugin, base);
  const { page, problems, answers } = await (await browser.newProfile()).newPage();
  const sockets: string[] = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  const connected = page.waitForEvent("console", (line) => line.text().includes("[vite] connected"));
  await page.goto(url);
  await page.getByText("as it was").waitFor();
  expect(await page.textContent("#agent")).toBe(DEFAULT_AGENT_ID);
  await connected;
  await page.evaluate("window.kept = 'since it was loaded'");
  edit("label.js", 'export const label = "edited";\n');
  await page.getByText("edited").waitFor();
  edit("style.css", "#label { color: rgb(7, 8, 9); }\n");
  await page.waitForFunction("getComputedStyle(document.querySelector('#label')).color === 'rgb(7, 8, 9)'");
  expect(await page.evaluate("window.kept")).toBe("since it was loaded");
  expect(problems).toEqual([]);
  // All of it came through the host.
  const { host } = new URL(page.url());
  expect(new Set(answers.map((answer) => new URL(answer.url).host).filter((one) => one !== ""))).toEqual(
    new Set([host]),
  );
  expect(sockets.map((socket) => new URL(socket).host)).toEqual([host]);
  expect(host).not.toContain(`:${vitePort}`);
}

test("with Vite as it is, an edit shows on the plugin's own name without a reload", async () => {
  const plugin = plugins[OPEN]!;
  await showsEdits(plugin, `${plugin.ownUrl}/ui/?osr_agent=${DEFAULT_AGENT_ID}`);
});

test("the same for the owner's page, from the link that opens it", async () => {
  const plugin = plugins[OWNERS]!;
  await showsEdits(plugin, plugin.link());
});

test("with Vite's base set to the page's path, the same on 127.0.0.1", async () => {
  const plugin = plugins[OPEN]!;
  await showsEdits(plugin, `${plugin.sharedUrl}/ui/?osr_agent=${DEFAULT_AGENT_ID}`, `/plugins/${plugin.id}/ui/`);
});

test("with that base, the same for the owner's page", async () => {
  const plugin = plugins[OWNERS]!;
  await showsEdits(plugin, plugin.link(), `/plugins/${plugin.id}/ui/`);
});
