// A text that the plugin wants people to see, and maybe to copy.

import { Button, Code, CopyButton, Group, Text } from "@mantine/core";
import { plainText } from "../parts/plain-text.ts";
import type { FieldProps } from "./setting-field.tsx";

export function ReadonlyField({ field: { label, text = "", copyable } }: FieldProps) {
  return (
    <div>
      <Text size="sm" fw={600} className="plugin-text">
        {plainText(label)}
      </Text>
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <Code className="plugin-text" style={{ flex: "0 1 auto" }}>
          {plainText(text) || "–"}
        </Code>
        {copyable === true && text !== "" && (
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <Button size="compact-xs" variant="default" flex="none" onClick={copy} title={`Copy ${plainText(label)}`}>
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
        )}
      </Group>
    </div>
  );
}
