// Who may see the owner's pages of one plugin in a browser: whoever opened them with a one-time link, for as long as the
// session lives that begins with it.

import { WEB_LINK_MS_MAX, WEB_LINKS_MAX, WEB_SESSION_MS_MAX, WEB_SESSIONS_MAX } from "../../protocol/limits.ts";
import { KeptSecrets } from "../kept-secrets.ts";

export interface WebSession {
  readonly pluginId: string;
  /** A UUID in capital letters. */
  readonly agentId: string;
  /** Of the access key that asked for the link: what it began ends with it. */
  readonly keyId: string;
  /** Set for a page in a frame of the dashboard: the origins that the dashboard has. */
  readonly framedBy?: readonly string[];
}

export class WebSessions {
  readonly #links: KeptSecrets<WebSession>;
  readonly #sessions: KeptSecrets<WebSession>;

  /** @param clock see `KeptSecrets`. */
  constructor(clock?: () => number) {
    this.#links = new KeptSecrets({ max: WEB_LINKS_MAX, msMax: WEB_LINK_MS_MAX }, clock);
    this.#sessions = new KeptSecrets({ max: WEB_SESSIONS_MAX, msMax: WEB_SESSION_MS_MAX }, clock);
  }

  /** A code that is good for one use, for WEB_LINK_MS_MAX. Of too many that nobody used the oldest is forgotten. */
  issue(session: WebSession): string {
    return this.#links.keep(session);
  }

  /**
   * Begins a session with a code; gives the value of its cookie. Undefined: the code is none, or none any more, or it is for
   * another plugin or the other kind of page, in a frame or not; then it stays good for what it is for.
   */
  redeem(
    code: string,
    pluginId: string,
    isFramed = false,
  ): { readonly cookie: string; readonly session: WebSession } | undefined {
    const session = this.#links.find(code);
    if (session?.pluginId !== pluginId || isFramed !== (session.framedBy !== undefined)) return undefined;
    this.#links.take(code);
    return { cookie: this.#sessions.keep(session), session };
  }

  /** The session of a cookie, for that plugin only. */
  find(cookie: string, pluginId: string): WebSession | undefined {
    const session = this.#sessions.find(cookie);
    return session?.pluginId === pluginId ? session : undefined;
  }
}
