// What a run comes to as a response: its output, item by item, and the events that tell how it came about. Texts before and
// after tools that ran in the host are items of their own; calls of the client's tools are items for it to answer.

import { randomBytes } from "node:crypto";
import type { ModelToolCall, RunEvent, RunOutcome, Usage } from "../../protocol/inference.ts";
import { callsForClient, extension, secondsNow } from "./chat-answer.ts";
import type { OpenAiError } from "./error-shape.ts";

type Item = Record<string, unknown> & { readonly id: string };

/** The item that grows. */
interface Open {
  readonly kind: "message" | "reasoning";
  readonly id: string;
  readonly index: number;
  text: string;
}

interface ResponseOptions {
  readonly id: string;
  readonly model: string;
  readonly echo: Readonly<Record<string, unknown>>;
  /** The tools are the client's. */
  readonly showsCalls: boolean;
}

/** An event, without its number. */
type ResponseEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

export class ResponseAnswer {
  readonly #options: ResponseOptions;
  readonly #createdAt = secondsNow();
  readonly #items: Item[] = [];
  readonly #shown = new Set<string>();
  #open: Open | undefined;
  #hasBegun = false;
  #sequence = 0;

  constructor(options: ResponseOptions) {
    this.#options = options;
  }

  *of(event: RunEvent): Generator<object> {
    yield* this.#numbered(this.#eventsOf(event));
  }

  /** What ends a run that went well; the last event has the whole response. */
  *last(outcome: RunOutcome): Generator<object> {
    yield* this.#numbered(this.#rest(outcome));
    const response = this.whole(outcome);
    yield* this.#numbered([{ type: `response.${response["status"]}`, response }]);
  }

  /** What ends one that failed after it had begun. */
  *failed(error: OpenAiError): Generator<object> {
    yield* this.#numbered(this.#close("incomplete"));
    const { code, message, type, param } = error;
    const partial = error.partial_content === undefined ? {} : { partial_content: error.partial_content };
    const response = { ...this.#frame("failed"), error: { code, message, type, param, ...partial } };
    yield* this.#numbered([{ type: "response.failed", response }]);
  }

  /** The response of a run that is over, all of whose events were given to `of`. */
  whole(outcome: RunOutcome): Record<string, unknown> {
    for (const _ of this.#rest(outcome)); // Where it is not streamed, nobody took these.
    const reason = INCOMPLETE[outcome.finish];
    return {
      ...this.#frame(reason === undefined ? "completed" : "incomplete"),
      model: outcome.model,
      ...(reason === undefined ? { completed_at: secondsNow() } : { incomplete_details: { reason } }),
      usage: wireUsage(outcome.usage),
      osaurus: extension(outcome),
    };
  }

  *#numbered(events: Iterable<ResponseEvent>): Generator<object> {
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      yield { type: "response.created", response: this.#frame("in_progress"), sequence_number: this.#sequence++ };
      yield { type: "response.in_progress", response: this.#frame("in_progress"), sequence_number: this.#sequence++ };
    }
    for (const event of events) yield { ...event, sequence_number: this.#sequence++ };
  }

  *#eventsOf(event: RunEvent): Generator<ResponseEvent> {
    if (event.type === "text") yield* this.#grow("message", event.text);
    else if (event.type === "reasoning") yield* this.#grow("reasoning", event.text);
    else if (event.type === "tool_call") {
      yield* this.#close("completed");
      if (this.#options.showsCalls) yield* this.#call(event.call);
    } else if (event.type === "tool_result") yield* this.#close("completed");
  }

  *#rest(outcome: RunOutcome): Generator<ResponseEvent> {
    yield* this.#close(INCOMPLETE[outcome.finish] === undefined ? "completed" : "incomplete");
    for (const call of callsForClient(outcome)) if (!this.#shown.has(call.id)) yield* this.#call(call);
  }

  *#grow(kind: Open["kind"], text: string): Generator<ResponseEvent> {
    if (this.#open?.kind !== kind) {
      yield* this.#close("completed");
      yield* this.#begin(kind);
    }
    const open = this.#open!;
    open.text += text;
    const place = { item_id: open.id, output_index: open.index, content_index: 0 };
    if (kind === "message") yield { type: "response.output_text.delta", ...place, delta: text, logprobs: [] };
    else yield { type: "response.reasoning_text.delta", ...place, delta: text };
  }

  *#begin(kind: Open["kind"]): Generator<ResponseEvent> {
    const open = { kind, id: newId(kind === "message" ? "msg" : "rs"), index: this.#items.length, text: "" };
    this.#open = open;
    const item = itemOf(open, "in_progress", []);
    this.#items.push(item);
    yield { type: "response.output_item.added", output_index: open.index, item };
    yield { type: "response.content_part.added", ...placeOf(open), part: partOf(open) };
  }

  *#close(status: "completed" | "incomplete"): Generator<ResponseEvent> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const item = itemOf(open, status, [partOf(open)]);
    this.#items[open.index] = item;
    const done = { ...placeOf(open), text: open.text };
    if (open.kind === "message") yield { type: "response.output_text.done", ...done, logprobs: [] };
    else yield { type: "response.reasoning_text.done", ...done };
    yield { type: "response.content_part.done", ...placeOf(open), part: partOf(open) };
    yield { type: "response.output_item.done", output_index: open.index, item };
  }

  *#call({ id, name, arguments: text }: ModelToolCall): Generator<ResponseEvent> {
    this.#shown.add(id);
    const output_index = this.#items.length;
    const item = { type: "function_call", id: newId("fc"), call_id: id, name, arguments: text, status: "completed" };
    this.#items.push(item);
    const place = { item_id: item.id, output_index };
    const begun = { ...item, arguments: "", status: "in_progress" };
    yield { type: "response.output_item.added", output_index, item: begun };
    yield { type: "response.function_call_arguments.delta", ...place, delta: text };
    yield { type: "response.function_call_arguments.done", ...place, name, arguments: text };
    yield { type: "response.output_item.done", output_index, item };
  }

  #frame(status: string): Record<string, unknown> {
    const { id, model, echo } = this.#options;
    return {
      id,
      object: "response",
      created_at: this.#createdAt,
      status,
      background: false,
      error: null,
      incomplete_details: null,
      ...echo,
      model,
      output: [...this.#items],
      usage: null,
    };
  }
}

/** Reasons for which an answer is not whole, as clients know them; `osaurus.finish` has the reason as it is. */
const INCOMPLETE: Readonly<Record<string, string | undefined>> = {
  length: "max_output_tokens",
  content_filter: "content_filter",
  max_iterations: "max_output_tokens",
};

function itemOf({ kind, id }: Open, status: string, content: readonly object[]): Item {
  return kind === "message"
    ? { type: "message", id, role: "assistant", status, content }
    : { type: "reasoning", id, status, summary: [], content };
}

function partOf({ kind, text }: Open): object {
  return kind === "message"
    ? { type: "output_text", text, annotations: [], logprobs: [] }
    : { type: "reasoning_text", text };
}

function placeOf({ id, index }: Open): object {
  return { item_id: id, output_index: index, content_index: 0 };
}

function newId(kind: string): string {
  return `${kind}_${randomBytes(12).toString("hex")}`;
}

function wireUsage({ promptTokens, completionTokens, totalTokens }: Usage): object {
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: totalTokens,
  };
}
