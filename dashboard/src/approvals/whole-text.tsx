// A text that has to be read whole before something about it is decided. A very long one is shown in parts, for those who ask for them,
// and is only then said to be shown.

import { Button, Group, Text } from "@mantine/core";
import { memo, useEffect, useId, useState } from "react";
import classes from "../parts/json-text.module.css";
import { plainText } from "../parts/plain-text.ts";

interface WholeTextProps {
  readonly text: string;
  readonly label: string;
  /** Told whether all of the text stands there. */
  onShown(isWhole: boolean): void;
}

/** More at once makes a page slow. */
const PART_CHARS = 50_000;

const count = new Intl.NumberFormat("en");

export function WholeText({ text, label, onShown }: WholeTextProps) {
  const partsId = useId();
  const [wanted, setWanted] = useState(1);
  const parts = Math.max(1, Math.ceil(text.length / PART_CHARS));
  const shown = Math.min(wanted, parts);
  const isWhole = shown === parts;
  useEffect(() => onShown(isWhole), [isWhole, onShown]);
  const left = text.length - shown * PART_CHARS;
  return (
    <div className={classes["frame"] ?? ""}>
      {/* biome-ignore lint/a11y/useSemanticElements: it is no part of a form, and too small for a landmark */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it with the keyboard */}
      <div role="group" id={partsId} className={`plugin-text ${classes["text"] ?? ""}`} aria-label={label} tabIndex={0}>
        {Array.from({ length: shown }, (_, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts are only ever added
          <Part key={at} text={text.slice(at * PART_CHARS, (at + 1) * PART_CHARS)} />
        ))}
      </div>
      {!isWhole && (
        <Group gap="xs" mt="xs">
          <Text size="sm" role="status">
            {`${count.format(left)} of ${count.format(text.length)} characters are not shown yet. Allow works when all of them are.`}
          </Text>
          <Button size="compact-sm" variant="default" aria-controls={partsId} onClick={() => setWanted(shown + 1)}>
            Show more
          </Button>
        </Group>
      )}
    </div>
  );
}

const Part = memo(({ text }: { readonly text: string }) => <span>{plainText(text)}</span>);
