// Signing in to the dashboard and out of it, as a person does it in a browser.

import type { Request, Route } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkAccessibility, startDashboard, type TestDashboard } from "../helpers/dashboard.ts";
import { eventually } from "../helpers/eventually.ts";

let dashboard: TestDashboard;
beforeAll(async () => {
  dashboard = await startDashboard();
});
afterAll(() => dashboard?.stop());

const PHONE = { width: 390, height: 800 };

test("the link of osaurus ui opens the dashboard at localhost; nothing of it stays in the address, nor in the page's reach", async () => {
  const { page, watched, url, profile } = dashboard;
  expect(page.url()).toBe(`${url}/ui/plugins`);
  expect(await page.evaluate("performance.getEntriesByType('navigation')[0].name + document.referrer")).not.toContain(
    "osr_open",
  );
  expect(await page.evaluate("document.cookie")).toBe("");
  expect(await page.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage))")).toEqual([]);
  const [cookie] = await profile.context.cookies();
  expect(cookie).toMatchObject({
    name: `osr_dashboard_${new URL(url).port}`,
    domain: "localhost",
    path: "/",
    httpOnly: true,
    sameSite: "Strict",
  });
  expect(watched.problems).toEqual([]);
});

test("each place has a heading, a title and an address of its own, by keyboard and after a reload", async () => {
  const { page, url } = dashboard;
  for (const place of ["Plugins", "Chat", "Tasks", "Insights", "Settings"]) {
    await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: place }).press("Enter");
    await page.getByRole("heading", { level: 1, name: place }).waitFor();
    expect(page.url()).toContain(`${url}/ui/${place.toLowerCase()}`);
    expect(await page.title()).toContain(place);
  }
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  await page.goto(`${url}/ui/nowhere`);
  await page.getByRole("heading", { level: 1, name: "Nothing here" }).waitFor();
  await checkAccessibility(page);
  await page.setViewportSize(PHONE);
  await page.getByRole("button", { name: "Navigation" }).click();
  await page.getByRole("link", { name: "Tasks" }).click();
  await page.getByRole("heading", { level: 1, name: "Tasks" }).waitFor();
  // Whoever went somewhere has used the navigation.
  await page.getByRole("link", { name: "Chat" }).waitFor({ state: "hidden" });
  await dashboard.watched.screenshot("dashboard-phone");
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Tasks" }).waitFor();
  // The first thing that the keyboard reaches leads past the navigation.
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the page");
  await page.keyboard.press("Enter");
  expect(await page.evaluate("document.activeElement.id")).toBe("content");
});

test("a page that cannot be loaded, as after an update, is loaded once more by itself and then by a button; nothing else goes", async () => {
  const { page, url } = dashboard;
  await page.goto(`${url}/ui/settings/keys`);
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  const asked: string[] = [];
  const isGone = /\/assets\/(tasks-place|approvals-drawer|confirm-dialog)-/;
  await page.route(isGone, async (route) => {
    asked.push(new URL(route.request().url()).pathname);
    await route.fulfill({ status: 404, body: "" });
  });

  // Somebody who types in a page does not lose it because a dialog beside it is missing.
  await page
    .getByRole("button", { name: /^Revoke/ })
    .first()
    .click();
  await page.getByText("a part of the page was not loaded").waitFor();
  await page.getByRole("button", { name: /^Approvals/ }).click();
  await page.getByRole("banner").getByRole("button", { name: "Load the page again" }).waitFor();
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();

  asked.length = 0;
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Tasks" }).click();
  const again = page.getByRole("main").getByRole("button", { name: "Load the page again" });
  // The second time after the page was loaded anew.
  await eventually(() => expect(asked.length).toBe(2));
  await again.waitFor();
  await page.unroute(isGone);
  await again.click();
  await page.getByRole("heading", { level: 1, name: "Tasks" }).waitFor();
  expect(await page.evaluate("Object.keys(sessionStorage)")).toEqual([]);
});

