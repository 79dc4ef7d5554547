// Installing a plugin, setting it up and opening its page, as a person does it in the dashboard.

import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listenAt } from "../../src/server/listen.ts";
import { checkAccessibility, startDashboard, type TestDashboard } from "../helpers/dashboard.ts";
import { type MadeRegistry, makeRegistry } from "../helpers/made-registry.ts";
import { makeSigningKey } from "../helpers/minisign-keys.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { OFFERED_ID, offeredZip, sayOfItself } from "../helpers/offered-plugin.ts";
import { installPage } from "../helpers/served-pages.ts";

const KEY = makeSigningKey();
const PHONE = { width: 390, height: 800 };
const DESK = { width: 1280, height: 800 };
const SITE = "site.example";
const SECRET = "a secret that no page gets back";
const EVIL = "test.claims-the-whole-host";

/** What the page of the plugin finds out about itself. */
const PROBE = `<!doctype html><title>Weather</title><h1>Sunny</h1><pre id="found">asking</pre><script>
  const reaches = (work) => { try { return String(work()) } catch (error) { return error.name } };
  (async () => {
    const found = {
      owner: (await fetch("part.txt")).status,
      cookie: document.cookie,
      top: reaches(() => top.document.title),
      leads: top === window ? "itself" : reaches(() => { top.location.href = "about:blank"; return "led" }),
      api: await fetch("http://localhost:" + location.port + "/api/v1/session", { credentials: "include" }).then((r) => r.status, (e) => e.name),
    };
    document.getElementById("found").textContent = JSON.stringify(found);
  })();
</script>`;

let dashboard: TestDashboard;
let registry: MadeRegistry;
let elsewhere: Server;
/** All that the host answered the page, and all that stood in it. */
let received = "";

beforeAll(async () => {
  dashboard = await startDashboard({
    names: [SITE],
    prepare(home) {
      registry = makeRegistry(join(home.path, "registry"));
      sayOfItself(home.env);
      registry.publish({
        id: OFFERED_ID,
        key: KEY,
        archive: offeredZip({}, PROBE, { "web/part.txt": "part" }),
        entry: { name: "Weather" },
      });
      installPage(home, "claims-the-whole-host", { "index.html": "<!doctype html><title>Evil</title><p>evil" });
    },
  });
  dashboard.page.setDefaultTimeout(12_000);
  dashboard.page.on("response", async (response) => {
    if (response.url().includes("/api/")) received += await response.text().catch(() => "");
  });
  elsewhere = createServer((_, response) =>
    response.setHeader("content-type", "text/html").end("<!doctype html><p>elsewhere"),
  );
  await listenAt(elsewhere, { host: "127.0.0.1", port: 0 });
});
afterAll(async () => {
  elsewhere?.close();
  elsewhere?.closeAllConnections();
  await dashboard?.stop();
});

/** Light, dark and narrow, to be looked at. */
async function pictures(page: Page, name: string): Promise<void> {
  await checkAccessibility(page);
  await dashboard.watched.screenshot(`dashboard-${name}`);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator("html[data-mantine-color-scheme=dark]").waitFor();
  await dashboard.watched.screenshot(`dashboard-${name}-dark`);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(PHONE);
  expect(await page.evaluate("document.documentElement.scrollWidth"), name).toBeLessThanOrEqual(PHONE.width);
  await dashboard.watched.screenshot(`dashboard-${name}-narrow`);
  await page.setViewportSize(DESK);
}

test("from a registry over the consent to the first call of a tool", async () => {
  const { page, url, osaurus } = dashboard;
  await page.setViewportSize(DESK);
  await page.goto(`${url}/ui/plugins`);
  await page.getByRole("link", { name: "Install a plugin" }).click();
  await page.getByRole("heading", { level: 1, name: "Install a plugin" }).waitFor();
  await page.getByLabel("Add a registry").fill("registry");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("the whole path of a folder:").waitFor();
  await page.getByLabel("Add a registry").fill(registry.root);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Remove registry" }).waitFor();

  await page.getByLabel("Search the registries").fill("weath");
  await page.getByRole("row", { name: /Weather/ }).waitFor();
  await pictures(page, "install");
  const install = page.getByRole("button", { name: `Install ${OFFERED_ID}` });
  await install.click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("connect to other computers (network, for say)").waitFor();
  await dialog.getByText("Signed by its author, and the signature holds.").waitFor();
  await pictures(page, "install-consent");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect((await osaurus("tools", "list", "--json")).stdout).not.toContain(OFFERED_ID);

  // While somebody reads, the registry gets another package of that version: nobody agreed to that one.
  await install.click();
  await dialog.getByRole("button", { name: "Install" }).waitFor();
  registry.write(`plugins/${OFFERED_ID}.json`, "");
  registry.publish({
    id: OFFERED_ID,
    key: KEY,
    archive: offeredZip({}, PROBE, { "web/part.txt": "another part" }),
    entry: { name: "Weather" },
  });
  await dialog.getByRole("button", { name: "Install" }).click();
  await dialog.getByText("The package changed since you agreed to it").waitFor();
  expect((await osaurus("tools", "list", "--json")).stdout).not.toContain(OFFERED_ID);
  await dialog.getByRole("button", { name: "Install" }).click();

  await page.getByRole("heading", { level: 1, name: "Offered weather" }).waitFor();
  expect(page.url()).toBe(`${url}/ui/plugins/${OFFERED_ID}`);
  await page.getByText("Loaded", { exact: true }).waitFor();
  await page.getByRole("tab", { name: "Tools" }).click();
  await page.getByRole("button", { name: /say/ }).first().click();
  await page.getByRole("textbox", { name: "Arguments" }).fill('{"text":"first call"}');
  await page.getByRole("button", { name: "Try it" }).click();
  await page.getByRole("region", { name: "What the tool answered" }).getByText("first call").first().waitFor();
});

