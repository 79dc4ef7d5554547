// Makes an access key, and shows it this once. It is in this page's memory alone: whoever goes elsewhere or loads the page again
// is not shown it any more.

import { Alert, Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { KeyRound } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useAnswer } from "../api/use-answer.ts";
import { useChange } from "../api/use-change.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { plainText } from "../parts/plain-text.ts";
import { CopyText } from "./copy-text.tsx";
import { ENDS, endOf } from "./key-ends.ts";
import { Section } from "./section.tsx";

const WHOLE_HOST = "";

export function NewKey() {
  const [name, setName] = useState("");
  const [agent, setAgent] = useState(WHOLE_HOST);
  const [end, setEnd] = useState<string>(ENDS[0].value);
  const [made, setMade] = useState<{ readonly name: string; readonly key: string }>();
  const agents = useAnswer("GET /agents", {});
  const create = useChange("POST /keys", {
    changes: ["keys"],
    isFailureShown: true,
    onDone({ name: of, key }) {
      setMade({ name: of, key });
      setName("");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMade(undefined);
    const body = { name, agent_id: agent === WHOLE_HOST ? null : agent, expires_at: endOf(end, Date.now()) };
    // Nothing but this page remembers the key.
    create.mutate({ body }, { onSuccess: () => create.reset() });
  };
  const whom = (agents.data?.agents ?? []).map(({ id, name: of }) => ({ value: id, label: `Only ${plainText(of)}` }));
  return (
    <Section title="New access key">
      <form onSubmit={submit}>
        <Stack>
          <Group grow align="start" preventGrowOverflow={false}>
            <TextInput
              label="Name"
              placeholder="What will use it"
              value={name}
              onChange={({ currentTarget }) => setName(currentTarget.value)}
            />
            <NativeSelect
              label="For"
              data={[{ value: WHOLE_HOST, label: "The whole host" }, ...whom]}
              value={agent}
              onChange={({ currentTarget }) => setAgent(currentTarget.value)}
            />
            <NativeSelect
              label="Ends"
              data={ENDS.map(({ value, label }) => ({ value, label }))}
              value={end}
              onChange={({ currentTarget }) => setEnd(currentTarget.value)}
            />
          </Group>
          {create.error !== null && <ErrorNotice error={create.error} />}
          <Group justify="flex-end">
            <Button type="submit" loading={create.isPending}>
              Make key
            </Button>
          </Group>
        </Stack>
      </form>
      <div aria-live="polite">
        {made !== undefined && (
          <Alert variant="default" icon={<KeyRound aria-hidden />} title={`The key ${plainText(made.name)}`}>
            <Stack gap="xs">
              <Text size="sm">
                Copy it now: it is not shown again, and nobody can find it out later. It opens what it is for to whoever
                has it.
              </Text>
              <CopyText text={made.key} what="the key" />
              <Group>
                <Button size="xs" variant="default" onClick={() => setMade(undefined)}>
                  I have copied it
                </Button>
              </Group>
            </Stack>
          </Alert>
        )}
      </div>
    </Section>
  );
}
