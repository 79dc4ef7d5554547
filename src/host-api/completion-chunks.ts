// The chunks of a streamed completion: what a run tells, as JSON that plugins get one by one ("Osaurus: Host API",
// streaming). Members in the order of their names, as in all answers.

import type { RunEvent } from "../protocol/inference.ts";
import { CHUNK_TEXT_CHARS_MAX } from "../protocol/limits.ts";

/** How a stream says that it is over. */
export type ChunkFinish = "stop" | "length" | "tool_calls" | "content_filter" | "max_iterations" | "cancelled";

const CUT_MARK = "… (cut)";

export class CompletionChunks {
  readonly #send: (chunk: string) => Promise<void>;
  readonly #end: string;
  /** The first half of a character whose other half comes with the next text. */
  #half = "";
  #halfOf: "content" | "reasoning_content" = "content";
  #telling: Promise<void> = Promise.resolve();
  #isOver = false;

  /** @param id of the completion. */
  constructor(id: string, send: (chunk: string) => Promise<void>) {
    this.#send = send;
    this.#end = `"index":0}],"id":${JSON.stringify(id)}}`;
  }

  /** Resolves when the plugin takes more. Whoever does not wait for that may only `finish`. */
  async tell(event: RunEvent): Promise<void> {
    const telling = this.#told(event);
    this.#telling = telling;
    await telling;
  }

  /** The last chunk. What is still being told is not told to its end: nothing comes behind the last one. */
  async finish(finish: ChunkFinish): Promise<void> {
    this.#isOver = true;
    await this.#telling.catch(() => undefined);
    await this.#flush();
    await this.#delta({}, finish);
  }

  async #told(event: RunEvent): Promise<void> {
    if (event.type === "text") return await this.#text("content", event.text);
    if (event.type === "reasoning") return await this.#text("reasoning_content", event.text);
    await this.#flush();
    if (event.type === "usage") return await this.#delta(usageDelta(event));
    if (event.type === "artifact" || event.type === "calls_begin") return; // They are in the answer.
    if (event.type === "tool_result") {
      const { callId, content } = event;
      return await this.#delta({ content: cut(content), role: "tool", tool_call_id: cut(callId) });
    }
    const { id, name, arguments: given } = event.call;
    const call = { function: { arguments: cut(given), name: cut(name) }, id: cut(id) };
    await this.#delta({ tool_calls: [call] }, "tool_calls");
  }

  async #text(kind: "content" | "reasoning_content", given: string): Promise<void> {
    if (this.#half !== "" && this.#halfOf !== kind) await this.#flush();
    let text = this.#half + given;
    this.#half = "";
    if (endsInHalf(text)) {
      this.#half = text.slice(-1);
      this.#halfOf = kind;
      text = text.slice(0, -1);
    }
    for (let at = 0; at < text.length && !(at > 0 && this.#isOver); ) {
      let end = Math.min(text.length, at + CHUNK_TEXT_CHARS_MAX);
      if (end < text.length && endsInHalf(text.slice(end - 1, end))) end--;
      await this.#send(this.#textChunk(kind, text.slice(at, end)));
      at = end;
    }
  }

  #textChunk(kind: string, text: string): string {
    return `{"choices":[{"delta":{"${kind}":${JSON.stringify(text.toWellFormed())}},${this.#end}`;
  }

  async #flush(): Promise<void> {
    const half = this.#half;
    this.#half = "";
    if (half !== "") await this.#send(this.#textChunk(this.#halfOf, half));
  }

  async #delta(delta: object, finish?: ChunkFinish): Promise<void> {
    const finished = finish === undefined ? "" : `"finish_reason":"${finish}",`;
    await this.#send(`{"choices":[{"delta":${JSON.stringify(delta)},${finished}${this.#end}`);
  }
}

function usageDelta({ usage, tokensPerSecond, unclosedReasoning }: RunEvent & { readonly type: "usage" }): object {
  return {
    usage: {
      completion_tokens: usage.completionTokens,
      tokens_per_second: Number.isFinite(tokensPerSecond) ? tokensPerSecond : 0,
      unclosed_reasoning: unclosedReasoning,
    },
    ...(usage.isEstimated ? { usage_is_estimated: true } : {}),
  };
}

/** What does not fit into one chunk is cut: it is in the transcript, and the tool's whole result is kept. */
function cut(text: string): string {
  return (text.length > CHUNK_TEXT_CHARS_MAX ? text.slice(0, CHUNK_TEXT_CHARS_MAX) + CUT_MARK : text).toWellFormed();
}

/** Whether the last unit is the first half of a character beyond U+FFFF. */
function endsInHalf(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
