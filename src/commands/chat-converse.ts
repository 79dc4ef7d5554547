// A conversation at a terminal. Ctrl-C cancels the answer that comes, and a second one leaves; Ctrl-D leaves.

import { EXIT, HostError, toHostError } from "../protocol/errors.ts";
import type { RunOutcome } from "../protocol/inference.ts";
import { printFailureLines } from "../terminal/failure-lines.ts";
import type { TalkInput } from "../terminal/talk-input.ts";
import { answerPrinter, type Chat, failureOf, finishNotes } from "./chat-answer.ts";
import type { ChatConsent } from "./chat-consent.ts";
import { notify } from "./notify.ts";

export interface Conversation extends Chat {
  readonly talk: TalkInput;
  readonly desk: ChatConsent;
}

const PROMPT = "> ";

/** Asks and answers until the user leaves. */
export async function converse(conversation: Conversation): Promise<number> {
  const { input, settings, run, talk } = conversation;
  const { io } = input;
  notify(io, settings, "info", `talking to "${run.agent.name}"; Ctrl-C cancels an answer, Ctrl-D leaves`);
  const noteFinish = finishNotes(io, settings);
  let code: number = EXIT.done;
  for (;;) {
    const typed = await talk.ask(PROMPT);
    if (typed.kind !== "text") {
      io.stderr.write("\n");
      if (typed.kind === "interrupt") code = EXIT.interrupted;
      break;
    }
    if (typed.text.trim() !== "" && (await answer(conversation, noteFinish, typed.text)) === "leave") {
      code = EXIT.interrupted;
      break;
    }
  }
  if (run.sessionId !== undefined) {
    notify(io, settings, "info", `"osaurus chat --session ${run.sessionId}" goes on with this conversation`);
  }
  return code;
}

/** One answer. What goes wrong with it is said, and the conversation goes on. */
async function answer(
  { input, settings, run, talk, desk }: Conversation,
  noteFinish: (outcome: RunOutcome) => void,
  text: string,
): Promise<"go on" | "leave"> {
  const { io } = input;
  const cancel = new AbortController();
  const { promise: left, resolve: leave } = Promise.withResolvers<"leave">();
  const printer = answerPrinter(io, settings);
  const watch = talk.watch(() => (cancel.signal.aborted ? leave("leave") : cancel.abort()));
  desk.watch = watch;
  const signal = AbortSignal.any([cancel.signal, io.signal]);
  const asking = run.ask({ text, signal, onEvent: printer.onEvent }).then(
    (outcome) => {
      printer.end();
      const failure = failureOf(outcome);
      if (failure === undefined) noteFinish(outcome);
      else report(io, failure);
      return "go on" as const;
    },
    (error: unknown) => {
      printer.end();
      report(io, toHostError(error));
      return "go on" as const;
    },
  );
  try {
    const end = await Promise.race([asking, left]);
    if (io.signal.aborted) throw new HostError("interrupted", "interrupted");
    return end;
  } finally {
    desk.watch = undefined;
    watch.end();
  }
}

function report(io: Conversation["input"]["io"], { code, message, hint }: HostError): void {
  if (code === "interrupted") io.stderr.write("(cancelled)\n");
  else printFailureLines(io, message, code, hint);
}
