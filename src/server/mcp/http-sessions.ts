// Sessions of the older era over HTTP: begun by `initialize`, known by a random id, ended by the client, by time or to make
// room. A session belongs to the access key that began it; for every other it does not exist.

import { randomUUID } from "node:crypto";
import { MCP_SESSION_IDLE_MS_MAX, MCP_SESSIONS_MAX, MCP_SESSIONS_PER_KEY_MAX } from "../../protocol/limits.ts";
import type { MessageEvents } from "./message-events.ts";
import { OpenRequests } from "./open-requests.ts";

export class HttpSession {
  readonly id = randomUUID();
  readonly keyId: string;
  readonly requests = new OpenRequests();
  readonly #now: () => number;
  #usedAt: number;
  #stream: MessageEvents | undefined;

  constructor(keyId: string, now: () => number) {
    this.keyId = keyId;
    this.#now = now;
    this.#usedAt = now();
  }

  get usedAt(): number {
    return this.#usedAt;
  }

  /** To be called when something is asked in it, and when what was open in it is over. */
  touch(): void {
    this.#usedAt = this.#now();
  }

  /** The client's way to hear of what no request of its own led to. A new one takes the place of the one before. */
  listen(stream: MessageEvents): void {
    this.#stream?.end();
    this.#stream = stream;
  }

  unlisten(stream: MessageEvents): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    this.touch();
  }

  tell(text: string): void {
    this.#stream?.send(text);
  }

  get isBusy(): boolean {
    return this.#stream !== undefined || this.requests.size > 0;
  }

  endStream(): void {
    this.#stream?.end();
    this.#stream = undefined;
  }

  close(): void {
    this.endStream();
    this.requests.cancelAll();
  }
}

export class HttpSessions {
  readonly #sessions = new Map<string, HttpSession>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Nothing when there are too many that are all in use. */
  begin(keyId: string): HttpSession | undefined {
    this.sweep();
    if (!this.#makeRoom(keyId)) return undefined;
    const session = new HttpSession(keyId, this.#now);
    this.#sessions.set(session.id, session);
    return session;
  }

  find(id: string, keyId: string): HttpSession | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined || session.keyId !== keyId || this.#isIdle(session)) return undefined;
    session.touch();
    return session;
  }

  end(session: HttpSession): void {
    this.#sessions.delete(session.id);
    session.close();
  }

  tellAll(text: string): void {
    for (const session of this.#sessions.values()) session.tell(text);
  }

  /** Ends sessions that nobody used for long. */
  sweep(): void {
    for (const session of this.#sessions.values()) {
      if (this.#isIdle(session)) this.end(session);
    }
  }

  endStreams(): void {
    for (const session of this.#sessions.values()) session.endStream();
  }

  closeAll(): void {
    for (const session of this.#sessions.values()) this.end(session);
  }

  #isIdle(session: HttpSession): boolean {
    return !session.isBusy && this.#now() - session.usedAt > MCP_SESSION_IDLE_MS_MAX;
  }

  /**
   * Clients come back with a new session when theirs is gone; the one that was idle longest misses it least. Nobody loses
   * one to a key that has more already.
   */
  #makeRoom(keyId: string): boolean {
    const byKey = Map.groupBy(this.#sessions.values(), (session) => session.keyId);
    const own = byKey.get(keyId) ?? [];
    if (own.length >= MCP_SESSIONS_PER_KEY_MAX) return this.#endIdle(own);
    if (this.#sessions.size < MCP_SESSIONS_MAX) return true;
    const others = [...byKey.values()].filter((sessions) => sessions !== own && sessions.length > own.length);
    const mostFirst = others.sort((one, other) => other.length - one.length);
    return [...mostFirst, own].some((sessions) => this.#endIdle(sessions));
  }

  #endIdle(sessions: readonly HttpSession[]): boolean {
    let oldest: HttpSession | undefined;
    for (const session of sessions) {
      if (!session.isBusy && (oldest === undefined || session.usedAt < oldest.usedAt)) oldest = session;
    }
    if (oldest !== undefined) this.end(oldest);
    return oldest !== undefined;
  }
}
