// A transcript as people read it: what tools gave back stands with the calls, without the frame that models get it in.

import { AWAITING_ANSWER } from "../../agents/clarify.ts";
import { unframed } from "../../agents/untrusted-text.ts";
import type { AnswerOf } from "../../protocol/api/client-types.ts";
import type { SESSIONS_API } from "../../protocol/api/sessions.ts";
import type { ChatMessage, ModelToolCall } from "../../protocol/inference.ts";
import { CHAT_CALL_CHARS_MAX, CHAT_TURNS_SHOWN_CHARS_MAX, CHAT_TURNS_SHOWN_MAX } from "../../protocol/limits.ts";

type Turn = AnswerOf<typeof SESSIONS_API.show_session>["messages"][number];
type Call = NonNullable<Turn["calls"]>[number];
type Result = NonNullable<Call["result"]>;

export interface CallTime {
  readonly ms: number;
  /** Somebody was asked for consent in that time. */
  readonly hasWaited: boolean;
}

/** How long calls took, by their ids: of those in the turns from this one on. Ids may come again. */
export interface KnownDurations {
  readonly from: number;
  readonly byCall: ReadonlyMap<string, CallTime>;
}

export function chatTurns(turns: readonly ChatMessage[], known?: KnownDurations): Turn[] {
  const shown: Turn[] = [];
  const open = new Map<string, { result: Result | null }>();
  for (const [index, turn] of turns.entries()) {
    const { role, toolCallId, toolCalls = [], reasoning } = turn;
    const call = role === "tool" ? open.get(toolCallId ?? "") : undefined;
    if (call !== undefined) {
      const took = known !== undefined && index >= known.from ? known.byCall.get(toolCallId!) : undefined;
      call.result = resultInTurn(textOf(turn), took);
      open.delete(toolCallId!);
      continue;
    }
    const calls = toolCalls.map((one) => ({ ...chatCall(one), result: null as Result | null }));
    for (const one of calls) open.set(one.id, one);
    shown.push({
      role,
      text: textOf(turn),
      ...(reasoning === undefined || reasoning === "" ? {} : { reasoning }),
      ...(calls.length === 0 ? {} : { calls }),
    });
  }
  return shown;
}

/** How many of the newest turns are shown: no result without its call, and never none of several. */
export function shownCount(turns: readonly ChatMessage[]): number {
  let chars = 0;
  let count = 0;
  for (const turn of turns.toReversed().slice(0, CHAT_TURNS_SHOWN_MAX)) {
    chars += JSON.stringify(turn).length;
    if (chars > CHAT_TURNS_SHOWN_CHARS_MAX && count > 0) break;
    count++;
  }
  while (count > 1 && count < turns.length && turns.at(-count)!.role === "tool") count--;
  return count;
}

export function chatCall({ id, name, arguments: given }: ModelToolCall) {
  return { id, name, arguments: given.slice(0, CHAT_CALL_CHARS_MAX).toWellFormed() };
}

/** What a tool gave back, as the run tells it. */
export function chatResult(content: string, isError: boolean, took: CallTime | undefined): Result {
  return {
    text: content.slice(0, CHAT_CALL_CHARS_MAX).toWellFormed(),
    chars: content.length,
    is_error: isError,
    is_untrusted: content !== AWAITING_ANSWER,
    duration_ms: took?.ms ?? null,
    has_waited: took?.hasWaited ?? false,
    note: null,
  };
}

function resultInTurn(content: string, took: CallTime | undefined): Result {
  const { inside, behind } = unframed(content) ?? { inside: content, behind: "" };
  return { ...chatResult(inside, isFailure(inside), took), note: behind === "" ? null : behind };
}

/** Envelopes say so. */
function isFailure(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "ok" in value && value.ok === false;
  } catch {
    return false;
  }
}

/** Other parts than texts are named by what they are. */
function textOf({ content }: ChatMessage): string {
  if (typeof content === "string" || content === null) return content ?? "";
  return content.map((part) => (typeof part["text"] === "string" ? part["text"] : `(${part.type})`)).join("\n");
}
