// A real browser for the length of a test file: Chromium, with a new profile for each test. What goes wrong in its pages is
// recorded, so that a test sees what its user would not.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { findBrowser } from "../../src/testkit/browser/find-browser.ts";
import { type WatchedPage as SeenPage, watchPage } from "../../src/testkit/browser/watch-page.ts";
import { keptTempDir } from "./temp-dir.ts";

/** By which a test finds the browser's processes, whatever became of their parents. */
export const BROWSER_MARK = "OSPREY_TEST_BROWSER";

const SCREENSHOTS = join(import.meta.dirname, "../../build/screenshots");

export interface TestBrowser {
  readonly browser: Browser;
  /** The value of BROWSER_MARK in the environment of all its processes. */
  readonly mark: string;
  /** A profile that nobody used yet; it goes with the test. */
  newProfile(): Promise<Profile>;
  /** One that goes with the browser: for several tests, or for `beforeAll`. */
  keptProfile(): Promise<Profile>;
  close(): Promise<void>;
}

export interface Profile {
  readonly context: BrowserContext;
  newPage(): Promise<WatchedPage>;
}

export interface WatchedPage extends SeenPage {
  /** Writes build/screenshots/<name>.png. */
  screenshot(name: string): Promise<void>;
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
  const keptProfile = async (): Promise<Profile> => {
    const context = await browser.newContext();
    return { context, newPage: async () => watch(await context.newPage()) };
  };
  return {
    browser,
    mark,
    keptProfile,
    async newProfile() {
      const profile = await keptProfile();
      onTestFinished(() => profile.context.close());
      return profile;
    },
    async close() {
      await browser.close();
      home.remove();
    },
  };
}

function watch(page: Page): WatchedPage {
  return {
    ...watchPage(page),
    async screenshot(name) {
      mkdirSync(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
    },
  };
}
