// The loop of a run: the model is asked, what it wants of tools is done, and it is asked again. What is to be done stands
// in the session before it is done, and what came of it as soon as that is known: a host that is killed leaves a transcript
// that hides nothing.

import { HostError } from "../protocol/errors.ts";
import type { ModelToolCall, RunFinish, SharedArtifact, Usage } from "../protocol/inference.ts";
import { RUN_ITERATIONS_DEFAULT, RUN_ITERATIONS_MAX } from "../protocol/limits.ts";
import type { Clarification } from "../protocol/task.ts";
import { CallRound, turnOfResult } from "./call-round.ts";
import { AWAITING_ANSWER, questionIn } from "./clarify.ts";
import { newerHalf } from "./conversation.ts";
import { askModel, emptyAnswer, type ModelAnswer, turnOf } from "./model-answer.ts";
import type { ChosenModel, ModelService } from "./model-service.ts";
import type { RunControl } from "./run-control.ts";
import { messagesOf, samplingOf } from "./run-messages.ts";
import type { RunRequest } from "./run-request.ts";
import type { EarlierTurns, OpenSession } from "./run-session.ts";
import { openRunTools, type RunTools, type RunToolsParts } from "./run-tools.ts";
import type { RunTranscript } from "./run-transcript.ts";
import { CIRCLE_NOTICE, SameRounds, type Verdict } from "./same-rounds.ts";
import { toolRound } from "./tool-round.ts";

export interface ConverseParts extends RunToolsParts {
  models(): Promise<Pick<ModelService, "choose" | "stream">>;
}

/** One run on its way. */
export interface Run {
  readonly parts: ConverseParts;
  readonly request: RunRequest;
  readonly model: ChosenModel;
  readonly session: OpenSession | undefined;
  readonly control: RunControl;
  readonly transcript: RunTranscript;
  /** What it came to so far. */
  readonly progress: Progress;
  /** Is told when the run may be interrupted. */
  opened(): void;
}

export interface Progress {
  readonly executed: { readonly name: string; readonly tool_call_id: string }[];
  readonly artifacts: SharedArtifact[];
  pending: readonly ModelToolCall[];
  /** The answer that is coming, or came last. */
  answer: ModelAnswer;
  /** What is not in the transcript yet: an answer that is coming, or calls that are made. */
  open: { readonly answer: ModelAnswer } | { readonly round: CallRound } | undefined;
  question: Clarification | undefined;
  usage: Usage;
  /** Not all that was said before was sent to the model. */
  isShortened: boolean;
}

/** Asks and acts in turn; gives why it ended. Throws when it was ended, or the model failed. */
export async function converse(run: Run): Promise<RunFinish> {
  const { request, progress, control } = run;
  control.throwIfOver();
  await request.beforeTurns?.();
  const tools = await openRunTools(run.parts, request, run.session?.id, async (artifact) => {
    progress.artifacts.push(artifact);
    await control.emit({ type: "artifact", artifact });
  });
  const earlier: EarlierTurns = (await run.session?.earlier()) ?? { turns: [], isShortened: false };
  progress.isShortened = earlier.isShortened;
  const talk = { tools, earlier: earlier.turns };
  // In an empty session, a question that nobody answers is taken back at the end: it is not there before.
  if (request.session?.kind !== "id" || earlier.turns.length > 0) await keepEarly(run);
  run.opened();
  const iterationsMax = clampedIterations(request.maxIterations);
  const rounds = new SameRounds();
  for (let iteration = 1; ; iteration++) {
    const answer = await ask(run, talk, iteration);
    if (answer.calls.length === 0)
      return answer.finish === undefined || answer.finish === "tool_calls" ? "stop" : answer.finish;
    const forHost = answer.calls.filter(({ name }) => !tools.isForCaller(name));
    // What was cut off may be a part of a call only.
    const isCut = answer.finish === "length" || answer.finish === "content_filter";
    const asking = askingIn(forHost, tools);
    // A question by itself may still be asked: nothing has to be done with its answer in this run.
    const isLast = iteration === iterationsMax && !(asking !== undefined && forHost.length === 1);
    if (isCut || forHost.length === 0 || isLast) {
      progress.pending = answer.calls;
      return isCut ? answer.finish! : forHost.length === 0 ? "tool_calls" : "max_iterations";
    }
    const verdict = await act(run, tools, { answer, forHost, asking, rounds });
    if (forHost.length < answer.calls.length) progress.pending = answer.calls.filter((call) => !forHost.includes(call));
    if (asking !== undefined) return "clarification";
    if (forHost.length < answer.calls.length) return "tool_calls";
    if (verdict === "end") return "max_iterations";
    progress.answer = emptyAnswer();
  }
}

interface Talk {
  readonly tools: RunTools;
  earlier: EarlierTurns["turns"];
}

