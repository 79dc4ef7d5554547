// Says when the page does not hear from the host: what it shows may be old then.

import { Badge } from "@mantine/core";
import { useConnection } from "../api/use-live-answers.ts";

export function ConnectionState() {
  const isLost = useConnection() === "lost";
  return (
    <output aria-live="polite">
      {isLost && (
        <Badge color="red" variant="light">
          No connection to the host
        </Badge>
      )}
    </output>
  );
}
