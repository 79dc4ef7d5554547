// Opens a page of a plugin that is tested in a browser, as its owner does: with a link for one use.

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserType } from "playwright-core";
import { HostError } from "../../protocol/errors.ts";
import type { PluginPage as Opened, OpenPageOptions, PluginKit } from "../api.ts";
import { LoadedKit } from "../plugin-kit.ts";
import { findBrowser } from "./find-browser.ts";
import { openPluginPage } from "./plugin-page.ts";
import { watchPage } from "./watch-page.ts";

/** Throws `toolchain_missing`, `test_invalid`. */
export async function openPage(kit: PluginKit, { path, agent, browser }: OpenPageOptions = {}): Promise<Opened> {
  if (!(kit instanceof LoadedKit)) throw new TypeError("openPage takes what openPlugin gave");
  const { web } = kit.parsedManifest.capabilities;
  if (web === undefined) {
    throw new HostError("test_invalid", `"${kit.pluginId}" has no web UI`, { hint: "its manifest declares none" });
  }
  const chromium = await loadChromium();
  const agentId = await kit.agentId(agent);
  const started = await chromium.launch({
    executablePath: browser ?? programOf(),
    // Its sandbox needs rights that a container seldom has; what it opens here is its author's own.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  try {
    const watched = watchPage(await (await started.newContext()).newPage());
    const mount = web.mount === "/" ? "" : web.mount;
    const url = await kit.link(path ?? `${mount}/`, agentId);
    const page = await openPluginPage(watched, { url, mount: `/plugins/${kit.pluginId}${mount}`, agentId });
    return Object.assign(page, {
      close: () => started.close(),
      [Symbol.asyncDispose]: () => started.close(),
    });
  } catch (error) {
    await started.close();
    throw error;
  }
}

function programOf(): string {
  try {
    return findBrowser();
  } catch (error) {
    throw new HostError("toolchain_missing", (error as Error).message, { cause: error });
  }
}

/** It is there for whoever tests pages, and installed by them: beside this program, or in the project that is tested. */
async function loadChromium(): Promise<BrowserType> {
  const { chromium } = await import("playwright-core").catch(async (error: unknown) => {
    try {
      const found = createRequire(join(process.cwd(), "package.json")).resolve("playwright-core");
      return (await import(pathToFileURL(found).href)) as typeof import("playwright-core");
    } catch {
      throw new HostError("toolchain_missing", "pages are tested with playwright-core, which is not installed", {
        hint: 'run "npm install --save-dev playwright-core"',
        cause: error,
      });
    }
  });
  return chromium;
}
