// Approvals: calls that wait for somebody's consent. The process that wants to call writes a row and watches it; any other
// process of the same user reads it and answers. The first answer counts. An answer that is to be remembered becomes a
// grant in the same step, and answers everybody who waits with the same question. What somebody decides about the tool
// while a question waits settles it as well.

import { mayBeRunning } from "../base/process-mark.ts";
import { HostError } from "../protocol/errors.ts";
import { APPROVAL_POLL_MS, APPROVALS_PENDING_MAX } from "../protocol/limits.ts";
import {
  type Approval,
  type ApprovalAnswer,
  type ApprovalOutcome,
  type ApprovalQuestion,
  approvalOf,
  clean,
  countPending,
  eraseEdited,
  expire,
  insert,
  isOpen,
  type KeptArguments,
  keptArguments,
  newApproval,
  pendingRows,
  plainId,
  type Row,
  rowOf,
  settle,
} from "./approval-rows.ts";
import type { ControlDb, OpenDb, Sqlite } from "./control-db.ts";
import { keepDeniedCommands } from "./denied-commands.ts";
import { type GrantSource, policyIn, putGrant } from "./grants.ts";

interface Waiting {
  readonly db: OpenDb;
  readonly deadline: number;
  settle(outcome: ApprovalOutcome | undefined): void;
  fail(error: unknown): void;
}

export class Approvals {
  readonly #db: ControlDb;
  readonly #waiting = new Map<string, Waiting>();
  #timer: NodeJS.Timeout | undefined;
  #mark = -1;

  constructor(db: ControlDb) {
    this.#db = db;
  }

  /** Puts a question where others can answer it. Fails with `approval_missing` when too many wait already. */
  async open(question: ApprovalQuestion, waitMs: number): Promise<Approval> {
    const db = await this.#db.openForWrite();
    const approval = newApproval(question, waitMs);
    const isKept = db.write((sqlite) => {
      clean(sqlite);
      const isRoom = countPending(sqlite) < APPROVALS_PENDING_MAX;
      if (isRoom) insert(sqlite, approval, question);
      return isRoom;
    });
    if (isKept) return approval;
    throw new HostError("approval_missing", `${APPROVALS_PENDING_MAX} calls wait for consent already`, {
      hint: 'answer some of them: run "osaurus approvals list"',
    });
  }

  /**
   * Waits for the answer to a question that this process opened, or for a decision about its tool; nothing when there is
   * neither in time, when `signal` is aborted, and when the question is withdrawn. Whichever it is, the question is
   * settled then.
   */
  async wait({ id, expiresAt }: Approval, signal?: AbortSignal): Promise<ApprovalOutcome | undefined> {
    const db = await this.#db.openForWrite();
    const { promise, resolve, reject } = Promise.withResolvers<ApprovalOutcome | undefined>();
    // Measured by a clock that nobody sets.
    const deadline = performance.now() + Math.max(0, Date.parse(expiresAt) - Date.now());
    this.#waiting.set(id, { db, deadline, settle: resolve, fail: reject });
    const onAbort = () => this.withdraw(id);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#timer ??= setInterval(() => this.#look(), APPROVAL_POLL_MS);
    try {
      if (signal?.aborted) onAbort();
      else this.#lookAt(id);
      return await promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
    }
  }

