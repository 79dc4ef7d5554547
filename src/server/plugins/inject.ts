// What the host puts into the HTML pages of plugins: one script that says whose page it is, and for which agent
// ("Osaurus: Web UIs").

import { HtmlPlace } from "./inject-stream.ts";

interface PageFacts {
  readonly pluginId: string;
  readonly agentId: string;
  /** Below the plugin; empty, or begins with "/". */
  readonly apiMount: string;
}

/**
 * `window.__osaurus`. Its members cannot be changed, and a page may add others. `fetch` names the agent to this host and to
 * nobody else; it asks as the browser's own would, whatever a page put in place of that later.
 */
const PROGRAM = `((facts) => {
  const { Request, URL, location, fetch } = window;
  const osaurus = {
    ...facts,
    async fetch(input, init) {
      const request = new Request(input, init);
      const name = "X-Osaurus-Agent-Id";
      const isOwn = new URL(request.url).origin === location.origin;
      if (isOwn && !request.headers.has(name)) request.headers.set(name, facts.agentId);
      return fetch.call(window, request);
    },
  };
  for (const name of Object.keys(osaurus)) Object.defineProperty(osaurus, name, { writable: false, configurable: false });
  window.__osaurus = osaurus;
  Object.defineProperty(window, "__osaurus", { writable: false });
})`;
const PROGRAM_LINE = PROGRAM.replace(/\n\s*/g, " ");

/** Of ASCII alone, so that it is the same in whatever charset the page is. */
export function osaurusScript({ pluginId, agentId, apiMount }: PageFacts): string {
  const baseUrl = `/plugins/${pluginId}`;
  const facts = { pluginId, agentId, baseUrl, apiUrl: `${baseUrl}${apiMount}` };
  return `<script>${PROGRAM_LINE}(${asciiJson(facts)});</script>`;
}

/** The page with the script in its place. */
export function injectedPage(bytes: Buffer, script: string): Buffer {
  const place = new HtmlPlace();
  place.push(bytes);
  return Buffer.concat(place.split(script));
}

/** Nothing in it ends a script or begins a comment; what is beyond ASCII is escaped. */
function asciiJson(value: unknown): string {
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replace(/[<>&\u007f-\uffff]/g, escaped);
}
