// A part of the settings with its heading and a sentence that says what it is for.

import { Group, Paper, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

interface SectionProps {
  readonly title: string;
  readonly about?: ReactNode;
  /** At the right of the heading. */
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}

export function Section({ title, about, actions, children }: SectionProps) {
  const id = useId();
  return (
    <Paper component="section" withBorder p="md" mb="md" aria-labelledby={id}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4" id={id} className="plugin-text">
            {title}
          </Title>
          {actions === undefined ? null : <Group gap="xs">{actions}</Group>}
        </Group>
        {about === undefined ? null : <Text size="sm">{about}</Text>}
        {children}
      </Stack>
    </Paper>
  );
}
