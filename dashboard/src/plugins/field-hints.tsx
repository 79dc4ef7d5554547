// What people should know of a setting before they change it.

import { Anchor, Button } from "@mantine/core";
import { plainText } from "../parts/plain-text.ts";
import type { FieldProps } from "./setting-field.tsx";

/** @param link where to get it. */
export function FieldHints({ field, draft, onChange, link }: FieldProps & { readonly link: string | undefined }) {
  const isSecret = field.type === "secret";
  const hint = hintOf(field);
  return (
    <span className="plugin-text">
      {hint}
      {link !== undefined && (
        <>
          {hint !== "" && " "}
          <Anchor href={link} target="_blank" rel="noopener noreferrer nofollow" size="xs" underline="always">
            Where to get it
          </Anchor>
        </>
      )}
      {field.is_set && !isSecret && draft === undefined && field.default !== undefined && (
        <>
          {" "}
          <Button
            variant="transparent"
            size="compact-xs"
            px={0}
            title={`Use the default of ${plainText(field.label)}`}
            onClick={() => onChange(null)}
          >
            Use the default
          </Button>
        </>
      )}
    </span>
  );
}

function hintOf({ type, description, default: given, validation = {}, is_missing }: FieldProps["field"]): string {
  const { min_length, max_length, min, max, pattern_hint } = validation;
  const length = rangeOf(min_length, max_length);
  const range = rangeOf(min, max);
  const hints = [
    description,
    is_missing ? "The plugin needs it" : undefined,
    pattern_hint,
    length === undefined ? undefined : `${length} characters`,
    range,
    given === undefined || type === "toggle" || type === "secret" ? undefined : `Default: ${given}`,
  ];
  return hints.flatMap((hint) => (hint === undefined ? [] : [plainText(hint)])).join(" · ");
}

function rangeOf(min: number | undefined, max: number | undefined): string | undefined {
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  if (min !== undefined) return `At least ${min}`;
  return max === undefined ? undefined : `At most ${max}`;
}
