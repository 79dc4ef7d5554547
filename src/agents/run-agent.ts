// A run of an agent: the model is asked, what it wants of tools is done, and it is asked again, until it has its answer
// ("Osaurus: Host API", inference). What models and tools do wrong ends up in the outcome, with all that there is by then.

import { randomBytes } from "node:crypto";
import { HostError } from "../protocol/errors.ts";
import type {
  ChatMessage,
  ModelToolCall,
  RunError,
  RunFinish,
  RunOutcome,
  Sampling,
  Usage,
} from "../protocol/inference.ts";
import { RUN_ITERATIONS_DEFAULT, RUN_ITERATIONS_MAX } from "../protocol/limits.ts";
import type { Sessions } from "../store/sessions.ts";
import { LEFT_OUT_NOTICE, mended, newerHalf } from "./conversation.ts";
import { askModel, emptyAnswer, type ModelAnswer, turnOf } from "./model-answer.ts";
import type { ChosenModel, ModelService } from "./model-service.ts";
import type { OpenRuns } from "./open-runs.ts";
import { RunControl, runError } from "./run-control.ts";
import type { RunRequest } from "./run-request.ts";
import { type EarlierTurns, type OpenSession, openRunSession } from "./run-session.ts";
import { openRunTools, type RunTools, type RunToolsParts } from "./run-tools.ts";
import { CIRCLE_NOTICE, SameRounds } from "./same-rounds.ts";
import { splitSystem, systemMessage } from "./system-prompt.ts";
import { type MadeCall, toolRound } from "./tool-round.ts";
import { UNTRUSTED_NOTICE } from "./untrusted-text.ts";

export interface RunParts extends RunToolsParts {
  models(): Promise<Pick<ModelService, "choose" | "stream">>;
  sessions(): Promise<Sessions>;
  readonly open: OpenRuns;
  /** The host is stopped when this is aborted. */
  readonly signal: AbortSignal;
  /** How long a run may take; for tests. */
  readonly msMax?: number;
}

/** One run on its way. */
interface Run {
  readonly parts: RunParts;
  readonly request: RunRequest;
  readonly model: ChosenModel;
  readonly session: OpenSession | undefined;
  readonly control: RunControl;
  /** What it came to so far. */
  readonly progress: Progress;
}

interface Progress {
  readonly turns: ChatMessage[];
  readonly executed: { readonly name: string; readonly tool_call_id: string }[];
  pending: readonly ModelToolCall[];
  /** The answer that is coming, or came last. */
  answer: ModelAnswer;
  usage: Usage;
  /** Not all that was said before was sent to the model. */
  isShortened: boolean;
  /** What stands in the session by now. */
  kept: { readonly question: boolean; readonly turns: number };
}

/** Throws what `AgentRunner.run` throws. */
export async function runAgent(parts: RunParts, request: RunRequest): Promise<RunOutcome> {
  refuseInvalid(request);
  const model = await (await parts.models()).choose(request.model, request.agent);
  const progress = noProgress();
  const signals = [request.signal, parts.signal];
  try {
    return await parts.open.run(request.traceId, async (isInner) => {
      const session = await openRunSession(parts.sessions, request);
      const control = new RunControl(signals, request.onEvent?.bind(request), parts.msMax);
      try {
        const run = { parts, request, model, session, control, progress };
        if (session === undefined || !session.replays || isInner) return await finished(run);
        return await inTurn(run, session.id);
      } finally {
        control.close();
      }
    });
  } catch (error) {
    if (!(error instanceof HostError) || !NO_ROOM.has(error.code)) throw error;
    return outcomeOf({ model, progress }, undefined, "failed", runError(error));
  }
}

/** What there are too many runs for is how a run came out. */
const NO_ROOM: ReadonlySet<string> = new Set(["host_busy", "inference_refused"]);

function noProgress(): Progress {
  return {
    turns: [],
    executed: [],
    pending: [],
    answer: emptyAnswer(),
    usage: NO_USAGE,
    isShortened: false,
    kept: { question: false, turns: 0 },
  };
}

function refuseInvalid({ messages }: RunRequest): void {
  if (messages.length === 0) throw new HostError("request_invalid", "there are no messages");
}

/** Whoever is ended while it waits for its turn leaves what was said in the session all the same. */
async function inTurn(run: Run, sessionId: string): Promise<RunOutcome> {
  const { open } = run.parts;
  let hasBegun = false;
  try {
    return await open.inTurn(sessionId, run.control.signal, () => {
      hasBegun = true;
      return finished(run);
    });
  } catch (error) {
    if (hasBegun) throw error;
    const { finish, error: reason } = run.control.endingOf(error);
    return outcomeOf(run, sessionId, finish, reason);
  }
}

