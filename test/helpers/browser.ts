// A real browser for the length of a test file: Chromium, with a new profile for each test. What goes wrong in its pages is
// recorded, so that a test sees what its user would not.

import { accessSync, constants, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page, type Request, type Response } from "playwright-core";
import { onTestFinished } from "vitest";
import { keptTempDir } from "./temp-dir.ts";

/** By which a test finds the browser's processes, whatever became of their parents. */
export const BROWSER_MARK = "OSPREY_TEST_BROWSER";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const SCREENSHOTS = join(import.meta.dirname, "../../build/screenshots");

export interface TestBrowser {
  readonly browser: Browser;
  /** The value of BROWSER_MARK in the environment of all its processes. */
  readonly mark: string;
  /** A profile that nobody used yet; it goes with the test. */
  newProfile(): Promise<Profile>;
  close(): Promise<void>;
}

export interface Profile {
  readonly context: BrowserContext;
  newPage(): Promise<WatchedPage>;
}

export interface WatchedPage {
  readonly page: Page;
  /** Failed programs of the page, lines that it or the browser wrote as errors, requests without an answer; a line each. */
  readonly problems: readonly string[];
  /** All that the page asked for and got, in order. */
  readonly answers: readonly SeenAnswer[];
  /** Writes build/screenshots/<name>.png. */
  screenshot(name: string): Promise<void>;
}

interface SeenAnswer {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  /** "document", "script", "fetch" and so on. */
  readonly kind: string;
  readonly request: Request;
  readonly response: Response;
}

export interface BrowserOptions {
  /** Names that the browser takes for this machine's. */
  readonly names?: readonly string[];
}

/** The caller closes it, for instance in `afterAll`. Fails, with what to do, when there is no browser. */
export async function startBrowser({ names = [] }: BrowserOptions = {}): Promise<TestBrowser> {
  const executablePath = findBrowser();
  const home = keptTempDir();
  const mark = home.path;
  const rules = names.map((name) => `MAP ${name} 127.0.0.1`).join(",");
  const browser = await chromium
    .launch({
      executablePath,
      // Its sandbox needs a user other than root, or rights that a container seldom has; what it opens here is ours.
      args: ["--no-sandbox", "--disable-dev-shm-usage", ...(rules === "" ? [] : [`--host-resolver-rules=${rules}`])],
      // Nothing of the tester's own reaches it, and it leaves nothing there.
      env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LANG: "C.UTF-8", HOME: home.path, [BROWSER_MARK]: mark },
    })
    .catch((error: unknown) => {
      home.remove();
      throw error;
    });
  return {
    browser,
    mark,
    async newProfile() {
      const context = await browser.newContext();
      onTestFinished(() => context.close());
      return { context, newPage: async () => watch(await context.newPage()) };
    },
    async close() {
      await browser.close();
      home.remove();
    },
  };
}

/** The program named by the variable CHROMIUM, or the first that is installed. */
export function findBrowser(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const installed = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const chosen = env["CHROMIUM"];
  const found = (chosen ? [chosen] : installed).find(isProgram);
  if (found !== undefined) return found;
  const missing = chosen ? `${chosen}, which CHROMIUM names, is no program` : `there is none of ${NAMES.join(", ")}`;
  throw new Error(
    `these tests need a browser, and ${missing}; run "apt-get install chromium fonts-dejavu-core", or "brew install --cask ` +
      'chromium", or set CHROMIUM to the path of a Chromium or Chrome',
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function watch(page: Page): WatchedPage {
  const problems: string[] = [];
  const answers: SeenAnswer[] = [];
  page.on("pageerror", (error) => problems.push(`failed: ${error.message}`));
  page.on("console", (line) => {
    // What a browser asks for by itself is not the page's fault.
    const isOwn = !line.location().url.endsWith("/favicon.ico");
    if (line.type() === "error" && isOwn) problems.push(`said: ${line.text()} (${line.location().url})`);
  });
  page.on("requestfailed", (request) => {
    problems.push(`no answer: ${request.method()} ${request.url()}: ${request.failure()?.errorText}`);
  });
  page.on("response", (response) => {
    const request = response.request();
    answers.push({
      method: request.method(),
      url: response.url(),
      status: response.status(),
      kind: request.resourceType(),
      request,
      response,
    });
  });
  return {
    page,
    problems,
    answers,
    async screenshot(name) {
      mkdirSync(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
    },
  };
}
