// Whose statement is next. A plugin that is loaded anew has two runners for a while, and there is one connection: while one
// of them has begun a transaction, the statements of the other wait for its end, as with two connections; but not for ever
// for one that its runner has left lying. Statements of one
// runner are handed out one after the other without waiting: the process of the database answers them in their order.

import { type StatementResult, sqlError, stopped } from "./statement-result.ts";

export interface Statement {
  readonly placeId: string;
  /** Stands for the runner that asks: a transaction that it leaves open is rolled back when it is gone. */
  readonly runner: object;
  readonly kind: "exec" | "query";
  readonly sql: string;
  readonly params: string | null;
}

export interface Waiting {
  readonly statement: Statement;
  answer(result: StatementResult): void;
}

interface Entry extends Waiting {
  /** When its runner was found to have to wait for another one's transaction. */
  blockedAt?: number;
  /** Runs while another runner's transaction is in the way. */
  timer?: NodeJS.Timeout;
}

/** The same words as SQLite has for it. */
const LOCKED = "database is locked";

export class StatementQueue {
  /** How long a statement waits for another runner's transaction. */
  readonly #busyMs: number;
  readonly #onAbandoned: (holder: object) => void;
  readonly #waiting: Entry[] = [];
  /** Handed out and not answered, all of one runner. */
  #out = 0;
  #outFor: object | undefined;
  #holder: object | undefined;
  /** When a statement of the holder's was last under way. */
  #holderUsedAt = 0;

  /** @param onAbandoned is told of a transaction that its runner did nothing about for `busyMs` while another waited. */
  constructor(busyMs: number, onAbandoned: (holder: object) => void) {
    this.#busyMs = busyMs;
    this.#onAbandoned = onAbandoned;
  }

  /** The runner that has begun a transaction. */
  get holder(): object | undefined {
    return this.#holder;
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Nothing waits, nothing is under way, and nothing waits for a COMMIT. */
  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#out === 0 && this.#holder === undefined;
  }

  /** Whether statements of this runner are under way. */
  isOutFor(runner: object): boolean {
    return this.#out > 0 && this.#outFor === runner;
  }

  add(waiting: Waiting): void {
    this.#waiting.push(waiting);
  }

  /** The statement that may be sent now; it counts as under way until `done`. */
  take(): Waiting | undefined {
    const holder = this.#holder;
    const index = holder === undefined ? 0 : this.#waiting.findIndex(({ statement }) => statement.runner === holder);
    const next = this.#waiting[index];
    if (next === undefined || (this.#out > 0 && this.#outFor !== next.statement.runner)) {
      if (holder !== undefined) this.#limitWaiting();
      return undefined;
    }
    this.#waiting.splice(index, 1);
    clearTimeout(next.timer);
    this.#out++;
    this.#outFor = next.statement.runner;
    return next;
  }

  /** A statement was answered. */
  done(): void {
    this.#out--;
    this.#holderUsedAt = performance.now();
  }

  /** A runner has begun a transaction, or, with nothing, ended it. */
  hold(runner: object | undefined): void {
    this.#holder = runner;
  }

  /** Answers those that wait and are meant: they are not run any more. */
  refuse(result: StatementResult, isMeant: (waiting: Waiting) => boolean = () => true): void {
    for (const entry of this.#waiting.filter(isMeant)) this.#refuse(entry, result);
  }

  #refuse(entry: Entry, result: StatementResult): void {
    this.#waiting.splice(this.#waiting.indexOf(entry), 1);
    clearTimeout(entry.timer);
    entry.answer(result);
  }

  #limitWaiting(): void {
    for (const entry of this.#waiting) {
      entry.blockedAt ??= performance.now();
      entry.timer ??= setTimeout(() => this.#waitedLong(entry), this.#busyMs);
    }
  }

  #waitedLong(entry: Entry): void {
    const holder = this.#holder;
    const isAbandoned = holder !== undefined && this.#out === 0 && this.#holderUsedAt <= entry.blockedAt!;
    if (!isAbandoned) return this.#refuse(entry, sqlError(LOCKED));
    delete entry.blockedAt;
    delete entry.timer;
    this.#onAbandoned(holder);
  }
}

export const CLOSED = stopped("the database was closed in the middle of this");
export const ENDED = stopped("the database is closed: the plugin, or its host, is ending");
export const LOST = stopped("what was not committed was rolled back: the database was closed, or others waited for it");
