// Plugins in the dashboard, in a real browser: mending one that failed, a first call, a crash; and plugins whose every word is an
// attack on whoever reads it.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkAccessibility, startDashboard, type TestDashboard } from "../helpers/dashboard.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { ALL_HARM, HARMFUL, MARKDOWN_HARM, watchHarm } from "../helpers/page-harm.ts";
import { writePlugin } from "../helpers/written-plugins.ts";

const MENDED = "test.mended";
const CRASHES = "test.aborts";
const ATTACKS = "test.repeats-files";
const NARROW = { width: 390, height: 844 };
const WIDE = { width: 1280, height: 800 };

let dashboard: TestDashboard;
let page: Page;
beforeAll(async () => {
  dashboard = await startDashboard({
    prepare({ env }) {
      const data = env["OSAURUS_HOME"]!;
      const tmp = env["TMPDIR"]!;
      writeFileSync(join(tmp, "manifest.json"), '{"plugin_id": "test.mended", "capabilities": ');
      installFixture(data, "manifest-from-file", { id: MENDED });
      installFixture(data, "aborts");
      writeFileSync(join(tmp, "said-manifest.json"), JSON.stringify(attackingManifest()));
      writeFileSync(join(tmp, "said-lines.txt"), `${ALL_HARM.replaceAll("\r", "")}\n`);
      const answer = { ok: true, summary: ALL_HARM, result: { [HARMFUL.html]: ALL_HARM, list: [ALL_HARM] } };
      writeFileSync(join(tmp, "said-answer.json"), JSON.stringify(answer));
      const folder = installFixture(data, "repeats-files", { version: "0.9.0" });
      writeFileSync(join(folder, "README.md"), "older");
      const newer = installFixture(data, "repeats-files", { consent: [ALL_HARM] });
      writeFileSync(join(newer, "README.md"), MARKDOWN_HARM);
      writeFileSync(join(newer, "CHANGELOG.md"), MARKDOWN_HARM);
      const processes = join(env["XDG_CONFIG_HOME"]!, "osp", "plugins");
      mkdirSync(processes, { recursive: true });
      const args = [{ name: "path", about: ALL_HARM, required: true }];
      const commands = [{ name: "hurt", about: ALL_HARM, args }];
      writePlugin({
        dir: processes,
        name: "hurts",
        id: `hurts ${HARMFUL.html}`.slice(0, 120),
        version: "1.0.0",
        commands,
      });
      writeFileSync(
        join(processes, "osp-fails"),
        `#!/bin/sh\nprintf '%s' '${HARMFUL.html.replaceAll("'", "")}' >&2\nexit 3\n`,
        {
          mode: 0o755,
        },
      );
    },
  });
  ({ page } = dashboard);
  page.setDefaultTimeout(10_000);
});
afterAll(() => dashboard?.stop());

function attackingManifest() {
  const member = { type: "string", description: ALL_HARM, default: HARMFUL.html };
  const parameters = {
    type: "object",
    title: ALL_HARM,
    properties: { [HARMFUL.html]: member, path: member },
    required: ["path"],
  };
  const tool = { description: ALL_HARM, parameters, requirements: [ALL_HARM], permission_policy: "auto" };
  return {
    plugin_id: ATTACKS,
    version: "1.0.0",
    name: ALL_HARM,
    description: ALL_HARM,
    authors: [ALL_HARM],
    license: ALL_HARM,
    docs: {
      links: [
        { label: ALL_HARM, url: "javascript:window.__ran=1" },
        { label: ALL_HARM, url: "https://example.com/" },
      ],
    },
    capabilities: {
      tools: [
        { id: "say", ...tool },
        { id: HARMFUL.html.slice(0, 180), ...tool },
        { id: `crash`, ...tool },
      ],
      routes: [
        { id: "r", path: `/${HARMFUL.html}`, methods: [ALL_HARM.slice(0, 190)], description: ALL_HARM, auth: "none" },
      ],
      config: {
        title: ALL_HARM,
        sections: [
          { title: ALL_HARM, fields: [{ key: "k", type: "text", label: ALL_HARM, placeholder: HARMFUL.hidden }] },
        ],
      },
    },
  };
}

