// What people set for a plugin, for one agent. What is wrong with a value is the host's to say; the values of secrets never come here.

import { Button, Fieldset, Group, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { Answer } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { useChange } from "../api/use-change.ts";
import { Answered } from "../parts/answered.tsx";
import { useConfirm } from "../parts/confirm.tsx";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { plainText } from "../parts/plain-text.ts";
import { useLeaveGuard } from "../parts/use-leave-guard.ts";
import { AgentSelect } from "./agent-select.tsx";
import { type Drafts, withDraft, withoutSaved } from "./setting-drafts.ts";
import { SettingField } from "./setting-field.tsx";

type SheetAnswer = Answer<"GET /plugins/{plugin}/settings">;

interface Form {
  /** An agent's id; empty for the default agent. */
  readonly agent: string;
  readonly drafts: Drafts;
}

export function SettingsTab({ pluginId }: { readonly pluginId: string }) {
  const [{ agent, drafts }, setForm] = useState<Form>({ agent: "", drafts: {} });
  const confirm = useConfirm();
  const isChanged = Object.keys(drafts).length > 0;
  useLeaveGuard(isChanged);
  const choose = async (id: string) => {
    const question = { title: "Go on without saving?", text: "What you changed for this agent is not saved." };
    if (isChanged && !(await confirm({ ...question, action: "Go on" }))) return;
    setForm({ agent: id, drafts: {} });
  };
  // A save that ends late is about the agent that it was for.
  const change = (next: (drafts: Drafts) => Drafts) =>
    setForm((now) => (now.agent === agent ? { agent, drafts: next(now.drafts) } : now));
  return (
    <Stack gap="md" maw={640}>
      <AgentSelect label="Settings for the agent" value={agent} onChange={(id) => void choose(id)} />
      <Sheet key={agent} pluginId={pluginId} agent={agent} drafts={drafts} change={change} />
    </Stack>
  );
}

interface SheetProps extends Form {
  readonly pluginId: string;
  change(next: (drafts: Drafts) => Drafts): void;
}

function Sheet(props: SheetProps) {
  const { pluginId, agent } = props;
  const query = agent === "" ? {} : { query: { agent } };
  const answer = useAnswer("GET /plugins/{plugin}/settings", { params: { plugin: pluginId }, ...query });
  return <Answered answer={answer}>{(sheet) => <SheetForm {...props} sheet={sheet} />}</Answered>;
}

function SheetForm({ pluginId, agent, drafts, change, sheet: data }: SheetProps & { readonly sheet: SheetAnswer }) {
  const save = useChange("PUT /plugins/{plugin}/settings", {
    changes: ["plugins"],
    done: ({ told }) => (told ? "Saved" : "Saved; the plugin learns of it when it is loaded next"),
    isFailureShown: true,
    onDone: (_, { body }) => change((now) => withoutSaved(now, body.values)),
  });
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
                  onChange={(draft) => change((now) => withDraft(now, field, draft))}
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
                  change(() => ({}));
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

function Unknown({ sheet: { error, sections } }: { readonly sheet: SheetAnswer }) {
  if (error !== undefined) {
    return (
      <Text className="plugin-text">
        It is not known what this plugin wants to be set, because it does not load: {plainText(error.message)}
      </Text>
    );
  }
  return sections.length === 0 ? <Text>This plugin has nothing to set.</Text> : null;
}

function legendOf(kind: SheetAnswer["sections"][number]["kind"], title: string | null): string {
  if (title !== null) return plainText(title);
  return kind === "secrets" ? "Secrets" : "Stored besides";
}

function errorsOf(details: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, string>> {
  const fields = details?.["fields"];
  return typeof fields === "object" && fields !== null ? (fields as Record<string, string>) : {};
}
