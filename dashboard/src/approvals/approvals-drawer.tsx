// What waits for an answer, one card each, beside whatever page is open.

import { Drawer, Stack, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import type { Answer } from "../api/ask.ts";
import { Answered } from "../parts/answered.tsx";
import { type Approval, ApprovalCard } from "./approval-card.tsx";

interface ApprovalsDrawerProps {
  readonly answer: Parameters<typeof Answered<Answer<"GET /approvals">>>[0]["answer"];
  onClose(): void;
}

/** A page of cards is slow beyond this; those that are answered make room. */
const SHOWN_MAX = 30;

export default function ApprovalsDrawer({ answer, onClose }: ApprovalsDrawerProps) {
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title="Waiting for your approval"
      closeButtonProps={{ "aria-label": "Close" }}
      // It is only there while it is open: whoever opens it takes the focus back.
      returnFocus={false}
    >
      <Answered answer={answer}>{({ approvals }) => <Cards approvals={approvals} />}</Answered>
    </Drawer>
  );
}

function Cards({ approvals }: { readonly approvals: readonly Approval[] }) {
  const shown = approvals.slice(0, SHOWN_MAX);
  const list = useRef<HTMLDivElement>(null);
  const nothing = useRef<HTMLParagraphElement>(null);
  /** The card that has the focus, or had it last. */
  const at = useRef<number>(undefined);
  const ids = shown.map(({ id }) => id).join(" ");
  // biome-ignore lint/correctness/useExhaustiveDependencies: a card that goes takes the focus with it; its neighbour gets it
  useEffect(() => {
    if (at.current === undefined || document.activeElement !== document.body) return;
    const cards = list.current?.querySelectorAll<HTMLElement>("article") ?? [];
    (cards[Math.min(at.current, cards.length - 1)] ?? nothing.current)?.focus();
  }, [ids]);
  return (
    <>
      {approvals.length === 0 && (
        <Text ref={nothing} tabIndex={-1}>
          Nothing waits. Tools that ask before they run show up here, and so do tools that changed since they were
          approved; "osaurus approvals" in a terminal answers the same questions.
        </Text>
      )}
      <Stack ref={list} component="ul" p={0} m={0} style={{ listStyle: "none" }}>
        {shown.map((approval, index) => (
          <li key={approval.id} onFocus={() => (at.current = index)}>
            <ApprovalCard approval={approval} />
          </li>
        ))}
      </Stack>
      {approvals.length > SHOWN_MAX && <Text mt="md">{`${approvals.length - SHOWN_MAX} more wait behind these.`}</Text>}
    </>
  );
}
