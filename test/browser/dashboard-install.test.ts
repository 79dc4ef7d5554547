// Installing a plugin, setting it up and opening its page, as a person does it in the dashboard.

import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listenAt } from "../../src/server/listen.ts";
import { checkAccessibility, startDashboard, type TestDashboard } from "../helpers/dashboard.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
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
const WAITS = "test.shouts";

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
      const waits = installFixture(home.env["OSAURUS_HOME"]!, "shouts", { consent: false });
      const manifest = { plugin_id: WAITS, name: "Shouts", version: "1.0.0", capabilities: {} };
      writeFileSync(join(waits, "manifest.json"), JSON.stringify(manifest));
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

async function hasFocus(locator: Locator): Promise<boolean> {
  return await locator.evaluate((element: { matches(selector: string): boolean }) => element.matches(":focus"));
}

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
  await page.getByText("There are no registries yet. Add one below.").waitFor();
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
  await expect.poll(() => hasFocus(install)).toBe(true);
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
  await page.getByLabel("Package or folder").fill(folder);
  await page.getByRole("region", { name: "From a package" }).getByRole("button", { name: "Install" }).click();
  const notice = page.getByRole("region", { name: "From a package" }).getByRole("alert");
  await notice.getByText("Nobody vouches for it").waitFor();
  await expect.poll(() => hasFocus(notice.locator(".."))).toBe(true);
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

test("a page of another site chooses what stands in the form, and asks nobody for consent", async () => {
  const { page, url, profile } = dashboard;
  const { port } = elsewhere.address() as AddressInfo;
  const { page: other } = await profile.newPage();
  await other.goto(`http://${SITE}:${port}/`);
  const address = `${url}/ui/plugins/install?spec=${WAITS}`;
  const [opened] = await Promise.all([
    profile.context.waitForEvent("page"),
    other.evaluate(`void open(${JSON.stringify(address)}, "", "width=700,height=600")`),
  ]);
  const posted: string[] = [];
  opened.on("request", (request) => request.method() === "POST" && posted.push(request.url()));
  await expect.poll(() => opened.getByLabel("Package or folder").inputValue()).toBe(WAITS);
  // By then it knows which plugins are installed, and which of them wait.
  await opened.getByRole("row", { name: /Weather.*Installed/ }).waitFor();
  await opened.evaluate("new Promise((resolve) => requestAnimationFrame(resolve))");
  expect(posted).toEqual([]);
  expect(await opened.getByRole("dialog").count()).toBe(0);
  await opened.close();
  await other.close();

  // Whoever comes from the plugin itself is asked, once.
  await page.goto(`${url}/ui/plugins`);
  await page.getByRole("row").filter({ hasText: WAITS }).getByRole("link", { name: "Review" }).click();
  const dialog = page.getByRole("dialog", { name: "Grant what Shouts asks for?" });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.reload();
  await page.getByRole("row", { name: /Weather/ }).waitFor();
  expect(await page.getByRole("dialog").count()).toBe(0);
  await page.goto(`${url}/ui/plugins/${WAITS}`);
  await page.getByRole("link", { name: "Review" }).click();
  await dialog.getByRole("button", { name: "Grant" }).click();
  await page.waitForURL(`${url}/ui/plugins/${WAITS}`);
  await page.getByText("Loaded", { exact: true }).waitFor();
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
  await expect.poll(() => page.getByLabel("The hook").inputValue()).toContain("hook?Rome");
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

test("what somebody typed stays: while a save runs, when something else is removed, when the host does not answer", async () => {
  const { page, url } = dashboard;
  const path = `**/api/v1/plugins/${OFFERED_ID}/settings`;
  await asProgram("PUT", "settings", { values: { access: "given" } });
  await page.goto(`${url}/ui/plugins/${OFFERED_ID}/settings`);
  const save = page.getByRole("button", { name: "Save", exact: true });
  const city = page.getByLabel("The city");
  const days = page.getByLabel("The days");
  let go = () => {};
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  await page.route(path, async (route) => {
    if (route.request().method() === "PUT") await held;
    await route.continue();
  });
  await city.fill("Bergen");
  await days.fill("3");
  await save.click();
  await city.fill("Tromso");
  go();
  await expect.poll(settings).toMatchObject({ city: { value: "Bergen" }, days: { value: "3" } });
  await expect.poll(() => save.isEnabled()).toBe(true);
  expect(await city.inputValue()).toBe("Tromso");
  await page.unroute(path);

  await page.getByRole("button", { name: "Disconnect" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disconnect" }).click();
  await page.getByText("Not connected").waitFor();
  expect(await city.inputValue()).toBe("Tromso");

  await page.route("**/api/v1/plugins/**", (route) => route.abort());
  await asProgram("POST", "reload", {});
  await page.getByText("the host does not answer").first().waitFor();
  expect(await city.inputValue()).toBe("Tromso");
  await page.unroute("**/api/v1/plugins/**");
  await page.getByRole("button", { name: "Try again" }).first().click();
  await save.click();
  await expect.poll(settings).toMatchObject({ city: { value: "Tromso" } });
});

/** As another program sees them. */
async function settings(): Promise<Record<string, object>> {
  const { sections } = (await asProgram("GET", "settings")) as { sections: { fields: { key: string }[] }[] };
  return Object.fromEntries(sections.flatMap(({ fields }) => fields).map((field) => [field.key, field]));
}

async function asProgram(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${dashboard.hostUrl}/api/v1/plugins/${OFFERED_ID}/${path}`, {
    method,
    headers: { authorization: `Bearer ${dashboard.key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.status).toBe(200);
  return await response.json();
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

  const show = page.getByRole("button", { name: "Show here" });
  await show.click();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await expect.poll(() => hasFocus(show)).toBe(true);
  await show.click();
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
