// The browser that tests use: it is found or clearly missed, records what goes wrong, and leaves nothing behind.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findBrowser } from "../../src/testkit/browser/find-browser.ts";
import { BROWSER_MARK, startBrowser, type TestBrowser } from "../helpers/browser.ts";
import { startServer } from "../helpers/http-server.ts";
import { untilGone } from "../helpers/processes.ts";
import { tempDir } from "../helpers/temp-dir.ts";

let browser: TestBrowser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

const HTML = { "content-type": "text/html" };

test("without a browser the error says how to get one", () => {
  const empty = tempDir();
  expect(() => findBrowser({ PATH: empty })).toThrow(/apt-get install chromium/);
  expect(() => findBrowser({ CHROMIUM: join(empty, "none") })).toThrow(/which CHROMIUM names, is no program/);
  expect(findBrowser({ CHROMIUM: process.execPath })).toBe(process.execPath);
});

test("what goes wrong in a page is recorded, and a page without a fault has none", async () => {
  const { url } = await startServer({
    "/": (_, response) => response.writeHead(200, HTML).end("<title>a</title><link rel=icon href=data:,><p>well</p>"),
    "/broken": (_, response) =>
      response
        .writeHead(200, HTML)
        .end("<link rel=icon href=data:,><script>fetch('/none'); throw new Error('oh')</script>"),
    "/cut": (_, response) => response.destroy(),
  });
  const profile = await browser.newProfile();
  const [well, broken] = [await profile.newPage(), await profile.newPage()];
  await well.page.goto(url);
  expect(well.problems).toEqual([]);
  expect(well.answers).toMatchObject([{ method: "GET", status: 200, kind: "document" }]);
  await broken.page.goto(`${url}/broken`, { waitUntil: "networkidle" });
  expect(broken.problems).toContain("failed: oh");
  expect(broken.problems.join("\n")).toMatch(/said: .*404.*\/none/);
  await broken.page.goto(`${url}/cut`).catch(() => {});
  expect(broken.problems.join("\n")).toMatch(/no answer: GET .*\/cut: /);
});

test("two profiles share no cookies", async () => {
  const { url } = await startServer({ "/": (_, response) => response.writeHead(200, HTML).end("") });
  const [one, two] = [await browser.newProfile(), await browser.newProfile()];
  const pages = [await one.newPage(), await one.newPage(), await two.newPage()];
  for (const { page } of pages) await page.goto(url);
  await pages[0]!.page.evaluate("document.cookie = 'a=b'");
  const seen = await Promise.all(pages.map(({ page }) => page.evaluate("document.cookie")));
  expect(seen).toEqual(["a=b", "a=b", ""]);
});

test.runIf(process.platform === "linux")("a browser that is closed leaves no process and no file", async () => {
  const other = await startBrowser();
  await (await other.newProfile()).newPage();
  const pids = processesOf(other.mark);
  expect(pids.length).toBeGreaterThan(2);
  const profile = pids.map(profileOf).find((path) => path !== undefined)!;
  expect(existsSync(profile)).toBe(true);
  await other.close();
  for (const pid of pids) await untilGone(pid);
  expect(processesOf(other.mark)).toEqual([]);
  for (const folder of [other.mark, profile]) expect(existsSync(folder)).toBe(false);
});

/** All processes whose environment has the mark. */
function processesOf(mark: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => told(pid, "environ").includes(`${BROWSER_MARK}=${mark}\0`));
}

/** The folder of the browser's own files. */
function profileOf(pid: number): string | undefined {
  return /--user-data-dir=([^\0]+)/.exec(told(pid, "cmdline"))?.[1];
}

/** Empty when the process is gone. */
function told(pid: number, what: "environ" | "cmdline"): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, "latin1");
  } catch {
    return "";
  }
}
