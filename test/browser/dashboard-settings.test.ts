// The settings in a real browser: an agent, a model provider, an access key, a permission, and what a terminal changes meanwhile.

import { afterAll, beforeAll, expect, test } from "vitest";
import { checkAccessibility, startDashboard, type TestDashboard } from "../helpers/dashboard.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { keptModelServer, type ModelServer } from "../helpers/model-server.ts";

const KEY = "sk-very-secret-7d1f";

let models: ModelServer;
let dashboard: TestDashboard;
beforeAll(async () => {
  models = await keptModelServer({ key: KEY });
  dashboard = await startDashboard({
    prepare(home) {
      installFixture(home.env["OSAURUS_HOME"]!, "echoes");
      installFixture(home.env["OSAURUS_HOME"]!, "hides-its-words");
    },
  });
  // What does not come is told by name, and not by the end of the test's time.
  dashboard.page.setDefaultTimeout(10_000);
});
afterAll(async () => {
  await dashboard?.stop();
  await models?.stop();
});

async function open(section: string): Promise<void> {
  await dashboard.page.goto(`${dashboard.url}/ui/settings/${section}`);
  await dashboard.page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
}

/** Nothing moves or fades any more. */
async function settled(): Promise<void> {
  const over =
    "document.getAnimations().every((one) => !(one instanceof CSSTransition) || one.playState === 'finished')";
  await expect.poll(() => dashboard.page.evaluate<boolean>(over)).toBe(true);
}

/** On a phone nothing is cut off, and only tables scroll sideways, in their own boxes. */
async function checkNarrow(name: string): Promise<void> {
  const { page, watched } = dashboard;
  const size = page.viewportSize()!;
  await page.setViewportSize({ width: 390, height: 844 });
  await settled();
  await watched.screenshot(`dashboard-settings-${name}-narrow`);
  const [content, room] = await page.evaluate<[number, number]>(
    "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
  );
  expect(content, name).toBeLessThanOrEqual(room);
  await page.setViewportSize(size);
}

test("an agent is made, changed and deleted", async () => {
  const { page, watched } = dashboard;
  await page.goto(`${dashboard.url}/ui/settings`);
  await page.getByRole("link", { name: "New agent" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("mail:er");
  await page.getByRole("button", { name: "Save" }).click();
  // What may be a name is the host's to say.
  await page.getByRole("alert").getByText("agent_invalid").waitFor();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("mailer");
  await page.getByLabel("Prompt").fill("Be brief.");
  await page.getByLabel("Temperature").fill("0.5");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "mailer", level: 2 }).waitFor();
  const agent = JSON.parse((await dashboard.osaurus("agents", "list", "--json")).stdout) as { name: string }[];
  expect(agent.find(({ name }) => name === "mailer")).toMatchObject({ prompt: "Be brief.", temperature: 0.5 });
  await watched.screenshot("dashboard-settings-agent");
  await checkAccessibility(page);
  await checkNarrow("agent");
  await page.getByLabel("Tools", { exact: true }).selectOption("Only these");
  await page.getByRole("combobox", { name: "Names of tools" }).fill("test.echoes/*");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("mailer is saved").waitFor();
  expect(await page.title()).toBe("mailer · Settings · Osprey");
  // A sign alone is no number, and not nothing either.
  await page.getByLabel("Temperature").fill("-");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("This is not a number").waitFor();
  await page.getByRole("link", { name: "All agents" }).click();
  const leaving = page.getByRole("dialog", { name: "Leave without saving?" });
  await leaving.getByRole("button", { name: "Go back" }).click();
  await page.getByLabel("Temperature").fill("0.5");
  // What a terminal changes meanwhile stays: only what was typed here is sent.
  await page.getByLabel("Prompt").fill("Be long.");
  expect((await dashboard.osaurus("agents", "update", "mailer", "--temperature", "0.9")).code).toBe(0);
  await expect.poll(() => page.getByLabel("Temperature").inputValue()).toBe("0.9");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Save", disabled: true }).waitFor();
  const saved = JSON.parse((await dashboard.osaurus("agents", "list", "--json")).stdout) as { name: string }[];
  expect(saved.find(({ name }) => name === "mailer")).toMatchObject({ prompt: "Be long.", temperature: 0.9 });
  await page.getByRole("link", { name: "All agents" }).click();
  await page
    .getByRole("row", { name: /mailer/ })
    .getByText("Only 1")
    .waitFor();
  await watched.screenshot("dashboard-settings-agents");
  await checkAccessibility(page);
  await page.getByRole("link", { name: "mailer" }).click();
  // Nobody is asked about what was typed for an agent that goes.
  await page.getByLabel("Prompt").fill("Never saved.");
  await page.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete mailer?" });
  await dialog.getByRole("button", { name: "Delete" }).waitFor();
  // The focus is on the answer that does nothing.
  await expect.poll(() => page.evaluate<string | undefined>("document.activeElement?.textContent")).toBe("Go back");
  await checkAccessibility(page);
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Delete" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("link", { name: "New agent" }).waitFor();
  await page.getByRole("row", { name: /mailer/ }).waitFor({ state: "detached" });
});

