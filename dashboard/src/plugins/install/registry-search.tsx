// Looks for plugins in the registries.

import { Badge, Button, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Search } from "lucide-react";
import { useState } from "react";
import { REGISTRY_SEARCH_CHARS_MAX } from "../../../../src/protocol/limits.ts";
import type { Answer } from "../../api/ask.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { Answered } from "../../parts/answered.tsx";
import { plainText } from "../../parts/plain-text.ts";
import { cellOf, ROW, RowsTable } from "../../parts/rows-table.tsx";
import { shortName } from "../../parts/short-name.ts";
import type { Installation } from "./use-installation.ts";

const TYPING_MS = 250;

type Found = Answer<"GET /registries/search">["plugins"][number];

export function RegistrySearch({ installation }: { readonly installation: Installation }) {
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text.trim(), TYPING_MS);
  return (
    <>
      <TextInput
        type="search"
        label="Search the registries"
        placeholder="Name or id"
        leftSection={<Search size={16} aria-hidden />}
        maxLength={REGISTRY_SEARCH_CHARS_MAX}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        maw={360}
        mb="sm"
      />
      <Results text={wanted} installation={installation} />
    </>
  );
}

function Results({ text, installation }: { readonly text: string; readonly installation: Installation }) {
  const answer = useAnswer("GET /registries/search", { query: { text } }, { keepsPrevious: true });
  const registries = useAnswer("GET /registries", {}).data?.registries;
  // The host would say how a registry is added at the terminal.
  if (registries?.length === 0) return <Text>There are no registries yet. Add one below.</Text>;
  return <Answered answer={answer}>{(data) => <FoundPlugins data={data} installation={installation} />}</Answered>;
}

interface FoundPluginsProps {
  readonly data: Answer<"GET /registries/search">;
  readonly installation: Installation;
}

function FoundPlugins({ data, installation }: FoundPluginsProps) {
  const installed = useAnswer("GET /plugins", {}).data?.plugins ?? [];
  const versions = new Map(installed.map(({ plugin_id, version }) => [plugin_id, version]));
  return (
    <>
      <output aria-live="polite">
        {data.notes.map((note) => (
          <Text key={note} size="sm" className="plugin-text">
            {plainText(note)}
          </Text>
        ))}
        {data.plugins.length === 0 && data.notes.length === 0 && <Text>No registry has a plugin of that name.</Text>}
      </output>
      {data.plugins.length > 0 && (
        <RowsTable
          caption="Plugins in the registries"
          columns={["Plugin", "Version", "Registry", "Action"]}
          minWidth={480}
          isStacked
        >
          {data.plugins.map((found) => (
            <Row
              key={`${found.registry}\n${found.plugin_id}`}
              found={found}
              installed={versions.get(found.plugin_id)}
              installation={installation}
            />
          ))}
        </RowsTable>
      )}
    </>
  );
}

interface RowProps {
  readonly found: Found;
  /** The version that is installed. */
  readonly installed: string | undefined;
  readonly installation: Installation;
}

function Row({ found, installed, installation }: RowProps) {
  const { plugin_id, name, description, latest, runs_here, registry } = found;
  const isBusy = installation.step.at === "asking";
  return (
    <Table.Tr {...ROW}>
      <Table.Td {...cellOf()} maw={360}>
        <Text fw={600} className="plugin-text" lineClamp={2}>
          {shortName(name ?? plugin_id)}
        </Text>
        {name !== null && name !== plugin_id && (
          <Text size="xs" ff="monospace" className="plugin-text" lineClamp={2}>
            {plainText(plugin_id)}
          </Text>
        )}
        {description !== null && (
          <Text size="sm" className="plugin-text" lineClamp={2}>
            {plainText(description)}
          </Text>
        )}
      </Table.Td>
      <Table.Td {...cellOf("Version")} className="plugin-text">
        {plainText(latest ?? "–")}
      </Table.Td>
      <Table.Td {...cellOf("Registry")} className="plugin-text">
        {plainText(registry)}
      </Table.Td>
      <Table.Td {...cellOf()}>
        {!runs_here ? (
          <Badge color="gray" variant="outline">
            Not for this system
          </Badge>
        ) : installed !== undefined && installed === latest ? (
          <Badge color="green" variant="outline">
            Installed
          </Badge>
        ) : (
          <Button
            size="xs"
            disabled={isBusy}
            aria-label={`Install ${plainText(plugin_id)}`}
            onClick={() => installation.start({ kind: "registry", spec: plugin_id })}
          >
            Install
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
