// What a run told, kept for whoever begins to follow it later or was cut off. Places are counted in characters of what the model
// said, and one for everything else: so a text that came in a thousand pieces is one entry, and each of its places is known.

import type { ChatEvent } from "../../protocol/api/runs.ts";
import { CHAT_LOG_CHARS_MAX } from "../../protocol/limits.ts";

type Said = Extract<ChatEvent, { type: "text" | "reasoning" }>["type"];

type Entry =
  | { readonly type: Said; at: number; text: string }
  | { readonly type: "event"; readonly at: number; readonly event: ChatEvent; readonly chars: number };

/** An event, and the place behind it. */
export interface PlacedEvent {
  readonly event: ChatEvent;
  readonly next: number;
}

export class ChatLog {
  readonly #charsMax: number;
  readonly #entries: Entry[] = [];
  readonly #waiting = new Set<() => void>();
  #chars = 0;
  #next = 0;
  #isEnded = false;

  /** @param charsMax fewer, for tests. */
  constructor(charsMax = CHAT_LOG_CHARS_MAX) {
    this.#charsMax = charsMax;
  }

  /** Behind all that was told. */
  get next(): number {
    return this.#next;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  say(type: Said, text: string): void {
    const last = this.#entries.at(-1);
    if (last?.type === type) last.text += text;
    else this.#entries.push({ type, at: this.#next, text });
    this.#grow(text.length, text.length);
  }

  tell(event: ChatEvent): void {
    const chars = JSON.stringify(event).length;
    this.#entries.push({ type: "event", at: this.#next, event, chars });
    this.#grow(1, chars);
  }

  /** The last event. */
  end(event: ChatEvent): void {
    this.tell(event);
    this.#isEnded = true;
    this.#wake();
  }

  /** What was told from that place on, all text that comes together as one event. */
  since(place: number): PlacedEvent[] {
    const first = this.#entries[0]?.at ?? this.#next;
    const gap: PlacedEvent[] = place < first ? [{ event: { type: "gap" }, next: first }] : [];
    const from = this.#entries.findLastIndex(({ at }) => at <= Math.max(place, first));
    const told = from === -1 ? [] : this.#entries.slice(from).flatMap((entry) => placed(entry, place));
    return [...gap, ...told];
  }

  /** Resolves when there is more than at that place, at once when there is; or when the signal is aborted. */
  async grown(place: number, signal: AbortSignal): Promise<void> {
    if (this.#next > place || this.#isEnded || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = () => resolve();
    this.#waiting.add(done);
    signal.addEventListener("abort", done, { once: true });
    await promise;
    signal.removeEventListener("abort", done);
    this.#waiting.delete(done);
  }

  #grow(places: number, chars: number): void {
    this.#next += places;
    this.#chars += chars;
    while (this.#chars > this.#charsMax) this.#forgetFirst();
    this.#wake();
  }

  #forgetFirst(): void {
    const first = this.#entries[0]!;
    if (first.type === "event" || this.#entries.length > 1) {
      this.#entries.shift();
      this.#chars -= first.type === "event" ? first.chars : first.text.length;
      return;
    }
    const left = first.text.slice(-Math.floor(this.#charsMax / 2));
    first.at += first.text.length - left.length;
    this.#chars = left.length;
    first.text = left;
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done();
  }
}

function placed(entry: Entry, place: number): PlacedEvent[] {
  if (entry.type === "event") return entry.at < place ? [] : [{ event: entry.event, next: entry.at + 1 }];
  const text = entry.text.slice(Math.max(0, place - entry.at));
  return text === "" ? [] : [{ event: { type: entry.type, text }, next: entry.at + entry.text.length }];
}
