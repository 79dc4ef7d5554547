// Chat in a real browser: asking an agent, consent in the middle of an answer, stopping, coming back, and texts of a hostile model.

import { readFileSync } from "node:fs";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { APPROVAL_COMMAND_MS, SESSIONS_LISTED_DEFAULT } from "../../src/protocol/limits.ts";
import { controlDb } from "../../src/store/control-db.ts";
import { makeSession } from "../../src/store/sessions.ts";
import { checkAccessibility, startDashboard, type TestDashboard } from "../helpers/dashboard.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import {
  callsTools,
  keptModelServer,
  type ModelServer,
  pausing,
  responds,
  says,
  thinks,
} from "../helpers/model-server.ts";

let model: ModelServer;
let dashboard: TestDashboard;
beforeAll(async () => {
  model = await keptModelServer({ models: ["m"] });
  dashboard = await startDashboard({
    prepare: (home) => void installFixture(home.env["OSAURUS_HOME"]!, "greets"),
  });
  // What does not come is named.
  dashboard.page.setDefaultTimeout(15_000);
});
afterAll(async () => {
  await dashboard?.stop();
  await model?.stop();
});

const HELLO = callsTools({ name: "hello", arguments: { name: "Ada" }, id: "c1" });

const conversation = (page: Page) => page.getByRole("region", { name: "Conversation", exact: true });

/** Asks in a new conversation. */
async function begin(page: Page, text: string): Promise<void> {
  await page.goto(`${dashboard.url}/ui/chat`);
  await send(page, text);
}

async function send(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.keyboard.press("Enter");
}

const isAnswered = (page: Page) => page.getByRole("button", { name: "Send" }).waitFor();

