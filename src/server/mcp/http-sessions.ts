// Sessions of the older era over HTTP: begun by `initialize`, known by a random id, ended by the client, by time or to make
// room. A session belongs to the access key that began it; for every other it does not exist.

import { randomUUID } from "node:crypto";
import { MCP_SESSION_IDLE_MS_MAX, MCP_SESSIONS_MAX } from "../../protocol/limits.ts";
import type { EventStream } from "./event-stream.ts";
import { OpenRequests } from "./open-requests.ts";

export class HttpSession {
  readonly id = randomUUID();
  readonly keyId: string;
  readonly requests = new OpenRequests();
  usedAt = 0;
  #stream: EventStream | undefined;

  constructor(keyId: string) {
    this.keyId = keyId;
  }

  /** The client's way to hear of what no request of its own led to. A new one takes the place of the one before. */
  listen(stream: EventStream): void {
    this.#stream?.end();
    this.#stream = stream;
  }

  unlisten(stream: EventStream): void {
    if (this.#stream === stream) this.#stream = undefined;
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
    if (this.#sessions.size >= MCP_SESSIONS_MAX && !this.#makeRoom()) return undefined;
    const session = new HttpSession(keyId);
    session.usedAt = this.#now();
    this.#sessions.set(session.id, session);
    return session;
  }

  find(id: string, keyId: string): HttpSession | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined || session.keyId !== keyId || this.#isIdle(session)) return undefined;
    session.usedAt = this.#now();
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

  /** Clients come back with a new session when theirs is gone; the one that was idle longest misses it least. */
  #makeRoom(): boolean {
    let oldest: HttpSession | undefined;
    for (const session of this.#sessions.values()) {
      if (!session.isBusy && (oldest === undefined || session.usedAt < oldest.usedAt)) oldest = session;
    }
    if (oldest !== undefined) this.end(oldest);
    return oldest !== undefined;
  }
}
