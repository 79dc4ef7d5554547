// The dashboard as the server knows it: where it is found, who is signed in to it, and what lets in there.

import type { IncomingMessage } from "node:http";
import type { AccessKey } from "../../host/access-keys-host.ts";
import type { Permit } from "../key-watch.ts";
import type { ServerHost } from "../server-host.ts";
import { connectionUser } from "./connection-user.ts";
import { clearSessionCookie, sessionCookies, setSessionCookie } from "./dashboard-cookie.ts";
import { isForDashboard, isSameOrigin, type Reached } from "./dashboard-origin.ts";
import { type DashboardSession, DashboardSessions } from "./dashboard-sessions.ts";
import { SignInTries } from "./sign-in-tries.ts";

export interface SignedIn {
  readonly kind: "signed in";
  readonly session: DashboardSession;
  readonly cookie: string;
  readonly permit: Permit;
}

/** What a request's cookies are worth: "ended" when there was a session once, or there is one of another host. */
export type SignInState = SignedIn | { readonly kind: "ended" } | { readonly kind: "nobody" };

export class Dashboard {
  readonly #host: Pick<ServerHost, "accessKeys">;
  readonly #reached: Reached;
  readonly #sessions: DashboardSessions;
  readonly tries: SignInTries;

  /** @param clock in milliseconds; one that nobody sets. */
  constructor(host: Pick<ServerHost, "accessKeys">, reached: Reached, clock?: () => number) {
    this.#host = host;
    this.#reached = reached;
    this.#sessions = new DashboardSessions(clock);
    this.tries = new SignInTries(clock);
  }

  /** Whether its pages are found at the name that a request asks for. */
  isFoundBy(request: IncomingMessage): boolean {
    return isForDashboard(request, this.#reached);
  }

  /** Whether one of its own pages asks. */
  isAskedByItself(request: IncomingMessage): boolean {
    return this.isFoundBy(request) && isSameOrigin(request, this.#reached);
  }

  /** Cookies are looked at where one of the dashboard's own pages asks, and nothing else says who it is. */
  async signedIn(request: IncomingMessage): Promise<SignInState> {
    const cookies = sessionCookies(request);
    const mayCount = request.headers.authorization === undefined && this.isAskedByItself(request);
    if (cookies.length === 0 || !mayCount) return { kind: "nobody" };
    for (const cookie of cookies) {
      const session = this.#sessions.find(cookie);
      if (session === undefined || session.user !== connectionUser(request.socket)) continue;
      const holds = async () => this.#sessions.find(cookie) === session && (await this.#isLive(session.key));
      if (await holds()) return { kind: "signed in", session, cookie, permit: { kind: "permit", of: session, holds } };
    }
    return { kind: "ended" };
  }

  /** A code for one use that signs in with this key. */
  issueCode(key: AccessKey): string {
    return this.#sessions.issue(key);
  }

  /** The key that a code stands for; undefined when it is none, none any more, or its key lets nobody in. */
  async redeemCode(code: string): Promise<AccessKey | undefined> {
    const key = this.#sessions.redeem(code);
    return key !== undefined && (await this.#isLive(key)) ? key : undefined;
  }

  /** Begins a session; whatever the browser brought ends. Gives the value of a `Set-Cookie`. */
  begin(request: IncomingMessage, key: AccessKey): { readonly setCookie: string; readonly session: DashboardSession } {
    for (const old of sessionCookies(request)) this.#sessions.end(old);
    const { cookie, session } = this.#sessions.begin(key, connectionUser(request.socket));
    return { setCookie: setSessionCookie(request, cookie, this.#reached), session };
  }

  /** The same of a `Set-Cookie` that takes it back. */
  end(request: IncomingMessage): string {
    for (const old of sessionCookies(request)) this.#sessions.end(old);
    return clearSessionCookie(request, this.#reached);
  }

  async #isLive({ id }: AccessKey): Promise<boolean> {
    return await (await this.#host.accessKeys()).isLive(id);
  }
}
