// Something that is stored for the plugin, and that it does not declare: what it keeps itself, or an older version left.

import { Button, Code, Group, Text } from "@mantine/core";
import { plainText } from "../parts/plain-text.ts";
import type { FieldProps } from "./setting-field.tsx";

export function StoredField({ field: { key }, draft, onChange }: FieldProps) {
  const isRemoved = draft === null;
  return (
    <Group gap="xs">
      <Code className="plugin-text">{plainText(key)}</Code>
      <Button
        size="compact-xs"
        variant="default"
        title={`${isRemoved ? "Keep" : "Remove"} ${plainText(key)}`}
        onClick={() => onChange(isRemoved ? undefined : null)}
      >
        {isRemoved ? "Keep" : "Remove"}
      </Button>
      {isRemoved && <Text size="sm">Removed when you save</Text>}
    </Group>
  );
}
