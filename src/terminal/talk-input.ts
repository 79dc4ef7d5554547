// The keyboard in a conversation: one message after the other, and Ctrl-C while an answer comes.
//
// Several lines that are pasted are one message. Terminals that mark what is pasted are asked to; from others, lines that
// come at the same moment belong together.

import { createInterface } from "node:readline";
import { HostError } from "../protocol/errors.ts";
import { isDumb } from "./dumb-terminal.ts";
import { type Stopping, watchQuestionStops, watchStops } from "./stopping.ts";

/** What the user did at the prompt: typed a message, pressed Ctrl-C, or ended the input (Ctrl-D). */
type Typed =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "interrupt" }
  | { readonly kind: "end" };

export interface TalkInput {
  /** Asks for the next message. Throws when the program is interrupted. The prompt must be neutralised. */
  ask(prompt: string): Promise<Typed>;
  /** Calls back for each Ctrl-C until it is ended. Other keys do nothing. */
  watch(onInterrupt: () => void): Watch;
}

export interface Watch {
  /** Lends the keyboard to whoever asks a question meanwhile. */
  lend<T>(work: () => Promise<T>): Promise<T>;
  end(): void;
}

const MARK_PASTES = "\u001b[?2004h";
const MARK_PASTES_NO_MORE = "\u001b[?2004l";
const CTRL_C = 0x03;
const HISTORY_LINES_MAX = 100;

/** Nothing is done with the keyboard before it is asked for. */
export function talkInput(process: NodeJS.Process, signal: AbortSignal): TalkInput {
  const history: string[] = [];
  return {
    ask: (prompt) => askMessage(process, signal, prompt, history),
    watch: (onInterrupt) => watchKeys(process, onInterrupt),
  };
}

async function askMessage(
  process: NodeJS.Process,
  signal: AbortSignal,
  prompt: string,
  history: string[],
): Promise<Typed> {
  const { stdin, stderr } = process;
  const marksPastes = stderr.isTTY === true && !isDumb(process.env);
  const reader = createInterface({
    input: stdin,
    output: stderr,
    history: [...history],
    historySize: HISTORY_LINES_MAX,
  });
  const { promise, resolve } = Promise.withResolvers<Typed>();
  const lines: string[] = [];
  let isPasting = false;
  let isDue = false;
  const onKey = (_text: unknown, key: { readonly name?: string } | undefined) => {
    if (key?.name === "paste-start") isPasting = true;
    if (key?.name === "paste-end") isPasting = false;
  };
  const stop = () => reader.close();
  reader.on("line", (line) => {
    lines.push(line);
    if (isPasting || isDue) return;
    isDue = true;
    // What came together with this line is read before the next turn of the event loop.
    setImmediate(() => {
      isDue = false;
      if (!isPasting) resolve({ kind: "text", text: lines.join("\n") });
    });
  });
  reader.once("SIGINT", () => resolve({ kind: "interrupt" }));
  reader.once("close", () => resolve({ kind: "end" }));
  // Of a terminal that is gone; what is more, to give it back fails as well.
  reader.on("error", () => resolve({ kind: "end" }));
  const markPastes = (isWanted: boolean) => {
    if (marksPastes) stderr.write(isWanted ? MARK_PASTES : MARK_PASTES_NO_MORE);
  };
  const stopping = watchQuestionStops(process, reader, {
    give: () => markPastes(false),
    askAgain() {
      markPastes(true);
      reader.prompt(true);
    },
  });
  stdin.on("keypress", onKey);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    stdin.ref?.();
    markPastes(true);
    reader.setPrompt(prompt);
    if (!signal.aborted) reader.prompt();
    const typed = await promise;
    if (signal.aborted) throw new HostError("interrupted", "interrupted");
    if (typed.kind === "text" && typed.text !== "") history.unshift(...typed.text.split("\n").reverse());
    history.length = Math.min(history.length, HISTORY_LINES_MAX);
    return typed;
  } finally {
    stopping.end();
    signal.removeEventListener("abort", stop);
    stdin.off("keypress", onKey);
    reader.close();
    markPastes(false);
    release(stdin);
  }
}

function watchKeys(process: NodeJS.Process, onInterrupt: () => void): Watch {
  const { stdin } = process;
  const onData = (chunk: Buffer) => {
    if (chunk.includes(CTRL_C)) onInterrupt();
  };
  const setRaw = (wanted: boolean) => stdin.setRawMode?.(wanted);
  let isOn = false;
  let stopping: Stopping | undefined;
  const start = () => {
    isOn = true;
    // Else the terminal would make a signal of Ctrl-C, which ends the program.
    setRaw(true);
    stopping = watchStops(process, {
      give: () => setRaw(false),
      take() {
        setRaw(false);
        setRaw(true);
      },
    });
    stdin.on("data", onData);
    stdin.resume();
  };
  const end = () => {
    if (!isOn) return;
    isOn = false;
    stopping?.end();
    stdin.off("data", onData);
    setRaw(false);
    release(stdin);
  };
  start();
  let isEnded = false;
  return {
    async lend(work) {
      end();
      try {
        return await work();
      } finally {
        if (!isEnded) start();
      }
    },
    end() {
      isEnded = true;
      end();
    },
  };
}

function release(stdin: NodeJS.ReadStream): void {
  stdin.pause();
  stdin.unref?.();
}
