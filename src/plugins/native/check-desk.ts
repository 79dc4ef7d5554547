// Asks one runner what it noticed of its plugin, and remembers the answer for when the runner is gone. Only a checked runner
// answers; it says in its HELLO that it is one.

import type { FrameView } from "../../base/frame-reader.ts";
import type { FrameWriter } from "../../base/frame-writer.ts";
import { CHECK_REPORT_MS_MAX } from "../../protocol/limits.ts";
import { type CheckReport, readCheckReport } from "./check-report.ts";
import { KIND } from "./frames.ts";

export class CheckDesk {
  readonly #writer: FrameWriter;
  readonly #waiting = new Map<number, () => void>();
  #answers = false;
  #lastId = 0;
  #last: CheckReport | undefined;

  constructor(writer: FrameWriter) {
    this.#writer = writer;
  }

  /** What was noticed when the runner was asked last. */
  get last(): CheckReport | undefined {
    return this.#last;
  }

  /** The runner is a checked one. */
  opened(): void {
    this.#answers = true;
  }

  /** The runner is gone, or about to go: nobody waits any more. */
  close(): void {
    this.#answers = false;
    for (const done of this.#waiting.values()) done();
  }

  /** What was noticed so far; from a runner that does not answer (any more), what it said last. */
  async ask(): Promise<CheckReport | undefined> {
    if (!this.#answers) return this.#last;
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, CHECK_REPORT_MS_MAX);
    this.#waiting.set(id, resolve);
    this.#writer.write(KIND.check, 0, id, 0, []);
    await promise;
    this.#waiting.delete(id);
    clearTimeout(timer);
    return this.#last;
  }

  /** A REPORT frame came. Throws `FrameError` when it is none. */
  take(frame: FrameView): void {
    this.#last = readCheckReport(frame.text());
    this.#waiting.get(frame.id)?.();
  }
}
