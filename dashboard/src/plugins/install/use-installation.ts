// One installation as people go through it: the host is asked, it asks back what somebody consents to, and is asked again with the
// answer. What was shown and what is installed are the same, or there is another question.

import { useRef, useState } from "react";
import { type ApiError, toApiError } from "../../api/api-error.ts";
import { type Answer, ask } from "../../api/ask.ts";
import { refresh } from "../../api/topics.ts";
import { tell, tellFailure } from "../../parts/tell.ts";

/** What somebody wants: a plugin of a registry, a package, a newer version of a plugin, or a plugin that waits for consent. */
export type Wanted =
  | { readonly kind: "registry" | "package"; readonly spec: string; readonly allowUnsigned?: boolean }
  | { readonly kind: "upgrade"; readonly plugin: string }
  | { readonly kind: "consent"; readonly plugin: string };

type Outcome = Answer<"POST /plugins/{plugin}/upgrade">;
export type Question = Extract<Outcome, { state: "consent_required" }>["question"];
export type Installed = Extract<Outcome, { state: "installed" }>;

export type Step =
  | { readonly at: "idle" }
  | { readonly at: "asking"; readonly wanted: Wanted; readonly question?: Question }
  | {
      readonly at: "question";
      readonly wanted: Wanted;
      readonly question: Question;
      /** There was another one before, and somebody consented to that. */
      readonly isAnother: boolean;
    }
  | { readonly at: "failed"; readonly wanted: Wanted; readonly error: ApiError };

export interface Installation {
  readonly step: Step;
  /** What was started last. */
  readonly kind: Wanted["kind"] | undefined;
  /** Of the last question and answer. */
  readonly notes: readonly string[];
  /** What had the focus when it was started. */
  opener(): Element | null;
  start(wanted: Wanted): void;
  /** Yes, to what is shown. */
  consent(): void;
  cancel(): void;
}

/** @param onInstalled when it is done. */
export function useInstallation(onInstalled?: (installed: Installed) => void): Installation {
  const [step, setStep] = useState<Step>({ at: "idle" });
  const [notes, setNotes] = useState<readonly string[]>([]);
  const [kind, setKind] = useState<Wanted["kind"]>();
  const opener = useRef<Element | null>(null);
  const go = async (wanted: Wanted, answered?: Question) => {
    setStep({ at: "asking", wanted, ...(answered === undefined ? {} : { question: answered }) });
    try {
      const outcome = await send(wanted, answered?.digest);
      setNotes(outcome.notes);
      if (outcome.state === "consent_required") {
        const { question } = outcome;
        return setStep({ at: "question", wanted, question, isAnother: answered !== undefined });
      }
      setStep({ at: "idle" });
      tellOutcome(outcome);
      void refresh(["plugins", "tools", "permissions"]);
      if (outcome.state === "installed") onInstalled?.(outcome);
    } catch (thrown) {
      setStep({ at: "failed", wanted, error: toApiError(thrown, "nothing was installed") });
    }
  };
  return {
    step,
    kind,
    notes,
    opener: () => opener.current,
    start(wanted) {
      opener.current = document.activeElement;
      setKind(wanted.kind);
      setNotes([]);
      void go(wanted);
    },
    consent() {
      if (step.at === "question") void go(step.wanted, step.question);
    },
    cancel: () => setStep({ at: "idle" }),
  };
}

/** What is asked now, also while the answer is on its way. */
export function questionOf(step: Step): Question | undefined {
  return step.at === "question" || step.at === "asking" ? step.question : undefined;
}

async function send(wanted: Wanted, consent: string | undefined): Promise<Outcome> {
  const answer = consent === undefined ? {} : { consent };
  switch (wanted.kind) {
    case "registry":
    case "package": {
      const { spec, allowUnsigned = false } = wanted;
      const allowed = allowUnsigned ? { allow_unsigned: true } : {};
      return await ask("POST /plugins/install", { body: { spec, ...allowed, ...answer } });
    }
    case "upgrade":
      return await ask("POST /plugins/{plugin}/upgrade", { params: { plugin: wanted.plugin }, body: answer });
    case "consent":
      return await ask("POST /plugins/{plugin}/consent", { params: { plugin: wanted.plugin }, body: answer });
  }
}

function tellOutcome(outcome: Exclude<Outcome, { state: "consent_required" }>): void {
  if (outcome.state === "up_to_date") return tell("There is no newer version");
  const { plugin_id, version, plugin } = outcome;
  const what = `${plugin_id} ${version}`;
  const { error } = plugin ?? {};
  if (error === undefined) return tell(`${what} is installed`);
  const { code, message } = error;
  tellFailure({ code, message: `${what} is installed and does not load`, hint: message });
}
