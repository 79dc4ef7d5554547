// Tasks and approvals in a real browser: a task that asks and goes on, ending tasks, their files; calls that wait, with their
// arguments changed, and answered elsewhere.

import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkAccessibility, startDashboard, type TestDashboard } from "../helpers/dashboard.ts";
import { eventually } from "../helpers/eventually.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import {
  callsTools,
  delta,
  event,
  hangingStream,
  keptModelServer,
  type ModelServer,
  says,
} from "../helpers/model-server.ts";
import { type CliResult, startCli } from "../helpers/run-cli.ts";

const HOSTILE = '<img src=x onerror="document.title=1">\u202e';

let model: ModelServer;
let dashboard: TestDashboard;
beforeAll(async () => {
  model = await keptModelServer({ models: ["m"] });
  dashboard = await startDashboard({
    async prepare({ env }) {
      installFixture(env["OSAURUS_HOME"]!, "dispatches");
      installFixture(env["OSAURUS_HOME"]!, "echoes-input", { consent: ["network", "calendar"] });
    },
  });
  expect((await dashboard.osaurus("providers", "add", "test", "--base-url", model.url, "--model", "m")).code).toBe(0);
});
afterAll(async () => {
  await dashboard?.stop();
  await model?.stop();
});

/** What is asked for and streamed ends when the page goes elsewhere. */
function problemsOf({ problems }: { readonly problems: readonly string[] }): string[] {
  return problems.filter((problem) => !/ERR_ABORTED/.test(problem));
}

