// Insights in a real browser: a slow host call is found, a hostile plugin's rows are texts, rows come live, and many rows scroll.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { insightsPath } from "../../src/host/stores.ts";
import { Insights } from "../../src/insights/insights.ts";
import type { Activity } from "../../src/protocol/activity.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { INSIGHTS_BEHIND_ROWS_MAX } from "../../src/protocol/limits.ts";
import { checkAccessibility, startDashboard, type TestDashboard } from "../helpers/dashboard.ts";
import { installFixture } from "../helpers/installed-plugin.ts";

const PROGRAM = join(import.meta.dirname, "../../build/native/osprey-database");
const SLOW_MS = 700;
const HOSTILE = `<img src=x onerror="document.title='run'"><script>document.title='run'</script>\u202e\u001b[31m`;
const ROWS = 2_500;

let dashboard: TestDashboard;
let slow: Server;
let recorder: Insights;
beforeAll(async () => {
  slow = createServer((request, response) => {
    const ms = request.url === "/slow" ? SLOW_MS : 0;
    void delay(ms).then(() => response.end(JSON.stringify({ asked: request.url, html: "<b>bold</b>" })));
  });
  await new Promise<void>((ready) => slow.listen(0, "127.0.0.1", ready));
  dashboard = await startDashboard({
    prepare({ env }) {
      installFixture(env["OSAURUS_HOME"]!, "fetches");
      installFixture(env["OSAURUS_HOME"]!, "echoes");
    },
  });
  recorder = new Insights({
    path: insightsPath({ data: dashboard.home.env["OSAURUS_HOME"]! }),
    program: PROGRAM,
    warn(text) {
      throw new Error(text);
    },
  });
});
afterAll(async () => {
  await recorder?.stop();
  await dashboard?.stop();
  await new Promise((closed) => slow.close(closed));
});

/** Writes rows as another host on the same folder would. */
async function record(count: number, row: (at: number) => Partial<Activity>): Promise<void> {
  for (let at = 0; at < count; at++) {
    recorder.record({
      time: Date.now(),
      pluginId: "test.recorded",
      agentId: DEFAULT_AGENT_ID,
      kind: "host",
      method: "POST",
      path: `/host-api/made/${at}`,
      status: 200,
      durationMs: 1,
      request: null,
      response: null,
      traceId: undefined,
      ...row(at),
    });
  }
  await recorder.flush();
}

const rows = () => dashboard.page.getByRole("table", { name: /Plugin Activity/ }).getByRole("row");
const total = () => dashboard.page.getByTestId("total");

test("a slow host call is found: by plugin, by duration, with its trace and its bodies", async () => {
  const { page, osaurus, url, watched } = dashboard;
  const { port } = slow.address() as AddressInfo;
  expect((await osaurus("permissions", "allow-host", "test.fetches", `127.0.0.1:${port}`)).code).toBe(0);
  for (const path of ["/quick", "/slow"]) {
    const request = { method: "GET", url: `http://127.0.0.1:${port}${path}` };
    const args = JSON.stringify({ request });
    const { code, stderr } = await osaurus("tools", "call", "test.fetches", "fetch", "--yes", "--args", args);
    expect(code, stderr).toBe(0);
  }
  await osaurus("tools", "call", "test.echoes", "echo", "--yes", "--args", '{"text":"x"}');
  await page.goto(`${url}/ui/plugins`);
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Insights" }).click();
  await page.getByRole("heading", { level: 1, name: "Insights" }).waitFor();
  expect(await page.title()).toContain("Insights");
  await page.getByRole("combobox", { name: "Plugin" }).fill("test.fetches");
  await page.getByRole("button", { name: "More filters" }).click();
  await page.getByLabel("Took at least (ms)").fill(String(SLOW_MS));
  await expect.poll(() => total().textContent()).toBe("2 rows");
  expect(new URL(page.url()).search).toBe(`?plugin=test.fetches&min_ms=${SLOW_MS}`);
  await page.getByRole("link", { name: /\/slow/ }).click();
  const row = page.getByRole("dialog", { name: "Row" });
  await row.getByRole("heading", { level: 2, name: `127.0.0.1:${port}/slow` }).waitFor();
  await expect(row.getByRole("group", { name: "Request" }).textContent()).resolves.toContain('"method": "GET"');
  await expect(row.getByRole("group", { name: "Response" }).textContent()).resolves.toContain("<b>bold</b>");
  const trace = row.getByRole("region", { name: "Trace" });
  expect(await trace.getByRole("listitem").count()).toBe(2);
  await checkAccessibility(page);
  await trace.scrollIntoViewIfNeeded();
  await watched.screenshot("dashboard-insights-row");
  await trace.getByRole("link", { name: /^tool/ }).click();
  await row.getByRole("heading", { level: 2, name: "POST /tools/fetch" }).waitFor();
  await page.goBack();
  await row.getByRole("heading", { level: 2, name: /\/slow/ }).waitFor();
  await row.getByRole("link", { name: "Only rows of this trace" }).click();
  await page.getByRole("button", { name: "Any trace" }).waitFor();
});

