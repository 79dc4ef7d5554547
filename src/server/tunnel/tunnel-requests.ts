// All requests that are open in one tunnel: how many there may be, how much of them is held in memory, and that none is left
// when the tunnel or the agent that they were for is gone.

import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { TUNNEL_HELD_BYTES_MAX, TUNNEL_REQUESTS_MAX } from "../../protocol/limits.ts";
import type { TunnelFrame, TunnelFrameOf } from "../../protocol/tunnel-frames.ts";
import { refusalFrame, TunnelAnswer } from "./tunnel-answer.ts";
import { type TunnelRefusal, tunnelRequestHead } from "./tunnel-request-head.ts";

export interface TunnelRequestsOptions {
  accept(connection: Duplex, agentId: string): void;
  send(frame: TunnelFrame): Promise<void>;
  unsentBytes(): number;
  readonly answerMs: number;
  readonly idleMs: number;
  readonly pausedMs: number;
}

/** At whose public address somebody asked. */
export interface AskedAgent {
  readonly agentId: string;
  readonly url: string;
}

export class TunnelRequests {
  readonly #options: TunnelRequestsOptions;
  /** By the relay's names. */
  readonly #open = new Map<string, { readonly answer: TunnelAnswer; readonly agentId: string }>();
  #heldBytes = 0;
  #isDraining = false;
  readonly #runs = new Set<Promise<void>>();

  constructor(options: TunnelRequestsOptions) {
    this.#options = options;
  }

  /** @param agent undefined: nobody has the address that was asked at. */
  take(frame: TunnelFrameOf<"request">, agent: AskedAgent | undefined, hasBase64: boolean): void {
    const { id } = frame;
    if (this.#open.has(id)) return; // An answer to the second would look like one to the first.
    if (agent === undefined) return this.#refuse(id, { status: 404, message: "No matching route" });
    if (this.#isDraining) return this.#refuse(id, { status: 503, message: "The host is stopping" });
    if (this.#open.size >= TUNNEL_REQUESTS_MAX) return this.#refuse(id, { status: 503, message: "The tunnel is busy" });
    const head = tunnelRequestHead(frame, new URL(agent.url).host, hasBase64);
    if ("message" in head) return this.#refuse(id, head);
    let held = 0;
    const hold = (bytes: number): boolean => {
      if (this.#heldBytes + bytes > TUNNEL_HELD_BYTES_MAX) return false;
      held += bytes;
      this.#heldBytes += bytes;
      return true;
    };
    if (!hold(head.body.length)) return this.#refuse(id, { status: 503, message: "The tunnel is busy" });
    const { accept, ...options } = this.#options;
    const answer = new TunnelAnswer({
      ...options,
      id,
      head,
      accept: (connection) => accept(connection, agent.agentId),
      hold,
      sendsBase64: hasBase64,
    });
    this.#open.set(id, { answer, agentId: agent.agentId });
    const run = answer.run().then(() => {
      this.#open.delete(id);
      this.#heldBytes -= held;
      this.#runs.delete(run);
    });
    this.#runs.add(run);
  }

  /** What the relay says of an answer that it gets; nothing happens when it is over already. */
  steer({ type, id }: TunnelFrameOf<"stream_pause" | "stream_resume" | "stream_cancel">): void {
    const answer = this.#open.get(id)?.answer;
    if (type === "stream_pause") answer?.pause();
    else if (type === "stream_resume") answer?.resume();
    else answer?.cancel();
  }

  /** Those of one agent; without one, all. */
  cancel(agentId?: string): void {
    for (const open of this.#open.values()) if (agentId === undefined || open.agentId === agentId) open.answer.cancel();
  }

  /** Those that come are told that the host is stopping; those that are open finish. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Resolves when none is open, or the time is over. */
  async finished(msMax: number): Promise<void> {
    const over = new AbortController();
    const late = delay(msMax, undefined, { signal: over.signal }).catch(() => {});
    await Promise.race([Promise.all(this.#runs), late]);
    over.abort();
  }

  #refuse(id: string, refusal: TunnelRefusal): void {
    void this.#options.send(refusalFrame(id, refusal));
  }
}
