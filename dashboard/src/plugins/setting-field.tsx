// One setting of a plugin, in the way that its type wants. Labels, hints and options are the plugin's own words.

import { Checkbox, Group, NativeSelect, Switch, TextInput } from "@mantine/core";
import type { Answer } from "../api/ask.ts";
import { plainText } from "../parts/plain-text.ts";
import { safeLink } from "../parts/safe-link.ts";
import { FieldHints } from "./field-hints.tsx";
import { ReadonlyField } from "./readonly-field.tsx";
import { SecretField } from "./secret-field.tsx";
import { StatusField } from "./status-field.tsx";
import { StoredField } from "./stored-field.tsx";

export type Field = Answer<"GET /plugins/{plugin}/settings">["sections"][number]["fields"][number];

export interface FieldProps {
  readonly pluginId: string;
  /** An agent's id; empty for the default agent. */
  readonly agent: string;
  readonly field: Field;
  /** What somebody changed it to; null: it is to be removed. */
  readonly draft: string | null | undefined;
  /** What the host said of it. */
  readonly error: string | undefined;
  /** Undefined takes the change back. */
  onChange(draft: string | null | undefined): void;
  /** Removes what is stored under these keys, at once. */
  onClear(keys: readonly string[]): void;
}

export function SettingField(props: FieldProps) {
  switch (props.field.type) {
    case "secret":
      return <SecretField {...props} />;
    case "toggle":
      return <ToggleField {...props} />;
    case "select":
      return <SelectField {...props} />;
    case "multiselect":
      return <MultiselectField {...props} />;
    case "readonly":
      return <ReadonlyField {...props} />;
    case "status":
      return <StatusField {...props} />;
    case "other":
      return <StoredField {...props} />;
    default:
      return <TextField {...props} />;
  }
}

/** What holds now: what somebody changed it to, what is stored, or the default. */
function currentOf({ field, draft }: FieldProps): string {
  return (draft === null ? undefined : (draft ?? field.value)) ?? field.default ?? "";
}

/** What all inputs have. */
export function inputProps(props: FieldProps) {
  const { field, error } = props;
  return {
    label: <span className="plugin-text">{plainText(field.label)}</span>,
    description: <FieldHints {...props} link={safeLink(field.url)} />,
    error: error === undefined ? undefined : <span className="plugin-text">{plainText(error)}</span>,
    "aria-required": field.required,
  };
}

function TextField(props: FieldProps) {
  const { field, onChange } = props;
  return (
    <TextInput
      {...inputProps(props)}
      inputMode={field.type === "number" ? "decimal" : "text"}
      placeholder={plainText(field.placeholder ?? "")}
      value={currentOf(props)}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      autoComplete="off"
    />
  );
}

function ToggleField(props: FieldProps) {
  const { label, description, error } = inputProps(props);
  return (
    <Switch
      label={label}
      description={description}
      error={error}
      checked={currentOf(props) === "true"}
      onChange={({ currentTarget }) => props.onChange(String(currentTarget.checked))}
    />
  );
}

function SelectField(props: FieldProps) {
  const { field, onChange } = props;
  const options = (field.options ?? []).map(({ value, label }) => ({ value, label: plainText(label) }));
  const current = currentOf(props);
  const isKnown = options.some(({ value }) => value === current);
  // What is chosen is shown, also where it is no choice any more.
  const first = isKnown ? [] : [{ value: current, label: plainText(current === "" ? "Nothing chosen" : current) }];
  return (
    <NativeSelect
      {...inputProps(props)}
      data={[...first, ...options]}
      value={current}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}

function MultiselectField(props: FieldProps) {
  const { field, onChange } = props;
  return (
    <Checkbox.Group
      {...inputProps(props)}
      value={chosenOf(currentOf(props))}
      onChange={(chosen) => onChange(JSON.stringify(chosen))}
    >
      <Group mt={4}>
        {(field.options ?? []).map(({ value, label }) => (
          <Checkbox key={value} value={value} label={<span className="plugin-text">{plainText(label)}</span>} />
        ))}
      </Group>
    </Checkbox.Group>
  );
}

function chosenOf(json: string): string[] {
  try {
    const list: unknown = JSON.parse(json);
    return Array.isArray(list) ? list.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}
