// What an agent is made of. What may be is the host's to say: it is shown above the button.

import { Autocomplete, Button, Group, NativeSelect, Stack, TagsInput, Text, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { ApiError } from "../api/api-error.ts";
import type { Answer } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { useLeaveGuard } from "../parts/use-leave-guard.ts";
import { type AgentDraft, draftOf, isNoNumber, type Typed, withChange, without } from "./agent-draft.ts";

interface AgentFormProps {
  readonly agent: Answer<"GET /agents/{agent}"> | undefined;
  readonly error: ApiError | null;
  readonly isBusy: boolean;
  /** @param saved is called once it is. */
  save(typed: Typed, known: AgentDraft, saved: () => void): void;
}

const MODES = [
  { value: "all", label: "All tools" },
  { value: "only", label: "Only these" },
  { value: "except", label: "All but these" },
];
const SUGGESTIONS_MAX = 50;

export function AgentForm({ agent, error, isBusy, save }: AgentFormProps) {
  // What nobody touched is shown as it is by now, whoever changes it.
  const [typed, setTyped] = useState<Typed>({});
  const known = draftOf(agent);
  const draft = { ...known, ...typed };
  const set = (change: Typed) => setTyped(withChange(typed, change, known));
  const isChanged = Object.keys(typed).length > 0;
  const isWrong = isNoNumber(draft.temperature) || isNoNumber(draft.maxTokens);
  useLeaveGuard(isChanged);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isWrong) save(typed, known, () => setTyped((now) => without(now, typed)));
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          required
          disabled={agent?.default === true}
          description={agent?.default === true ? "The default agent keeps its name." : "Needed"}
          value={draft.name}
          onChange={({ currentTarget }) => set({ name: currentTarget.value })}
        />
        <ModelField value={draft.model} onChange={(model) => set({ model })} />
        <Textarea
          label="Prompt"
          description="What the model is told before each conversation."
          autosize
          minRows={3}
          maxRows={16}
          value={draft.prompt}
          onChange={({ currentTarget }) => set({ prompt: currentTarget.value })}
        />
        <Group grow align="start">
          <NumberField label="Temperature" value={draft.temperature} onChange={(temperature) => set({ temperature })} />
          <NumberField
            label="Longest answer, in tokens"
            value={draft.maxTokens}
            onChange={(maxTokens) => set({ maxTokens })}
          />
        </Group>
        <NativeSelect
          label="Tools"
          data={MODES}
          value={draft.mode}
          onChange={({ currentTarget }) => set({ mode: currentTarget.value as AgentDraft["mode"] })}
        />
        {draft.mode !== "all" && <ToolNames value={draft.names} onChange={(names) => set({ names })} />}
        {error !== null && <ErrorNotice error={error} />}
        <Group justify="flex-end">
          <Text size="sm" role="status">
            {isWrong ? "Not saved yet: look at the marked field." : isChanged ? "Not saved yet" : ""}
          </Text>
          <Button type="submit" loading={isBusy} disabled={agent !== undefined && !isChanged}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: string;
  onChange(value: string): void;
}

/** Keeps what is typed as it is: the library's own field empties what is not a number, and empty means something else. */
function NumberField({ label, value, onChange }: NumberFieldProps) {
  return (
    <TextInput
      label={label}
      description="Empty: as the model has it"
      inputMode="decimal"
      autoComplete="off"
      error={isNoNumber(value) ? "This is not a number: mend it, or leave the field empty" : undefined}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}

function ModelField({ value, onChange }: { readonly value: string; onChange(model: string): void }) {
  const { data } = useAnswer("GET /models", {});
  const ids = (data?.models ?? []).filter(({ type }) => type !== "embedding").map(({ id }) => id);
  return (
    <Autocomplete
      label="Model"
      description="Empty: the default model"
      placeholder={data?.defaults.chat?.model ?? ""}
      data={[...new Set(ids)]}
      limit={SUGGESTIONS_MAX}
      value={value}
      onChange={onChange}
    />
  );
}

interface ToolNamesProps {
  readonly value: readonly string[];
  onChange(names: string[]): void;
}

function ToolNames({ value, onChange }: ToolNamesProps) {
  const { data } = useAnswer("GET /permissions", {});
  const tools = data?.tools ?? [];
  const names = tools.map(({ tool }) => tool);
  const plugins = tools.map(({ tool }) => `${tool.slice(0, tool.indexOf("/"))}/*`);
  return (
    <TagsInput
      label="Names of tools"
      description="PLUGIN/TOOL, or PLUGIN/* for all of a plugin"
      data={[...new Set([...plugins, ...names])]}
      limit={SUGGESTIONS_MAX}
      value={[...value]}
      onChange={onChange}
    />
  );
}
