// Says when the page does not hear from the host: what it shows may be old then.

import { VisuallyHidden } from "@mantine/core";
import { useConnection } from "../api/use-live-answers.ts";
import { StatusBadge } from "../parts/status-badge.tsx";

export function ConnectionState() {
  const connection = useConnection();
  return (
    <output aria-live="polite">
      {connection.state === "lost" && <StatusBadge tone="bad">No connection to the host</StatusBadge>}
      {connection.state === "refused" && (
        <>
          <StatusBadge tone="waiting" title={connection.error.message}>
            Not live
          </StatusBadge>
          <VisuallyHidden>{connection.error.message}</VisuallyHidden>
        </>
      )}
    </output>
  );
}
