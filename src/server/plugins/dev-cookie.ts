// The cookie by which pages that come from a dev server may load what their author's tools put at the root of the host name,
// as `/@vite/client`. It is given with a page to whoever was let in to that, on the plugin's own host name, and says for which
// agent that was. It opens nothing but the dev server.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { WEB_SESSION_MS_MAX } from "../../protocol/limits.ts";
import { cookieValues } from "./cookies.ts";

const DEV_COOKIE = "osr_dev";
const SECRET_BYTES = 32;

export class DevCookies {
  /** Another one each time the host starts. */
  readonly #secret = randomBytes(SECRET_BYTES);
  readonly #clock: () => number;

  /** @param clock in milliseconds; one that nobody sets. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** The value of a `Set-Cookie`. */
  issue(pluginId: string, agentId: string): string {
    const until = Math.floor(this.#clock() + WEB_SESSION_MS_MAX);
    const mac = this.#mac(pluginId, agentId, until).toString("base64url");
    return `${DEV_COOKIE}=${agentId}.${until}.${mac}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** The agent that such a cookie was given for. */
  agentOf(header: string | undefined, pluginId: string): string | undefined {
    for (const value of cookieValues(header, DEV_COOKIE)) {
      const [, agentId, until, given] = /^([\w-]+)\.(\d{1,15})\.([\w-]{43})$/.exec(value) ?? [];
      if (agentId === undefined || this.#clock() >= Number(until)) continue;
      const mac = this.#mac(pluginId, agentId, Number(until));
      if (timingSafeEqual(mac, Buffer.from(given!, "base64url"))) return agentId;
    }
    return undefined;
  }

  #mac(pluginId: string, agentId: string, until: number): Buffer {
    return createHmac("sha256", this.#secret)
      .update(JSON.stringify([pluginId, agentId, until]))
      .digest();
  }
}