test("a newer version is installed from the plugin's page, once somebody agreed to what it asks for besides", async () => {
  const { page, url, home } = dashboard;
  const newer = { version: "1.1.0", requirements: ["network", "contacts"] };
  sayOfItself(home.env, newer);
  const archive = offeredZip(newer, PROBE, { "web/part.txt": "part" });
  registry.publish({ id: OFFERED_ID, version: "1.1.0", key: KEY, archive, entry: { name: "Weather" } });
  await page.goto(`${url}/ui/plugins/${OFFERED_ID}/versions`);
  await page.getByRole("button", { name: "Upgrade", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("New: contacts").waitFor();
  await dialog.getByText("use the contacts").waitFor();
  await checkAccessibility(page);
  await dialog.getByRole("button", { name: "Install" }).click();
  await page.getByRole("row", { name: /1\.1\.0.*In use/ }).waitFor();
});

test("a package without a signature is installed only by whoever says so", async () => {
  const { page, url } = dashboard;
  const folder = join(dashboard.home.path, "unsigned");
  mkdirSync(folder);
  writeFileSync(join(folder, "osaurus-plugin.json"), JSON.stringify({ plugin_id: "test.echoes", version: "1.0.0" }));
  copyFileSync(nativeFixture("echoes"), join(folder, `echoes.${process.platform === "darwin" ? "dylib" : "so"}`));
  await page.goto(`${url}/ui/plugins/install`);
  await page.getByLabel("Package", { exact: true }).fill(folder);
  await page.keyboard.press("Enter");
  await page.getByText("Nobody vouches for it").waitFor();
  await checkAccessibility(page);
  await page.getByRole("button", { name: "Go on without a signature" }).click();
  const dialog = page.getByRole("dialog", { name: "Install test.echoes?" });
  await dialog.getByText("No signature vouches for this package.").waitFor();
  await dialog.getByText("The package does not say what it asks for.").waitFor();
  await pictures(page, "install-unsigned");
  await dialog.getByRole("button", { name: "Install" }).click();
  await page.getByRole("heading", { level: 1, name: "echoes" }).waitFor();
  await page.getByText("Unsigned", { exact: true }).waitFor();
});

test("a secret is changed and never shown again; what is wrong is said at its field", async () => {
  const { page, url } = dashboard;
  await page.goto(`${url}/ui/plugins/${OFFERED_ID}/settings`);
  const save = page.getByRole("button", { name: "Save", exact: true });
  await page.getByLabel("The token").fill(SECRET);
  await page.getByLabel("The city").fill("rome");
  await page.getByLabel("The days").fill("99");
  await save.click();
  await page.getByText("The days must be at most 14").waitFor();
  await page.getByText("Begins with a capital").last().waitFor();
  expect(await page.getByLabel("The days").getAttribute("aria-invalid")).toBe("true");
  await page.getByText("Nothing was saved").waitFor();
  expect((await settings())["city"]).toMatchObject({ is_set: false });
  await pictures(page, "plugin-settings");

  await page.getByLabel("The city").fill("Rome");
  await page.getByLabel("The days").fill("7");
  await page.getByLabel("The unit").selectOption("Fahrenheit");
  await page.getByLabel("Wind").check();
  await save.click();
  await page.getByText("Stored", { exact: true }).waitFor();
  await page.getByText("hook?Rome").waitFor();
  expect(await settings()).toMatchObject({
    city: { value: "Rome" },
    days: { value: "7" },
    unit: { value: "f" },
    topics: { value: '["wind"]' },
    token: { is_set: true },
  });
  await page.reload();
  await page.getByText("Stored", { exact: true }).waitFor();
  expect(await page.getByLabel("The token").inputValue()).toBe("");
  expect(await page.getByLabel("The city").inputValue()).toBe("Rome");
  expect(await page.content()).not.toContain(SECRET);
  await expect.poll(() => received).toContain("Rome");
  expect(received).not.toContain(SECRET);

  // Whoever leaves what is not saved is asked.
  await page.getByLabel("The city").fill("Paris");
  await page.getByRole("link", { name: "Chat" }).click();
  await page.getByRole("button", { name: "Go back" }).click();
  expect(await page.getByLabel("The city").inputValue()).toBe("Paris");
  await page.getByRole("tab", { name: "Overview" }).click();
  await page.getByRole("button", { name: "Leave" }).click();
  await page.getByRole("tab", { name: "Overview", selected: true }).waitFor();
  await page.getByRole("tab", { name: "Settings" }).click();
  expect(await page.getByLabel("The city").inputValue()).toBe("Rome");

  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await save.click();
  await page.getByText("The plugin needs it").waitFor();
  expect((await settings())["token"]).toMatchObject({ is_set: false });
});

/** As another program sees them. */
async function settings(): Promise<Record<string, object>> {
  const response = await fetch(`${dashboard.hostUrl}/api/v1/plugins/${OFFERED_ID}/settings`, {
    headers: { authorization: `Bearer ${dashboard.key}` },
  });
  const { sections } = (await response.json()) as { sections: { fields: { key: string }[] }[] };
  return Object.fromEntries(sections.flatMap(({ fields }) => fields).map((field) => [field.key, field]));
}

test("a plugin's page opens in a tab and in a frame, is its owner's there, and reaches nothing of the dashboard", async () => {
  const { page, url, profile } = dashboard;
  await page.goto(`${url}/ui/plugins/${OFFERED_ID}`);
  const [tab] = await Promise.all([
    profile.context.waitForEvent("page"),
    page.getByRole("button", { name: "Open Web App" }).click(),
  ]);
  await tab.getByText('"owner":200').waitFor();
  expect(await tab.evaluate("window.opener")).toBeNull();
  expect(tab.url()).not.toContain("osr_open");
  await tab.close();

  await page.getByRole("button", { name: "Show here" }).click();
  const frame = page.frameLocator("iframe");
  const found = JSON.parse((await frame.locator("#found", { hasText: "owner" }).textContent())!) as object;
  expect(found).toEqual({
    owner: 200,
    cookie: "",
    top: "SecurityError",
    leads: "SecurityError",
    api: "TypeError",
  });
  expect(page.url()).toBe(`${url}/ui/plugins/${OFFERED_ID}`);
  await pictures(page, "web-app");
  const cookies = (await profile.context.cookies()).filter(({ name }) => name === "osr_frame");
  expect(cookies).toMatchObject([{ httpOnly: true, secure: true, sameSite: "None" }]);
});

test("what lets the frame in is good in the dashboard's frame alone", async () => {
  const { page, url, profile, hostUrl, key } = dashboard;
  const inner = page.frames().find((one) => one.url().includes(`/plugins/${OFFERED_ID}/`))!;
  const address = inner.url();
  // Of the session in the tab nothing is left.
  await profile.context.clearCookies({ name: "osr_session" });
  // A tab of its own, a page of another site, and the page of another plugin, in a tab and in the dashboard's frame.
  const { page: other } = await profile.newPage();
  expect((await other.goto(address))!.status()).toBe(401);
  const { port } = elsewhere.address() as AddressInfo;
  await other.goto(`http://${SITE}:${port}/`);
  expect(await statusIn(other, address)).toBe(403);
  const opened = await fetch(`${hostUrl}/api/v1/plugins/${EVIL}/open`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({}),
  });
  await other.goto(((await opened.json()) as { url: string }).url);
  expect(await statusIn(other, address)).toBe(403);
  await other.close();

  await page.goto(`${url}/ui/plugins/${EVIL}`);
  await page.getByRole("button", { name: "Show here" }).click();
  await page.frameLocator("iframe").getByText("evil").waitFor();
  const evil = page.frames().find((one) => one.url().includes(EVIL))!;
  const answered = page.waitForResponse((response) => response.url() === address);
  await evil.evaluate(addFrame(address));
  expect((await answered).status()).toBe(403);
});

function addFrame(src: string): string {
  return `document.body.append(Object.assign(document.createElement("iframe"), { src: ${JSON.stringify(src)} }))`;
}

/** What a frame in the page is answered. */
async function statusIn(page: Page, src: string): Promise<number> {
  const answered = page.waitForResponse((response) => response.url() === src);
  await page.evaluate(addFrame(src));
  return (await answered).status();
}
