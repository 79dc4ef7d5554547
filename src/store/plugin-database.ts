// The database of one plugin while its host runs: opened at the first statement, closed when it was not used for a while.
//
//   closed   --statement-->  opening  --ok-->  open  --idle, close, its process ended, the file was damaged-->  closed
//                               |
//                               +-- failed: everybody who waits gets the reason --> closed
//   any      --end-->  ended: nothing is opened any more
//
// In which order statements are sent is the business of statement-queue.ts.

import { HostError, toHostError } from "../protocol/errors.ts";
import { DATABASE_ANSWER_BYTES_MAX, DATABASE_CLOSE_GRACE_MS, STATEMENT_GONE_GRACE_MS } from "../protocol/limits.ts";
import { removeOwnerNote } from "./database-files.ts";
import type { DatabaseProcess } from "./database-process.ts";
import { DatabaseFailure, type RunResult } from "./database-result.ts";
import { type DatabasePlace, damaged, openDatabase } from "./open-database.ts";
import { CLOSED, ENDED, LOST, type Statement, StatementQueue, type Waiting } from "./statement-queue.ts";
import { failureOf, resultOf, type StatementResult, stopped, timedOut } from "./statement-result.ts";

export interface PluginDatabaseOptions extends Omit<DatabasePlace, "signal"> {
  readonly statementMs: number;
  readonly idleMs: number;
}

const IDLE_LOOK_MS_MAX = 1_000;

export class PluginDatabase {
  readonly #options: PluginDatabaseOptions;
  /** Set while open. */
  #process: DatabaseProcess | undefined;
  /** Set while nothing can be sent: it is being opened, closed, rolled back or looked at. */
  #busy: Promise<void> | undefined;
  #isEnded = false;
  /** Aborted by closing, so that an opening learns that nobody wants it any more. */
  #wanted = new AbortController();
  readonly #queue: StatementQueue;
  /** A statement has set something that would be gone with the process. */
  #hasSettings = false;
  /** What was sent last, and when something was answered last. */
  #lastSent: Promise<void> | undefined;
  #answeredAt = 0;
  /** The last one that ended before it had answered everything. */
  #failed: DatabaseProcess | undefined;
  /** Runners whose transaction was rolled back without their doing, and which were not told yet. */
  readonly #untold = new Set<object>();
  readonly #gone = new WeakSet<object>();
  #idle: NodeJS.Timeout | undefined;
  /** Finds out whether the file is damaged; set while it does. */
  #inspection: Promise<HostError | undefined> | undefined;
  /** When another host was last found to have it open. */
  #inUseAt = Number.NEGATIVE_INFINITY;
  /** Codes of failures to open that were warned of. */
  readonly #warned = new Set<string>();

  constructor(options: PluginDatabaseOptions) {
    this.#options = options;
    this.#queue = new StatementQueue(options.busyMs, (holder) => void this.#takeBack(holder));
  }