test("what the host does not take is said at the field, and the list stays", async () => {
  const { page, url } = dashboard;
  await page.goto(`${url}/ui/insights?since=yesterday`);
  const said = page.getByRole("alert").filter({ hasText: "since takes 90s" });
  await said.waitFor();
  const since = page.getByRole("combobox", { name: "Since" });
  expect(await since.getAttribute("aria-invalid")).toBe("true");
  expect(await since.getAttribute("aria-describedby")).toContain(await said.getAttribute("id"));
  await page.getByRole("button", { name: "Clear filters" }).click();
  await rows().nth(1).waitFor();
});

test("rows of a hostile plugin are texts, and show what is hidden in them", async () => {
  const { page, url, watched } = dashboard;
  const request = JSON.stringify({ html: HOSTILE });
  await record(1, () => ({
    pluginId: HOSTILE,
    path: HOSTILE,
    method: HOSTILE,
    request,
    response: HOSTILE,
    taskId: HOSTILE,
  }));
  await page.goto(`${url}/ui/insights?text=${encodeURIComponent("onerror")}`);
  await rows().getByRole("link").click();
  const row = page.getByRole("dialog", { name: "Row" });
  await row.getByRole("group", { name: "Request" }).waitFor();
  for (const text of [await row.textContent(), await rows().nth(1).textContent()]) {
    expect(text).toContain("<img src=x");
    expect(text).toContain("<U+202E>");
    expect(text).not.toContain("\u202e");
  }
  expect(await page.title()).toContain("Insights");
  expect(await page.locator("img[src=x]").count()).toBe(0);
  await watched.screenshot("dashboard-insights-hostile");
  await page.keyboard.press("Escape");
  await row.waitFor({ state: "hidden" });
});

test("live rows come to the top; whoever scrolled keeps the place, is told how many came, and goes there", async () => {
  const { page, url } = dashboard;
  await record(300, () => ({ pluginId: "test.live" }));
  await page.goto(`${url}/ui/insights?plugin=test.live`);
  await expect.poll(() => total().textContent()).toBe("300 rows");
  await page.getByRole("switch", { name: "Live" }).check();
  await record(1, () => ({ pluginId: "test.live", path: "/first" }));
  await rows().nth(1).getByRole("link", { name: "/first" }).waitFor();
  const box = page.getByRole("region", { name: "Rows" });
  await box.evaluate((element) => element.scrollTo({ top: 4_000 }));
  await expect.poll(() => rows().nth(1).getAttribute("aria-rowindex").then(Number)).toBeGreaterThan(50);
  await rows().nth(8).getByRole("link").waitFor();
  const before = await rows().nth(8).textContent();
  await record(ROWS, (at) => ({ pluginId: "test.live", path: `/burst/${at}` }));
  const come = page.getByRole("button", { name: `${ROWS.toLocaleString("en")} new rows` });
  await come.waitFor();
  expect(await rows().nth(8).textContent()).toBe(before);
  await come.click();
  await rows()
    .nth(1)
    .getByRole("link", { name: `/burst/${ROWS - 1}` })
    .waitFor();
  expect(await total().textContent()).toBe(`${(ROWS + 301).toLocaleString("en")} rows`);
  // Pages of the list below the live rows are asked for where somebody looks.
  await box.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
  await rows().last().getByRole("link", { name: "/host-api/made/0" }).waitFor();
});

