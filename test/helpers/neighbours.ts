// Plugins with pages and somebody else's web server side by side, all of them reached by one browser: a victim, one that is
// open to everybody, one that takes what it can get. For tests that find out what they keep from each other.

import { createServer, type RequestListener } from "node:http";
import { listenAt } from "../../src/server/listen.ts";
import { startBrowser, type TestBrowser } from "./browser.ts";
import { type PagePlugin, type ServedPages, servePages } from "./served-pages.ts";

/** A name that the operator allowed, one that nobody did, and one of a web site; the browser finds all of them here. */
export const ALLOWED = "osprey.example";
export const REBOUND = "rebound.example";
export const SITE = "site.example";

export const SECRET = "only the owner";

export interface Neighbours {
  readonly browser: TestBrowser;
  readonly pages: ServedPages;
  readonly victim: PagePlugin;
  /** The same as the victim, but it declares everything to be public. */
  readonly everybodys: PagePlugin;
  readonly evil: PagePlugin;
  /** Of the other web server. */
  readonly otherPort: number;
  stop(): Promise<void>;
}

/**
 * The caller stops them.
 *
 * @param web what each of the plugins has as its page.
 * @param answer what the other web server does.
 */
export async function startNeighbours(
  web: Readonly<Record<string, string>>,
  answer: RequestListener,
): Promise<Neighbours> {
  // First of all: where there is no browser, nothing else is left running.
  const browser = await startBrowser({ names: [ALLOWED, REBOUND, SITE] });
  const pages = await servePages({ names: new Set([ALLOWED]), hasProxy: false });
  const other = createServer(answer);
  const url = await listenAt(other, { host: "127.0.0.1", port: 0 });
  const [victim, everybodys, evil] = ["counts-requests", "counts-requests-of-anybody", "claims-the-whole-host"].map(
    (fixture) => pages.install(fixture, web),
  );
  // As a host does that serves: whoever comes from outside starts nothing.
  await (await pages.served.host.native()).list();
  return {
    browser,
    pages,
    victim: victim!,
    everybodys: everybodys!,
    evil: evil!,
    otherPort: Number(new URL(url).port),
    async stop() {
      await browser.close();
      other.close();
      other.closeAllConnections();
      await pages.stop();
    },
  };
}
