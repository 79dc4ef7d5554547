// Where models come from: the providers, servers on this machine that could be added, and all models.

import { Badge, Group, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useAnswer } from "../api/use-answer.ts";
import { Answered } from "../parts/answered.tsx";
import { plainText } from "../parts/plain-text.ts";
import { RowsTable } from "../parts/rows-table.tsx";
import { AddProvider, type ProviderStart } from "./add-provider.tsx";
import { LocalServers } from "./local-servers.tsx";
import { ProviderCard } from "./provider-card.tsx";
import { Section } from "./section.tsx";

export function ModelsSection() {
  const providers = useAnswer("GET /providers", {});
  const [start, setStart] = useState<ProviderStart>({ name: "", baseUrl: "" });
  return (
    <>
      <Section
        title="Model providers"
        about="Any server that speaks the OpenAI protocol, on this machine or elsewhere. Models of the default provider are used where nobody names one."
      >
        <Answered answer={providers}>
          {(data) => (
            <Stack>
              {data.providers.length === 0 && (
                <Text size="sm">There is none yet: add one below, and agents can answer.</Text>
              )}
              {data.providers.map((provider) => (
                <ProviderCard key={provider.name} provider={provider} />
              ))}
            </Stack>
          )}
        </Answered>
      </Section>
      <Section title="Add a provider">
        <LocalServers choose={setStart} />
        <AddProvider
          key={`${start.name} ${start.baseUrl}`}
          start={start}
          done={() => setStart({ name: "", baseUrl: "" })}
        />
      </Section>
      <Models />
    </>
  );
}

/** Of other kinds, the provider's word is shown. */
const KINDS: Readonly<Record<string, string>> = { chat: "Chat", embedding: "Vectors" };

function Models() {
  const answer = useAnswer("GET /models", {});
  return (
    <Section title="Models">
      <Answered answer={answer}>
        {({ models, defaults, silent }) => (
          <>
            {silent.map((name) => (
              <Text key={name} size="sm" className="plugin-text">
                {`"${plainText(name)}" gave no list of models: test it above.`}
              </Text>
            ))}
            {models.length === 0 ? (
              <Text size="sm">There are no models yet.</Text>
            ) : (
              <RowsTable caption="Models" columns={["Model", "Provider", "Kind", "Context"]}>
                {models.map(({ id, provider, type, context_window: context }) => (
                  <Table.Tr key={`${provider} ${id}`}>
                    <Table.Td>
                      <Group gap="xs">
                        <span className="plugin-text">{plainText(id)}</span>
                        {isDefault(defaults, provider, id) && <Badge variant="default">Default</Badge>}
                      </Group>
                    </Table.Td>
                    <Table.Td className="plugin-text">{plainText(provider)}</Table.Td>
                    <Table.Td>{KINDS[type] ?? plainText(type)}</Table.Td>
                    <Table.Td>{context === undefined ? "not known" : `${context.toLocaleString()} tokens`}</Table.Td>
                  </Table.Tr>
                ))}
              </RowsTable>
            )}
          </>
        )}
      </Answered>
    </Section>
  );
}

type Chosen = { readonly provider: string; readonly model: string } | null;

/** A model whose name several have is listed with its provider before it. */
function isDefault(
  defaults: { readonly chat: Chosen; readonly embedding: Chosen },
  provider: string,
  id: string,
): boolean {
  return [defaults.chat, defaults.embedding].some(
    (one) => one !== null && one.provider === provider && (one.model === id || `${provider}/${one.model}` === id),
  );
}
