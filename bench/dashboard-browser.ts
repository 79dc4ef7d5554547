// The dashboard as it is measured: the real host on a home of its own, and a browser in which somebody is signed in.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from "playwright-core";
import { findBrowser } from "../src/testkit/browser/find-browser.ts";
import { ended } from "./mcp-load.ts";
import { OSAURUS, portFrom } from "./served.ts";

export interface MeasuredDashboard {
  readonly url: string;
  readonly page: Page;
  readonly context: BrowserContext;
  readonly cdp: CDPSession;
  stop(): Promise<void>;
}

/** @param home with what the host is to find in it. */
export async function openDashboard(home: string): Promise<MeasuredDashboard> {
  const env = { PATH: process.env["PATH"], HOME: home, OSAURUS_HOME: home, OSAURUS_KEY_PROTECTION: "key-file" };
  const host = spawn(OSAURUS, ["serve", "--port", "0"], { env, stdio: ["ignore", "pipe", "pipe"] });
  // Of use when something fails; otherwise it is the recovery key of a home that is thrown away.
  let said = "";
  host.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  let browser: Browser | undefined;
  try {
    const port = await Promise.race([portFrom(host), endOf(host)]);
    browser = await chromium.launch({
      executablePath: findBrowser(),
      // Its sandbox needs a user other than root; garbage is collected when the bench says so.
      args: ["--no-sandbox", "--disable-dev-shm-usage", "--js-flags=--expose-gc"],
      env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LANG: "C.UTF-8", HOME: home },
    });
    const context = await browser.newContext({ viewport: { width: 1_280, height: 900 } });
    const page = await context.newPage();
    const link = spawnSync(OSAURUS, ["ui", "--print"], { env, encoding: "utf8" });
    await page.goto(link.stdout.trim());
    await page.getByRole("navigation", { name: "Places" }).waitFor();
    const cdp = await context.newCDPSession(page);
    const opened = browser;
    return { url: `http://localhost:${port}`, page, context, cdp, stop: () => stop(host, opened) };
  } catch (error) {
    await stop(host, browser);
    process.stderr.write(said);
    throw error;
  }
}

/** For whoever waits for something of it in vain. */
async function endOf(host: ChildProcess): Promise<never> {
  // By then all that it said is there.
  const [code] = await once(host, "close");
  throw new Error(`the host ended with ${code} before it served`);
}

async function stop(host: ChildProcess, browser: Browser | undefined): Promise<void> {
  await browser?.close();
  if (host.exitCode !== null || host.signalCode !== null) return;
  await ended(host, () => void host.kill());
}
