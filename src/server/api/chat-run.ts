// One answer of an agent that is being made: what it tells is in its log, what it came to in its session.

import { randomUUID } from "node:crypto";
import type { OpenRun } from "../../agents/run-request.ts";
import { withCaller } from "../../host/caller-scope.ts";
import type { Agent } from "../../protocol/agent.ts";
import type { AnswerOf } from "../../protocol/api/client-types.ts";
import type { RUN_ENDERS, RUNS_API } from "../../protocol/api/runs.ts";
import type { RunError, RunEvent, RunOutcome } from "../../protocol/inference.ts";
import { APPROVAL_MS_MAX } from "../../protocol/limits.ts";
import { type NoteBug, requestError } from "../error-answer.ts";
import type { ServerHost } from "../server-host.ts";
import { ChatLog } from "./chat-log.ts";
import { type CallTime, chatCall, chatResult } from "./session-messages.ts";

type Ender = (typeof RUN_ENDERS)[number];
type RunDocument = AnswerOf<typeof RUNS_API.show_run>;

export type ChatHost = Pick<ServerHost, "agents" | "models" | "inference" | "accessKeys">;

export interface ChatWish {
  readonly agent: Agent;
  readonly sessionId: string;
  readonly text: string;
  readonly model: string | null | undefined;
  /** Of whoever asks. */
  readonly keyId: string;
  readonly note: NoteBug;
}

const UNEXPLAINED: RunError = { code: "internal", message: "the run failed" };

export class ChatRun {
  readonly id: string;
  readonly sessionId: string;
  readonly agentId: string;
  readonly keyId: string;
  readonly log = new ChatLog();
  /** Of calls that are over, by their ids. */
  readonly callTimes = new Map<string, CallTime>();
  /** Resolves when it has ended and all that is kept of it is in its session; never rejects. */
  readonly over: Promise<void>;
  readonly #wish: ChatWish;
  readonly #traceId = randomUUID();
  readonly #startedAt = new Date();
  readonly #ending = new AbortController();
  /** Calls that are made now, by their ids. */
  readonly #atWork = new Map<string, { readonly began: number; hasWaited: boolean }>();
  #model: string;
  #open: OpenRun | undefined;
  #endedBy: Ender | null = null;
  #turnsBefore: number | undefined;
  #end: Pick<RunDocument, "finish" | "error" | "is_shortened" | "is_kept" | "ended_at"> | undefined;

  /** Begins at once. */
  constructor(id: string, wish: ChatWish, model: string, host: ChatHost) {
    this.id = id;
    this.sessionId = wish.sessionId;
    this.agentId = wish.agent.id;
    this.keyId = wish.keyId;
    this.#wish = wish;
    this.#model = model;
    this.over = this.#run(host);
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** How many turns the session had before this run added any; undefined while it waits for its turn. */
  get turnsBefore(): number | undefined {
    return this.#turnsBefore;
  }

  /** Softly: what was said by then is kept. Resolves when nothing more is said. Who asks first is who ended it. */
  async stop(by: Ender): Promise<void> {
    if (this.isOver || this.#endedBy !== null) return;
    this.#endedBy = by;
    try {
      await this.#open?.interrupt(undefined);
    } catch {
      // It could not be written now: that is tried again at its end, and told then.
    } finally {
      this.#ending.abort();
    }
  }

  document(): RunDocument {
    const { text } = this.#wish;
    const running = { finish: null, error: null, is_shortened: false, is_kept: true, ended_at: null };
    return {
      run_id: this.id,
      session_id: this.sessionId,
      agent_id: this.agentId,
      trace_id: this.#traceId,
      state: this.isOver ? "over" : "running",
      text,
      model: this.#model,
      started_at: this.#startedAt.toISOString(),
      ended_by: this.isOver ? this.#endedBy : null,
      ...(this.#end ?? running),
    };
  }

  async #run(host: ChatHost): Promise<void> {
    let outcome: RunOutcome | undefined;
    let failure: RunError | undefined;
    try {
      outcome = await withCaller(this.#caller(), () => this.#asked(host));
      failure = outcome.finish === "failed" ? (outcome.error ?? UNEXPLAINED) : undefined;
      this.#model = outcome.model;
    } catch (thrown) {
      const { code, message, hint } = requestError(thrown, this.#wish.note);
      failure = { code, message, hint };
    }
    const isKept = await this.#isKept(host, outcome);
    this.#end = {
      finish: failure === undefined ? outcome!.finish : "failed",
      error: failure === undefined ? null : errorDocument(failure),
      is_shortened: outcome?.isShortened ?? false,
      is_kept: isKept,
      ended_at: new Date().toISOString(),
    };
    this.log.end({ type: "end", run: this.document() });
  }

  async #asked(host: ChatHost): Promise<RunOutcome> {
    const { agent, model, text, sessionId } = this.#wish;
    const { sessions } = await host.agents();
    return await (await host.inference()).run({
      agent,
      model,
      messages: [{ role: "user", content: text }],
      tools: { kind: "agent" },
      sampling: {},
      session: { kind: "id", id: sessionId },
      artifactFolder: sessionId,
      traceId: this.#traceId,
      signal: this.#ending.signal,
      beforeTurns: async () => {
        this.#turnsBefore = (await sessions.byId(sessionId, agent.id))?.turnCount ?? 0;
      },
      onOpen: (open) => {
        this.#open = open;
      },
      onEvent: (event) => this.#take(event),
    });
  }

  /** Whoever follows the run answers on a page, where there is time. */
  #caller() {
    const onWaiting = ({ id, toolId }: { readonly id: string; readonly toolId: string }) => {
      // Results are told in the calls' order: those behind it wait too.
      for (const call of this.#atWork.values()) call.hasWaited = true;
      this.log.tell({ type: "approval", approval_id: id, tool: toolId });
    };
    return {
      consent: { waitMs: APPROVAL_MS_MAX, onWaiting },
      session: { kind: "conversation", id: this.sessionId } as const,
    };
  }

  #take(event: RunEvent): void {
    switch (event.type) {
      case "text":
      case "reasoning":
        this.log.say(event.type, event.text);
        break;
      case "tool_call":
        this.log.tell({ type: "tool_call", call: chatCall(event.call) });
        break;
      case "calls_begin":
        for (const { id } of event.calls) this.#atWork.set(id, { began: performance.now(), hasWaited: false });
        break;
      case "tool_result": {
        const result = chatResult(event.content, event.isError, this.#took(event.callId));
        this.log.tell({ type: "tool_result", call_id: event.callId, result });
        break;
      }
      case "artifact": {
        const { filename, size, host_path: path } = event.artifact;
        this.log.tell({ type: "artifact", filename, size, path });
      }
    }
  }

  #took(callId: string): CallTime | undefined {
    const call = this.#atWork.get(callId);
    if (call === undefined) return undefined;
    const took = { ms: Math.round(performance.now() - call.began), hasWaited: call.hasWaited };
    this.#atWork.delete(callId);
    this.callTimes.set(callId, took);
    return took;
  }

  async #isKept(host: ChatHost, outcome: RunOutcome | undefined): Promise<boolean> {
    if (outcome === undefined || this.#turnsBefore === undefined) return false;
    try {
      const session = await (await host.agents()).sessions.byId(this.sessionId, undefined);
      return session !== undefined && session.turnCount > this.#turnsBefore;
    } catch {
      return false;
    }
  }
}

function errorDocument({ code, message, hint }: RunError) {
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}
