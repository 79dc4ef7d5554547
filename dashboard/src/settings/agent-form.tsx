// What an agent is made of. What may be is the host's to say: it is shown above the button.

import {
  Autocomplete,
  Button,
  Group,
  NativeSelect,
  NumberInput,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { ApiError } from "../api/api-error.ts";
import type { Answer } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { type AgentDraft, draftOf, wishOf } from "./agent-draft.ts";

interface AgentFormProps {
  readonly agent: Answer<"GET /agents/{agent}"> | undefined;
  readonly error: ApiError | null;
  readonly isBusy: boolean;
  /** @param saved is called once it is. */
  save(wish: ReturnType<typeof wishOf>, saved: () => void): void;
}

const MODES = [
  { value: "all", label: "All tools" },
  { value: "only", label: "Only these" },
  { value: "except", label: "All but these" },
];
const SUGGESTIONS_MAX = 50;

export function AgentForm({ agent, error, isBusy, save }: AgentFormProps) {
  // Nothing while nobody typed: then what others change is shown.
  const [typed, setTyped] = useState<AgentDraft>();
  const draft = typed ?? draftOf(agent);
  const set = (change: Partial<AgentDraft>) => setTyped({ ...draft, ...change });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save(wishOf(draft), () => setTyped(undefined));
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          required
          disabled={agent?.default === true}
          description={agent?.default === true ? "The default agent keeps its name." : undefined}
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
          <NumberInput
            label="Temperature"
            description="Empty: as the model has it"
            step={0.1}
            value={draft.temperature}
            onChange={(temperature) => set({ temperature })}
          />
          <NumberInput
            label="Longest answer, in tokens"
            description="Empty: as the model has it"
            allowDecimal={false}
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
          <Button type="submit" loading={isBusy}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
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

function ToolNames({ value, onChange }: { readonly value: string[]; onChange(names: string[]): void }) {
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
      value={value}
      onChange={onChange}
    />
  );
}
