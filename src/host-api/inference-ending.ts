// What ends inference before it is done: the plugin cancels it, it takes too long, or nobody is left who waits for it.

import type { HostCall } from "../protocol/host-slots.ts";
import { RUN_MS_MAX } from "../protocol/limits.ts";
import type { Served } from "./create-host-api.ts";

export type EndedBy = "cancel" | "timeout" | "gone";

export class InferenceEnding {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #sources: readonly AbortSignal[];
  readonly #onGone = () => this.end("gone");
  #endedBy: EndedBy | undefined;

  /** Must be closed, or its timer runs on. */
  constructor({ gone }: Pick<HostCall, "gone">, { closing, inferenceMsMax = RUN_MS_MAX }: Partial<Served>) {
    this.#timer = setTimeout(() => this.end("timeout"), inferenceMsMax);
    this.#timer.unref();
    this.#sources = closing === undefined ? [gone] : [gone, closing()];
    for (const source of this.#sources) {
      source.addEventListener("abort", this.#onGone, { once: true });
      if (source.aborted) this.end("gone");
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The first reason counts. */
  get by(): EndedBy | undefined {
    return this.#endedBy;
  }

  /** Safe to call again. */
  end(by: EndedBy): void {
    this.#endedBy ??= by;
    this.#controller.abort();
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const source of this.#sources) source.removeEventListener("abort", this.#onGone);
  }
}
