// One round of a task on its way: waits for its place, runs the agent on the transcript of the session, and writes how that
// ended. Whatever comes together (the answer, a cancel, an interrupt, the end of the host), one of them is first, and the
// round ends once.

import { randomUUID } from "node:crypto";
import { setImmediate as immediate } from "node:timers/promises";
import type { OpenRun, RunRequest } from "../agents/run-request.ts";
import type { Agent } from "../protocol/agent.ts";
import { type HostError, toHostError } from "../protocol/errors.ts";
import type { ChatMessage, RunEvent, RunOutcome, SharedArtifact } from "../protocol/inference.ts";
import { TASK_MESSAGES_UNSAID_CHARS_MAX, TASK_MESSAGES_UNSAID_MAX, TASK_RESUMES_MAX } from "../protocol/limits.ts";
import { resumedActivity } from "../protocol/resumed-activity.ts";
import type { LiveFacts, Task } from "../protocol/task.ts";
import { type NewTaskEvent, type TaskChange, writerOf } from "../store/tasks.ts";
import { keepTrying } from "./keep-trying.ts";
import { howToResume } from "./resume-round.ts";
import { RoundNews } from "./round-news.ts";
import type { RoundParts, RoundStart } from "./round-parts.ts";
import { cancelled, completed, endingOf, failed, type TaskEnding } from "./task-ending.ts";
import { interruptedError } from "./task-errors.ts";
import type { Slot } from "./task-slots.ts";

export class TaskRound {
  /** Resolves when its end is written, or is nobody's concern here any more. Never fails. */
  readonly over: Promise<void>;
  /** Resolves when nothing of it runs any more. Never fails. */
  readonly settled: Promise<void>;
  readonly #parts: RoundParts;
  readonly #start: RoundStart;
  readonly #news: RoundNews;
  readonly #resolveOver: () => void;
  /** Cuts off the model and the tools. */
  readonly #cut = new AbortController();
  /** Ends the wait for a place. */
  readonly #hurry = new AbortController();
  readonly #artifacts: SharedArtifact[];
  #task: Task;
  #slot: Slot | undefined;
  /** Others of its session come before it. */
  #isBehind = false;
  /** Resolves when that turns out. */
  #behind = Promise.withResolvers<void>();
  #open: OpenRun | undefined;
  /** Its end is being written, or is nobody's concern: nothing that comes later counts. */
  #isClosed = false;
  /** Writes how it ended; never fails. */
  #closing: Promise<void> | undefined;
  #interrupt: Interrupt | undefined;
  /** What was found out before the model was asked. */
  #verdict: TaskEnding | undefined;

