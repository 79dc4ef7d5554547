// The two answers to a question. Allowing takes a button that was seen for a moment; denying takes none: it gives nothing away.

import { Button, Group } from "@mantine/core";
import { ArmedButton } from "../parts/armed-button.tsx";

interface AnswerButtonsProps {
  /** An answer is on its way. */
  readonly isBusy: boolean;
  /** Whether everything that would be allowed stands there to be read. */
  readonly isReady: boolean;
  onAnswer(decision: "allow" | "deny"): void;
}

export function AnswerButtons({ isBusy, isReady, onAnswer }: AnswerButtonsProps) {
  return (
    <Group grow>
      <Button
        variant="default"
        // Not `disabled`: that would take the focus away.
        {...(isBusy && { "aria-disabled": true, "data-disabled": true })}
        onClick={() => isBusy || onAnswer("deny")}
      >
        Deny
      </Button>
      <ArmedButton isBusy={isBusy} disabled={!isReady} onClick={() => onAnswer("allow")}>
        Allow
      </ArmedButton>
    </Group>
  );
}