/** Runs it to its end and keeps what it added. */
async function finished(run: Run): Promise<RunOutcome> {
  const { progress, control, session } = run;
  let finish: RunFinish;
  let error: RunError | undefined;
  try {
    finish = await converse(run);
  } catch (thrown) {
    ({ finish, error } = control.endingOf(thrown));
  }
  let sessionId = session?.id;
  if (session !== undefined) {
    try {
      // A conversation does not begin with a question that nobody answered.
      const isAnswered = progress.turns.length > 0 || (finish !== "failed" && finish !== "cancelled");
      const forgotten = isAnswered ? false : await session.forget();
      if (forgotten === "gone") sessionId = undefined;
      if (forgotten === false) await keep(run);
    } catch (thrown) {
      // The answer is there all the same. What ended the run before matters more than that.
      if (!(thrown instanceof HostError)) throw thrown;
      if (error === undefined) [finish, error] = ["failed", runError(thrown)];
    }
  }
  return outcomeOf(run, sessionId, finish, error);
}

/** Puts what was said so far behind what stands in the session. */
async function keep({ session, request, progress }: Run): Promise<void> {
  const { kept, turns } = progress;
  const question = kept.question ? [] : splitSystem(request.messages).conversation;
  await session?.append([...question, ...turns.slice(kept.turns)]);
  progress.kept = { question: true, turns: turns.length };
}

/** The same in the middle of a run: a host that is killed then loses no more than the round that was on its way. */
async function keepEarly(run: Run): Promise<void> {
  try {
    await keep(run);
  } catch (error) {
    // It is tried again at the end, and told.
    if (!(error instanceof HostError)) throw error;
  }
}

/** Asks and acts in turn; gives why it ended. Throws when it was ended, or the model failed. */
async function converse(run: Run): Promise<RunFinish> {
  const { request, progress, control } = run;
  const tools = await openRunTools(run.parts, request, run.session?.id);
  const earlier: EarlierTurns = (await run.session?.earlier()) ?? { turns: [], isShortened: false };
  progress.isShortened = earlier.isShortened;
  const talk = { tools, earlier: earlier.turns };
  // In an empty session, a question that nobody answers is taken back at the end: it is not there before.
  if (request.session?.kind !== "id" || earlier.turns.length > 0) await keepEarly(run);
  const iterationsMax = clampedIterations(request.maxIterations);
  const rounds = new SameRounds();
  for (let iteration = 1; ; iteration++) {
    const answer = await ask(run, talk, iteration);
    if (answer.calls.length === 0)
      return answer.finish === undefined || answer.finish === "tool_calls" ? "stop" : answer.finish;
    const forHost = answer.calls.filter(({ name }) => !tools.isForCaller(name));
    // What was cut off may be a part of a call only.
    const isCut = answer.finish === "length" || answer.finish === "content_filter";
    const isLast = iteration === iterationsMax;
    if (isCut || forHost.length === 0 || isLast) {
      progress.pending = answer.calls;
      return isCut ? answer.finish! : forHost.length === 0 ? "tool_calls" : "max_iterations";
    }
    const verdict = rounds.add(await act(run, tools, forHost));
    control.signal.throwIfAborted();
    if (forHost.length < answer.calls.length) {
      progress.pending = answer.calls.filter((call) => !forHost.includes(call));
      return "tool_calls";
    }
    if (verdict === "end") return "max_iterations";
    if (verdict === "tell") addNote(progress, CIRCLE_NOTICE);
    if (answer.callsLeftOut > 0) addNote(progress, leftOutNotice(answer));
    progress.answer = emptyAnswer();
    await keepEarly(run);
  }
}

interface Talk {
  readonly tools: RunTools;
  earlier: readonly ChatMessage[];
}

/** One call of the model. Earlier turns that are too much for it are left out, the older ones first. */
async function ask(run: Run, talk: Talk, iteration: number): Promise<ModelAnswer> {
  const { progress, control, parts, model } = run;
  for (;;) {
    const answer = emptyAnswer();
    progress.answer = answer;
    const definitions = talk.tools.definitions();
    const request = {
      model,
      messages: messagesOf(run, talk),
      tools: definitions,
      sampling: samplingOf(run.request, definitions.length > 0, iteration),
    };
    try {
      await askModel(await parts.models(), request, answer, control);
      control.signal.throwIfAborted();
      return answer;
    } catch (error) {
      const isTooLong = error instanceof HostError && error.code === "context_too_long";
      if (!isTooLong || talk.earlier.length === 0 || control.signal.aborted) throw error;
      talk.earlier = newerHalf(talk.earlier);
      progress.isShortened = true;
    } finally {
      if (answer.usage !== undefined) progress.usage = sum(progress.usage, answer.usage);
      const isWhole = answer.finish !== undefined;
      // Calls of an answer that broke off are not made, and have no place in a transcript.
      const turn = turnOf(answer, isWhole ? answer.calls : []);
      if (turn !== undefined) progress.turns.push(turn);
    }
  }
}