  /** Begins at once. */
  constructor(parts: RoundParts, start: RoundStart) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { task, slot } = start;
    this.over = promise;
    this.#resolveOver = resolve;
    this.#parts = parts;
    this.#start = start;
    this.#task = task;
    this.#slot = slot;
    this.#artifacts = [...task.artifacts];
    this.#news = new RoundNews({
      title: task.title,
      keep: (activity) => this.#keepSoon({}, [{ kind: "activity", payload: { ...activity } }]),
      pass: (kind, payload) => parts.passing(this.#task, kind, payload),
    });
    this.settled = this.#run();
  }

  get task(): Task {
    return this.#task;
  }

  get facts(): LiveFacts {
    return { currentStep: this.#news.step, output: this.#news.text === "" ? null : this.#news.text };
  }

  /** A cancel or an interrupt came, or all is done but for writing it. */
  get isEnding(): boolean {
    return this.#isClosed || this.#interrupt !== undefined;
  }

  /** It waits for others before its turn comes, also when it is about to end. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Resolves when it is over, or has to wait for others before it can be. */
  async overOrBehind(): Promise<void> {
    await Promise.race([this.over, this.#behind.promise]);
  }

  /** It has a place among those that run. */
  get hasPlace(): boolean {
    return this.#slot !== undefined;
  }

  /** Counts at once; resolves when it is written. A round that is over already stays as it came out. */
  async cancel(): Promise<void> {
    if (!this.#isClosed) void this.#close(cancelled(this.#withArtifacts([]), this.#news.text));
    await this.over;
  }

  /** Whether the message can be taken: only so much waits until it is said. */
  hasRoomFor(message: string): boolean {
    const unsaid = this.#interrupt?.unsaid ?? [];
    const chars = unsaid.reduce((sum, { length }) => sum + length, message.length);
    return unsaid.length < TASK_MESSAGES_UNSAID_MAX && chars <= TASK_MESSAGES_UNSAID_CHARS_MAX;
  }

  /** The same: what was said so far stays, the message is the last word, and the round is completed. */
  async interrupt(message: string | undefined): Promise<void> {
    if (!this.#isClosed) {
      this.#interrupt ??= { unsaid: [], told: undefined };
      if (message !== undefined) this.#interrupt.unsaid.push(message);
      this.#news.stop();
      this.#hurry.abort();
      this.#tellRun();
    }
    await this.over;
  }

  /** Somebody else ended the task, owns it or removed it: it is cut off, and nothing is written. */
  lose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#leave();
  }

  async #run(): Promise<void> {
    this.#news.waits();
    try {
      // Whoever dispatched it is answered first.
      if (this.#start.given !== undefined) await immediate();
      const request = await this.#prepare();
      if (request !== undefined) await this.#endAs(await (await this.#parts.runner()).run(request));
      else if (this.#interrupt !== undefined) await this.#closeInterrupted(this.#interrupt, this.#news.text);
    } catch (error) {
      await this.#endWith(toHostError(error));
    } finally {
      await this.#closing;
      // What is left open here was left to the next host.
      this.#isClosed = true;
      this.#leave();
    }
  }

  /** Waits for its turn and its place. Undefined: it is over by now. */
  async #prepare(): Promise<RunRequest | undefined> {
    const { task, isResumed } = this.#start;
    if (isResumed && !(await this.#noteResumed())) return undefined;
    const agent = this.#start.given?.agent ?? (await this.#parts.agent(task.agentId));
    if (agent === undefined) {
      await this.#close(cancelled(task));
      return undefined;
    }
    await this.#waitForTurn();
    await this.#waitForPlace();
    const instructions = this.#start.given
      ? this.#start.given.instructions
      : await this.#parts.instructions(task.pluginId);
    if (this.#isClosed || this.#parts.signal.aborted) return undefined;
    return this.#request(agent, instructions);
  }

  /** False: it is over. */
  async #noteResumed(): Promise<boolean> {
    const { resumes } = this.#task;
    if (resumes > TASK_RESUMES_MAX) {
      const summary = `The host ended ${resumes} times while the task ran`;
      await this.#close(failed(this.#task, "task_interrupted", summary, this.#task.output ?? ""));
      return false;
    }
    const event = { kind: "activity", payload: { ...resumedActivity() } } as const;
    return (await this.#keep({}, [event])) !== undefined;
  }

  /** Also a round that was interrupted waits: what it has to say comes behind those before it. */
  async #waitForTurn(): Promise<void> {
    const signal = AbortSignal.any([this.#parts.signal, this.#cut.signal]);
    const waits = (isForPlace: boolean) => {
      if (!isForPlace) {
        this.#slot?.();
        this.#slot = undefined;
      }
      this.#isBehind = true;
      this.#behind.resolve();
    };
    await this.#parts.untilTurn({ taskId: this.#task.id, waits, signal });
    this.#isBehind = false;
    this.#behind = Promise.withResolvers();
  }

  async #waitForPlace(): Promise<void> {
    if (this.#slot !== undefined) return;
    const signal = AbortSignal.any([this.#parts.signal, this.#cut.signal, this.#hurry.signal]);
    // Without a place, a round that was interrupted comes to its end all the same.
    const slot = await this.#parts.slots.take(this.#task.agentId, signal).catch(() => undefined);
    if (this.#isClosed) slot?.();
    else this.#slot = slot;
  }

  #request(agent: Agent, instructions: string | undefined): RunRequest {
    const { id, sessionId, pluginId, tools } = this.#task;
    return {
      agent,
      messages: [],
      tools: { kind: "agent" },
      sampling: {},
      continues: true,
      alsoTools: tools.map((toolId) => ({ pluginId, toolId })),
      mayAsk: true,
      artifactFolder: id,
      instructions,
      session: { kind: "id", id: sessionId, writer: { name: writerOf(this.#task), owner: this.#parts.owner } },
      traceId: randomUUID(),
      signal: this.#cut.signal,
      beforeTurns: () => this.#beforeTurns(),
      onOpen: (run) => {
        this.#open = run;
        if (this.#interrupt !== undefined) this.#tellRun();
      },
      onEvent: (event) => this.#take(event),
    };
  }

  /** It is the round's turn in its session: what belongs in the transcript before the model is asked is put there. */
  async #beforeTurns(): Promise<void> {
    const { store, owner, signal } = this.#parts;
    if (this.#isClosed || signal.aborted) throw interruptedError();
    if (this.#task.prompt !== null) {
      const task = await store.openRound(this.#task.id, owner);
      if (task === undefined) this.lose();
      else this.#changeTo(task);
    } else if (this.#start.isResumed) {
      // It had begun: what it added since says how far it came.
      const { verdict, results } = howToResume(this.#task, await store.turnsOfRound(this.#task));
      this.#verdict = verdict;
      if (results.length > 0) await this.#keep({}, [], results);
    }
    if (this.#interrupt !== undefined) await this.#say(this.#interrupt);
    if (this.#verdict !== undefined || this.#interrupt !== undefined || this.#isClosed) throw interruptedError();
    this.#news.begins();
  }

  /** Messages stay in the list until they are kept: when that fails, they are written with the end. */
  async #say({ unsaid }: Interrupt): Promise<void> {
    const messages = [...unsaid];
    await this.#keep({}, [], userTurns(messages));
    unsaid.splice(0, messages.length);
  }

  #take(event: RunEvent): void {
    if (this.isEnding) return;
    this.#news.take(event);
    if (event.type === "artifact") {
      this.#artifacts.push(event.artifact);
      this.#keepSoon({ artifacts: [...this.#artifacts] }, []);
    }
  }

  /** Hands the first message to the run; what the run does not take any more is appended behind it. */
  #tellRun(): void {
    const interrupt = this.#interrupt!;
    if (this.#open === undefined || interrupt.told !== undefined) return;
    const message = interrupt.unsaid.shift();
    interrupt.told = { message };
    // What could not be kept shows in the outcome.
    this.#open.interrupt(message).catch(() => {});
  }

  async #endAs(outcome: RunOutcome): Promise<void> {
    if (this.#isClosed) return;
    if (this.#interrupt !== undefined) return await this.#endInterrupted(this.#interrupt, outcome);
    if (this.#verdict !== undefined) return await this.#close(this.#verdict);
    const isCutOff = outcome.finish === "cancelled" || outcome.finish === "failed";
    if (isCutOff && this.#parts.signal.aborted) return;
    await this.#close(endingOf(this.#withArtifacts(outcome.sharedArtifacts), outcome, this.#news.text));
  }

  async #endInterrupted(interrupt: Interrupt, { finish, content, turns }: RunOutcome): Promise<void> {
    const { told, unsaid } = interrupt;
    // The run may have come to its end just before, or could not keep it.
    const isSaid =
      finish !== "failed" && turns.some(({ role, content }) => role === "user" && content === told?.message);
    if (told?.message !== undefined && !isSaid) unsaid.unshift(told.message);
    await this.#closeInterrupted(interrupt, content === "" ? this.#news.text : content);
  }

  async #closeInterrupted({ unsaid }: Interrupt, output: string): Promise<void> {
    await this.#close(completed(this.#withArtifacts([]), output), userTurns(unsaid));
  }

  /** The run could not even begin, or broke. */
  async #endWith(error: HostError): Promise<void> {
    if (this.#isClosed) return;
    if (this.#interrupt !== undefined) return await this.#closeInterrupted(this.#interrupt, this.#news.text);
    if (this.#parts.signal.aborted) return;
    if (this.#verdict !== undefined) return await this.#close(this.#verdict);
    await this.#close(failed(this.#withArtifacts([]), error.code, error.message, this.#news.text));
  }

  /** Those that the store does not know yet included. */
  #withArtifacts(shared: readonly SharedArtifact[]): Task {
    const missing = shared.filter(({ host_path }) => !this.#artifacts.some((one) => one.host_path === host_path));
    return { ...this.#task, artifacts: [...this.#artifacts, ...missing] };
  }

  /** The first who comes here decides. */
  async #close({ change, event }: TaskEnding, turns: readonly ChatMessage[] = []): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#news.stop();
    this.#cut.abort();
    this.#closing = this.#keepEnding(change, event, turns);
    await this.#closing;
    this.#leave();
  }

  async #keepEnding(change: TaskChange, event: NewTaskEvent, turns: readonly ChatMessage[]): Promise<void> {
    const { signal, endRetriesMs, unkept, kept } = this.#parts;
    let left = turns;
    await keepTrying({
      signal,
      retriesMs: endRetriesMs,
      work: async () => {
        try {
          await this.#keep(change, [event], left);
        } catch (error) {
          // With its session, what was to stand in it is gone.
          if (toHostError(error).code === "session_unknown") left = [];
          throw error;
        }
      },
      givesUp: (error, trying) => unkept({ ...this.#task, ...change }, error, trying),
      doneLater: () => kept(this.#task),
    });
  }

  /** Nothing more comes of it: its place is free. */
  #leave(): void {
    this.#news.stop();
    this.#cut.abort();
    this.#hurry.abort();
    this.#slot?.();
    this.#resolveOver();
  }

  /** Changes the row; undefined when the task is not this host's any more. */
  async #keep(
    change: TaskChange,
    events: readonly NewTaskEvent[],
    turns: readonly ChatMessage[] = [],
  ): Promise<Task | undefined> {
    const { store, owner } = this.#parts;
    const task = await store.change(this.#task.id, owner, change, events, turns);
    if (task === undefined) this.lose();
    else this.#changeTo(task);
    return task;
  }

  /** The same without anybody waiting for it. What comes later is written later. */
  #keepSoon(change: TaskChange, events: readonly NewTaskEvent[]): void {
    this.#keep(change, events).catch((error: unknown) => {
      if (!this.#parts.signal.aborted) void this.#endWith(toHostError(error));
    });
  }

  #changeTo(task: Task): void {
    this.#task = task;
    this.#parts.changed(task);
  }
}

function userTurns(texts: readonly string[]): ChatMessage[] {
  return texts.map((content) => ({ role: "user", content }));
}

interface Interrupt {
  /** Messages that do not stand in the transcript yet. */
  readonly unsaid: string[];
  /** What the run was told. */
  told: { readonly message: string | undefined } | undefined;
}
