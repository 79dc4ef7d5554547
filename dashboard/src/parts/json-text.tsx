// A text that may be JSON, as a person reads it: indented, in a box of its own that scrolls, and to be copied as it came.

import { Button, Group, Text } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { useMemo } from "react";
import { indentJson } from "./indent-json.ts";
import classes from "./json-text.module.css";
import { plainText } from "./plain-text.ts";

/** More makes a page slow, and nobody reads it here. */
const CHARS_SHOWN_MAX = 100_000;

interface JsonTextProps {
  readonly text: string;
  /** What it is: "Arguments", "Response". */
  readonly label: string;
}

export function JsonText({ text, label }: JsonTextProps) {
  const clipboard = useClipboard({ timeout: 1_500 });
  const shown = useMemo(() => plainText(indentJson(text.slice(0, CHARS_SHOWN_MAX), 2 * CHARS_SHOWN_MAX)), [text]);
  const left = text.length - CHARS_SHOWN_MAX;
  return (
    <div className={classes["frame"] ?? ""}>
      {/* biome-ignore lint/a11y/useSemanticElements: it is no part of a form, and too small for a landmark */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it with the keyboard */}
      <div role="group" className={`plugin-text ${classes["text"] ?? ""}`} aria-label={label} tabIndex={0}>
        {shown}
      </div>
      <Group gap="xs" justify="flex-end" mt={4}>
        {left > 0 && <Text size="xs">{`${left} more characters are not shown`}</Text>}
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`Copy ${label.toLowerCase()}`}
          onClick={() => clipboard.copy(text)}
        >
          {clipboard.copied ? "Copied" : "Copy"}
        </Button>
      </Group>
    </div>
  );
}
