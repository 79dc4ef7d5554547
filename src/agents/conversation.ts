// Keeps a conversation in a form that models take: what is sent again fits, each call has its result, and no result is
// without its call.

import type { ChatMessage, ContentPart } from "../protocol/inference.ts";
import { charsOf, textOf } from "./estimate-usage.ts";

/** What a model is told when not all of a conversation is sent. */
export const LEFT_OUT_NOTICE = [
  "The conversation is too long to be sent whole: earlier turns were left out,",
  "and some results, files and texts in what you see are replaced by a note that says so.",
].join(" ");

/**
 * The newest exchanges within so many characters; the same array when all of it fits. Each begins with a user's turn: half
 * an exchange means nothing to a model. The last one is always there, if need be without results and files, and in the end
 * with no more than what the user and the assistant said, as much of it as fits.
 */
export function newestTurns(turns: readonly ChatMessage[], charsMax: number): readonly ChatMessage[] {
  if (charsIn(turns) <= charsMax) return turns;
  const earlier = exchangesOf(turns);
  const last = fitted(earlier.pop() ?? [], charsMax);
  const kept = [last];
  let charsLeft = charsMax - charsIn(last);
  for (const exchange of earlier.reverse()) {
    const form = [exchange, lean(exchange)].find((one) => charsIn(one) <= charsLeft);
    if (form?.[0]?.role !== "user") break;
    charsLeft -= charsIn(form);
    kept.push(form);
  }
  return kept.reverse().flat();
}

/** About half of it, the newer one; of a single exchange ever less, until there is nothing. */
export function newerHalf(turns: readonly ChatMessage[]): readonly ChatMessage[] {
  const exchanges = exchangesOf(turns);
  if (exchanges.length > 1) return exchanges.slice(Math.ceil(exchanges.length / 2)).flat();
  const chars = charsIn(turns);
  if (chars <= EXCHANGE_CHARS_MIN) return [];
  const half = fitted(turns, Math.floor(chars / 2));
  return charsIn(half) < chars ? half : [];
}

/** A single exchange that is shorter is not cut any more: then it is not what is too long. */
const EXCHANGE_CHARS_MIN = 2_000;

function charsIn(turns: readonly ChatMessage[]): number {
  return turns.reduce((sum, turn) => sum + charsOf(turn), 0);
}

/** Each begins with a user's turn, but for what stands before the first of these. */
function exchangesOf(turns: readonly ChatMessage[]): (readonly ChatMessage[])[] {
  const exchanges: ChatMessage[][] = [];
  for (const turn of turns) {
    const current = exchanges.at(-1);
    if (current === undefined || turn.role === "user") exchanges.push([turn]);
    else current.push(turn);
  }
  return exchanges;
}

/** As much of one exchange as fits; the notes come on top when there is hardly any room. */
function fitted(exchange: readonly ChatMessage[], charsMax: number): readonly ChatMessage[] {
  if (charsIn(exchange) <= charsMax) return exchange;
  const leaner = lean(exchange);
  if (charsIn(leaner) <= charsMax) return leaner;
  const said = essence(leaner);
  return said.map((turn) => cut(turn, Math.floor(charsMax / said.length)));
}

const RESULT_LEFT_OUT = "[This result is left out: the conversation is too long.]";
const FILE_LEFT_OUT = "[A picture or file is left out here: the conversation is too long.]";
/** Longer arguments of calls are left out with the results. */
const ARGUMENTS_CHARS_KEPT_MAX = 1_000;

/** Without results of tools, files, and long arguments. */
function lean(exchange: readonly ChatMessage[]): ChatMessage[] {
  return exchange.map((turn) => {
    const { content, toolCalls } = turn;
    if (turn.role === "tool")
      return charsOf(turn) > RESULT_LEFT_OUT.length ? { ...turn, content: RESULT_LEFT_OUT } : turn;
    const calls = toolCalls?.map((call) =>
      call.arguments.length > ARGUMENTS_CHARS_KEPT_MAX ? { ...call, arguments: "{}" } : call,
    );
    const parts = typeof content === "string" || content === null ? content : content.map(withoutFile);
    return { ...turn, content: parts, ...(calls === undefined ? {} : { toolCalls: calls }) };
  });
}

function withoutFile(part: ContentPart): ContentPart {
  return typeof part["text"] === "string" ? part : { type: "text", text: FILE_LEFT_OUT };
}

/** What the user asked, what the assistant said last, and calls that somebody may answer yet. */
function essence(exchange: readonly ChatMessage[]): ChatMessage[] {
  const answered = new Set(exchange.map(({ toolCallId }) => toolCallId));
  const open = exchange.findLastIndex(({ toolCalls = [] }) => toolCalls.some(({ id }) => !answered.has(id)));
  const end = open === -1 ? exchange.length : open;
  const asked = exchange.slice(0, 1).filter(({ role }) => role === "user");
  const saying = exchange
    .slice(0, end)
    .findLast(({ role, content }) => role === "assistant" && textOf(content).trim() !== "");
  const said = saying === undefined ? [] : [{ role: saying.role, content: saying.content }];
  return [...asked, ...said, ...exchange.slice(end)];
}

/** A text that is too long keeps its beginning and its end. */
function cut(turn: ChatMessage, charsMax: number): ChatMessage {
  const text = textOf(turn.content);
  if (text.length <= charsMax) return turn;
  const half = Math.floor(charsMax / 2);
  const [head, tail] = [text.slice(0, half), text.slice(text.length - half)];
  const note = `[${text.length - 2 * half} characters are left out here: the conversation is too long.]`;
  return {
    ...turn,
    content: [head, note, tail]
      .filter((one) => one !== "")
      .join("\n")
      .toWellFormed(),
  };
}

const NO_RESULT =
  "There is no result: the run ended before. Whether this call was made, and did its work, is not known.";

/**
 * The conversation as models take it. Each call has its result right behind it, also where something else was said between
 * them. Calls that were never answered, because a run ended before, get a result that says so; results of no call in sight
 * are left out; what the model thought is not sent again.
 */
export function mended(messages: readonly ChatMessage[]): ChatMessage[] {
  const whole: (ChatMessage | CalledFor)[] = [];
  // Ids may come again: then the call that was made last is meant.
  const open = new Map<string, CalledFor>();
  for (const message of messages) {
    if (message.role === "tool") {
      const call = open.get(message.toolCallId ?? "");
      if (call !== undefined) call.result ??= message;
      continue;
    }
    const { reasoning: _thought, ...sent } = message;
    whole.push(sent);
    for (const { id, name } of message.toolCalls ?? []) {
      const call = { id, name, result: undefined };
      open.set(id, call);
      whole.push(call);
    }
  }
  return whole.map((one) => ("role" in one ? one : (one.result ?? withoutResult(one))));
}

/** The place of a call's result. */
interface CalledFor {
  readonly id: string;
  readonly name: string;
  result: ChatMessage | undefined;
}

function withoutResult({ id, name }: CalledFor): ChatMessage {
  return { role: "tool", toolCallId: id, name, content: NO_RESULT };
}