  /** Takes back a question of this process that nobody answered; whoever waits for it gets nothing. */
  withdraw(id: string): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    try {
      waiting.db.write((sqlite) => expire(sqlite, [id]));
      this.#lookAt(id);
    } catch (error) {
      waiting.fail(error);
    }
  }

  /** What waits for an answer now, the oldest first. */
  async list(): Promise<Approval[]> {
    const db = await this.#db.openIfThere();
    const rows = db?.read(pendingRows) ?? [];
    return rows.filter(isOpen).map(approvalOf);
  }

  /** The whole arguments of a question that waits. Fails with `approval_unknown` and `approval_settled`. */
  async arguments(typedId: string): Promise<KeptArguments> {
    const db = await this.#db.openIfThere();
    const row = db?.read((sqlite) => rowOf(sqlite, plainId(typedId)));
    if (row === undefined) throw unknown(typedId);
    if (row.status !== "pending") throw alreadySettled(row);
    if (!isOpen(row)) throw alreadySettled({ ...row, status: "expired" });
    return keptArguments(row);
  }

  /**
   * Answers a question, of whichever process. Fails with `approval_unknown`, and with `approval_settled` when it is too
   * late.
   */
  async answer(typedId: string, answer: ApprovalAnswer, source: GrantSource): Promise<Approval> {
    const id = plainId(typedId);
    const db = await this.#db.openIfThereForWrite();
    const row = db?.write((sqlite) => {
      const found = rowOf(sqlite, id);
      if (found?.status !== "pending") return found;
      if (!isOpen(found)) {
        expire(sqlite, [id]);
        return { ...found, status: "expired" as const };
      }
      // A refusal that came first is not undone by an answer to what was asked before it.
      if (settleDecided(sqlite, found)) return rowOf(sqlite, id);
      settle(sqlite, found, answer);
      if (answer.remember === "always") {
        putGrant(sqlite, {
          pluginId: found.plugin_id,
          toolId: found.tool_id,
          agentId: found.agent_id,
          policy: answer.allow ? "auto" : "deny",
          source,
        });
        keepDeniedCommands(sqlite, this.#db.path);
      }
      return found;
    });
    if (row === undefined) throw unknown(typedId);
    if (row.status !== "pending") throw alreadySettled(row);
    this.#look();
    return approvalOf(row);
  }

  /** Withdraws everything that this process waits for. */
  close(): void {
    for (const id of [...this.#waiting.keys()]) this.withdraw(id);
  }

  #look(): void {
    try {
      const mark = this.#db.changeMark();
      const hasChanged = mark !== this.#mark;
      this.#mark = mark;
      const now = performance.now();
      for (const [id, { deadline }] of [...this.#waiting]) {
        if (hasChanged) this.#lookAt(id);
        if (now >= deadline) this.withdraw(id);
      }
    } catch (error) {
      for (const { fail } of this.#waiting.values()) fail(error);
    }
  }

  #lookAt(id: string): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    let row = waiting.db.read((sqlite) => rowOf(sqlite, id));
    if (row?.status === "pending" && waiting.db.read((sqlite) => decisionOn(sqlite, row!)) !== undefined) {
      row = waiting.db.write((sqlite) => {
        const now = rowOf(sqlite, id);
        return now !== undefined && settleDecided(sqlite, now) ? rowOf(sqlite, id) : now;
      });
    }
    if (row === undefined || row.status === "expired") waiting.settle(undefined);
    else if (row.status !== "pending") {
      const edited = row.edited ?? undefined;
      if (edited !== undefined) waiting.db.write((sqlite) => eraseEdited(sqlite, id));
      waiting.settle({ allow: row.status === "allowed", remember: row.remember, ...(edited && { edited }) });
    }
  }
}

/** Settles a question that waits as was decided about its tool. Gives whether anything was. */
function settleDecided(sqlite: Sqlite, row: Row): boolean {
  const policy = row.status === "pending" ? decisionOn(sqlite, row) : undefined;
  if (policy === undefined) return false;
  settle(sqlite, row, { allow: policy === "auto", remember: null });
  return true;
}

/** What was decided about a question's tool, when that makes the question superfluous. */
function decisionOn(sqlite: Sqlite, row: Row): "auto" | "deny" | undefined {
  const policy = policyIn(sqlite, { pluginId: row.plugin_id, toolId: row.tool_id }, row.agent_id);
  return policy === "ask" ? undefined : policy;
}

function unknown(id: string): HostError {
  return new HostError("approval_unknown", `no call and no changed definition "${id}" waits for an answer`, {
    hint: 'run "osaurus approvals list" to see those that do',
  });
}

function alreadySettled({ id, status, asker }: Row): HostError {
  const what =
    status === "expired"
      ? mayBeRunning(asker)
        ? "is not waited for any more"
        : "is not waited for any more: the program that asked has ended"
      : `was ${status} already`;
  return new HostError("approval_settled", `the call "${id}" ${what}`, {
    hint: 'to decide about later calls, run "osaurus permissions set"',
    details: { id, status },
  });
}
