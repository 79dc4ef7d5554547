// /api/v1/runs: answers of agents that are being made. A run goes on whether somebody follows it or not; what it came to is in
// its session.

import * as z from "zod/mini";
import { endpoint } from "./endpoint.ts";

const RUN_PARAM = { run: "a run's id" };

const text = z.string();
const textOrNull = z.nullable(text);

const RunFailure = z.object({ code: text, message: text, hint: z.optional(text) });

/** Why a run was ended that did not end by itself. */
export const RUN_ENDERS = ["stop", "host", "key", "agent", "session"] as const;

export const RunDocument = z.object({
  run_id: text,
  session_id: text,
  agent_id: text,
  /** Ties its rows in Insights together. */
  trace_id: text,
  state: z.enum(["running", "over"]),
  /** What was asked. */
  text,
  model: text,
  started_at: text,
  ended_at: textOrNull,
  /** Null while it goes on. */
  finish: z.nullable(
    z.enum([
      "stop",
      "length",
      "tool_calls",
      "content_filter",
      "max_iterations",
      "clarification",
      "cancelled",
      "failed",
    ]),
  ),
  ended_by: z.nullable(z.enum(RUN_ENDERS)),
  error: z.nullable(RunFailure),
  /** The model was not given all of the conversation. */
  is_shortened: z.boolean(),
  /** The session has what was asked: it does not when nobody answered the first question in it. */
  is_kept: z.boolean(),
});

/** Of a call that a model asked for. */
export const ChatCall = z.object({
  id: text,
  name: text,
  /** As the model wrote them: mostly JSON; of longer ones the beginning. */
  arguments: text,
});

/** What a tool gave back: data of somebody else's, whatever it says. */
export const ChatResult = z.object({
  /** Mostly an envelope as JSON; of a longer one the beginning. */
  text,
  /** How long it is as a whole. */
  chars: z.number(),
  is_error: z.boolean(),
  /** False for what the host itself says. */
  is_untrusted: z.boolean(),
  /** Null: not known any more. */
  duration_ms: z.nullable(z.number()),
  /** Somebody was asked for consent in that time. */
  has_waited: z.boolean(),
  /** What the host told the model besides. */
  note: textOrNull,
});

/** What the stream of a run tells, in events that are named by `type`. */
export type ChatEvent =
  | { readonly type: "text" | "reasoning"; readonly text: string }
  | { readonly type: "tool_call"; readonly call: z.infer<typeof ChatCall> }
  | { readonly type: "tool_result"; readonly call_id: string; readonly result: z.infer<typeof ChatResult> }
  /** A call waits for consent; GET /approvals has the question. */
  | { readonly type: "approval"; readonly approval_id: string; readonly tool: string }
  | { readonly type: "artifact"; readonly filename: string; readonly size: number; readonly path: string }
  /** What was told before is not kept any more; the session has it when the run is over. */
  | { readonly type: "gap" }
  /** The last one. */
  | { readonly type: "end"; readonly run: z.infer<typeof RunDocument> };

export const RUNS_API = {
  show_run: endpoint({
    method: "GET",
    path: "/runs/{run}",
    name: "show_run",
    summary: "shows how a run stands; one that is over is known for a minute",
    params: RUN_PARAM,
    answer: RunDocument,
  }),
  follow_run: endpoint({
    method: "GET",
    path: "/runs/{run}/events",
    name: "follow_run",
    summary:
      "as a stream, tells what happened and happens in a run, from its start or from where the reader was; otherwise how it stands",
    params: RUN_PARAM,
    query: { after: { about: "what comes behind the event of that id", schema: z.int().check(z.minimum(0)) } },
    answer: RunDocument,
    hasEvents: true,
  }),
  stop_run: endpoint({
    method: "POST",
    path: "/runs/{run}/stop",
    name: "stop_run",
    summary: "ends a run; what was said by then is kept",
    params: RUN_PARAM,
    answer: RunDocument,
  }),
} as const;