test("without a model, the page says where models come from", async () => {
  const { page, watched, osaurus } = dashboard;
  await begin(page, "Hello?");
  await page.getByRole("alert").getByText("model_provider_missing").waitFor();
  expect(await page.getByRole("link", { name: "Settings, Models" }).getAttribute("href")).toBe("/ui/settings/models");
  // What was typed is not lost.
  expect(await page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("Hello?");
  await checkAccessibility(page);
  await watched.screenshot("dashboard-chat-no-model");
  expect((await osaurus("providers", "add", "test", "--base-url", model.url, "--model", "m")).code).toBe(0);
});

test("a tool that needs consent is allowed in the middle of an answer, and denied the next time", async () => {
  const { page, watched } = dashboard;
  model.answers(HELLO, thinks("That went well.", "I said **hello** to Ada."), HELLO, says("Then not."));
  await begin(page, "Greet Ada");
  const card = conversation(page).getByRole("article", { name: "hello" });
  await card.getByRole("button", { name: "Allow" }).waitFor();
  await card.getByText("This chat", { exact: true }).waitFor();
  expect(await card.textContent()).toContain('"name": "Ada"');
  expect(await conversation(page).getByText("Waits for consent").isVisible()).toBe(true);
  // Whoever answers sees the arguments once.
  expect((await conversation(page).textContent())!.split('"Ada"')).toHaveLength(2);
  // The tray has the same question, and it waits longer than one of a program would.
  await page.getByRole("banner").getByRole("button", { name: /1/ }).waitFor();
  const [{ created_at: asked, expires_at: until }] = JSON.parse(
    (await dashboard.osaurus("approvals", "list", "--json")).stdout,
  );
  expect(Date.parse(until) - Date.parse(asked)).toBeGreaterThan(APPROVAL_COMMAND_MS);
  await checkAccessibility(page);
  await watched.screenshot("dashboard-chat-approval");
  await card.getByRole("button", { name: "Allow" }).click();
  await conversation(page).getByText("I said hello to Ada.").waitFor();
  await isAnswered(page);
  const call = conversation(page).getByRole("group").filter({ hasText: "Arguments" });
  const shown = await call.textContent();
  expect(shown).toContain("Hello, Ada!");
  expect(shown).toContain("Untrusted");
  expect(shown).toMatch(/hello\d+(\.\d+)? m?s with the wait for consent/);
  await conversation(page).getByText("Reasoning").click();
  expect(await conversation(page).getByText("That went well.").isVisible()).toBe(true);
  expect(await conversation(page).locator("strong").textContent()).toBe("hello");

  await send(page, "Again");
  await card.getByRole("button", { name: "Deny" }).click();
  await conversation(page).getByText("Then not.").waitFor();
  await isAnswered(page);
  expect(model.completions.at(-1)!.body.messages.at(-1).content).toContain("user_denied");
  expect(await conversation(page).getByText("Failed").count()).toBe(1);
  await checkAccessibility(page);
  await watched.screenshot("dashboard-chat");
  await page.emulateMedia({ colorScheme: "dark" });
  await watched.screenshot("dashboard-chat-dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 390, height: 800 });
  await watched.screenshot("dashboard-chat-narrow");
  expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  await page.getByRole("button", { name: "Conversations" }).click();
  await page.getByRole("dialog").getByRole("link", { name: "Greet Ada" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.setViewportSize({ width: 1280, height: 720 });
});

test("consent given in a terminal goes on with the answer that the page shows", async () => {
  const { page, osaurus } = dashboard;
  model.answers(HELLO, says("Done as you said."));
  await begin(page, "Greet Ada once more");
  const card = conversation(page).getByRole("article", { name: "hello" });
  await card.waitFor();
  const [{ id }] = JSON.parse((await osaurus("approvals", "list", "--json")).stdout);
  expect((await osaurus("approvals", "allow", id)).code).toBe(0);
  await conversation(page).getByText("Done as you said.").waitFor();
  await card.waitFor({ state: "detached" });
});

test("an answer goes on while nobody looks, is there for whoever comes in the middle, and is the same on two pages", async () => {
  const { page } = dashboard;
  const { answer, go } = pausing("Once upon", " a time.");
  model.answers(answer);
  await begin(page, "A story");
  await conversation(page).getByText("Once upon").waitFor();
  await page.reload();
  await conversation(page).getByText("Once upon").waitFor();
  expect(await conversation(page).getByText("A story").count()).toBe(1);
  const other = await dashboard.newPage();
  await other.page.goto(page.url());
  await conversation(other.page).getByText("Once upon").waitFor();
  go();
  for (const one of [page, other.page]) {
    await conversation(one).getByText("Once upon a time.").waitFor();
    await isAnswered(one);
    expect(await conversation(one).getByText("A story").count()).toBe(1);
  }
  // What one asks, the other sees.
  model.answers(says("The second."));
  await send(other.page, "Another one");
  await conversation(page).getByText("The second.").waitFor();
  // Programs that failed and lines of the console; what was asked for is given up when a page goes elsewhere.
  const problems = [...dashboard.watched.problems, ...other.problems].filter((one) => !one.startsWith("no answer: "));
  expect(problems.filter((one) => !one.includes("status of 503"))).toEqual([]);
  await other.page.close();
});

test("an answer is stopped, and what was said by then is kept", async () => {
  const { page } = dashboard;
  model.answers(pausing("Half of", " it").answer, says("And the rest."));
  await begin(page, "Say it");
  await conversation(page).getByText("Half of").waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await conversation(page).getByText("Stopped. What was said by then is kept.").waitFor();
  await page.reload();
  await conversation(page).getByText("Half of").waitFor();
  await send(page, "Go on");
  await conversation(page).getByText("And the rest.").waitFor();
});

test("a conversation that somebody else deletes says so, and what is unknown leads on", async () => {
  const { page, url, hostUrl, key } = dashboard;
  model.answers(pausing("Never", " done").answer);
  await begin(page, "Go away");
  await conversation(page).getByText("Never").waitFor();
  const session = page.url().split("/").at(-1)!;
  const headers = { authorization: `Bearer ${key}` };
  expect((await fetch(`${hostUrl}/api/v1/sessions/${session}`, { method: "DELETE", headers })).status).toBe(200);
  const alert = page.getByRole("alert");
  await alert.getByText("This conversation was deleted").waitFor();
  expect(await alert.count()).toBe(1);
  for (const text of ["Go away", "Never"]) expect(await conversation(page).getByText(text).isVisible()).toBe(true);
  await alert.getByRole("link", { name: "New conversation" }).click();
  await page.waitForURL(`${url}/ui/chat`);
  const unknown = [
    ["chat", "New conversation"],
    ["tasks", "Back to the list"],
    ["plugins", "Back to the list"],
  ] as const;
  for (const [place, name] of unknown) {
    await page.goto(`${url}/ui/${place}/unknown`);
    await alert.getByRole("link", { name }).waitFor();
    expect(await alert.textContent()).not.toContain("osaurus");
  }
});

test("an answer that fails says why, and is tried again", async () => {
  const { page, watched, osaurus } = dashboard;
  model.answers(responds(401, { error: { message: "no" } }), says("Here I am."));
  await begin(page, "Anybody?");
  const alert = conversation(page).getByRole("alert");
  await alert.getByText("inference_unauthorized").waitFor();
  expect(await conversation(page).getByText("Anybody?").count()).toBe(1);
  await watched.screenshot("dashboard-chat-failed");
  await alert.getByRole("button", { name: "Try again" }).click();
  await conversation(page).getByText("Here I am.").waitFor();
  await isAnswered(page);
  expect(await conversation(page).getByText("Anybody?").count()).toBe(1);

  // An empty conversation does not stay for ever: then the same question begins another one.
  model.answers(responds(401, { error: { message: "no" } }), says("Still here."));
  await begin(page, "Anybody else?");
  await alert.getByText("inference_unauthorized").waitFor();
  const before = page.url();
  expect((await osaurus("sessions", "delete", before.split("/").at(-1)!)).code).toBe(0);
  const list = page.getByRole("complementary", { name: "Conversations" });
  await list.getByText("Anybody else?").waitFor({ state: "detached" });
  await alert.getByRole("button", { name: "Try again" }).click();
  await conversation(page).getByText("Still here.").waitFor();
  expect(page.url()).not.toBe(before);
});

test("a file that an agent shares is there to be saved, also later", async () => {
  const { page, watched } = dashboard;
  const given = { filename: "\u202enotes <b>.html", content: "<script>alert(1)</script>" };
  model.answers(callsTools({ name: "share_artifact", arguments: given }), says("It is there."));
  await begin(page, "Write it down");
  await conversation(page).getByText("It is there.").waitFor();
  await page.reload();
  const files = conversation(page).getByRole("region", { name: "Files" });
  const coming = page.waitForEvent("download");
  await files.getByRole("link", { name: "notes _b_.html" }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toBe("notes _b_.html");
  expect(readFileSync(await download.path(), "utf8")).toBe(given.content);
  expect(await files.textContent()).toContain("25 bytes");
  await checkAccessibility(page);
  await watched.screenshot("dashboard-chat-files");
});

test("what is answered late takes nobody back, and takes nothing away that was typed meanwhile", async () => {
  const { page, url } = dashboard;
  const held = async (path: string) => {
    const { promise: isAsked, resolve: noteAsked } = Promise.withResolvers<void>();
    const { promise: mayGo, resolve: go } = Promise.withResolvers<void>();
    await page.route(`${url}/api/v1${path}`, async (route) => {
      if (route.request().method() !== "POST") return route.fallback();
      const response = await route.fetch();
      noteAsked();
      await mayGo;
      await route.fulfill({ response });
    });
    return { isAsked, go };
  };
  model.answers(says("First."), says("Second."), says("Third."));
  const message = page.getByRole("textbox", { name: "Message" });
  const first = await held("/sessions");
  await begin(page, "Go on without me");
  await first.isAsked;
  await message.fill("Half a thought");
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Tasks" }).click();
  await page.getByRole("heading", { level: 1, name: "Tasks" }).waitFor();
  const places: string[] = [];
  const note = () => void places.push(new URL(page.url()).pathname);
  page.on("framenavigated", note);
  const answered = page.waitForResponse((one) => one.request().method() === "POST");
  first.go();
  await answered;
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Chat" }).click();
  await page.getByRole("link", { name: "Go on without me" }).click();
  await conversation(page).getByText("First.").waitFor();
  page.off("framenavigated", note);
  expect(places).toEqual(["/ui/chat", expect.stringMatching(/^\/ui\/chat\/./)]);

  const second = await held("/sessions/*/runs");
  await send(page, "And now?");
  await second.isAsked;
  await message.fill("The next one");
  second.go();
  await conversation(page).getByText("Second.").waitFor();
  await isAnswered(page);
  expect(await message.inputValue()).toBe("The next one");

  // What is written and not sent is there again, for each conversation.
  await page.getByRole("link", { name: "New conversation" }).click();
  await expect.poll(() => message.inputValue()).toBe("Half a thought");
  const third = await held("/sessions");
  await send(page, "Stay with me");
  await third.isAsked;
  await message.fill("And then");
  third.go();
  await conversation(page).getByText("Third.").waitFor();
  expect(await message.inputValue()).toBe("And then");
  await page.getByRole("link", { name: "Go on without me" }).click();
  await expect.poll(() => message.inputValue()).toBe("The next one");
  await page.getByRole("link", { name: "New conversation" }).click();
  await expect.poll(() => message.inputValue()).toBe("");
  await page.unrouteAll();
});

test("conversations are listed, renamed and deleted", async () => {
  const { page, home, watched } = dashboard;
  model.answers(says("Noted."));
  await begin(page, "To be deleted");
  await conversation(page).getByText("Noted.").waitFor();
  const list = page.getByRole("complementary", { name: "Conversations" });
  await list.getByRole("button", { name: "More about To be deleted" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("Another title");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { level: 1, name: "Another title" }).waitFor();
  expect(await page.evaluate("document.activeElement.ariaLabel")).toBe("More about Another title");
  await list.getByRole("button", { name: "More about Another title" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("heading", { level: 1, name: "Chat" }).waitFor();
  await list.getByText("Another title").waitFor({ state: "detached" });

  const question = `Why ${"do birds that sing in the morning stop ".repeat(4)}at noon?`;
  model.answers(says("They rest."));
  await begin(page, question);
  await conversation(page).getByText("They rest.").waitFor();
  await page.setViewportSize({ width: 390, height: 664 });
  const heightOf = async (one: Locator) => (await one.boundingBox())!.height;
  const heading = page.getByRole("heading", { level: 1 });
  expect(await heading.getAttribute("title")).toBe(question);
  expect(await heightOf(heading)).toBeLessThan(80);
  expect(await heightOf(conversation(page))).toBeGreaterThan(150);
  await watched.screenshot("dashboard-chat-long-title");
  await page.setViewportSize({ width: 1280, height: 720 });

  const db = controlDb(home.env["OSAURUS_HOME"]!);
  await db.together((sqlite) => {
    const wish = { agentId: DEFAULT_AGENT_ID, pluginId: null, externalKey: null };
    for (let count = 0; count < SESSIONS_LISTED_DEFAULT; count++)
      makeSession(sqlite, { ...wish, title: `Filler ${count}` });
  });
  await db.close();
  await page.reload();
  const more = list.getByRole("button", { name: "Show more" });
  await more.waitFor();
  expect(await list.getByRole("link", { name: "Why do birds" }).count()).toBe(0);
  await more.click();
  await list.getByRole("link", { name: "Why do birds" }).waitFor();
  expect(await more.count()).toBe(0);
});

test("a hostile model runs nothing in the page, and fetches nothing", async () => {
  const { watched, page, url } = dashboard;
  const asked: string[] = [];
  const remember = (request: { url(): string }) => void asked.push(request.url());
  page.on("request", remember);
  const text = [
    "<script>window.hit = 1</script><img src=x onerror='window.hit = 1'><iframe src='https://evil.example/'></iframe>",
    "![picture](https://evil.example/p.png) [click](javascript:window.hit=1) [data](data:text/html,x)",
    "<a href='javascript:window.hit=1'>html</a> \u202edesrever\u202c \u001b[31mred",
    `[out](https://evil.example/x) ${"long".repeat(300)}`,
  ].join("\n\n");
  const name = "hello<img src=x onerror=window.hit=1>";
  const long = { name, arguments: text.repeat(3), id: "long" };
  model.answers(callsTools({ name, arguments: text, id: text }, long), thinks(text, text));
  await begin(page, "Be evil");
  await isAnswered(page);
  await conversation(page).getByText("desrever").last().waitFor();
  // What is closed is not drawn.
  const closed = conversation(page).locator("details:not([open])").filter({ hasText: "hello" });
  expect(await closed.count()).toBe(1);
  expect(await closed.getByText("Arguments").count()).toBe(0);
  await closed.locator("summary").click();
  await conversation(page).getByText("Arguments", { exact: true }).nth(1).waitFor();
  const places = await conversation(page)
    .getByRole("link")
    .evaluateAll((links) => links.map((one) => one.getAttribute("href")));
  expect(places.filter((one) => !/^(https:\/\/evil\.example\/|\/ui\/)/.test(one ?? ""))).toEqual([]);
  const link = conversation(page).getByRole("link", { name: "out" });
  expect(await link.getAttribute("rel")).toBe("noopener noreferrer nofollow");
  expect(await conversation(page).locator("script, img, iframe, object, embed").count()).toBe(0);
  expect(await page.evaluate("window.hit")).toBeUndefined();
  expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  page.off("request", remember);
  expect(asked.filter((one) => !one.startsWith(`${url}/`))).toEqual([]);
  await checkAccessibility(page);
  await watched.screenshot("dashboard-chat-hostile");
});
