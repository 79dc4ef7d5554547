// The keyboard of the terminal that the program runs on: what is typed, pasted and done to the window while somebody reads.

import { type Stopping, watchStops } from "../stopping.ts";
import { type KeyPress, KeyReader } from "./key-reader.ts";
import type { Paste } from "./paste-reader.ts";

export type InputEvent =
  | KeyPress
  | Paste
  | { readonly kind: "resize" }
  /** The program is about to be stopped. */
  | { readonly kind: "stops" }
  /** The program was stopped and goes on; what the screen shows is not known. */
  | { readonly kind: "continued" }
  /** No more will come: the terminal is gone. */
  | { readonly kind: "end" };

export interface KeyInput {
  /** Takes the keyboard: keys are no longer shown nor turned into signals. What came in between is told first. */
  start(listener: (event: InputEvent) => void): void;
  /** Gives the keyboard back, as it was. Safe to call at any time. */
  stop(): void;
  /** Stops the program, as Ctrl-Z does elsewhere: "stops" is told, and when it goes on, "continued". */
  suspend(): void;
}

const MARK_PASTES = "\u001b[?2004h";
const MARK_PASTES_NO_MORE = "\u001b[?2004l";

/** @param screen is told to mark what is pasted, and knows when its size changes. */
export function openKeyInput(process: NodeJS.Process, screen: NodeJS.WriteStream): KeyInput {
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
  let stopping: Stopping | undefined;
  const onStop = () => {
    tell({ kind: "stops" });
    giveTerminal();
  };
  const onContinue = () => {
    // Whoever had the terminal meanwhile may have changed its mode, which Node does not know.
    if (!hasEnded && !stdin.destroyed) stdin.setRawMode?.(false);
    takeTerminal();
    tell({ kind: "continued" });
  };
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
      stopping = watchStops(process, { give: onStop, take: onContinue });
      process.on("exit", onExit);
      takeTerminal();
      stdin.ref?.();
      stdin.resume();
      while (listener !== undefined && waiting.length > 0) listener(waiting.shift()!);
    },
    stop() {
      if (listener === undefined) return;
      listener = undefined;
      stopping?.end();
      stdin.off("data", onData);
      stdin.off("end", onEnd);
      stdin.off("close", onEnd);
      screen.off("resize", onResize);
      process.off("exit", onExit);
      if (hasEnded) return;
      giveTerminal();
      stdin.pause();
      stdin.unref?.();
    },
    suspend: () => stopping?.stop(),
  };
}