/** Has the plugin begin a task, and goes to its page. */
async function begin(page: Page, title: string): Promise<string> {
  const response = await fetch(`${dashboard.url}/api/v1/tools/call`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${dashboard.key}` },
    body: JSON.stringify({ tool: "test.dispatches/dispatch", arguments: { request: { prompt: "Do it.", title } } }),
  });
  const { envelope } = (await response.json()) as { envelope: { result: { id: string } } };
  const { id } = envelope.result;
  await page.goto(`${dashboard.url}/ui/tasks/${id}`);
  await page.getByRole("heading", { level: 1, name: title }).waitFor();
  return id;
}

test("a task that asks is answered with one of its options, goes on, and gives its file", async () => {
  const { page, watched } = dashboard;
  const question = { question: `Which colour? ${HOSTILE}`, options: ["Red", "Blue"] };
  const file = {
    filename: "notes.html",
    content: "<script>document.title = 1</script>",
    description: "What was found.",
  };
  model.answers(
    callsTools({ name: "clarify", arguments: question }),
    callsTools({ name: "share_artifact", arguments: file }),
    says("It is **blue** now."),
  );
  const id = await begin(page, "Paint it");
  const box = page.getByRole("region", { name: /^Which colour\?/ });
  await box.getByRole("radio", { name: "Blue" }).waitFor();
  expect(await box.textContent()).toContain("<img src=x onerror=");
  expect(await box.textContent()).toContain("<U+202E>");
  await page.getByText("Waits for an answer").waitFor();
  expect(await box.getByRole("button", { name: "Answer" }).isDisabled()).toBe(true);
  await checkAccessibility(page);
  await watched.screenshot("dashboard-task-question");
  // By keyboard alone.
  await box.getByRole("radio", { name: "Red" }).focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  expect(await box.getByRole("radio", { name: "Blue" }).isChecked()).toBe(true);
  await page.keyboard.press("Enter");
  await page.getByText("It is blue now.").waitFor();
  await page.getByText("Completed", { exact: true }).waitFor();
  await box.waitFor({ state: "detached" });
  expect(JSON.stringify(model.completions.at(-2)!.body.messages)).toContain("Blue");
  const events = page.getByRole("region", { name: "What happened" }).getByRole("listitem");
  expect(await events.first().textContent()).toContain("started");
  await events.filter({ hasText: "completed" }).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "notes.html" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("notes.html");
  expect(readFileSync(await download.path(), "utf8")).toBe(file.content);
  expect(await page.title()).toBe("Paint it · Osprey");
  await checkAccessibility(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await watched.screenshot("dashboard-task-dark");
  await page.emulateMedia({ colorScheme: "light" });
  // The list has it, and so has its address with a filter.
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Tasks" }).click();
  await page.getByRole("combobox", { name: "Status" }).selectOption("Completed");
  await page
    .getByRole("row", { name: /Paint it/ })
    .getByText("Completed", { exact: true })
    .waitFor();
  expect(new URL(page.url()).search).toBe("?status=completed");
  await page.getByRole("combobox", { name: "Status" }).selectOption("Failed");
  await page.getByText("No task has this status now.").waitFor();
  expect(await page.getByRole("link", { name: "Paint it" }).count()).toBe(0);
  await page.goto(`${dashboard.url}/ui/tasks`);
  await page.getByRole("link", { name: "Paint it" }).waitFor();
  await checkAccessibility(page);
  await watched.screenshot("dashboard-tasks");
  await page.setViewportSize({ width: 390, height: 780 });
  await watched.screenshot("dashboard-tasks-narrow");
  await page.getByRole("link", { name: "Paint it" }).click();
  await page.getByText("It is blue now.").waitFor();
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
  await watched.screenshot("dashboard-task-narrow");
  await page.setViewportSize({ width: 1280, height: 800 });
  expect(id).toMatch(/^[0-9A-F-]{36}$/i);
  expect(problemsOf(watched)).toEqual([]);
});

test("a task is interrupted with a message that stands in its conversation, and another one is cancelled", async () => {
  const { page, osaurus } = dashboard;
  model.answers(hangingStream(event(delta({ content: "One, two, " }))));
  const id = await begin(page, "Count");
  await page.getByText("One, two,").waitFor();
  await page.getByRole("textbox", { name: "Interrupt with a message" }).fill("That is enough.");
  await page.getByRole("button", { name: "Interrupt" }).click();
  await page.getByText("Completed", { exact: true }).waitFor();
  const { session_id: session } = JSON.parse((await osaurus("tasks", "show", id, "--json")).stdout);
  const { stdout } = await osaurus("sessions", "show", session, "--json");
  expect(stdout).toContain("That is enough.");
  await begin(page, "Count again");
  await page.getByText("One, two,").waitFor();
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel the task" }).click();
  await page.getByText("Cancelled", { exact: true }).first().waitFor();
  expect(await page.getByRole("button", { name: "Cancel", exact: true }).count()).toBe(0);
});

/** A call of another program, which waits for consent. */
function call(tool: string, args: string): Promise<CliResult> {
  const words = ["tools", "call", "test.echoes-input", tool, "--args", args, "--approval-timeout", "60", "--json"];
  return startCli(words, { program: "osaurus", env: dashboard.env }).result;
}

test("the tray shows what waits, also with other arguments, and says what was answered elsewhere", async () => {
  const { page, watched, osaurus } = dashboard;
  await page.goto(`${dashboard.url}/ui/tasks`);
  await page.getByRole("button", { name: "Approvals: nothing waits" }).waitFor();
  const checked = call("checked-asks", '{"n": 1}');
  const other = call("asks", '{"who": "other"}');
  await page.getByRole("button", { name: "Approvals: 2 waiting" }).click();
  const tray = page.getByRole("dialog", { name: "Waiting for your approval" });
  const card = tray.getByRole("article", { name: "checked-asks" });
  await card.getByRole("region", { name: "Arguments" }).getByText('"n": 1').waitFor();
  await checkAccessibility(page);
  await watched.screenshot("dashboard-approvals");
  await card.getByRole("button", { name: "Change the arguments" }).click();
  const text = card.getByRole("textbox", { name: "Arguments" });
  await eventually(async () => expect(await text.inputValue()).toBe('{\n  "n": 1\n}'));
  await text.fill('{"n": "two"}');
  await card.getByRole("button", { name: "Allow" }).click();
  await card.getByText('Property "n" must be of type integer').waitFor();
  // The cursor is where it is to be mended, and nothing was answered.
  expect(
    await page.evaluate(
      "document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)",
    ),
  ).toBe('"n"');
  expect(await text.getAttribute("aria-invalid")).toBe("true");
  await checkAccessibility(page);
  await watched.screenshot("dashboard-approvals-edited");
  await text.fill('{"n": 2}');
  await card.getByRole("button", { name: "Allow" }).click();
  expect(JSON.parse((await checked).stdout)).toMatchObject({ ok: true, result: { n: 2 } });
  await card.waitFor({ state: "detached" });
  // Somebody answers at the terminal what is on the screen here.
  await tray.getByRole("article", { name: "asks" }).waitFor();
  const [{ id }] = JSON.parse((await osaurus("approvals", "list", "--json")).stdout);
  expect((await osaurus("approvals", "deny", id, "--once")).code).toBe(0);
  expect((await other).stdout).toContain("approval_denied");
  await page.getByText("Answered elsewhere", { exact: true }).waitFor();
  await tray.getByText("Nothing waits.").waitFor();
  // What was answered here was not told as news of others.
  expect(await page.getByText("Answered elsewhere", { exact: true }).count()).toBe(1);
  const denied = call("asks", "{}");
  await tray.getByRole("article", { name: "asks" }).getByText("This session").click();
  await tray.getByRole("button", { name: "Deny" }).click();
  expect((await denied).stdout).toContain("approval_denied");
  await page.keyboard.press("Escape");
  await tray.waitFor({ state: "detached" });
  expect(problemsOf(watched).filter((problem) => !problem.includes("400"))).toEqual([]);
});
