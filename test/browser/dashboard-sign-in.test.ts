// Signing in to the dashboard and out of it, as a person does it in a browser.

import { afterAll, beforeAll, expect, test } from "vitest";
import { checkAccessibility, startDashboard, type TestDashboard } from "../helpers/dashboard.ts";

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
