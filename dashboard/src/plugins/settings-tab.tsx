// What people set for a plugin, for one agent. What is wrong with a value is the host's to say; the values of secrets never come here.

import { Button, Fieldset, Group, Loader, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { Answer } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { useChange } from "../api/use-change.ts";
import { useConfirm } from "../parts/confirm.tsx";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { plainText } from "../parts/plain-text.ts";
import { AgentSelect } from "./agent-select.tsx";
import { type Field, SettingField } from "./setting-field.tsx";
import { useLeaveGuard } from "./use-leave-guard.ts";

type Sheet = Answer<"GET /plugins/{plugin}/settings">;

/** Of the fields that somebody changed: the new value, or null for what is to be removed. */
type Drafts = Readonly<Record<string, string | null>>;

export function SettingsTab({ pluginId }: { readonly pluginId: string }) {
  const [agent, setAgent] = useState("");
  const [drafts, setDrafts] = useState<Drafts>({});
  const confirm = useConfirm();
  const isChanged = Object.keys(drafts).length > 0;
  useLeaveGuard(isChanged);
  const choose = async (id: string) => {
    const question = { title: "Go on without saving?", text: "What you changed for this agent is not saved." };
    if (isChanged && !(await confirm({ ...question, action: "Go on" }))) return;
    setDrafts({});
    setAgent(id);
  };
  return (
    <Stack gap="md" maw={640}>
      <AgentSelect value={agent} onChange={(id) => void choose(id)} />
      <SheetForm key={agent} pluginId={pluginId} agent={agent} drafts={drafts} setDrafts={setDrafts} />
    </Stack>
  );
}

interface SheetFormProps {
  readonly pluginId: string;
  readonly agent: string;
  readonly drafts: Drafts;
  setDrafts(drafts: Drafts): void;
}

function SheetForm({ pluginId, agent, drafts, setDrafts }: SheetFormProps) {
  const query = agent === "" ? {} : { query: { agent } };
  const { data, error, refetch } = useAnswer("GET /plugins/{plugin}/settings", {
    params: { plugin: pluginId },
    ...query,
  });
  const save = useChange("PUT /plugins/{plugin}/settings", {
    changes: ["plugins"],
    done: ({ told }) => (told ? "Saved" : "Saved; the plugin learns of it when it is loaded next"),
    isFailureShown: true,
    onDone: () => setDrafts({}),
  });
  if (error !== null) return <ErrorNotice error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Loader aria-label="Loading the settings" />;
  const wrong = errorsOf(save.error?.details);
  const isChanged = Object.keys(drafts).length > 0;
  const isShownAtFields = data.sections.some(({ fields }) => fields.some(({ key }) => wrong[key] !== undefined));
  const put = (values: Drafts) => {
    const body = { values, ...(agent === "" ? {} : { agent }) };
    // What was typed is kept nowhere once it is saved.
    save.mutate({ params: { plugin: pluginId }, body }, { onSuccess: () => save.reset() });
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (isChanged) put(drafts);
      }}
    >
      <Stack gap="lg">
        <Unknown sheet={data} />
        {data.title !== null && (
          <Title order={2} size="h4" className="plugin-text">
            {plainText(data.title)}
          </Title>
        )}
        {data.sections.map(({ title, kind, fields }) => (
          <Fieldset
            key={`${kind}\n${title}\n${fields[0]?.key}`}
            legend={<span className="plugin-text">{legendOf(kind, title)}</span>}
          >
            <Stack gap="md">
              {fields.map((field) => (
                <SettingField
                  key={field.key}
                  pluginId={pluginId}
                  agent={agent}
                  field={field}
                  draft={drafts[field.key]}
                  error={wrong[field.key]}
                  onChange={(draft) => setDrafts(withDraft(drafts, field, draft))}
                  onClear={(keys) => put(Object.fromEntries(keys.map((key) => [key, null])))}
                />
              ))}
            </Stack>
          </Fieldset>
        ))}
        {save.error !== null && !isShownAtFields && <ErrorNotice error={save.error} />}
        {data.sections.length > 0 && (
          <Group>
            <Button type="submit" disabled={!isChanged} loading={save.isPending}>
              Save
            </Button>
            {isChanged && (
              <Button
                variant="default"
                onClick={() => {
                  setDrafts({});
                  save.reset();
                }}
              >
                Discard changes
              </Button>
            )}
            <Text size="sm" role="status">
              {isShownAtFields ? "Nothing was saved: look at the marked fields." : isChanged ? "Not saved yet" : ""}
            </Text>
          </Group>
        )}
      </Stack>
    </form>
  );
}

function Unknown({ sheet: { error, sections } }: { readonly sheet: Sheet }) {
  if (error !== undefined) {
    return (
      <Text className="plugin-text">
        It is not known what this plugin wants to be set, because it does not load: {plainText(error.message)}
      </Text>
    );
  }
  return sections.length === 0 ? <Text>This plugin has nothing to set.</Text> : null;
}

function legendOf(kind: Sheet["sections"][number]["kind"], title: string | null): string {
  if (title !== null) return plainText(title);
  return kind === "secrets" ? "Secrets" : "Stored besides";
}

/** What is as it was before is no change. */
function withDraft(drafts: Drafts, { key, type, value }: Field, draft: string | null | undefined): Drafts {
  const { [key]: _, ...others } = drafts;
  const isSame = draft === undefined || (type !== "secret" && draft !== null && draft === value);
  return isSame ? others : { ...others, [key]: draft };
}

function errorsOf(details: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, string>> {
  const fields = details?.["fields"];
  return typeof fields === "object" && fields !== null ? (fields as Record<string, string>) : {};
}
