// What waits for an answer, one card each, beside whatever page is open.

import { Drawer, Stack, Text } from "@mantine/core";
import type { ApiError } from "../api/api-error.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { type Approval, ApprovalCard } from "./approval-card.tsx";

interface ApprovalsDrawerProps {
  readonly approvals: readonly Approval[];
  readonly error: ApiError | null;
  onClose(): void;
}

/** A page of cards is slow beyond this; those that are answered make room. */
const SHOWN_MAX = 30;

export default function ApprovalsDrawer({ approvals, error, onClose }: ApprovalsDrawerProps) {
  const shown = approvals.slice(0, SHOWN_MAX);
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title="Waiting for your approval"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {error !== null && <ErrorNotice error={error} />}
      {approvals.length === 0 && error === null && (
        <Text>
          Nothing waits. Tools that ask before they run show up here, and so do tools that changed since they were
          approved; "osaurus approvals" in a terminal answers the same questions.
        </Text>
      )}
      <Stack component="ul" p={0} m={0} style={{ listStyle: "none" }}>
        {shown.map((approval) => (
          <li key={approval.id}>
            <ApprovalCard approval={approval} />
          </li>
        ))}
      </Stack>
      {approvals.length > SHOWN_MAX && <Text mt="md">{`${approvals.length - SHOWN_MAX} more wait behind these.`}</Text>}
    </Drawer>
  );
}