test("a model provider is added with its key and tested, one that works and one that does not", async () => {
  const { page, watched } = dashboard;
  await open("models");
  await page.getByText("There is none yet").waitFor();
  const add = page.getByRole("button", { name: "Add provider" });
  const form = page.getByRole("region", { name: "Add a provider" });
  await form.getByRole("textbox", { name: "Name", exact: true }).fill("works");
  await form.getByLabel("Address").fill(models.url);
  await form.getByText("Keep a key").click();
  await form.getByRole("textbox", { name: "Key", exact: true }).fill(KEY);
  await add.click();
  const works = page.getByRole("article", { name: "works" });
  await works.getByText("Its key is kept, encrypted").waitFor();
  await works.getByRole("button", { name: "Test" }).click();
  await works.getByText("It works").waitFor();
  await works.getByText("Chat works: test-model answered").waitFor();
  await form.getByRole("textbox", { name: "Name", exact: true }).fill("fails");
  await form.getByLabel("Address").fill(models.url);
  await add.click();
  const fails = page.getByRole("article", { name: "fails" });
  await fails.getByRole("button", { name: "Test" }).click();
  await fails.getByText("It does not work").waitFor();
  await fails.getByText("List of models fails: inference_unauthorized").waitFor();
  await page.getByRole("row", { name: /test-model/ }).waitFor();
  await watched.screenshot("dashboard-settings-models");
  await checkAccessibility(page);
  await checkNarrow("models");
  await fails.getByRole("button", { name: "Make default" }).click();
  await fails.getByText("Default", { exact: true }).waitFor();
  await fails.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await fails.waitFor({ state: "detached" });
  expect(await page.content()).not.toContain(KEY);
});

