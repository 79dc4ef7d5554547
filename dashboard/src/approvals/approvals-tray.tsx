// The bell in the header: how much waits for an answer, and where it is answered.

import { ActionIcon, Indicator, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { Bell } from "lucide-react";
import { lazy, Suspense, useEffect, useRef } from "react";
import { useAnswer } from "../api/use-answer.ts";
import { plainText } from "../parts/plain-text.ts";
import type { Approval } from "./approval-card.tsx";
import { takeAnsweredElsewhere } from "./seen-questions.ts";

const ApprovalsDrawer = lazy(() => import("./approvals-drawer.tsx"));

const COUNT_SHOWN_MAX = 99;

export function ApprovalsTray() {
  const [isOpen, { open, close }] = useDisclosure();
  const answer = useAnswer("GET /approvals", {});
  useNews(answer.data?.approvals);
  const count = answer.data?.approvals.length ?? 0;
  const bell = useRef<HTMLButtonElement>(null);
  const closeAndReturn = () => {
    close();
    bell.current?.focus();
  };
  return (
    <>
      <Indicator
        inline
        disabled={count === 0}
        color="red.9"
        size={18}
        label={count > COUNT_SHOWN_MAX ? `${COUNT_SHOWN_MAX}+` : count}
        styles={{ indicator: { pointerEvents: "none" } }}
      >
        <ActionIcon
          variant="subtle"
          color="gray"
          ref={bell}
          aria-label={`Approvals: ${stateText(answer)}`}
          aria-haspopup="dialog"
          onClick={open}
        >
          <Bell size={18} aria-hidden />
        </ActionIcon>
      </Indicator>
      <VisuallyHidden>
        <output aria-live="polite">{count === 0 ? "" : `${count} waiting for your approval`}</output>
      </VisuallyHidden>
      {isOpen && (
        <Suspense>
          <ApprovalsDrawer answer={answer} onClose={closeAndReturn} />
        </Suspense>
      )}
    </>
  );
}

/** Never that nothing waits while that is not known. */
function stateText({ data, error }: Pick<ReturnType<typeof useAnswer<"GET /approvals">>, "data" | "error">): string {
  if (data === undefined) return error === null ? "being looked for" : "not known, since asking for them failed";
  const text = data.approvals.length === 0 ? "nothing waits" : `${data.approvals.length} waiting`;
  return error === null ? text : `${text} when they were last known`;
}

/** Says of questions that somebody was reading when they were answered elsewhere. */
function useNews(approvals: readonly Approval[] | undefined): void {
  const before = useRef<ReadonlyMap<string, string>>(new Map());
  useEffect(() => {
    if (approvals === undefined) return;
    const now = new Map(approvals.map(({ id, tool }) => [id, tool]));
    for (const id of takeAnsweredElsewhere(before.current.keys(), new Set(now.keys()))) {
      const name = plainText(before.current.get(id) ?? "");
      notifications.show({
        title: "Answered elsewhere",
        message: `"${name}" was answered elsewhere, or is not waited for any more`,
      });
    }
    before.current = now;
  }, [approvals]);
}
