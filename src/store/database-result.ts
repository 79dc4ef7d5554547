// What is asked of the process of a database, and what comes back.

export type DatabaseFailureCode =
  /** Another process has the file open. */
  | "locked"
  /** No SQLite file, or encrypted with another key: these cannot be told apart. */
  | "not_a_database"
  | "corrupt"
  | "cannot_open"
  | "full"
  /** The process is gone; what was asked may or may not have been done. */
  | "stopped"
  | "program_missing"
  /** SQLite would not do it, and says why; never from `open`. */
  | "failed";

export class DatabaseFailure extends Error {
  readonly code: DatabaseFailureCode;

  constructor(code: DatabaseFailureCode, message: string) {
    super(message);
    this.name = "DatabaseFailure";
    this.code = code;
  }
}

export interface OpenOptions {
  /** Made when it is not there, unless `mustExist`; its folder must be. */
  readonly path: string;
  /** A file that is not there is none that can be opened. */
  readonly mustExist?: boolean;
  /** 32 bytes; null: the file is not encrypted. */
  readonly key: Uint8Array | null;
  /** How large the file may become; 0: as large as it likes. */
  readonly bytesMax: number;
  /** Statements come from a plugin: none may reach outside the file, or lift what bounds it. */
  readonly isGuarded: boolean;
  /** No other process may have the file open. */
  readonly isExclusive: boolean;
  /** How long others that use the file are waited for. */
  readonly busyMs: number;
  /** What SQLite may use in that process; temporary tables count. */
  readonly memoryBytesMax: number;
}

export interface RunOptions {
  readonly deadlineMs: number;
  readonly answerBytesMax: number;
}

export type StatementErrorCode = "sql" | "forbidden" | "interrupted" | "too_large" | "corrupt" | "full";

interface RunFacts {
  /** A transaction is open now. */
  readonly inTransaction: boolean;
  /** More than one statement was given; only the first was run. */
  readonly ignoredText: boolean;
  /** The parameters were neither a JSON array nor an object. */
  readonly ignoredParams: boolean;
  /** A transaction was open, and was rolled back because of this error. */
  readonly rolledBack: boolean;
  /** This statement or one before it has set something that is gone with the process. */
  readonly hasSettings: boolean;
}

export type RunResult =
  | (RunFacts & { readonly ok: true; readonly json: string })
  | (RunFacts & {
      readonly ok: false;
      readonly code: StatementErrorCode;
      readonly message: string;
      /** SQLite's extended result code; 0 when the error is not its own. */
      readonly sqliteCode: number;
    });

export interface DatabaseEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}