/** Makes the calls; their results are turns, also of a round that was ended. */
async function act(run: Run, tools: RunTools, calls: readonly ModelToolCall[]): Promise<MadeCall[]> {
  const { progress, control } = run;
  const made: MadeCall[] = [];
  try {
    await toolRound(calls, tools, made, control);
  } finally {
    for (const { call, forModel, wasMade } of made) {
      progress.turns.push({ role: "tool", toolCallId: call.id, name: call.name, content: forModel });
      if (wasMade) progress.executed.push({ name: call.name, tool_call_id: call.id });
    }
  }
  return made;
}

function messagesOf({ request, progress }: Run, { tools, earlier }: Talk): ChatMessage[] {
  const { system, conversation } = splitSystem(request.messages);
  const hasResults = tools.runsAny || earlier.some(({ role }) => role === "tool");
  const first = systemMessage(system, {
    prompt: request.agent?.systemPrompt,
    instructions: request.instructions,
    skills: tools.skillsNotice,
    notice: [...(hasResults ? [UNTRUSTED_NOTICE] : []), ...(progress.isShortened ? [LEFT_OUT_NOTICE] : [])].join(
      "\n\n",
    ),
  });
  const all = [...conversation, ...progress.turns];
  const sent = earlier.length > 0 ? mended([...earlier, ...all]) : all.map(withoutReasoning);
  return first === undefined ? sent : [first, ...sent];
}

function withoutReasoning({ reasoning: _thought, ...message }: ChatMessage): ChatMessage {
  return message;
}

/** What is forced upon the model holds for its first answer: else it would never come to its last. */
function samplingOf({ agent, sampling }: RunRequest, hasTools: boolean, iteration: number): Sampling {
  const { tool_choice, parallel_tool_calls, ...others } = sampling;
  const isForced = tool_choice !== undefined && tool_choice !== "auto" && tool_choice !== "none";
  return {
    ...(agent?.temperature == null ? {} : { temperature: agent.temperature }),
    ...(agent?.maxTokens == null ? {} : { max_tokens: agent.maxTokens }),
    ...others,
    ...(hasTools && tool_choice !== undefined ? { tool_choice: isForced && iteration > 1 ? "auto" : tool_choice } : {}),
    ...(hasTools && parallel_tool_calls !== undefined ? { parallel_tool_calls } : {}),
  };
}

function clampedIterations(wanted: number = RUN_ITERATIONS_DEFAULT): number {
  const whole = Number.isFinite(wanted) ? Math.trunc(wanted) : RUN_ITERATIONS_DEFAULT;
  return Math.min(Math.max(whole, 1), RUN_ITERATIONS_MAX);
}

/** A line of the host's behind the last result. */
function addNote({ turns }: Progress, text: string): void {
  const last = turns.at(-1)!;
  turns[turns.length - 1] = { ...last, content: `${last.content as string}\n${text}` };
}

function leftOutNotice({ calls, callsLeftOut }: ModelAnswer): string {
  return `Only the first ${calls.length} calls were made; ${callsLeftOut} more in the same answer were left out.`;
}

const NO_USAGE: Usage = { promptTokens: 0, completionTokens: 0, totalTokens: 0 };

function sum(a: Usage, b: Usage): Usage {
  return {
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    totalTokens: a.totalTokens + b.totalTokens,
    ...(a.isEstimated || b.isEstimated ? { isEstimated: true } : {}),
  };
}

function outcomeOf(
  { model, progress }: Pick<Run, "model" | "progress">,
  sessionId: string | undefined,
  finish: RunFinish,
  error: RunError | undefined,
): RunOutcome {
  const { turns, executed, pending, answer, usage, isShortened } = progress;
  return {
    id: `cmpl-${randomBytes(6).toString("hex")}`,
    model: model.model,
    finish,
    content: answer.text,
    reasoning: answer.reasoning,
    toolCallsExecuted: executed,
    pendingToolCalls: pending,
    sharedArtifacts: [],
    usage,
    turns,
    sessionId,
    error,
    ...(isShortened ? { isShortened } : {}),
  };
}
