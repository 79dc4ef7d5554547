// What a tool answered: whether it worked, what it says of it in words, and the result itself. All texts are the plugin's.

import { Badge, Group, Stack, Text } from "@mantine/core";
import { CircleCheck, CircleX } from "lucide-react";
import { durationText } from "./duration-text.ts";
import { JsonText } from "./json-text.tsx";
import { plainText } from "./plain-text.ts";
import { readEnvelope } from "./read-envelope.ts";

interface ToolResultProps {
  /** JSON of the envelope; other text is shown as it is. */
  readonly envelopeText: string;
  readonly isError: boolean;
  readonly durationMs?: number | undefined;
}

export function ToolResult({ envelopeText, isError, durationMs }: ToolResultProps) {
  const { says, shown } = readEnvelope(envelopeText);
  const Icon = isError ? CircleX : CircleCheck;
  return (
    <Stack gap={6}>
      <Group gap="xs">
        <Badge
          variant="default"
          leftSection={
            <Icon size={14} aria-hidden color={`var(--mantine-color-${isError ? "red" : "green"}-filled)`} />
          }
        >
          {isError ? "Failed" : "Done"}
        </Badge>
        {durationMs !== undefined && <Text size="sm">{durationText(durationMs)}</Text>}
      </Group>
      {says !== undefined && (
        <Text size="sm" className="plugin-text">
          {plainText(says)}
        </Text>
      )}
      <JsonText text={shown} label="Result" />
    </Stack>
  );
}
