// What ends inference before it is done: the plugin cancels it, it takes too long, or nobody is left who waits for it:
// neither the plugin, nor whoever called the plugin.

import type { HostCall } from "../protocol/host-slots.ts";
import { RUN_MS_MAX } from "../protocol/limits.ts";
import type { Served } from "./create-host-api.ts";

export type EndedBy = "cancel" | "timeout" | "gone" | "abandoned";

export class InferenceEnding {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #ends: readonly (() => void)[];
  #endedBy: EndedBy | undefined;

  /** Must be closed, or its timer runs on. */
  constructor(call: Pick<HostCall, "gone" | "abandoned">, { closing, inferenceMsMax = RUN_MS_MAX }: Partial<Served>) {
    this.#timer = setTimeout(() => this.end("timeout"), inferenceMsMax);
    this.#timer.unref();
    this.#ends = [
      this.#endWith(call.gone, "gone"),
      this.#endWith(closing?.(), "gone"),
      this.#endWith(call.abandoned(), "abandoned"),
    ];
  }

  /** Gives what undoes it. */
  #endWith(source: AbortSignal | undefined, by: EndedBy): () => void {
    const onAbort = () => this.end(by);
    source?.addEventListener("abort", onAbort, { once: true });
    if (source?.aborted) onAbort();
    return () => source?.removeEventListener("abort", onAbort);
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
    for (const forget of this.#ends) forget();
  }
}
