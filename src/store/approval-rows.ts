// The table of approvals: questions as they are kept, and what happens to them. Nothing here waits; approvals.ts does. Rows
// about changed definitions are in the same table and have a file of their own, definition-approvals.ts.

import { randomBytes } from "node:crypto";
import { mayBeRunning, processMark } from "../base/process-mark.ts";
import {
  APPROVAL_ARGUMENTS_CHARS_MAX,
  APPROVAL_DESCRIPTION_CHARS_MAX,
  APPROVAL_INPUT_CHARS_MAX,
  APPROVAL_KEPT_MS,
  APPROVAL_REQUIREMENT_CHARS_MAX,
  APPROVAL_REQUIREMENTS_MAX,
} from "../protocol/limits.ts";
import type { Sqlite } from "./control-db.ts";
import type { ToolName } from "./grants.ts";
import { shortJson, shortText } from "./short-json.ts";

/** `once`: this call only; `session`: in the conversation that asks, else as long as the program does; `always`: as a grant. */
type Remember = "once" | "session" | "always";

export interface ApprovalAnswer {
  readonly allow: boolean;
  readonly remember: Remember;
  /** JSON text that takes the place of the call's arguments, for this call only; it was checked as they were. */
  readonly edited?: string | undefined;
}

/** How a question ended. `remember` is null when nobody answered it: what was decided about the tool did. */
export interface ApprovalOutcome {
  readonly allow: boolean;
  readonly remember: Remember | null;
  /** With what the call is to be made, when that is not what was asked about. */
  readonly edited?: string | undefined;
}

export interface ApprovalQuestion extends ToolName {
  readonly agentId: string;
  /** The session of agents for which an answer "for this session" holds; undefined: the program that asks. */
  readonly conversation?: string | undefined;
  readonly description: string;
  readonly requirements: readonly string[];
  /** JSON text. */
  readonly input: string;
  /** JSON Schema of the arguments; without it, they may be anything. */
  readonly schema?: unknown;
}

/** What somebody needs who wants to change the arguments of a call. */
export interface KeptArguments extends ToolName {
  readonly id: string;
  /** Undefined: too long to be kept, and to be changed. */
  readonly whole: { readonly input: string; readonly schema: unknown } | undefined;
}

/** A question as it is kept: cut to what somebody can read. */
export interface Approval extends Omit<ApprovalQuestion, "schema"> {
  readonly id: string;
  readonly createdAt: string;
  readonly expiresAt: string;
}

type Status = "pending" | "allowed" | "denied" | "expired";

/** A question as it stands in the table. */
export interface Row {
  readonly id: string;
  readonly plugin_id: string;
  readonly tool_id: string;
  readonly agent_id: string;
  readonly input: string;
  readonly description: string;
  readonly requirements: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly asker: string;
  readonly status: Status;
  readonly remember: Remember | null;
  /** `definition`: nobody waits for it; definition-approvals.ts has those. */
  readonly kind: "call" | "definition";
  readonly arguments: string | null;
  readonly schema: string | null;
  readonly edited: string | null;
  readonly conversation: string | null;
}

/** Letters and digits that nobody takes for others; 40 bits, so that an id is not hit by accident. */
const ID_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";
const ID_CHARS = 8;

export function newId(): string {
  return [...randomBytes(ID_CHARS)].map((byte) => ID_LETTERS[byte % ID_LETTERS.length]).join("");
}

/** As somebody may read it aloud or copy it. */
export function plainId(typed: string): string {
  return typed.trim().toLowerCase().replaceAll("o", "0").replaceAll(/[il]/g, "1");
}

/** The question with an id and an end, and cut to what somebody can read. */
export function newApproval(question: ApprovalQuestion, waitMs: number): Approval {
  const now = Date.now();
  return {
    ...shortened(question),
    id: newId(),
    createdAt: new Date(now).toISOString(),
    expiresAt: new Date(now + waitMs).toISOString(),
  };
}

function shortened(question: ApprovalQuestion): Omit<ApprovalQuestion, "schema"> {
  const { pluginId, toolId, agentId, conversation, description, requirements, input } = question;
  const shown = requirements
    .slice(0, APPROVAL_REQUIREMENTS_MAX)
    .map((one) => shortText(one, APPROVAL_REQUIREMENT_CHARS_MAX));
  const left = requirements.length - shown.length;
  return {
    pluginId,
    toolId,
    agentId,
    conversation,
    description: shortText(description, APPROVAL_DESCRIPTION_CHARS_MAX),
    requirements: left > 0 ? [...shown, `… (${left} more)`] : shown,
    input: shortJson(input, APPROVAL_INPUT_CHARS_MAX),
  };
}

/**
 * Adds a question of this process.
 *
 * @param question as it was asked: its arguments are kept whole too, where they are not too long.
 */
