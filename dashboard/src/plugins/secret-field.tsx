// A secret: whether it is stored, replacing it, removing it. The input is always empty, because nothing stored ever comes here.

import { Badge, Button, Group, PasswordInput } from "@mantine/core";
import { plainText } from "../parts/plain-text.ts";
import { type FieldProps, inputProps } from "./setting-field.tsx";

/** The label is the input's alone: buttons beside it are described by it, not named. */
export function SecretField(props: FieldProps) {
  const { field, draft, onChange } = props;
  const isRemoved = draft === null;
  return (
    <div>
      <PasswordInput
        {...inputProps(props)}
        placeholder={field.is_set ? "Type a new one to replace it" : plainText(field.placeholder ?? "")}
        value={draft ?? ""}
        disabled={isRemoved}
        onChange={({ currentTarget: { value } }) => onChange(value === "" ? undefined : value)}
        autoComplete="off"
        data-1p-ignore
        data-lpignore="true"
      />
      <Group gap="xs" mt={6}>
        <Badge variant="outline" color={field.is_set && !isRemoved ? "green" : "gray"}>
          {isRemoved ? "Removed when you save" : field.is_set ? "Stored" : "Not stored"}
        </Badge>
        {field.is_set && (
          <Button
            size="compact-xs"
            variant="default"
            title={`${isRemoved ? "Keep" : "Remove"} ${plainText(field.label)}`}
            onClick={() => onChange(isRemoved ? undefined : null)}
          >
            {isRemoved ? "Keep" : "Remove"}
          </Button>
        )}
      </Group>
    </div>
  );
}
