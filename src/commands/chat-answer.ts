// One answer of an agent: on stdout as it comes, or as one JSON document. What goes on beside it is said on stderr.

import { formatOrderedJson, parseOrderedJson } from "../base/ordered-json.ts";
import type { Agent } from "../protocol/agent.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import type { RunEvent, RunOutcome } from "../protocol/inference.ts";
import type { CommandIo } from "../terminal/io.ts";
import { lookOf, styled } from "../terminal/look.ts";
import { showHidden } from "../terminal/show-hidden.ts";
import { StreamedText } from "../terminal/streamed-text.ts";
import type { CommandInput } from "./command.ts";
import { notify } from "./notify.ts";
import type { Settings } from "./settings.ts";

export interface AskedRun {
  readonly text: string;
  readonly signal: AbortSignal;
  onEvent(event: RunEvent): void;
}

export interface RunOfChat {
  readonly agent: Agent;
  /** Undefined before the first answer of a new conversation. */
  readonly sessionId: string | undefined;
  /** Throws what `AgentRunner.run` throws. */
  ask(asked: AskedRun): Promise<RunOutcome>;
}

export interface Chat {
  readonly input: CommandInput;
  readonly settings: Settings;
  readonly run: RunOfChat;
}

/** Asks once. Throws what a run that failed has to say; what came of it has been printed. */
export async function answerOnce({ input, settings, run }: Chat, text: string): Promise<number> {
  const { io } = input;
  if (!settings.json) {
    const printer = answerPrinter(io, settings);
    const outcome = await run.ask({ text, signal: io.signal, onEvent: printer.onEvent }).finally(printer.end);
    const failure = failureOf(outcome);
    if (failure !== undefined) throw failure;
    finishNotes(io, settings)(outcome);
    return EXIT.done;
  }
  const outcome = await run.ask({ text, signal: io.signal, onEvent: () => {} });
  const failure = failureOf(outcome);
  const document = JSON.stringify({ ...documentOf(run.agent, outcome), ...failure?.toBody() });
  io.stdout.write(`${formatOrderedJson(parseOrderedJson(document), 2)}\n`);
  return failure?.exitCode ?? EXIT.done;
}

function documentOf(agent: Agent, outcome: RunOutcome) {
  const { promptTokens, completionTokens, totalTokens } = outcome.usage;
  return {
    id: outcome.id,
    session_id: outcome.sessionId ?? null,
    agent: { id: agent.id, name: agent.name },
    model: outcome.model,
    finish: outcome.finish,
    content: outcome.content,
    ...(outcome.reasoning === "" ? {} : { reasoning: outcome.reasoning }),
    tool_calls: outcome.toolCallsExecuted,
    pending_tool_calls: outcome.pendingToolCalls,
    usage: { prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens: totalTokens },
    ...(outcome.usage.isEstimated ? { usage_is_estimated: true } : {}),
    ...(outcome.isShortened ? { is_shortened: true } : {}),
  };
}

/** Why a run is no answer; nothing when it is one. */
export function failureOf({ finish, error, pendingToolCalls }: RunOutcome): HostError | undefined {
  if (finish === "failed") {
    const { code, message, hint } = error ?? { code: "internal", message: "the run failed" };
    return new HostError(code, message, hint === undefined ? {} : { hint });
  }
  if (finish === "cancelled") return new HostError("interrupted", "interrupted");
  if (finish !== "max_iterations") return undefined;
  const left = pendingToolCalls.length;
  const message = left > 0 ? `the model wanted ${left} more tool calls` : "the model went round in circles";
  return new HostError("max_iterations_reached", `${message}, and may go on no longer`);
}

/** Makes what says of an answer that it is not all of it, or not to all of the conversation; the latter once. */
export function finishNotes(io: CommandIo, settings: Settings): (outcome: RunOutcome) => void {
  const note = (text: string) => notify(io, settings, "warning", text);
  let toldShortened = false;
  return ({ finish, isShortened, sessionId }) => {
    if (isShortened && !toldShortened) {
      const where = sessionId === undefined ? "" : `; "osaurus sessions show ${sessionId}" has all of it`;
      note(`the conversation is too long for the model, which was not given its older parts${where}`);
      toldShortened = true;
    }
    if (finish === "length") note("the answer was cut off: the model may not say more at once");
    if (finish === "content_filter") note("the model's server held back a part of the answer");
  };
}

/** Prints events as they come. Its last line ends with `end`, whatever happened. */
export function answerPrinter(io: CommandIo, settings: Settings) {
  const answer = new StreamedText((text) => io.stdout.write(text));
  const look = lookOf(io.stderr, io.env, settings.wish);
  const thoughts = new StreamedText((text) => io.stderr.write(styled(text, "muted", look)));
  const line = (text: string) => io.stderr.write(`${styled(text, "muted", look)}\n`);
  const endBoth = () => {
    thoughts.end();
    answer.end();
  };
  return {
    onEvent(event: RunEvent): void {
      // Nobody reads it any more: then nobody has to write it.
      if (io.stdout.isClosed) throw new HostError("interrupted", "interrupted");
      switch (event.type) {
        case "text":
          thoughts.end();
          answer.add(event.text);
          break;
        case "reasoning":
          // Beside an answer that goes to a file, it would only be in the way.
          if (io.stderr.isTerminal) thoughts.add(event.text);
          break;
        case "tool_call":
          endBoth();
          line(`[tool] ${short(event.call.name)} ${short(event.call.arguments)}`);
          break;
        case "tool_result":
          if (event.isError) line(`[tool] ${short(event.name)} failed: ${short(messageIn(event.content))}`);
      }
    },
    end: endBoth,
  };
}

const SHOWN_CHARS_MAX = 120;

function short(text: string): string {
  const line = showHidden(text.slice(0, 4 * SHOWN_CHARS_MAX)).replaceAll(/\s+/g, " ");
  return line.length > SHOWN_CHARS_MAX ? `${line.slice(0, SHOWN_CHARS_MAX - 1).toWellFormed()}…` : line;
}

/** What a failure's envelope says; the host wrote it. */
function messageIn(content: string): string {
  return (JSON.parse(content) as { readonly message: string }).message;
}
