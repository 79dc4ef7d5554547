// A run of an agent, from the request to its outcome: its session, its model, its turn, and what is kept of it ("Osaurus:
// Host API", inference); `converse.ts` has the loop. What models and tools do wrong ends up in the outcome, with all that
// there is by then.

import { randomBytes } from "node:crypto";
import { HostError } from "../protocol/errors.ts";
import type { ChatMessage, RunError, RunFinish, RunOutcome } from "../protocol/inference.ts";
import type { Sessions } from "../store/sessions.ts";
import { turnOfResult } from "./call-round.ts";
import { type ConverseParts, converse, type Progress, type Run } from "./converse.ts";
import { emptyAnswer, turnOf } from "./model-answer.ts";
import type { OpenRuns } from "./open-runs.ts";
import { RunControl, runError } from "./run-control.ts";
import type { OpenRun, RunRequest } from "./run-request.ts";
import { openRunSession } from "./run-session.ts";
import { RunTranscript } from "./run-transcript.ts";
import { splitSystem } from "./system-prompt.ts";

export interface RunParts extends ConverseParts {
  sessions(): Promise<Sessions>;
  readonly open: OpenRuns;
  /** The host is stopped when this is aborted. */
  readonly signal: AbortSignal;
  /** How long a run may take; for tests. */
  readonly msMax?: number;
}

/** Throws what `AgentRunner.run` throws. */
export async function runAgent(parts: RunParts, request: RunRequest): Promise<RunOutcome> {
  refuseInvalid(request);
  const model = await (await parts.models()).choose(request.model, request.agent);
  const progress = noProgress();
  const question = splitSystem(request.messages).conversation;
  let transcript = new RunTranscript(undefined, question);
  const signals = [request.signal, parts.signal];
  try {
    return await parts.open.run(request.traceId, async (isInner) => {
      const session = await openRunSession(parts.sessions, request);
      transcript = new RunTranscript(session, question);
      const control = new RunControl(signals, request.onEvent?.bind(request), parts.msMax);
      try {
        const opened = () => request.onOpen?.(openRun(run));
        const run: Run = { parts, request, model, session, control, transcript, progress, opened };
        if (session === undefined || !session.replays || isInner) return await finished(run);
        return await inTurn(run, parts.open, session.id);
      } finally {
        control.close();
      }
    });
  } catch (error) {
    if (!(error instanceof HostError) || !NO_ROOM.has(error.code)) throw error;
    return outcomeOf({ model, progress, transcript }, undefined, "failed", runError(error));
  }
}

/** What there are too many runs for is how a run came out. */
const NO_ROOM: ReadonlySet<string> = new Set(["host_busy", "inference_refused"]);

function noProgress(): Progress {
  return {
    executed: [],
    artifacts: [],
    pending: [],
    answer: emptyAnswer(),
    open: undefined,
    question: undefined,
    usage: { promptTokens: 0, completionTokens: 0, totalTokens: 0 },
    isShortened: false,
  };
}

function refuseInvalid({ messages, continues, session }: RunRequest): void {
  if (continues !== true && messages.length === 0) throw new HostError("request_invalid", "there are no messages");
  if (continues === true && (messages.length > 0 || session?.kind !== "id")) {
    throw new HostError("request_invalid", "what goes on has a session with an id, and no messages of its own");
  }
}

/** Whoever is ended while it waits for its turn leaves what was said in the session all the same. */
async function inTurn(run: Run, open: OpenRuns, sessionId: string): Promise<RunOutcome> {
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
  const { control, session } = run;
  let finish: RunFinish;
  let error: RunError | undefined;
  try {
    finish = await converse(run);
  } catch (thrown) {
    ({ finish, error } = control.endingOf(thrown));
  }
  let sessionId = session?.id;
  try {
    sessionId = await kept(run, finish);
  } catch (thrown) {
    // The answer is there all the same. What ended the run before matters more than that.
    if (!(thrown instanceof HostError)) throw thrown;
    if (error === undefined) [finish, error] = ["failed", runError(thrown)];
  }
  return outcomeOf(run, sessionId, finish, error);
}

/** Puts what was said behind what stands in the session; gives the session that there is then. */
async function kept({ request, session, transcript }: Run, finish: RunFinish): Promise<string | undefined> {
  // A conversation does not begin with a question that nobody answered.
  const isAnswered = transcript.turns.length > 0 || (finish !== "failed" && finish !== "cancelled");
  if (session !== undefined && !isAnswered && request.continues !== true) {
    const forgotten = await session.forget();
    if (forgotten !== false) {
      transcript.end();
      return forgotten === "gone" ? undefined : session.id;
    }
  }
  await transcript.keepAndEnd();
  return session?.id;
}

/** What ends the run from outside, with a word for whoever goes on with it. */
function openRun({ control, progress, transcript }: Run): OpenRun {
  return {
    async interrupt(message) {
      if (transcript.isEnded) return;
      const isFirst = !transcript.isSealed;
      control.silence();
      transcript.seal(closingTurns(progress));
      if (message !== undefined) transcript.say({ role: "user", content: message });
      try {
        await transcript.keep();
      } finally {
        if (isFirst) control.abort();
      }
    },
  };
}

/** What there is of the answer that is coming, or results for all calls that have none in the transcript. */
function closingTurns({ open }: Progress): readonly ChatMessage[] {
  if (open === undefined) return [];
  if ("round" in open) return open.round.rest().map((made) => turnOfResult(made));
  const partial = open.answer.text === "" ? undefined : turnOf(open.answer, []);
  return partial === undefined ? [] : [partial];
}

function outcomeOf(
  { model, progress, transcript }: Pick<Run, "model" | "progress" | "transcript">,
  sessionId: string | undefined,
  finish: RunFinish,
  error: RunError | undefined,
): RunOutcome {
  const { executed, artifacts, pending, answer, question, usage, isShortened } = progress;
  return {
    id: `cmpl-${randomBytes(6).toString("hex")}`,
    model: model.model,
    finish,
    content: answer.text,
    reasoning: answer.reasoning,
    toolCallsExecuted: executed,
    pendingToolCalls: pending,
    sharedArtifacts: artifacts,
    usage,
    turns: transcript.turns,
    sessionId,
    error,
    ...(finish === "clarification" && question !== undefined ? { question } : {}),
    ...(isShortened ? { isShortened } : {}),
  };
}