/** As when somebody goes to another tab, or comes back. */
async function look(state: "hidden" | "visible"): Promise<void> {
  await dashboard.page.evaluate(`
    Object.defineProperty(document, "visibilityState", { configurable: true, value: "${state}" });
    document.dispatchEvent(new Event("visibilitychange"));`);
}

test("live says when it is not, in the host's words; a page that nobody looks at gives its stream back, and misses no row", async () => {
  const { page, url, hostUrl, key, osaurus } = dashboard;
  const row = () => ({ pluginId: "test.away" });
  const above = () => total().locator("..").textContent();
  const isLive = (request: { url(): string }) => request.url().includes("/insights/live");
  await record(2, row);
  const refusal = { error: { code: "rate_limited", message: "64 streams of events are open" } };
  await page.route(
    (address) => address.pathname.endsWith("/insights/live"),
    (route) => route.fulfill({ status: 429, json: refusal }),
  );
  await page.goto(`${url}/ui/insights?plugin=test.away&live=on`);
  await page.getByRole("status").getByText("Not live: 64 streams of events are open. It is tried again.").waitFor();
  expect(await above()).toBe("2 rows");
  await page.unrouteAll();
  await look("hidden");
  await look("visible");
  await expect.poll(above).toBe("2 rows, live");
  await record(1, row);
  await expect.poll(above).toBe("3 rows, live");
  const listed = await fetch(`${hostUrl}/api/v1/insights?limit=1`, { headers: { authorization: `Bearer ${key}` } });
  const { top_id: seen } = (await listed.json()) as { top_id: number };
  const closed = page.waitForEvent("requestfailed", isLive);
  await look("hidden");
  await closed;
  await record(5, row);
  const again = page.waitForRequest(isLive);
  await look("visible");
  expect(new URL((await again).url()).searchParams.get("after")).toBe(String(seen));
  await expect.poll(above).toBe("8 rows, live");
  // More than the host gives to whoever was away: the list is made anew.
  await look("hidden");
  await record(INSIGHTS_BEHIND_ROWS_MAX + 1, row);
  await look("visible");
  await expect.poll(above).toBe(`${(INSIGHTS_BEHIND_ROWS_MAX + 9).toLocaleString("en")} rows, live`);
  expect((await osaurus("insights", "--clear")).code).toBe(0);
  await page.getByText("No row fits the filter yet.").waitFor();
});

test("charts show what came to what, as tables too; all of it works in light, dark and narrow", async () => {
  const { page, url, watched } = dashboard;
  await record(200, (at) => ({
    pluginId: `test.chart-${at % 3}`,
    time: Date.now() - at * 20_000,
    status: at % 9 === 0 ? 500 : 200,
    durationMs: (at * 37) % 400,
    kind: at % 4 === 0 ? "tool" : "host",
  }));
  await page.goto(`${url}/ui/insights/charts`);
  await page.getByText("calls, ").waitFor();
  await page.getByText("The charts as a table").click();
  expect(
    await page.getByRole("table", { name: "Calls and durations over time" }).getByRole("row").count(),
  ).toBeGreaterThan(10);
  await page.locator(".recharts-bar-rectangle").first().waitFor();
  await checkAccessibility(page);
  await watched.screenshot("dashboard-insights-charts");
  await page.getByRole("link", { name: "test.chart-1" }).click();
  await page.getByLabel("Rows").waitFor();
  expect(new URL(page.url()).searchParams.get("plugin")).toBe("test.chart-1");
  await page.goto(`${url}/ui/insights`);
  await rows().nth(5).waitFor();
  await checkAccessibility(page);
  await watched.screenshot("dashboard-insights");
  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  await page.waitForFunction("document.getAnimations().every(({ playState }) => playState === 'finished')");
  await watched.screenshot("dashboard-insights-dark");
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  await watched.screenshot("dashboard-insights-narrow");
});

test("the file is one to keep, with the rows of the filter", async () => {
  const { page, url } = dashboard;
  await page.goto(`${url}/ui/insights?plugin=test.chart-2`);
  await page.getByRole("button", { name: "Export" }).click();
  const saved = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "As CSV" }).click();
  const download = await saved;
  expect(download.suggestedFilename()).toMatch(/^insights-.*\.csv$/);
  let text = "";
  for await (const chunk of await download.createReadStream()) text += chunk;
  expect(text.match(/\r\n/g)).toHaveLength(1 + 66);
});