const open = async (path: string, heading: string | RegExp) => {
  await page.goto(`${dashboard.url}${path}`);
  await page.getByRole("heading", { level: 1, name: heading }).waitFor();
};

test("a plugin that failed says why, and once it is mended Retry loads it; then its tool is tried", async () => {
  await open("/ui/plugins", "Plugins");
  const row = page.getByRole("row").filter({ hasText: MENDED });
  await row.getByText("Failed", { exact: true }).waitFor();
  expect(await row.innerText()).toContain("manifest");
  await checkAccessibility(page);
  await row.getByRole("link", { name: MENDED }).click();
  await page.getByRole("heading", { level: 1, name: MENDED }).waitFor();
  await page.getByText("This plugin does not work now").waitFor();
  await checkAccessibility(page);
  await page.getByRole("button", { name: "Retry" }).click();
  // It fails for the same reason, and says so once more.
  const notes = page.getByRole("alert").filter({ hasNotText: "This plugin does not work now" });
  await notes.filter({ hasText: "Failed to parse plugin manifest" }).waitFor();
  const parameters = { type: "object", properties: { word: { type: "string" }, more: {} }, required: ["word"] };
  const tools = [{ id: "say", description: "Says it.", permission_policy: "ask", parameters }];
  const manifest = { plugin_id: MENDED, name: "Mended", version: "1.0.0", capabilities: { tools } };
  writeFileSync(join(dashboard.env["TMPDIR"]!, "manifest.json"), JSON.stringify(manifest));
  await page.getByRole("button", { name: "Retry" }).click();
  await page.getByText("Loaded", { exact: true }).waitFor();
  await page.getByRole("heading", { level: 1, name: "Mended" }).waitFor();

  await page.getByRole("tab", { name: "Tools" }).click();
  await page.getByRole("button", { name: /^say/ }).click();
  const args = page.getByLabel("Arguments", { exact: true });
  expect(JSON.parse(await args.inputValue())).toEqual({ word: "" });
  await args.fill("{ nonsense");
  await page.getByRole("button", { name: "Try it" }).click();
  await page.getByText(/This is not JSON/).waitFor();
  await args.fill('{"word": 7}');
  await page.getByRole("button", { name: "Try it" }).click();
  const answer = page.getByRole("region", { name: "What the tool answered" });
  await answer.getByText("Failed").waitFor();
  expect(await answer.innerText()).toContain("word");
  await args.fill('{"word": "hello"}');
  await page.getByRole("button", { name: "Try it" }).click();
  await answer.getByText("Done").waitFor();
  expect(await answer.innerText()).toContain('"word": "hello"');
  await checkAccessibility(page);
  await dashboard.watched.screenshot("dashboard-try-it");
  await page.setViewportSize(NARROW);
  await page.emulateMedia({ colorScheme: "dark" });
  await dashboard.watched.screenshot("dashboard-try-it-narrow-dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(WIDE);
});

test("a crash is told where the call was made, and its report can be read", async () => {
  await open(`/ui/plugins/${CRASHES}/tools`, "aborts");
  await page.getByRole("button", { name: /^misbehave/ }).click();
  await page.getByRole("button", { name: "Try it" }).click();
  const answer = page.getByRole("region", { name: "What the tool answered" });
  await answer.getByText("Failed").waitFor();
  expect(await answer.innerText()).toContain("SIGABRT");
  await page.getByRole("tab", { name: "Crashes" }).click();
  const log = page.getByRole("region", { name: "Log" });
  await log.getByText("Signal: SIGABRT").waitFor();
  await log.getByText("Where it crashed").waitFor();
  await checkAccessibility(page);
  await dashboard.watched.screenshot("dashboard-crash-report");
  await page.getByRole("tab", { name: "Logs" }).click();
  await page.getByRole("switch", { name: "Live" }).click();
  await log.getByText("Crash report").first().waitFor();
});

test("words of a plugin run nothing, fetch nothing, hide nothing and break no page", async () => {
  const harm = watchHarm(page, dashboard.url);
  const check = async (where: string) => {
    for (const size of [WIDE, NARROW]) {
      await page.setViewportSize(size);
      // Until what moves with the width of the window has moved.
      await expect.poll(() => harm.find(), { message: `${where}, ${size.width} wide` }).toEqual([]);
    }
    await page.setViewportSize(WIDE);
  };
  await open("/ui/plugins", "Plugins");
  await page.getByRole("row").filter({ hasText: ATTACKS }).waitFor();
  await page.getByRole("row").filter({ hasText: "hurts" }).waitFor();
  await check("the list");
  await dashboard.watched.screenshot("dashboard-hostile-list");

  const heading = /window\.__ran/;
  await open(`/ui/plugins/${ATTACKS}`, heading);
  await page.getByText("Title <img").waitFor();
  expect(await page.getByRole("link", { name: "far" }).getAttribute("href")).toBe("https://example.com/");
  expect(await page.getByRole("link", { name: "run" }).count()).toBe(0);
  expect(await page.getByText("image: picture").count()).toBeGreaterThan(0);
  await check("README");
  await page.getByText("Title <img").scrollIntoViewIfNeeded();
  await dashboard.watched.screenshot("dashboard-hostile-readme");

  await page.getByRole("tab", { name: "Tools" }).click();
  const unasked = page.locator("button[aria-expanded]").filter({ hasText: /Runs unasked/ });
  await unasked.first().waitFor();
  for (const control of await unasked.all()) await control.click();
  await page.getByRole("button", { name: "Try it" }).last().waitFor();
  await page.getByRole("button", { name: "Try it" }).last().click();
  await page.getByRole("region", { name: "What the tool answered" }).last().getByText("Failed").waitFor();
  await check("a crash");
  await page.getByRole("button", { name: /^say/ }).click();
  await page.getByRole("button", { name: "Try it" }).last().click();
  await page.getByRole("region", { name: "What the tool answered" }).getByText("Done").waitFor();
  await check("a result");

  for (const tab of ["Changelog", "Routes", "Settings", "Logs", "Crashes", "Versions"]) {
    await page.getByRole("tab", { name: tab }).click();
    await page.getByRole("tabpanel", { name: tab }).waitFor();
    if (tab === "Logs" || tab === "Crashes")
      await page.getByRole("region", { name: "Log" }).getByText("SIGABRT").first().waitFor();
    await check(tab);
    if (tab !== "Routes") continue;
    await page.setViewportSize(NARROW);
    await checkAccessibility(page);
    await page.setViewportSize(WIDE);
  }

  await open("/ui/plugins", "Plugins");
  await page.getByRole("link", { name: /^hurts/ }).click();
  await page.getByRole("heading", { level: 1, name: /^hurts/ }).waitFor();
  await page.getByRole("button", { name: /^hurt/ }).first().click();
  await page.getByRole("button", { name: "Try it" }).click();
  await page.getByRole("region", { name: "What the tool answered" }).getByText("Done").waitFor();
  await check("a process plugin");
  await dashboard.watched.screenshot("dashboard-hostile-process");
});

test("that harm would be seen: a page that falls for all of it", async () => {
  const profile = await dashboard.browser.newProfile();
  const broken = (await profile.newPage()).page;
  const harm = watchHarm(broken, dashboard.url);
  await broken.setContent(`<title>${HARMFUL.hidden}</title><body>${HARMFUL.html}${HARMFUL.hidden}
<p>${HARMFUL.long}</p><a href="javascript:window.__ran=1">x</a><a href="https://example.com/">y</a>
<iframe src="http://evil.example/frame"></iframe>`);
  const found = (await harm.find()).join("\n");
  for (const harmful of [
    "asked for http://evil.example/a.png",
    "asked for http://evil.example/frame",
    "a script ran",
    "wider than the window",
    "characters that nobody sees\n",
    "in the title",
    "an element <iframe>",
    '<img onerror="',
    '<img src="http://evil.example/a.png">',
    '<a href="javascript:',
    'hands the page on: <a href="https://example.com/">',
  ]) {
    expect(found).toContain(harmful);
  }
});