  /** Runs one statement. Never fails: what goes wrong is in the result. */
  async run(statement: Statement): Promise<StatementResult> {
    const { runner } = statement;
    if (this.#isEnded || this.#gone.has(runner)) return ENDED;
    if (this.#untold.delete(runner)) return LOST;
    return await new Promise<StatementResult>((answer) => {
      this.#queue.add({ statement, answer });
      this.#sendMore();
    });
  }

  /**
   * Rolls back what the runner has begun and not committed; nothing more is run for it. What is under way for it is ended
   * with the process when it does not end soon: nobody waits for it any more, and others do.
   */
  async runnerGone(runner: object): Promise<void> {
    this.#gone.add(runner);
    this.#queue.refuse(ENDED, ({ statement }) => statement.runner === runner);
    this.#untold.delete(runner);
    const isOut = () => this.#queue.isOutFor(runner);
    const timer = setTimeout(() => isOut() && this.#process?.kill(), STATEMENT_GONE_GRACE_MS);
    while (isOut()) await this.#lastSent;
    clearTimeout(timer);
    if (this.#queue.holder === runner) await this.#whenFree(() => this.#rollBack(runner));
  }

  /**
   * Closes it: what was sent is finished first, unless that takes too long; what was not sent is refused. The next
   * statement opens it again.
   */
  async close(): Promise<void> {
    this.#wanted.abort(new HostError("database_stopped", "the database was closed while it was opened"));
    this.#wanted = new AbortController();
    this.#queue.refuse(CLOSED);
    if (this.#inspection) this.#process?.kill();
    await this.#whenFree(() => this.#close());
  }

  /** Closes it for good. */
  async end(): Promise<void> {
    this.#isEnded = true;
    await this.close();
  }

  /** Sends what may be sent now; opens the database when that is what is missing. */
  #sendMore(): void {
    if (this.#busy || !this.#queue.hasWaiting) return;
    const process = this.#process;
    if (!process) return void this.#exclusively(() => this.#open());
    for (let next = this.#queue.take(); next; next = this.#queue.take()) this.#lastSent = this.#send(process, next);
  }

  /** Does something that no statement may be sent during; then sends what waits. One at a time; see `whenFree`. */
  #exclusively(work: () => Promise<void>): Promise<void> {
    const done = work().finally(() => {
      this.#busy = undefined;
      this.#sendMore();
    });
    this.#busy = done.catch(() => {}); // Whoever asked for it hears of its failure, not whoever waits for its end.
    return done;
  }

  async #whenFree(work: () => Promise<void>): Promise<void> {
    while (this.#busy) await this.#busy;
    await this.#exclusively(work);
  }

  async #open(): Promise<void> {
    const { signal } = this.#wanted;
    try {
      // Who waited for the other host just now does not wait for it again with each statement.
      const waitedAgoMs = performance.now() - this.#inUseAt;
      const busyMs = waitedAgoMs < this.#options.busyMs ? 0 : this.#options.busyMs;
      this.#begin(await openDatabase({ ...this.#options, busyMs, signal }));
      if (signal.aborted) await this.#close();
    } catch (error) {
      if (signal.aborted) return; // Everybody who waited for this was answered.
      const reason = toHostError(error);
      if (reason.code === "database_in_use") this.#inUseAt = performance.now();
      this.#warnOnce(reason);
      this.#queue.refuse(failureOf(reason));
    }
  }

  #begin(process: DatabaseProcess): void {
    this.#process = process;
    this.#hasSettings = false;
    void process.end.then(() => {
      this.#forget(process);
      this.#sendMore();
    });
    this.#warned.clear();
    this.#idle = setTimeout(() => void this.#closeIfIdle(), this.#options.idleMs).unref();
  }

  /** A plugin may ask for ever; whoever reads the log has seen it the first time. */
  #warnOnce({ code, message, hint }: HostError): void {
    if (code === "database_broken" || this.#warned.has(code)) return; // The former was said when the file was moved.
    this.#warned.add(code);
    this.#options.warn(hint === undefined ? message : `${message}; ${hint}`);
  }

  async #send(process: DatabaseProcess, { statement, answer }: Waiting): Promise<void> {
    const { runner, kind, sql, params } = statement;
    const sentAt = performance.now();
    this.#idle?.refresh();
    let result: StatementResult;
    try {
      const limits = { deadlineMs: this.#options.statementMs, answerBytesMax: DATABASE_ANSWER_BYTES_MAX };
      const outcome = await process.run(kind, sql, params, limits);
      if (process === this.#process) {
        this.#queue.hold(outcome.inTransaction ? runner : undefined);
        this.#hasSettings = outcome.hasSettings;
      }
      result = await this.#resultOf(process, outcome);
    } catch (error) {
      result = this.#resultOfFailure(process, error, sentAt);
    }
    this.#answeredAt = performance.now();
    // Whoever lost a transaction hears of it by this; but not by what SQLite says of something else.
    if (result.errorCode !== undefined && result.errorCode !== "sql_error") this.#untold.delete(runner);
    this.#queue.done();
    answer(result);
    this.#sendMore();
  }

  async #resultOf(process: DatabaseProcess, outcome: RunResult): Promise<StatementResult> {
    const looksDamaged = !outcome.ok && outcome.code === "corrupt" && this.#options.isInMemory !== true;
    const reason = looksDamaged ? await this.#inspect(process) : undefined;
    return reason === undefined ? resultOf(outcome, this.#options.statementMs) : failureOf(reason);
  }

  /** The process has ended, and with it what was not committed. Of all it had not answered, it worked on the first. */
  #resultOfFailure(process: DatabaseProcess, error: unknown, sentAt: number): StatementResult {
    if (!(error instanceof DatabaseFailure)) return failureOf(toHostError(error));
    const isFirst = process !== this.#failed;
    this.#failed = process;
    this.#forget(process);
    const { statementMs } = this.#options;
    const wasTooLong = performance.now() - Math.max(sentAt, this.#answeredAt) >= statementMs;
    return isFirst && wasTooLong ? timedOut(statementMs) : stopped(error.message);
  }

  /**
   * Whether the file really is damaged; then it is put aside, and this gives the error that says so. What decides is a
   * process that has seen none of the plugin's statements: they can bring SQLite to take a sound file for a damaged one.
   */
  #inspect(process: DatabaseProcess): Promise<HostError | undefined> {
    this.#inspection ??= (async () => {
      let reason: HostError | undefined;
      await this.#whenFree(async () => {
        if (process !== this.#process || (await isSound(process))) return;
        await this.#close();
        reason = await this.#openAndCheck();
      });
      return reason;
    })().finally(() => {
      this.#inspection = undefined;
    });
    return this.#inspection;
  }

  /** Opens the file anew. Gives what to tell of it if it is damaged; it was put aside then. */
  async #openAndCheck(): Promise<HostError | undefined> {
    let process: DatabaseProcess;
    try {
      process = await openDatabase({ ...this.#options, signal: this.#wanted.signal });
    } catch (error) {
      return toHostError(error);
    }
    this.#begin(process);
    if (await isSound(process)) return undefined;
    process.kill();
    await process.end;
    this.#forget(process);
    return damaged(this.#options);
  }

  /** Others wait, and the runner does nothing about its transaction: it hears of its end with its next statement. */
  async #takeBack(runner: object): Promise<void> {
    await this.#whenFree(async () => {
      if (this.#queue.holder !== runner) return;
      await this.#rollBack(runner);
      if (!this.#gone.has(runner)) this.#untold.add(runner);
    });
  }

  /** Whoever asked for it holds the transaction, if there still is one. */
  async #rollBack(runner: object): Promise<void> {
    const process = this.#process;
    if (!process || this.#queue.holder !== runner) return;
    try {
      await process.rollback();
      this.#queue.hold(undefined);
    } catch {
      process.kill(); // That rolls back as well.
      await process.end;
      this.#forget(process);
    }
  }

  async #closeIfIdle(): Promise<void> {
    const process = this.#process;
    if (!process) return;
    await this.#whenFree(async () => {
      if (process !== this.#process) return;
      const isIdle = () => this.#queue.isIdle && !this.#hasSettings;
      const isUnused = isIdle() && !(await hasTemporaryTables(process)) && isIdle();
      if (!isUnused) return void this.#idle?.refresh();
      await this.#close();
    });
  }

  async #close(): Promise<void> {
    const process = this.#process;
    if (!process) return;
    // What is sent and not answered now is for a plugin that is ending: what is killed of it was not acknowledged.
    const timer = setTimeout(() => process.kill(), DATABASE_CLOSE_GRACE_MS);
    await process.close();
    clearTimeout(timer);
    this.#forget(process);
  }

  /** The process is gone, or will be. */
  #forget(process: DatabaseProcess): void {
    if (process !== this.#process) return;
    this.#process = undefined;
    clearTimeout(this.#idle);
    const { holder } = this.#queue;
    if (holder !== undefined && !this.#gone.has(holder)) this.#untold.add(holder);
    this.#queue.hold(undefined);
    removeOwnerNote(this.#options.folder);
  }
}

async function isSound(process: DatabaseProcess): Promise<boolean> {
  try {
    await process.check();
  } catch (error) {
    return !(error instanceof DatabaseFailure) || error.code !== "corrupt";
  }
  return true;
}

/** They would be gone with the process, and their plugin counts on them. */
async function hasTemporaryTables(process: DatabaseProcess): Promise<boolean> {
  const sql = "SELECT 1 FROM temp.sqlite_schema LIMIT 1";
  try {
    const found = await process.run("query", sql, null, { deadlineMs: IDLE_LOOK_MS_MAX, answerBytesMax: 1000 });
    return found.ok && !found.json.endsWith('"rows":[]}');
  } catch {
    return false; // It ended.
  }
}
