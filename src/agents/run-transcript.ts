// What a run adds to its conversation, and how that gets into its session: always as the turns that come next, one write at
// a time, each with all that came meanwhile.

import type { ChatMessage } from "../protocol/inference.ts";
import type { OpenSession } from "./run-session.ts";

export class RunTranscript {
  readonly #session: Pick<OpenSession, "append"> | undefined;
  readonly #questionCount: number;
  /** What is asked, and what the run added. */
  readonly #all: ChatMessage[];
  #keptCount = 0;
  #isSealed = false;
  #isEnded = false;
  /** The write that goes on, or was last; never rejects. */
  #writing: Promise<void> = Promise.resolve();
  /** The one after it. */
  #next: Promise<void> | undefined;

  /** @param question what is asked; it stands in the session with the first turn that is kept. */
  constructor(session: Pick<OpenSession, "append"> | undefined, question: readonly ChatMessage[]) {
    this.#session = session;
    this.#questionCount = question.length;
    this.#all = [...question];
  }

  /** What the run added. */
  get turns(): readonly ChatMessage[] {
    return this.#all.slice(this.#questionCount);
  }

  /** What is asked, and what the run added. */
  get all(): readonly ChatMessage[] {
    return this.#all;
  }

  /** After `seal`, nothing is added. */
  add(turn: ChatMessage | undefined): void {
    if (turn !== undefined && !this.#isSealed) this.#all.push(turn);
  }

  /** These are the last turns of the run itself. */
  seal(turns: readonly ChatMessage[]): void {
    if (this.#isSealed) return;
    this.#all.push(...turns);
    this.#isSealed = true;
  }

  get isSealed(): boolean {
    return this.#isSealed;
  }

  /** Nothing is taken any more. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** What somebody says behind all that the run did. */
  say(message: ChatMessage): void {
    if (!this.#isEnded) this.#all.push(message);
  }

  /** Resolves when all that was added until now is in the session. What cannot be kept is tried again with the next. */
  async keep(): Promise<void> {
    this.#next ??= this.#queued();
    await this.#next;
  }

  /** The same, and nothing is taken any more once it resolves. */
  async keepAndEnd(): Promise<void> {
    try {
      do await this.keep();
      while (this.#keptCount < this.#all.length && this.#session !== undefined);
    } finally {
      this.#isEnded = true;
    }
  }

  /** Nothing of it is kept that is not yet. */
  end(): void {
    this.#isEnded = true;
  }

  #queued(): Promise<void> {
    const mine = this.#writing.then(async () => {
      this.#next = undefined;
      await this.#write();
    });
    this.#writing = mine.catch(() => {});
    return mine;
  }

  async #write(): Promise<void> {
    const count = this.#all.length;
    if (this.#session === undefined || count === this.#keptCount) return;
    await this.#session.append(this.#all.slice(this.#keptCount, count));
    this.#keptCount = count;
  }
}
