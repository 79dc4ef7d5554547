// Answers a question. That somebody else was faster is no failure: it is said calmly, and the question goes.

import { notifications } from "@mantine/notifications";
import type { UseMutationResult } from "@tanstack/react-query";
import type { ApiError } from "../api/api-error.ts";
import type { Answer, Input } from "../api/ask.ts";
import { refresh } from "../api/topics.ts";
import { useChange } from "../api/use-change.ts";
import { plainText } from "../parts/plain-text.ts";
import { noteSettled } from "./seen-questions.ts";

const ANSWER = "POST /approvals/{id}";
type Wanted = Input<typeof ANSWER>;

interface AnswerApproval {
  readonly change: UseMutationResult<Answer<typeof ANSWER>, ApiError, Wanted>;
  /** What is to be shown in the card; whether somebody was faster is told elsewhere. */
  readonly error: ApiError | null;
  answer(id: string, body: Wanted["body"]): void;
}

export function useAnswerApproval(): AnswerApproval {
  const change = useChange(ANSWER, {
    changes: ["approvals", "permissions", "tasks", "plugins", "tools"],
    isFailureShown: true,
    done: ({ tool, kind, status, edited }) => {
      const name = `"${plainText(tool)}"`;
      if (kind === "definition") {
        return status === "allowed" ? `${name} is approved as it is now` : `${name} stays blocked as it is now`;
      }
      return `${name} is ${status}${edited ? ", with your arguments" : ""}`;
    },
    onDone: ({ id }) => noteSettled(id),
  });
  const isSettled = isTooLate(change.error);
  return {
    change,
    error: isSettled ? null : change.error,
    answer(id, body) {
      change.mutate(
        { params: { id }, body },
        {
          onError(error) {
            if (!isTooLate(error)) return;
            noteSettled(id);
            notifications.show({ title: "Answered elsewhere", message: plainText(error.message) });
            void refresh(["approvals"]);
          },
        },
      );
    },
  };
}

function isTooLate(error: ApiError | null): boolean {
  return error?.code === "approval_settled" || error?.code === "approval_unknown";
}
