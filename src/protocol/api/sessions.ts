// /api/v1/sessions: conversations with agents that are kept, and asking in them.

import * as z from "zod/mini";
import {
  CHAT_MESSAGE_CHARS_MAX,
  MODEL_NAME_CHARS_MAX,
  SESSION_TITLE_CHARS_MAX,
  SESSIONS_LISTED_DEFAULT,
  SESSIONS_LISTED_MAX,
} from "../limits.ts";
import { AgentName } from "./documents.ts";
import { endpoint } from "./endpoint.ts";
import { ChatCall, ChatResult, RunDocument } from "./runs.ts";

const SESSION_PARAM = { session: "a session's id" };

const text = z.string();
const textOrNull = z.nullable(text);

const session = {
  id: text,
  agent_id: text,
  plugin_id: textOrNull,
  session_key: textOrNull,
  title: text,
  turns: z.number(),
  created_at: text,
  updated_at: text,
};

const SessionRow = z.object({ ...session, is_running: z.boolean() });

/** A turn as people read it: calls have their results with them. */
const ChatTurn = z.object({
  role: z.enum(["system", "developer", "user", "assistant", "tool"]),
  text,
  reasoning: z.optional(text),
  calls: z.optional(z.array(z.object({ ...ChatCall.shape, result: z.nullable(ChatResult) }))),
});

const SessionDocument = z.object({
  ...session,
  /** The newest turns; those of a run that goes on are told by its stream. */
  messages: z.array(ChatTurn),
  /** Files that were shared in it and are still there, the newest last. */
  artifacts: z.array(z.object({ filename: text, size: z.number() })),
  /** How many turns before these there are. */
  older: z.number(),
  /** The run that goes on in it; or one that ended a moment ago. */
  run: z.nullable(RunDocument),
});

const said = z.string().check(z.maxLength(CHAT_MESSAGE_CHARS_MAX), z.regex(/\S/));
const model = z.optional(z.nullable(z.string().check(z.trim(), z.maxLength(MODEL_NAME_CHARS_MAX))));

const BegunRun = z.object({ run_id: text, session_id: text });

export const SESSIONS_API = {
  list_sessions: endpoint({
    method: "GET",
    path: "/sessions",
    name: "list_sessions",
    summary: "lists conversations, those first that were used last",
    query: {
      agent: { about: "an agent's id or name", schema: z.string() },
      limit: {
        about: `how many at most; ${SESSIONS_LISTED_DEFAULT} without it`,
        schema: z.int().check(z.minimum(1), z.maximum(SESSIONS_LISTED_MAX)),
      },
    },
    answer: z.object({ sessions: z.array(SessionRow) }),
  }),
  begin_session: endpoint({
    method: "POST",
    path: "/sessions",
    name: "begin_session",
    summary: "begins a conversation by asking an agent; the answer is a run",
    body: z.strictObject({ agent: z.optional(AgentName), text: said, model }),
    answer: BegunRun,
    status: 202,
  }),
  show_session: endpoint({
    method: "GET",
    path: "/sessions/{session}",
    name: "show_session",
    summary: "shows a conversation",
    params: SESSION_PARAM,
    answer: SessionDocument,
  }),
  download_session_artifact: endpoint({
    method: "GET",
    path: "/sessions/{session}/artifacts/{name}",
    name: "download_session_artifact",
    summary: "sends a file that was shared in the conversation",
    params: { ...SESSION_PARAM, name: "the file's name, as the conversation has it" },
    answer: z.never(),
    file: "application/octet-stream",
  }),
  rename_session: endpoint({
    method: "PATCH",
    path: "/sessions/{session}",
    name: "rename_session",
    summary: "gives a conversation another title",
    params: SESSION_PARAM,
    body: z.strictObject({ title: z.string().check(z.trim(), z.maxLength(SESSION_TITLE_CHARS_MAX), z.regex(/\S/)) }),
    answer: SessionRow,
  }),
  delete_session: endpoint({
    method: "DELETE",
    path: "/sessions/{session}",
    name: "delete_session",
    summary: "deletes a conversation; an answer that is being made in it ends",
    params: SESSION_PARAM,
    answer: z.object({ id: text, deleted: z.literal(true) }),
  }),
  begin_run: endpoint({
    method: "POST",
    path: "/sessions/{session}/runs",
    name: "begin_run",
    summary: "asks something in a conversation, in which no answer is being made",
    params: SESSION_PARAM,
    body: z.strictObject({ text: said, model }),
    answer: BegunRun,
    status: 202,
  }),
} as const;
