// Who is signed in to the dashboard: whoever brought a one-time code or an access key, for as long as that key lets in, and no
// longer than WEB_SESSION_MS_MAX.

import type { AccessKey } from "../../host/access-keys-host.ts";
import { WEB_LINK_MS_MAX, WEB_LINKS_MAX, WEB_SESSION_MS_MAX, WEB_SESSIONS_MAX } from "../../protocol/limits.ts";
import { KeptSecrets } from "../kept-secrets.ts";

export interface DashboardSession {
  /** That asked for the link, or was typed: what it began ends with it. */
  readonly key: AccessKey;
  /** When it ends at the latest: an ISO time. */
  readonly until: string;
  /** Whose browser it is, where that is known: see `connectionUser`. Nobody else's program may use it. */
  readonly user: number | undefined;
}

interface Begun {
  /** The value of its cookie. */
  readonly cookie: string;
  readonly session: DashboardSession;
}

export class DashboardSessions {
  readonly #codes: KeptSecrets<AccessKey>;
  readonly #sessions: KeptSecrets<DashboardSession>;

  /** @param clock see `KeptSecrets`. */
  constructor(clock?: () => number) {
    this.#codes = new KeptSecrets({ max: WEB_LINKS_MAX, msMax: WEB_LINK_MS_MAX }, clock);
    this.#sessions = new KeptSecrets({ max: WEB_SESSIONS_MAX, msMax: WEB_SESSION_MS_MAX }, clock);
  }

  /** A code that is good for one use, for WEB_LINK_MS_MAX. */
  issue(key: AccessKey): string {
    return this.#codes.keep(key);
  }

  /** The key that asked for the code, which is worth nothing from now on. Whether that key still lets in is the caller's to ask. */
  redeem(code: string): AccessKey | undefined {
    return this.#codes.take(code);
  }

  begin(key: AccessKey, user: number | undefined): Begun {
    const ends = new Date(Date.now() + WEB_SESSION_MS_MAX).toISOString();
    const until = key.expiresAt !== null && key.expiresAt < ends ? key.expiresAt : ends;
    const session = { key, until, user };
    return { cookie: this.#sessions.keep(session), session };
  }

  find(cookie: string): DashboardSession | undefined {
    return this.#sessions.find(cookie);
  }

  end(cookie: string): void {
    this.#sessions.take(cookie);
  }
}