test("what the host refuses is said: live changes, which come back by themselves, and signing out", async () => {
  const { page, url } = dashboard;
  const refusal = (route: Route) =>
    route.fulfill({ status: 429, json: { error: { code: "rate_limited", message: "too many\u202e streams" } } });
  await page.route("**/api/v1/events", refusal);
  await page.goto(`${url}/ui/settings/keys`);
  await page.getByText("Not live").waitFor();
  await page.getByText("too many<U+202E> streams").waitFor({ state: "attached" });
  await page.unroute("**/api/v1/events");
  await page.getByText("Not live").waitFor({ state: "hidden" });

  // A page that nobody looks at gives its connection back, and takes it again when somebody does.
  const isStream = (request: Request) => request.url().endsWith("/api/v1/events");
  const see = (state: string) =>
    page.evaluate(`Object.defineProperty(document, "visibilityState", { configurable: true, value: "${state}" });
      void document.dispatchEvent(new Event("visibilitychange"))`);
  await Promise.all([page.waitForEvent("requestfailed", isStream), see("hidden")]);
  await Promise.all([page.waitForRequest(isStream), see("visible")]);

  await page.route("**/api/v1/session", async (route) =>
    route.request().method() === "DELETE" ? await refusal(route) : await route.fallback(),
  );
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("alert").getByText("You are still signed in: too many<U+202E> streams").waitFor();
  await page.unroute("**/api/v1/session");
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
});

test("Escape closes what was opened, and the keyboard goes on where it was", async () => {
  const { page } = dashboard;
  const focused = () =>
    page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent");
  const revoke = page.getByRole("button", { name: /^Revoke/ }).first();
  await revoke.click();
  await page.getByRole("dialog").getByRole("button", { name: "Go back" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const name = (await revoke.getAttribute("aria-label")) ?? (await revoke.textContent());
  await eventually(async () => expect(await focused()).toBe(name));

  await page.setViewportSize(PHONE);
  await page.getByRole("button", { name: "Navigation" }).press("Enter");
  await page.getByRole("link", { name: "Chat" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Chat" }).waitFor({ state: "hidden" });
  expect(await focused()).toBe("Navigation");
  await page.setViewportSize({ width: 1280, height: 720 });
});

test("a used link, signing out and a host that was started anew say what happened, and how to sign in again", async () => {
  const { page, watched, osaurus, key, url } = dashboard;
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
  expect(await page.getByRole("status").count()).toBe(0);
  await checkAccessibility(page);
  await watched.screenshot("dashboard-sign-in");
  await page.setViewportSize(PHONE);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(PHONE.width);

  // What is wrong is said at the field.
  await page.getByLabel("Access key").fill("osk-v1.wrong");
  await page.getByRole("button", { name: "Sign in with the key" }).click();
  await page.getByText("this access key is unknown").waitFor();
  expect(await page.getByLabel("Access key").getAttribute("aria-invalid")).toBe("true");
  expect(await page.evaluate("document.activeElement.type")).toBe("password");
  await watched.screenshot("dashboard-sign-in-wrong");
  await page.getByLabel("Access key").fill(key);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Plugins" }).waitFor();
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.emulateMedia({ colorScheme: "light" });

  await page.goto(`${url}/ui/settings`);
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  await dashboard.restart();
  await page.getByText("Your session is over").waitFor();
  await watched.screenshot("dashboard-session-over");
  const link = (await osaurus("ui", "--print")).stdout.trim();
  await page.getByLabel("One-time code").fill(link);
  await page.keyboard.press("Enter");
  // Where somebody was, he is again.
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();

  const stranger = (await (await dashboard.browser.newProfile()).newPage()).page;
  await stranger.goto(link);
  await stranger.getByText("This link was used already").waitFor();
  await dashboard.signIn(stranger);
  expect(stranger.url()).toBe(`${url}/ui/plugins`);
});
