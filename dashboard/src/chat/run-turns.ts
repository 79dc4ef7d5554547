// What a run told so far, as turns like those of a transcript.

import type { ChatEvent } from "../../../src/protocol/api/runs.ts";
import type { Answer } from "../api/ask.ts";

export type Session = Answer<"GET /sessions/{session}">;
export type Turn = Session["messages"][number];
export type Call = NonNullable<Turn["calls"]>[number];
export type Run = NonNullable<Session["run"]>;

export interface ToldRun {
  readonly turns: readonly Turn[];
  /** Questions that were asked, answered ones too. */
  readonly approvals: readonly string[];
  readonly artifacts: readonly { readonly filename: string; readonly size: number; readonly path: string }[];
  /** The beginning is not known. */
  readonly hasGap: boolean;
  /** How it ended. */
  readonly end: Run | undefined;
}

export const NOTHING_TOLD: ToldRun = { turns: [], approvals: [], artifacts: [], hasGap: false, end: undefined };

export function afterEvents(told: ToldRun, events: readonly ChatEvent[]): ToldRun {
  return events.reduce(afterEvent, told);
}

function afterEvent(told: ToldRun, event: ChatEvent): ToldRun {
  switch (event.type) {
    case "text":
      return withAnswer(told, (turn) => ({ ...turn, text: turn.text + event.text }));
    case "reasoning":
      return withAnswer(told, (turn) => ({ ...turn, reasoning: (turn.reasoning ?? "") + event.text }));
    case "tool_call": {
      const call: Call = { ...event.call, result: null };
      return withAnswer(told, (turn) => ({ ...turn, calls: [...(turn.calls ?? []), call] }), true);
    }
    case "tool_result":
      return { ...told, turns: withResult(told.turns, event.call_id, event.result) };
    case "approval":
      return { ...told, approvals: [...told.approvals, event.approval_id] };
    case "artifact": {
      const { filename, size, path } = event;
      return { ...told, artifacts: [...told.artifacts, { filename, size, path }] };
    }
    case "gap":
      return { ...told, hasGap: true };
    case "end":
      return { ...told, end: event.run };
  }
}

/** What an open question asks about. */
interface Question {
  readonly tool: string;
  readonly plugin_id: string;
  readonly input: string;
}

/** Calls of a turn that these questions are about, as far as that is sure: of several of one tool, the one with these arguments. */
export function askedCalls(turn: Turn | undefined, questions: readonly Question[]): ReadonlySet<Call> {
  const asked = new Set<Call>();
  for (const { tool, plugin_id, input } of questions) {
    const open = (turn?.calls ?? []).filter((call) => call.result === null && !asked.has(call));
    const named = open.filter(({ name }) => name === tool || name === `${plugin_id}/${tool}`);
    const call = named.length === 1 ? named[0] : named.find((one) => isSameJson(one.arguments, input));
    if (call !== undefined) asked.add(call);
  }
  return asked;
}

function isSameJson(one: string, other: string): boolean {
  try {
    return JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other));
  } catch {
    return one === other;
  }
}

/** Changes the answer that is coming. What the model says behind its calls, it says when their results are there. */
function withAnswer(told: ToldRun, change: (turn: Turn) => Turn, isCall = false): ToldRun {
  const last = told.turns.at(-1);
  const calls = last?.calls ?? [];
  const isOpen = last !== undefined && (isCall ? calls.every(({ result }) => result === null) : calls.length === 0);
  const before = isOpen ? told.turns.slice(0, -1) : told.turns;
  return { ...told, turns: [...before, change(isOpen ? last : { role: "assistant", text: "" })] };
}

function withResult(turns: readonly Turn[], callId: string, result: NonNullable<Call["result"]>): readonly Turn[] {
  const at = turns.findLastIndex(({ calls = [] }) => calls.some((call) => call.id === callId && call.result === null));
  return turns.map((turn, index) =>
    index === at
      ? { ...turn, calls: turn.calls!.map((call) => (call.id === callId ? { ...call, result } : call)) }
      : turn,
  );
}
