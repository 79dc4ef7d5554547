// Who may see the owner's pages of one plugin in a browser: whoever opened them with a one-time link, for as long as the
// session lives that begins with it. All of it is in memory; a host that starts anew knows no sessions.
//
// Codes and cookies are 256 random bits and are kept as their hashes: how long a look-up takes tells nothing of them.

import { createHash, randomBytes } from "node:crypto";
import { WEB_LINK_MS_MAX, WEB_LINKS_MAX, WEB_SESSION_MS_MAX, WEB_SESSIONS_MAX } from "../../protocol/limits.ts";

export interface WebSession {
  readonly pluginId: string;
  /** A UUID in capital letters. */
  readonly agentId: string;
  /** Of the access key that asked for the link: what it began ends with it. */
  readonly keyId: string;
  /** Set for a page in a frame of the dashboard: the origins that the dashboard has. */
  readonly framedBy?: readonly string[];
}

interface Kept {
  readonly session: WebSession;
  /** On the clock that was given. */
  readonly untilMs: number;
}

const SECRET_BYTES = 32;

export class WebSessions {
  readonly #links = new Map<string, Kept>();
  readonly #sessions = new Map<string, Kept>();
  readonly #clock: () => number;

  /** @param clock in milliseconds; one that nobody sets, so that no session lives longer for it. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** A code that is good for one use, for WEB_LINK_MS_MAX. Of too many that nobody used the oldest is forgotten. */
  issue(session: WebSession): string {
    return this.#keep(this.#links, WEB_LINKS_MAX, session, WEB_LINK_MS_MAX);
  }

  /**
   * Begins a session with a code; gives the value of its cookie. Undefined: the code is none, or none any more, or it is for
   * the other kind of page, in a frame or not.
   */
  redeem(
    code: string,
    pluginId: string,
    isFramed = false,
  ): { readonly cookie: string; readonly session: WebSession } | undefined {
    const name = hashOf(code);
    const session = this.#live(this.#links, name, pluginId);
    if (session === undefined || isFramed !== (session.framedBy !== undefined)) return undefined;
    this.#links.delete(name);
    return { cookie: this.#keep(this.#sessions, WEB_SESSIONS_MAX, session, WEB_SESSION_MS_MAX), session };
  }

  /** The session of a cookie, for that plugin only. */
  find(cookie: string, pluginId: string): WebSession | undefined {
    return this.#live(this.#sessions, hashOf(cookie), pluginId);
  }

  #live(kept: Map<string, Kept>, name: string, pluginId: string): WebSession | undefined {
    const found = kept.get(name);
    if (found === undefined || found.session.pluginId !== pluginId) return undefined;
    if (this.#clock() < found.untilMs) return found.session;
    kept.delete(name);
    return undefined;
  }

  #keep(kept: Map<string, Kept>, max: number, session: WebSession, ms: number): string {
    const secret = randomBytes(SECRET_BYTES).toString("base64url");
    // All live equally long, so the first is the oldest.
    if (kept.size >= max) kept.delete(kept.keys().next().value!);
    kept.set(hashOf(secret), { session, untilMs: this.#clock() + ms });
    return secret;
  }
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
