// One SQLite file, held by a process of its own (native/database): a statement that never ends is ended with its process,
// and nothing that a statement does to SQLite's memory can hurt the host.
//
// States: started (with `open`), then ended. Requests are sent at once and answered in order; the clock of each begins when
// the one before it was answered. When the process ends, whatever it had not answered fails with `stopped`, and the caller
// begins again with a new `DatabaseProcess`. While nothing is asked, it does not keep this process running.

import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { type FieldValue, FrameError } from "../base/frame-layout.ts";
import { FrameReader, type FrameView } from "../base/frame-reader.ts";
import { FrameWriter } from "../base/frame-writer.ts";
import {
  DATABASE_CLOSE_MS_MAX,
  DATABASE_EXIT_MS_MAX,
  DATABASE_OPEN_MS_MAX,
  DATABASE_WORK_MS_MAX,
  STATEMENT_KILL_GRACE_MS,
} from "../protocol/limits.ts";
import {
  ANSWER_NUMBERS,
  FLAG,
  KEY_BYTES,
  KIND,
  OPEN_FLAG,
  packNumbers,
  REQUEST,
  type Request,
  RUN_KIND,
  STATUS,
  unpackNumbers,
} from "./database-frames.ts";
import {
  type DatabaseEnd,
  DatabaseFailure,
  type DatabaseFailureCode,
  type OpenOptions,
  type RunOptions,
  type RunResult,
  type StatementErrorCode,
} from "./database-result.ts";

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly flags: number;
  readonly sqliteCode: number;
}

interface Pending {
  readonly id: number;
  readonly msMax: number;
  resolve(answer: Answer): void;
  reject(error: DatabaseFailure): void;
}

const DESCRIPTOR = 3;
/** Node's timers end at once when they are given more. */
const TIMER_MS_MAX = 2 ** 31 - 1;
const STATEMENT_ERRORS: Readonly<Record<number, StatementErrorCode>> = {
  [STATUS.sql]: "sql",
  [STATUS.locked]: "sql",
  [STATUS.forbidden]: "forbidden",
  [STATUS.interrupted]: "interrupted",
  [STATUS.tooLarge]: "too_large",
  [STATUS.corrupt]: "corrupt",
  [STATUS.notADatabase]: "corrupt",
  [STATUS.full]: "full",
};
const FAILURES: Readonly<Record<number, DatabaseFailureCode>> = {
  [STATUS.locked]: "locked",
  [STATUS.notADatabase]: "not_a_database",
  [STATUS.corrupt]: "corrupt",
  [STATUS.cannotOpen]: "cannot_open",
  [STATUS.full]: "full",
};

export class DatabaseProcess {
  /** Resolves when the process is reaped and nothing of it is left. */
  readonly end: Promise<DatabaseEnd>;
  readonly #program: string;
  readonly #warn: (text: string) => void;
  readonly #pending: Pending[] = [];
  readonly #resolveEnd: (end: DatabaseEnd) => void;
  #child: ChildProcess | undefined;
  #socket: Socket | undefined;
  #writer: FrameWriter | undefined;
  #nextId = 1;
  /** Of the request that is being worked on. */
  #timer: NodeJS.Timeout | undefined;
  /** Why nothing more can be asked. */
  #over: DatabaseFailure | undefined;
  /** We ended it ourselves, so that its end is no news. */
  #isEnding = false;

  /** Starts nothing yet. @param program `build/native/osprey-database`. */
  constructor(program: string, options: { warn?(text: string): void } = {}) {
    this.#program = program;
    this.#warn = options.warn ?? (() => {});
    const { promise, resolve } = Promise.withResolvers<DatabaseEnd>();
    this.end = promise;
    this.#resolveEnd = resolve;
  }

