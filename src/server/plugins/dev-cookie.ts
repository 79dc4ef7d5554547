// The cookie by which pages that come from a dev server may load what their author's tools put at the root of the host name,
// as `/@vite/client`. It is given with a page to whoever was let in to that, on the plugin's own host name, and says for which
// agent that was. It opens nothing but the dev server.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { WEB_SESSION_MS_MAX, WEB_SESSIONS_MAX } from "../../protocol/limits.ts";
import type { Permit } from "../key-watch.ts";
import { cookieValues } from "./cookies.ts";

const DEV_COOKIE = "osr_dev";
const SECRET_BYTES = 32;

/** What a cookie was given for. */
export interface DevAccess {
  readonly agentId: string;
  /** What let the page in; what its cookie lets in ends with it. Undefined: the page was everybody's on this machine. */
  readonly permit: Permit | undefined;
}

const NO_PERMIT = "0";

export class DevCookies {
  /** Another one each time the host starts. */
  readonly #secret = randomBytes(SECRET_BYTES);
  readonly #clock: () => number;
  /** By their names in cookies, and their names by what is one permit. */
  readonly #permits = new Map<string, Permit>();
  readonly #namesOf = new Map<unknown, string>();
  #permitCount = 0;

  /** @param clock in milliseconds; one that nobody sets. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** The value of a `Set-Cookie`. */
  issue(pluginId: string, { agentId, permit }: DevAccess): string {
    const until = Math.floor(this.#clock() + WEB_SESSION_MS_MAX);
    const by = permit === undefined ? NO_PERMIT : this.#nameOf(permit);
    const mac = this.#mac(pluginId, agentId, until, by).toString("base64url");
    return `${DEV_COOKIE}=${agentId}.${until}.${by}.${mac}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** What such a cookie was given for. Whether its permit still holds is the caller's to ask. */
  accessOf(header: string | undefined, pluginId: string): DevAccess | undefined {
    for (const value of cookieValues(header, DEV_COOKIE)) {
      const [, agentId, until, by, given] = /^([\w-]+)\.(\d{1,15})\.(\d{1,15})\.([\w-]{43})$/.exec(value) ?? [];
      if (agentId === undefined || this.#clock() >= Number(until)) continue;
      const mac = this.#mac(pluginId, agentId, Number(until), by!);
      if (!timingSafeEqual(mac, Buffer.from(given!, "base64url"))) continue;
      const permit = this.#permits.get(by!);
      if (by === NO_PERMIT || permit !== undefined) return { agentId, permit };
    }
    return undefined;
  }

  /** One name for all pages that the same key or session let in. Of too many the oldest is forgotten. */
  #nameOf(permit: Permit): string {
    const known = this.#namesOf.get(permit.of);
    if (known !== undefined) return known;
    if (this.#permits.size >= WEB_SESSIONS_MAX) {
      const [name, { of }] = this.#permits.entries().next().value!;
      this.#permits.delete(name);
      this.#namesOf.delete(of);
    }
    const name = String(++this.#permitCount);
    this.#permits.set(name, permit);
    this.#namesOf.set(permit.of, name);
    return name;
  }

  #mac(pluginId: string, agentId: string, until: number, by: string): Buffer {
    return createHmac("sha256", this.#secret)
      .update(JSON.stringify([pluginId, agentId, until, by]))
      .digest();
  }
}