test("an access key is shown once, and then to nobody any more", async () => {
  const { page, watched } = dashboard;
  await open("keys");
  expect(await page.title()).toBe("Access keys · Settings · Osprey");
  const long = "Key of the program with the longest name that there may be!!".padEnd(60, "!");
  expect((await dashboard.osaurus("keys", "create", "--name", long)).code).toBe(0);
  const answers: string[] = [];
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("scripts");
  await page.getByRole("button", { name: "Make key" }).click();
  const shown = page.getByRole("alert", { name: "The key scripts" });
  const key = (await shown.getByText(/^osk-v1\./).textContent())!;
  const lets = async () =>
    (await fetch(`${dashboard.hostUrl}/api/v1/host`, { headers: { authorization: `Bearer ${key}` } })).status;
  expect(await lets()).toBe(200);
  await watched.screenshot("dashboard-settings-keys");
  await checkAccessibility(page);
  await checkNarrow("keys");
  page.on("response", async (response) => {
    if (!response.url().includes("/api/v1/keys")) return;
    // Of an answer that the page left behind, nothing is there any more.
    const text = await response.text().catch(() => undefined);
    if (text !== undefined) answers.push(text);
  });
  await page.reload();
  const row = page.getByRole("row", { name: /scripts/ });
  await row.getByText("Valid", { exact: true }).waitFor();
  expect(await page.content()).not.toContain(key);
  await expect.poll(() => answers.length).toBeGreaterThan(0);
  expect(answers.join("\n")).not.toContain(key);
  await page.getByRole("button", { name: "Revoke scripts" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await row.getByText("Revoked", { exact: true }).waitFor();
  expect(await lets()).toBe(401);
});

test("a permission is set and reset, a private host allowed, and what a terminal decides is seen without loading again", async () => {
  const { page, watched } = dashboard;
  await open("permissions");
  await page.getByLabel("Filter").fill("test.echoes/");
  const first = page.getByRole("row").nth(1);
  const name = (await first.getByText(/^test\.echoes\//).textContent())!;
  const row = page.getByRole("row", { name });
  await row.getByText("the plugin", { exact: true }).waitFor();
  await row.getByRole("combobox").selectOption("Never");
  await row.getByText("you, for all agents").waitFor();
  expect((await dashboard.osaurus("permissions", "list", "--json")).stdout).toContain('"deny"');
  await page.getByRole("button", { name: `Reset ${name}` }).click();
  await row.getByText("the plugin", { exact: true }).waitFor();
  expect((await dashboard.osaurus("permissions", "set", name, "ask")).code).toBe(0);
  await row.getByText("you, for all agents").waitFor();
  expect(await row.getByRole("combobox").inputValue()).toBe("ask");
  await page.getByRole("textbox", { name: "Plugin", exact: true }).fill("test.echoes");
  await page.getByRole("textbox", { name: "Host", exact: true }).fill("nas.local:8080");
  await page.getByRole("button", { name: "Allow host" }).click();
  await page.getByRole("row", { name: /nas\.local:8080/ }).waitFor();
  await page.getByLabel("Filter").fill("");
  await watched.screenshot("dashboard-settings-permissions");
  await checkAccessibility(page);
  await checkNarrow("permissions");
  // What a plugin hides in its texts is to be seen.
  expect(await page.content()).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b]/);
  await page.getByRole("button", { name: "Reset 1 decision" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Forget all" }).click();
  await page.getByText("Nothing was decided yet").waitFor();
});

test("the tunnel and the storage say how they are", async () => {
  const { page, watched } = dashboard;
  await open("tunnel");
  await page.getByText("Off", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Connect" }).click();
  // Nothing is connected before somebody said so twice.
  await page.getByRole("dialog").getByRole("button", { name: "Go back" }).click();
  await watched.screenshot("dashboard-settings-tunnel");
  await checkAccessibility(page);
  await checkNarrow("tunnel");
  await open("storage");
  await page.getByText("A recovery key was shown on the terminal").waitFor();
  await page.getByRole("row", { name: /control database/ }).waitFor();
  await watched.screenshot("dashboard-settings-storage");
  await checkAccessibility(page);
  await checkNarrow("storage");
  await page.emulateMedia({ colorScheme: "dark" });
  await settled();
  await watched.screenshot("dashboard-settings-storage-dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto(`${dashboard.url}/ui/settings/nothing`);
  await page.getByRole("heading", { name: "Nothing here", level: 1 }).waitFor();
  expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
  // A page that is left leaves what it follows; a name that cannot be was tried above; and the page of an agent that was just
  // deleted may ask for it once more.
  const expected = /net::ERR_ABORTED|status of 400|status of 404 .*\/api\/v1\/agents\//;
  expect(watched.problems.filter((one) => !expected.test(one))).toEqual([]);
});
