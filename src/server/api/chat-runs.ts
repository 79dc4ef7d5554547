// Answers of agents that are being made for the control API. A run is the server's: it goes on when whoever asked for it goes
// away. It ends by itself, when somebody stops it, and with the access key, the agent, the session or the server that it
// belongs to. Who may ask for it is looked at elsewhere.

import { randomUUID } from "node:crypto";
import { HostError } from "../../protocol/errors.ts";
import { CHAT_RUN_KEPT_MS, CHAT_RUNS_MAX, CHAT_RUNS_PER_KEY_MAX, SERVER_KEY_LOOK_MS } from "../../protocol/limits.ts";
import { HttpError } from "../http-error.ts";
import { type ChatHost, ChatRun, type ChatWish } from "./chat-run.ts";

interface Times {
  readonly keptMs?: number;
  readonly lookMs?: number;
}

export class ChatRuns {
  readonly #host: ChatHost;
  readonly #draining: AbortSignal;
  readonly #times: Times;
  /** Those that go on, and those that ended a moment ago. */
  readonly #known = new Map<string, ChatRun>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #changes = 0;

  /** @param times shorter, for tests. */
  constructor(host: ChatHost, draining: AbortSignal, times: Times = {}) {
    this.#host = host;
    this.#draining = draining;
    this.#times = times;
    draining.addEventListener("abort", () => this.#drain(), { once: true });
  }

  /** Another number after a run began or ended. */
  get changes(): number {
    return this.#changes;
  }

  /** Fails with `rate_limited`, and `host_busy` when the server is being stopped. */
  requireRoom(keyId: string): void {
    if (this.#draining.aborted) {
      throw new HostError("host_busy", "the host is being stopped", { hint: "ask again when it runs again" });
    }
    const open = this.#open();
    const ofKey = open.filter((run) => run.keyId === keyId).length;
    if (ofKey >= CHAT_RUNS_PER_KEY_MAX) throw tooMany(`${ofKey} answers are being made for this access key`);
    if (open.length >= CHAT_RUNS_MAX) throw tooMany(`${open.length} answers are being made`);
  }

  /** Begins a run. Fails as `requireRoom` does, and where a run of that session goes on. */
  begin(wish: ChatWish, chosenModel: string): ChatRun {
    this.requireRoom(wish.keyId);
    const before = this.ofSession(wish.sessionId);
    if (before?.isOver === false) throw answersAlready(before.id);
    const run = new ChatRun(randomUUID(), wish, chosenModel, this.#host);
    // What the one before came to is in the session.
    if (before !== undefined) this.#known.delete(before.id);
    this.#known.set(run.id, run);
    this.#changes++;
    this.#timer ??= setInterval(() => void this.#look(), this.#times.lookMs ?? SERVER_KEY_LOOK_MS).unref();
    void run.over.then(() => this.#ended(run));
    return run;
  }

  find(id: string): ChatRun | undefined {
    return this.#known.get(id.toLowerCase());
  }

  /** The one that goes on in it; else the one that ended a moment ago. */
  ofSession(sessionId: string): ChatRun | undefined {
    return [...this.#known.values()].findLast((run) => run.sessionId === sessionId);
  }

  /** Ends what goes on in a session, which is about to go; resolves when it has ended. */
  async endSession(sessionId: string): Promise<void> {
    const run = this.ofSession(sessionId);
    if (run === undefined) return;
    await run.stop("session");
    await run.over;
    this.#known.delete(run.id);
  }

  #open(): ChatRun[] {
    return [...this.#known.values()].filter(({ isOver }) => !isOver);
  }

  #ended(run: ChatRun): void {
    this.#changes++;
    const forget = () => void this.#forget(run);
    if (this.#draining.aborted) forget();
    else setTimeout(forget, this.#times.keptMs ?? CHAT_RUN_KEPT_MS).unref();
    if (this.#open().length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** A conversation in which nobody was answered could be tried again for as long as its run was known. */
  async #forget(run: ChatRun): Promise<void> {
    if (!this.#known.delete(run.id) || run.document().is_kept) return;
    try {
      await (await this.#host.agents()).sessions.deleteEmpty(run.sessionId);
    } catch {
      // It stays in the list, where people can delete it.
    }
  }

  #drain(): void {
    for (const run of this.#known.values()) {
      if (run.isOver) void this.#forget(run);
      else void run.stop("host");
    }
  }

  /** Whoever may ask no more is not answered any more, and an agent that is gone says nothing. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const [keys, agents] = await Promise.all([this.#host.accessKeys(), this.#host.agents()]);
      for (const run of this.#open()) {
        if (!(await keys.isLive(run.keyId))) void run.stop("key");
        else if (!(await isThere(agents.find(run.agentId)))) void run.stop("agent");
      }
    } catch {
      // What could not be looked up now is looked up again.
    } finally {
      this.#isLooking = false;
    }
  }
}

async function isThere(finding: Promise<unknown>): Promise<boolean> {
  return await finding.then(
    () => true,
    (error: unknown) => !(error instanceof HostError && error.code === "agent_unknown"),
  );
}

function tooMany(what: string): HostError {
  return new HostError("rate_limited", `${what}, and there may not be more`, {
    hint: "try again when one of them is over, or stop one",
  });
}

function answersAlready(runId: string): HttpError {
  return new HttpError("request_invalid", "an answer is being made in this conversation", {
    status: 409,
    hint: "wait until it is over, or stop it",
    details: { run_id: runId },
  });
}