  /** Undefined before `open`, and when the process could not be started. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the process and opens the file. Throws `DatabaseFailure`; the process is gone then. */
  async open(options: OpenOptions): Promise<void> {
    const { path, key, bytesMax, busyMs, memoryBytesMax, isGuarded, isExclusive, mustExist } = options;
    if (key && key.length !== KEY_BYTES) throw new Error(`a key has ${KEY_BYTES} bytes`);
    if (this.#child) throw new Error("a database is opened once");
    if (path.includes("\0")) throw new DatabaseFailure("cannot_open", "a path cannot contain NUL");
    this.#start();
    const flags =
      (isGuarded ? OPEN_FLAG.guarded : 0) |
      (isExclusive ? OPEN_FLAG.exclusive : 0) |
      (mustExist ? OPEN_FLAG.existing : 0);
    const numbers = packNumbers(bytesMax, memoryBytesMax, busyMs, flags);
    try {
      const answer = await this.#ask("open", [path, key, numbers], DATABASE_OPEN_MS_MAX + busyMs);
      if (answer.status !== STATUS.ok) throw failureOf(answer);
    } catch (error) {
      this.kill();
      await this.end;
      throw error;
    }
  }

  /** Runs the first statement of a text. Throws `DatabaseFailure` with `stopped` when the process is gone. */
  async run(kind: "exec" | "query", sql: string, params: string | null, options: RunOptions): Promise<RunResult> {
    const { deadlineMs, answerBytesMax } = options;
    if (sql.includes("\0") || params?.includes("\0")) return notSent("sql", "a statement cannot contain NUL");
    const numbers = packNumbers(RUN_KIND[kind], deadlineMs, answerBytesMax);
    let answer: Answer;
    try {
      answer = await this.#ask("run", [sql, params, numbers], deadlineMs + STATEMENT_KILL_GRACE_MS);
    } catch (error) {
      if (error instanceof FrameError) return notSent("too_large", "the statement and its parameters are too large");
      throw error;
    }
    const { status, text, flags, sqliteCode } = answer;
    const facts = {
      inTransaction: (flags & FLAG.inTransaction) !== 0,
      ignoredText: (flags & FLAG.ignoredText) !== 0,
      ignoredParams: (flags & FLAG.ignoredParams) !== 0,
      rolledBack: (flags & FLAG.rolledBack) !== 0,
      hasSettings: (flags & FLAG.hasSettings) !== 0,
    };
    if (status === STATUS.ok) return { ok: true, json: text, ...facts };
    return { ok: false, code: STATEMENT_ERRORS[status] ?? "sql", message: text, sqliteCode, ...facts };
  }

  /** Takes back what a transaction that is open has done; does nothing when there is none. */
  async rollback(): Promise<void> {
    await this.#work("rollback", []);
  }

  /** Encrypts an encrypted file with another key. Whatever happens, the file is then as it was, or wholly done. */
  async rekey(key: Uint8Array): Promise<void> {
    if (key.length !== KEY_BYTES) throw new Error(`a key has ${KEY_BYTES} bytes`);
    await this.#work("rekey", [key]);
  }

  /** Looks for damage. Throws `DatabaseFailure` with `corrupt` and what was found. */
  async check(): Promise<void> {
    await this.#work("check", []);
  }

  /** Writes a copy that is not encrypted. There must be no file at that path. */
  async exportTo(path: string): Promise<void> {
    if (path.includes("\0")) throw new DatabaseFailure("cannot_open", "a path cannot contain NUL");
    await this.#work("export", [path]);
  }

  /** Runs several statements of our own; the first that fails ends it. Not for a guarded file. */
  async script(sql: string): Promise<void> {
    await this.#work("script", [sql]);
  }

  /** Lets it finish what was asked, roll back what is open, and close the file. Resolves when the process is gone. */
  async close(): Promise<void> {
    if (!this.#child) {
      this.#over ??= new DatabaseFailure("stopped", "the database was closed");
      this.#resolveEnd({ code: 0, signal: null });
    } else if (!this.#isEnding) {
      this.#isEnding = true;
      this.#over ??= new DatabaseFailure("stopped", "the database was closed");
      this.#writer?.flush();
      this.#socket?.end();
      this.#keepAlive(true);
      this.#armTimer();
    }
    await this.end;
  }

  /** Ends the process at once. What was committed stays. */
  kill(): void {
    if (!this.#child) return void this.close();
    this.#isEnding = true;
    this.#child.kill("SIGKILL");
    this.#keepAlive(true); // Whoever waits for its end gets to see it.
  }

  async #work(request: Request, fields: readonly FieldValue[]): Promise<void> {
    const answer = await this.#ask(request, fields, DATABASE_WORK_MS_MAX);
    if (answer.status !== STATUS.ok) throw failureOf(answer);
  }

  #start(): void {
    // A session of its own, so that the terminal's Ctrl-C does not hit it in the middle of a transaction.
    const child = spawn(this.#program, [], {
      cwd: "/",
      env: {},
      stdio: ["ignore", "ignore", "ignore", "pipe"],
      detached: true,
    });
    this.#child = child;
    const socket = (child.stdio[DESCRIPTOR] as Socket | null | undefined) ?? undefined;
    this.#socket = socket;
    child.on("error", (error) => this.#startFailed(error));
    child.once("exit", (code, signal) => void this.#exited(code, signal));
    if (!socket) return;
    this.#writer = new FrameWriter(socket, KIND.request);
    const reader = new FrameReader((frame) => this.#answered(frame));
    socket.on("error", () => {}); // Its end shows as the end of the process.
    socket.on("data", (chunk: Buffer) => this.#read(reader, chunk));
    this.#keepAlive(false);
  }

  #ask(request: Request, fields: readonly FieldValue[], msMax: number): Promise<Answer> {
    if (this.#over) return Promise.reject(this.#over);
    const writer = this.#writer;
    // When the system has run out of processes or descriptors there is nobody to ask; the error event says so.
    if (!writer && !this.#child) throw new Error("the database is not open yet");
    const id = this.#nextId++;
    writer?.write(KIND.request, REQUEST[request], id, 0, fields);
    return new Promise((resolve, reject) => {
      this.#pending.push({ id, msMax, resolve, reject });
      if (this.#pending.length > 1) return;
      this.#keepAlive(true);
      this.#armTimer();
    });
  }

  #read(reader: FrameReader, chunk: Buffer): void {
    try {
      reader.push(chunk);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#warn(`the process of a database sent ${error.message}`);
      this.kill();
    }
  }

  #answered(frame: FrameView): void {
    const first = this.#pending[0];
    const text = frame.text() ?? "";
    const numbers = unpackNumbers(frame.bytes(), ANSWER_NUMBERS);
    if (frame.kind !== KIND.answer || first?.id !== frame.id || !numbers) throw new FrameError("an answer to nothing");
    this.#pending.shift();
    clearTimeout(this.#timer);
    if (this.#pending.length > 0 || this.#isEnding) this.#armTimer();
    else this.#keepAlive(false);
    const [flags = 0, sqliteCode = 0] = numbers;
    first.resolve({ status: frame.op, text, flags, sqliteCode });
  }

  /** For the request that is worked on now, or for the end that is waited for. */
  #armTimer(): void {
    clearTimeout(this.#timer);
    const msMax = this.#pending[0]?.msMax ?? DATABASE_CLOSE_MS_MAX;
    this.#timer = setTimeout(() => this.kill(), Math.min(msMax, TIMER_MS_MAX));
  }

  #keepAlive(isWanted: boolean): void {
    if (isWanted) {
      this.#child?.ref();
      this.#socket?.ref();
    } else {
      this.#child?.unref();
      this.#socket?.unref();
    }
  }

  #startFailed(error: NodeJS.ErrnoException): void {
    if (this.#child?.pid !== undefined) return;
    const isMissing = error.code === "ENOENT" || error.code === "EACCES";
    this.#over = isMissing
      ? new DatabaseFailure("program_missing", `the program that holds databases is not there: ${this.#program}`)
      : new DatabaseFailure("cannot_open", `the process of the database cannot be started: ${error.code}`);
    this.#finish({ code: null, signal: null });
  }

  async #exited(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    // Answers that it gave before it ended may still wait in the socket.
    if (this.#socket) await closed(this.#socket, DATABASE_EXIT_MS_MAX);
    if (!this.#isEnding) this.#warn(`the process of a database ended unasked: ${signal ?? `status ${code}`}`);
    this.#over ??= new DatabaseFailure("stopped", `the process of the database ended: ${signal ?? `status ${code}`}`);
    this.#finish({ code, signal });
  }

  #finish(end: DatabaseEnd): void {
    this.#isEnding = true; // Closing it has nothing to wait for any more.
    clearTimeout(this.#timer);
    const failure =
      this.#over?.code === "program_missing" || this.#over?.code === "cannot_open" ? this.#over : undefined;
    const stopped = failure ?? new DatabaseFailure("stopped", "the process of the database ended before it answered");
    for (const pending of this.#pending.splice(0)) pending.reject(stopped);
    this.#socket?.destroy();
    this.#resolveEnd(end);
  }
}

/** Waits until the other side has closed it too; but not for ever: something else may hold that. */
async function closed(socket: Socket, msMax: number): Promise<void> {
  if (socket.closed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => socket.destroy(), msMax);
  socket.once("close", () => resolve());
  await promise;
  clearTimeout(timer);
}

/** Of a statement that never reached the database. */
function notSent(code: StatementErrorCode, message: string): RunResult {
  const facts = {
    inTransaction: false,
    ignoredText: false,
    ignoredParams: false,
    rolledBack: false,
    hasSettings: false,
  };
  return { ok: false, code, message, sqliteCode: 0, ...facts };
}

function failureOf({ status, text }: Answer): DatabaseFailure {
  return new DatabaseFailure(FAILURES[status] ?? "failed", text);
}
