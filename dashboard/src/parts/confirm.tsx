// Asks before something that cannot be undone. One dialog stands in the frame, and whoever asks waits for its answer.

import { lazy, Suspense, useSyncExternalStore } from "react";
import { Boundary } from "./boundary.tsx";
import { tellFailure } from "./tell.ts";

interface Question {
  /** What is about to happen, as a question. */
  readonly title: string;
  /** What follows from it. */
  readonly text: string;
  /** The word on the button that does it. */
  readonly action: string;
}

export interface OpenQuestion extends Question {
  readonly asked: number;
  /** What had the focus when it was asked. */
  readonly opener: Element | null;
  answer(yes: boolean): void;
}

/** `await confirm({ title, text, action })`: whether it is to happen. */
export function useConfirm(): (question: Question) => Promise<boolean> {
  return ask;
}

const Dialog = lazy(() => import("./confirm-dialog.tsx"));

/** Where questions are shown; once on the page. */
export function ConfirmPlace() {
  const open = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
  if (open === undefined) return null;
  // Another question is another dialog.
  return (
    <Boundary
      key={open.asked}
      fallback={null}
      onBroken={(error) => {
        tellFailure(error);
        open.answer(false);
      }}
    >
      <Suspense>
        <Dialog question={open} />
      </Suspense>
    </Boundary>
  );
}

let current: OpenQuestion | undefined;
let asked = 0;
const listeners = new Set<() => void>();

function show(question: OpenQuestion | undefined): void {
  current = question;
  for (const listener of listeners) listener();
}

function ask(question: Question): Promise<boolean> {
  // Whoever is asked something else was not asked the first thing any more.
  current?.answer(false);
  return new Promise((resolve) => {
    show({
      ...question,
      asked: ++asked,
      opener: document.activeElement,
      answer(yes) {
        show(undefined);
        resolve(yes);
      },
    });
  });
}
