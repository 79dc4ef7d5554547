// A text that the plugin wants people to see, and maybe to copy.

import { Button, CopyButton, TextInput } from "@mantine/core";
import { plainText } from "../parts/plain-text.ts";
import type { FieldProps } from "./setting-field.tsx";

const COPY_WIDTH_PX = 76;

export function ReadonlyField({ field: { label, text = "", copyable } }: FieldProps) {
  const mayCopy = copyable === true && text !== "";
  return (
    <TextInput
      readOnly
      label={<span className="plugin-text">{plainText(label)}</span>}
      value={plainText(text)}
      placeholder="Nothing yet"
      rightSection={mayCopy ? <CopyText label={label} text={text} /> : null}
      rightSectionWidth={mayCopy ? COPY_WIDTH_PX : 0}
    />
  );
}

function CopyText({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button size="compact-xs" variant="default" onClick={copy} title={`Copy ${plainText(label)}`}>
          {copied ? "Copied" : "Copy"}
        </Button>
      )}
    </CopyButton>
  );
}
