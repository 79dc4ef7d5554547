// Where calls that need somebody's consent wait for it. Every question is a row that any terminal of the user can answer;
// in front of a person it is asked right there as well, and the first answer counts.
//
// Calls of one tool for one agent are asked about one after the other within a session: an answer that is to be remembered is
// then the answer for all of them. Other sessions are asked on their own, as what is answered for one is no answer for them.
// Two questions are never on one screen at a time either.

import { APPROVAL_MS_MAX } from "../protocol/limits.ts";
import type { Approval, ApprovalAnswer, ApprovalOutcome, ApprovalQuestion } from "../store/approval-rows.ts";
import type { Approvals } from "../store/approvals.ts";
import type { Grants } from "../store/grants.ts";
import type { AskConsent, ConsentAnswer, ConsentQuestion } from "../tools/permissions.ts";
import { callerScope } from "./caller-scope.ts";

/**
 * Asks a person on the spot; nothing when they say neither yes nor no, which ends the question everywhere. The texts of the
 * question are cut to what somebody can read, and otherwise as plugin and model wrote them.
 *
 * @param until is aborted when the question is settled otherwise: whoever asks takes it back and gives nothing.
 */
export type AskDirectly = (question: ConsentQuestion, until: AbortSignal) => Promise<ApprovalAnswer | undefined>;

export interface ConsentDeskOptions {
  readonly approvals: Approvals;
  readonly grants: Grants;
  /** How long a call waits for its answer. */
  readonly waitMs: number;
  readonly askDirectly?: AskDirectly | undefined;
  /** Is told of a question that waits, so that somebody learns how to answer it. */
  readonly onWaiting?: ((approval: Approval) => void) | undefined;
  /** Ends all questions unanswered. */
  readonly signal?: AbortSignal | undefined;
}

/** Makes what a tool call asks for consent with. Nothing is kept or opened before the first question. */
export function createConsentDesk(options: ConsentDeskOptions): AskConsent {
  const { grants } = options;
  const inTurn = new WeakMap<AskDirectly, AskDirectly>();
  /** How whoever asked for the call wants to be asked. */
  const wayNow = (): ConsentDeskOptions => {
    const scope = callerScope()?.consent;
    const own = { waitMs: APPROVAL_MS_MAX, askDirectly: undefined, onWaiting: undefined };
    const way = scope === undefined ? options : { ...options, ...own, ...scope };
    if (way.askDirectly === undefined) return way;
    const askDirectly = inTurn.get(way.askDirectly) ?? oneAtATime(way.askDirectly);
    inTurn.set(way.askDirectly, askDirectly);
    return { ...way, askDirectly };
  };
  /** What is asked now, by session, tool and agent; resolves, whatever comes of it, with the answer if there is one. */
  const asked = new Map<string, Promise<ConsentAnswer | undefined>>();

  return async (question, signal) => {
    const { pluginId, toolId, agentId } = question;
    const session = callerScope()?.session;
    const key = JSON.stringify([session?.id ?? "", pluginId, toolId, agentId]);
    const way = wayNow();
    const deadline = performance.now() + way.waitMs;
    const ended = AbortSignal.any([signal, options.signal].filter((one) => one !== undefined));
    let earlier: ConsentAnswer | undefined;
    for (;;) {
      const remembered = await rememberedAnswer(grants, question);
      if (remembered !== undefined) return !remembered.allow && earlier?.decided ? earlier : remembered;
      if (ended.aborted || performance.now() >= deadline) return undefined;
      const before = asked.get(key);
      if (before === undefined) break;
      // Whoever asked before may have more time.
      const tooLate = AbortSignal.timeout(Math.max(1, Math.ceil(deadline - performance.now())));
      earlier = await settledOr(before, AbortSignal.any([ended, tooLate]));
    }
    const { promise: over, resolve } = Promise.withResolvers<ConsentAnswer | undefined>();
    asked.set(key, over);
    let answer: ConsentAnswer | undefined;
    try {
      const conversation = session?.kind === "conversation" ? session.id : undefined;
      const outcome = await ask(way, { ...question, conversation }, deadline - performance.now(), ended);
      if (outcome?.remember === "session") {
        await grants.setForSession(question, agentId, outcome.allow ? "auto" : "deny");
      }
      answer = outcome && answerOf(outcome);
      return answer;
    } finally {
      asked.delete(key);
      resolve(answer);
    }
  };
}

/** It may have been decided since the call looked: by the answer to the same question before, or in another terminal. */
async function rememberedAnswer(grants: Grants, question: ConsentQuestion): Promise<ConsentAnswer | undefined> {
  const policy = await grants.policyOf(question, question.agentId);
  return policy === "auto" || policy === "deny" ? { allow: policy === "auto", remembered: true } : undefined;
}

function answerOf({ allow, remember, edited }: ApprovalOutcome): ConsentAnswer {
  const isDenied = remember === null && !allow;
  const answer = { allow, remembered: remember !== "once", ...(isDenied ? { decided: true as const } : {}) };
  return allow && edited !== undefined ? { ...answer, edited } : answer;
}

async function ask(
  { approvals, askDirectly, onWaiting }: ConsentDeskOptions,
  question: ApprovalQuestion,
  waitMs: number,
  ended: AbortSignal,
): Promise<ApprovalOutcome | undefined> {
  const approval = await approvals.open(question, waitMs);
  const settled = new AbortController();
  const waiting = approvals.wait(approval, ended).finally(() => settled.abort());
  const asking = askDirectly && relay(approvals, approval, askDirectly(approval, settled.signal));
  try {
    onWaiting?.(approval);
    // What went wrong with asking ends the question too; what went wrong with waiting takes the question back.
    const [answer] = await Promise.all([waiting, asking]);
    return answer;
  } catch (error) {
    approvals.withdraw(approval.id);
    await Promise.allSettled([waiting, asking]);
    throw error;
  }
}

/** Passes on what was answered on the spot. Somebody in another terminal may have been faster. */
async function relay(
  approvals: Approvals,
  { id }: Approval,
  asking: Promise<ApprovalAnswer | undefined>,
): Promise<void> {
  const answer = await asking;
  if (answer === undefined) return approvals.withdraw(id);
  await approvals.answer(id, answer, "prompt").catch((error: { code?: unknown }) => {
    if (error.code !== "approval_settled") throw error;
  });
}

/** Lets one question after the other be asked; one that is settled before its turn is not asked at all. */
function oneAtATime(askDirectly: AskDirectly): AskDirectly {
  let last: Promise<unknown> = Promise.resolve();
  return (question, until) => {
    const { promise: skipped, resolve: skip } = Promise.withResolvers<undefined>();
    const onAbort = () => skip(undefined);
    until.addEventListener("abort", onAbort, { once: true });
    const turn = last.then(() => {
      // From here on whoever asks takes the question back.
      until.removeEventListener("abort", onAbort);
      return until.aborted ? undefined : askDirectly(question, until);
    });
    last = turn.catch(() => {});
    return Promise.race([turn, skipped]);
  };
}

/** What the promise gives, which never fails, or nothing when the signal is aborted before. */
async function settledOr<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const onAbort = () => resolve(undefined);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return signal.aborted ? undefined : await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
