// The keyboard of the terminal that the program runs on: what is typed, pasted and done to the window while somebody reads.

import { TERMINAL_ANSWER_MS_MAX } from "../../protocol/limits.ts";
import { type KeyPress, KeyReader, type Paste } from "./key-reader.ts";

export type InputEvent =
  | KeyPress
  | Paste
  | { readonly kind: "resize" }
  /** The program was stopped and goes on; what the screen shows is not known. */
  | { readonly kind: "continued" }
  /** No more will come: the terminal is gone. */
  | { readonly kind: "end" };

export interface KeyInput {
  /** Takes the keyboard: keys are no longer shown nor turned into signals. What came in between is told first. */
  start(listener: (event: InputEvent) => void): void;
  /** Gives the keyboard back, as it was. Safe to call at any time. */
  stop(): void;
  /** Stops the program, as Ctrl-Z does elsewhere. It goes on with "continued". */
  suspend(): void;
}

export interface TerminalKeyInput extends KeyInput {
  /** Whether the terminal says where its cursor is, when it is asked. What is typed meanwhile is not lost. */
  answers(): Promise<boolean>;
}

const MARK_PASTES = "\u001b[?2004h";
const MARK_PASTES_NO_MORE = "\u001b[?2004l";
const WHERE_IS_THE_CURSOR = "\u001b[6n";
const ANSWER = /\u001b\[\d{1,9};\d{1,9}R/;
/** A program that nobody can stop, for want of a shell, goes on after this time. */
const NOT_STOPPED_MS = 300;

/** @param screen is told to mark what is pasted, and knows when its size changes. */
export function openKeyInput(process: NodeJS.Process, screen: NodeJS.WriteStream): TerminalKeyInput {
  const { stdin } = process;
  const waiting: InputEvent[] = [];
  let listener: ((event: InputEvent) => void) | undefined;
  let hasEnded = false;
  const tell = (event: InputEvent) => {
    waiting.push(event);
    while (listener !== undefined && waiting.length > 0) listener(waiting.shift()!);
  };
  const reader = new KeyReader(tell);
  const onData = (bytes: Buffer) => reader.write(bytes);
  const onEnd = () => {
    if (hasEnded) return;
    hasEnded = true;
    tell({ kind: "end" });
  };
  const onResize = () => tell({ kind: "resize" });
  const onExit = () => screen.write(MARK_PASTES_NO_MORE);
  const takeTerminal = () => {
    stdin.setRawMode?.(true);
    screen.write(MARK_PASTES);
  };
  const giveTerminal = () => {
    screen.write(MARK_PASTES_NO_MORE);
    if (!hasEnded && !stdin.destroyed) stdin.setRawMode?.(false);
  };
  const onContinue = () => {
    // Whoever had the terminal meanwhile may have changed its mode, which Node does not know.
    if (!hasEnded && !stdin.destroyed) stdin.setRawMode?.(false);
    takeTerminal();
    tell({ kind: "continued" });
  };
  let stopSuspension = () => {};
  // For good: to give back a terminal that is gone fails as well, where nobody else would hear of it.
  stdin.on("error", onEnd);
  return {
    start(onEvent) {
      listener = onEvent;
      if (hasEnded || stdin.destroyed || stdin.readableEnded) return onEvent({ kind: "end" });
      stdin.on("data", onData);
      stdin.on("end", onEnd);
      stdin.on("close", onEnd);
      screen.on("resize", onResize);
      process.on("SIGCONT", onContinue);
      process.on("exit", onExit);
      takeTerminal();
      stdin.ref?.();
      stdin.resume();
      while (listener !== undefined && waiting.length > 0) listener(waiting.shift()!);
    },
    stop() {
      if (listener === undefined) return;
      listener = undefined;
      stopSuspension();
      stdin.off("data", onData);
      stdin.off("end", onEnd);
      stdin.off("close", onEnd);
      screen.off("resize", onResize);
      process.off("SIGCONT", onContinue);
      process.off("exit", onExit);
      if (hasEnded) return;
      giveTerminal();
      stdin.pause();
      stdin.unref?.();
    },
    suspend() {
      giveTerminal();
      // The signal that it goes on comes only if it was stopped; and then behind the timers that ran out meanwhile.
      let later: NodeJS.Immediate | undefined;
      const goOn = setTimeout(() => {
        later = setImmediate(() => {
          stopSuspension();
          onContinue();
        });
      }, NOT_STOPPED_MS);
      stopSuspension = () => {
        clearTimeout(goOn);
        clearImmediate(later);
        process.off("SIGCONT", stopSuspension);
      };
      process.once("SIGCONT", stopSuspension);
      // The whole group, as the terminal itself would do it: a plugin, or what started us, is not to run on alone.
      process.kill(0, "SIGTSTP");
    },
    async answers() {
      const typed: Buffer[] = [];
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const onAnswer = (bytes: Buffer) => {
        typed.push(bytes);
        if (ANSWER.test(Buffer.concat(typed).toString("latin1"))) resolve(true);
      };
      const onNoAnswer = () => resolve(false);
      const timer = setTimeout(onNoAnswer, TERMINAL_ANSWER_MS_MAX);
      stdin.on("data", onAnswer);
      stdin.on("close", onNoAnswer);
      stdin.on("error", onNoAnswer);
      stdin.setRawMode?.(true);
      stdin.resume();
      screen.write(WHERE_IS_THE_CURSOR);
      const isAnswered = await promise;
      clearTimeout(timer);
      stdin.off("data", onAnswer);
      stdin.off("close", onNoAnswer);
      stdin.off("error", onNoAnswer);
      if (!hasEnded && !stdin.destroyed) stdin.setRawMode?.(false);
      stdin.pause();
      stdin.unref?.();
      const others = Buffer.concat(typed).toString("latin1").replace(ANSWER, "");
      reader.write(Buffer.from(others, "latin1"));
      return isAnswered;
    },
  };
}
