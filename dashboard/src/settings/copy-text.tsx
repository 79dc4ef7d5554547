// A text in letters of one width, and a button that copies it.

import { ActionIcon, Code, CopyButton, Group } from "@mantine/core";
import { Check, Copy } from "lucide-react";

interface CopyTextProps {
  readonly text: string;
  /** What the button copies: "the address of mail". */
  readonly what: string;
}

export function CopyText({ text, what }: CopyTextProps) {
  return (
    <Group gap={4} wrap="nowrap">
      <Code style={{ overflowWrap: "anywhere" }}>{text}</Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <ActionIcon
            variant="subtle"
            color={copied ? "teal" : "gray"}
            aria-label={copied ? `Copied ${what}` : `Copy ${what}`}
            onClick={copy}
          >
            {copied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
          </ActionIcon>
        )}
      </CopyButton>
    </Group>
  );
}
