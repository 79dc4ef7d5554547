// What one call of the model in a run is asked: the system's words, what was said before, what the run added, and how the
// model is to answer.

import type { ChatMessage, Sampling } from "../protocol/inference.ts";
import { LEFT_OUT_NOTICE, mended } from "./conversation.ts";
import type { RunRequest } from "./run-request.ts";
import type { RunTools } from "./run-tools.ts";
import { splitSystem, systemMessage } from "./system-prompt.ts";
import { UNTRUSTED_NOTICE } from "./untrusted-text.ts";

export interface Said {
  readonly earlier: readonly ChatMessage[];
  /** What is asked in this run, and what the run added. */
  readonly now: readonly ChatMessage[];
  /** Not all of it is there. */
  readonly isShortened: boolean;
}

export function messagesOf(request: RunRequest, tools: RunTools, { earlier, now, isShortened }: Said): ChatMessage[] {
  const hasResults = tools.runsAny || earlier.some(({ role }) => role === "tool");
  const notices = [...(hasResults ? [UNTRUSTED_NOTICE] : []), ...(isShortened ? [LEFT_OUT_NOTICE] : [])];
  const first = systemMessage(splitSystem(request.messages).system, {
    prompt: request.agent?.systemPrompt,
    instructions: request.instructions,
    skills: tools.skillsNotice,
    notice: notices.join("\n\n"),
  });
  const sent = earlier.length > 0 ? mended([...earlier, ...now]) : now.map(withoutReasoning);
  return first === undefined ? sent : [first, ...sent];
}

function withoutReasoning({ reasoning: _thought, ...message }: ChatMessage): ChatMessage {
  return message;
}

/** What is forced upon the model holds for its first answer: else it would never come to its last. */
export function samplingOf({ agent, sampling }: RunRequest, hasTools: boolean, iteration: number): Sampling {
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