export function insert(sqlite: Sqlite, approval: Approval, question: ApprovalQuestion): void {
  const { id, pluginId, toolId, agentId, input, description, requirements, createdAt, expiresAt } = approval;
  sqlite
    .prepare(
      `INSERT INTO approvals (id, plugin_id, tool_id, agent_id, input, description, requirements, created_at, expires_at,
       asker, status, arguments, schema, conversation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?)`,
    )
    .run(
      ...[id, pluginId, toolId, agentId, input, description, JSON.stringify(requirements), createdAt, expiresAt],
      processMark(),
      ...wholeOf(question),
      question.conversation ?? null,
    );
}

/** Both or neither: arguments that nobody can check are not to be changed. */
function wholeOf({ input, schema }: ApprovalQuestion): [string, string] | [null, null] {
  const schemaText = JSON.stringify(schema ?? null);
  const isShort = Math.max(input.length, schemaText.length) <= APPROVAL_ARGUMENTS_CHARS_MAX;
  return isShort ? [input, schemaText] : [null, null];
}

/** The whole arguments of a question that waits. */
export function keptArguments({ id, plugin_id, tool_id, arguments: input, schema }: Row): KeptArguments {
  const whole =
    input === null || schema === null ? undefined : { input, schema: (JSON.parse(schema) as unknown) ?? undefined };
  return { id, pluginId: plugin_id, toolId: tool_id, whole };
}

/** Settles what nobody waits for any more, and forgets what was settled long ago. */
export function clean(sqlite: Sqlite): void {
  const dead = pendingRows(sqlite).filter((row) => !isOpen(row));
  expire(
    sqlite,
    dead.map(({ id }) => id),
  );
  const edited = sqlite.prepare("SELECT id, asker FROM approvals WHERE edited IS NOT NULL").all();
  for (const { id, asker } of edited as Row[]) if (!mayBeRunning(asker)) eraseEdited(sqlite, id);
  const before = new Date(Date.now() - APPROVAL_KEPT_MS).toISOString();
  sqlite.prepare("DELETE FROM approvals WHERE status <> 'pending' AND answered_at < ?").run(before);
}

const PENDING = "FROM approvals WHERE status = 'pending' AND kind = 'call'";

/** How many questions are not settled. */
export function countPending(sqlite: Sqlite): number {
  return sqlite.prepare(`SELECT count(*) ${PENDING}`).pluck().get() as number;
}

/** The oldest first; also those that nobody waits for any more. */
export function pendingRows(sqlite: Sqlite): Row[] {
  return sqlite.prepare(`SELECT * ${PENDING} ORDER BY created_at, id`).all() as Row[];
}

/** The question of this id, settled or not. */
export function rowOf(sqlite: Sqlite, id: string): Row | undefined {
  return sqlite.prepare("SELECT * FROM approvals WHERE id = ? AND kind = 'call'").get(id) as Row | undefined;
}

/** Whether somebody still waits for the answer. */
export function isOpen({ expires_at, asker }: Row): boolean {
  return Date.parse(expires_at) > Date.now() && mayBeRunning(asker);
}

/** What the call was about is not kept once it is settled: arguments may be private. */
const SETTLE =
  "UPDATE approvals SET status = ?, remember = ?, answered_at = ?, input = '', description = '', arguments = NULL, schema = NULL";

/** Ends questions without an answer; those that have one keep it. */
export function expire(sqlite: Sqlite, ids: readonly string[]): void {
  const statement = sqlite.prepare(`${SETTLE} WHERE id = ? AND status = 'pending'`);
  for (const id of ids) statement.run("expired", null, new Date().toISOString(), id);
}

/** Settles a question, and for what is remembered in the database everybody who waits with the same one. */
export function settle(sqlite: Sqlite, row: Row, { allow, remember, edited }: ApprovalOutcome): void {
  const values = [allow ? "allowed" : "denied", remember, new Date().toISOString()];
  sqlite.prepare(`${SETTLE}, edited = ? WHERE id = ?`).run(...values, edited ?? null, row.id);
  if (remember === "once" || remember === "session") return;
  sqlite
    .prepare(`${SETTLE} WHERE status = 'pending' AND plugin_id = ? AND tool_id = ? AND agent_id = ?`)
    .run(...values, row.plugin_id, row.tool_id, row.agent_id);
}

/** Whoever asked has what it needs. */
export function eraseEdited(sqlite: Sqlite, id: string): void {
  sqlite.prepare("UPDATE approvals SET edited = NULL WHERE id = ?").run(id);
}

/** What others get to see of a row. */
export function approvalOf(row: Row): Approval {
  return {
    id: row.id,
    pluginId: row.plugin_id,
    toolId: row.tool_id,
    agentId: row.agent_id,
    conversation: row.conversation ?? undefined,
    input: row.input,
    description: row.description,
    requirements: JSON.parse(row.requirements) as string[],
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