/** One call of the model. Earlier turns that are too much for it are left out, the older ones first. */
async function ask(run: Run, talk: Talk, iteration: number): Promise<ModelAnswer> {
  const { progress, control, parts, model, transcript } = run;
  for (;;) {
    control.throwIfOver();
    const answer = emptyAnswer();
    progress.answer = answer;
    progress.open = { answer };
    const definitions = talk.tools.definitions();
    const said = { earlier: talk.earlier, now: transcript.all, isShortened: progress.isShortened };
    const request = {
      model,
      messages: messagesOf(run.request, talk.tools, said),
      tools: definitions,
      sampling: samplingOf(run.request, definitions.length > 0, iteration),
    };
    try {
      await askModel(await parts.models(), request, answer, control);
      control.throwIfOver();
      return answer;
    } catch (error) {
      const isTooLong = error instanceof HostError && error.code === "context_too_long";
      if (!isTooLong || talk.earlier.length === 0 || control.isOver) throw error;
      talk.earlier = newerHalf(talk.earlier);
      progress.isShortened = true;
    } finally {
      progress.open = undefined;
      if (answer.usage !== undefined) progress.usage = sum(progress.usage, answer.usage);
      if (isKept(run, answer)) transcript.add(turnOf(answer, madeOf(run, answer)));
    }
  }
}

/** Calls of an answer that broke off are not made, and have no place in a transcript. */
function madeOf({ control }: Run, { finish, calls }: ModelAnswer): readonly ModelToolCall[] {
  return finish !== undefined && !control.isOver ? calls : [];
}

/** Whoever goes on with the transcript later asks for what is not kept once more: nothing of it was done. */
function isKept({ request, control }: Run, { finish, calls }: ModelAnswer): boolean {
  const isWhole = finish !== undefined && (calls.length === 0 || !control.isOver);
  return isWhole || request.continues !== true;
}

interface Act {
  readonly answer: ModelAnswer;
  readonly forHost: readonly ModelToolCall[];
  /** The one among these that asks a question. */
  readonly asking: Asking | undefined;
  readonly rounds: SameRounds;
}

/** Makes the calls, the question last; their results are turns, also of a round that was ended. Throws when it was. */
async function act(run: Run, tools: RunTools, { answer, forHost, asking, rounds }: Act): Promise<Verdict> {
  const { progress, control, transcript } = run;
  const others = forHost.filter((call) => call !== asking?.call);
  let verdict: Verdict = "go on";
  const round = new CallRound(asking === undefined ? others : [...others, asking.call], (made) => {
    const isLast = round.made.length === others.length;
    if (isLast && asking === undefined) verdict = rounds.add(round.made);
    transcript.add(turnOfResult(made, isLast ? notesOf(verdict, answer) : []));
    // What comes next does not wait for it, and the round does.
    keepEarly(run).catch(() => {});
  });
  progress.open = { round };
  try {
    await keepEarly(run);
    await control.emit({ type: "calls_begin", calls: round.calls });
    await toolRound(others, tools, round, control);
    control.throwIfOver();
    await keepEarly(run);
    if (asking !== undefined) await tellQuestion(run, round, asking);
    return verdict;
  } finally {
    progress.open = undefined;
    const rest = round.rest();
    for (const made of rest) transcript.add(turnOfResult(made));
    for (const { call, wasMade } of [...round.made, ...rest]) {
      if (wasMade) progress.executed.push({ name: call.name, tool_call_id: call.id });
    }
  }
}

interface Asking {
  readonly call: ModelToolCall;
  readonly question: Clarification;
}

/** The first call by which the model asks something; what is wrong with others, it is told. */
function askingIn(calls: readonly ModelToolCall[], { clarifyName }: RunTools): Asking | undefined {
  for (const call of calls) {
    if (call.name !== clarifyName) continue;
    const question = questionIn(call.arguments);
    if (!("kind" in question)) return { call, question };
  }
  return undefined;
}

/** Comes last, when all else that the model wanted is kept: whoever answers finds nothing open. */
async function tellQuestion({ progress, control }: Run, round: CallRound, { call, question }: Asking): Promise<void> {
  control.throwIfOver();
  progress.question = question;
  round.end(round.calls.length - 1, { call, forModel: AWAITING_ANSWER, digest: "", wasMade: true });
  const { id: callId, name } = call;
  await control.emit({ type: "tool_result", callId, name, content: AWAITING_ANSWER, isError: false });
}

/** Lines of the host's behind the last result of a round. */
function notesOf(verdict: Verdict, { calls, callsLeftOut }: ModelAnswer): readonly string[] {
  const leftOut = `Only the first ${calls.length} calls were made; ${callsLeftOut} more in the same answer were left out.`;
  return [...(verdict === "tell" ? [CIRCLE_NOTICE] : []), ...(callsLeftOut > 0 ? [leftOut] : [])];
}

/** Writes in the middle of a run. Where that fails, it is tried again at the end, and told then. */
async function keepEarly({ request, transcript }: Run): Promise<void> {
  try {
    await transcript.keep();
  } catch (error) {
    // What is to be gone on with is not done unwritten.
    if (!(error instanceof HostError) || request.continues === true) throw error;
  }
}

function clampedIterations(wanted: number = RUN_ITERATIONS_DEFAULT): number {
  const whole = Number.isFinite(wanted) ? Math.trunc(wanted) : RUN_ITERATIONS_DEFAULT;
  return Math.min(Math.max(whole, 1), RUN_ITERATIONS_MAX);
}

function sum(a: Usage, b: Usage): Usage {
  return {
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    totalTokens: a.totalTokens + b.totalTokens,
    ...(a.isEstimated || b.isEstimated ? { isEstimated: true } : {}),
  };
}
