// A plugin's page, opened in a real browser as its documents say ("Osaurus: Routes and Web UIs"), and what every such page
// should be able to do. Each check fails with what a page's author needs to know.

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { WatchedPage } from "./watch-page.ts";

export interface PluginPageOptions {
  /** What somebody opened: with the agent in its query, or with a code for one use. */
  readonly url: string;
  /** The path of the web UI's mount, as in `/plugins/dev.example.MyPlugin/ui`; no slash at the end. */
  readonly mount: string;
  /** In capital letters. */
  readonly agentId: string;
}

/** Opens it and waits until it has loaded all that it asks for; fails when it is not shown. */
export async function openPluginPage(watched: WatchedPage, options: PluginPageOptions): Promise<PluginPage> {
  const answer = await watched.page.goto(options.url, { waitUntil: "networkidle" });
  assert.equal(answer?.status(), 200, `the page was not shown: ${answer?.status()} for ${answer?.url()}`);
  return new PluginPage(watched, options);
}

export class PluginPage {
  readonly page: Page;
  readonly #watched: WatchedPage;
  readonly #options: PluginPageOptions;

  constructor(watched: WatchedPage, options: PluginPageOptions) {
    this.page = watched.page;
    this.#watched = watched;
    this.#options = options;
  }

  /** Nothing that it asked for was refused or missing, and nothing in it failed. */
  checkLoaded(): void {
    const { answers, problems } = this.#watched;
    const refused = answers.filter(({ status, kind }) => status >= 400 && kind !== "other");
    const lines = refused.map(({ status, method, url }) => `${status} for ${method} ${url}`);
    assert.deepEqual([...lines, ...problems], [], "the page did not load wholly");
  }

  /** `window.__osaurus` is there, and its `fetch` says for which agent the page was opened; gives the answer's status. */
  async checkFetch(path: string): Promise<number> {
    const { agentId } = this.#options;
    const known = await this.page.evaluate<{ agentId: string; baseUrl: string }>("({ ...window.__osaurus })");
    assert.equal(known.agentId, agentId, "window.__osaurus.agentId");
    const [request] = await Promise.all([
      this.page.waitForRequest((one) => new URL(one.url()).pathname === `${known.baseUrl}${path}`),
      this.page.evaluate(
        `window.__osaurus.fetch(${JSON.stringify(known.baseUrl + path)}).then((answer) => answer.text())`,
      ),
    ]);
    assert.equal(await request.headerValue("x-osaurus-agent-id"), agentId, "the agent's header was not carried on");
    return (await request.response())!.status();
  }

  /** An address inside the page shows the page, also when it is loaded anew. */
  async checkDeepLink(path: string): Promise<void> {
    const { mount } = this.#options;
    const title = await this.page.title();
    const to = new URL(`${mount}${path}${new URL(this.page.url()).search}`, this.page.url()).href;
    for (const answer of [await this.page.goto(to), await this.page.reload()]) {
      assert.equal(answer?.status(), 200, `${path} was not shown`);
      assert.equal(await this.page.title(), title, `${path} shows another page`);
    }
    await this.page.goBack();
  }

  /** HEAD says of a file what GET says, without its bytes. */
  async checkHead(path: string): Promise<void> {
    const ask = (method: string) =>
      this.page.evaluate<{ status: number; type: string | null; length: string | null; bytes: number }>(`(async () => {
        const answer = await fetch(${JSON.stringify(`${this.#options.mount}${path}`)}, { method: "${method}", cache: "no-store" });
        const { headers, status } = answer;
        const { byteLength: bytes } = await answer.arrayBuffer();
        return { status, type: headers.get("content-type"), length: headers.get("content-length"), bytes };
      })()`);
    const [get, head] = [await ask("GET"), await ask("HEAD")];
    assert.equal(get.length, String(get.bytes), "content-length");
    assert.deepEqual(head, { ...get, bytes: 0 }, "HEAD says something else than GET");
  }

  /** Beside the mount there is nothing of the page. */
  async checkNothingOutside(path = "/no-such-path"): Promise<void> {
    const outside = `${this.#options.mount.slice(0, this.#options.mount.lastIndexOf("/"))}${path}`;
    const status = await this.page.evaluate(
      `window.__osaurus.fetch(${JSON.stringify(outside)}).then(({ status }) => status)`,
    );
    assert.equal(status, 404, `${outside} should not be there`);
  }
}
