// The model of task-journey.ts: what it says follows from what it is given, so that it says the same to the host that goes on
// as it would have said to the one that was killed. It serves many journeys at once, which it knows by the first thing said.

import { callsTools, delta, event, hangingStream, type ModelAnswer, says } from "./model-server.ts";
import { SAID } from "./task-journey.ts";

export interface JourneyTrouble {
  /** The request in whose answer the model falls silent for ever, from 1. */
  readonly silentAt?: number;
  /** The effect whose tool never returns. */
  readonly hangsIn?: string;
  /** Called when that is so. */
  onSilence?(): void;
}

/** How the answer begins that is to be interrupted. */
const ENDLESS = "Blue it is, and ";

interface Message {
  readonly role: string;
  readonly content: string | null;
  readonly tool_calls?: readonly { readonly function: { readonly name: string } }[];
}

/** @param troubles by the name of the journey; looked at with each request. */
export function journeyModel(troubles: ReadonlyMap<string, JourneyTrouble>): ModelAnswer {
  const requests = new Map<string, number>();
  return (response, request) => {
    const messages: Message[] = request.body.messages.filter(({ role }: Message) => role !== "system");
    const name = /^Begin journey (.+)\.$/.exec(messages[0]?.content ?? "")?.[1] ?? "";
    const trouble = troubles.get(name) ?? {};
    const number = (requests.get(name) ?? 0) + 1;
    requests.set(name, number);
    if (number !== trouble.silentAt) return answerTo(messages, trouble)(response, request);
    trouble.onSilence?.();
    return hangingStream(event(delta({ content: "Hm" })))(response, request);
  };
}

function answerTo(messages: readonly Message[], { hangsIn }: JourneyTrouble): ModelAnswer {
  const effect = (name: string) => ({
    name: "effect",
    id: `call_${name}`,
    arguments: { name, ...(name === hangsIn ? { end: "hangs" } : {}) },
  });
  const last = messages.at(-1)!;
  if (last.content === SAID.answer) return hangingStream(event(delta({ content: ENDLESS })));
  if (last.content === SAID.interrupt) return says("Stopped.");
  if (last.content === SAID.again) return callsTools(effect("fourth"));
  if (last.role === "user") return callsTools(effect("first"), { name: "moment", arguments: {} }, effect("second"));
  const asked = messages.findLast(({ tool_calls }) => tool_calls !== undefined)!.tool_calls!;
  if (asked.length === 1) return says("Done.");
  const question = { question: "Which colour?", options: ["Red", "Blue"] };
  const clarify = (id: string) => ({ name: "clarify", id, arguments: question });
  // It was asked, and the host was killed before it had put the question to anybody.
  if (asked.length === 2) return callsTools(clarify("call_ask_again"));
  return callsTools(clarify("call_ask"), effect("third"));
}
