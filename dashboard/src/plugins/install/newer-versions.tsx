// Installed plugins that a registry has a newer version of.

import { Button, Loader, Table, Text } from "@mantine/core";
import type { Answer } from "../../api/ask.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { ErrorNotice } from "../../parts/error-notice.tsx";
import { plainText } from "../../parts/plain-text.ts";
import type { Installation } from "./use-installation.ts";

export function NewerVersions({ installation }: { readonly installation: Installation }) {
  const { data, error, refetch } = useAnswer("GET /plugins/outdated", {});
  if (error !== null) return <ErrorNotice error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Loader aria-label="Looking for newer versions" />;
  if (data.plugins.length === 0) return <Text>All that is installed from a registry is up to date.</Text>;
  return (
    <Table.ScrollContainer minWidth={480} type="native">
      <Table captionSide="top" verticalSpacing="sm">
        <Table.Caption ta="start">Plugins with a newer version</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Plugin</Table.Th>
            <Table.Th>Installed</Table.Th>
            <Table.Th>Newer</Table.Th>
            <Table.Th aria-label="Upgrade" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.plugins.map((row) => (
            <Row key={row.plugin_id} row={row} installation={installation} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface RowProps {
  readonly row: Answer<"GET /plugins/outdated">["plugins"][number];
  readonly installation: Installation;
}

function Row({ row: { plugin_id, installed, available, error }, installation }: RowProps) {
  return (
    <Table.Tr>
      <Table.Td className="plugin-text">{plainText(plugin_id)}</Table.Td>
      <Table.Td className="plugin-text">{plainText(installed)}</Table.Td>
      <Table.Td className="plugin-text">{plainText(error?.message ?? available ?? "–")}</Table.Td>
      <Table.Td ta="end">
        {error === undefined && (
          <Button
            size="xs"
            disabled={installation.step.at === "asking"}
            aria-label={`Upgrade ${plainText(plugin_id)}`}
            onClick={() => installation.start({ kind: "upgrade", plugin: plugin_id })}
          >
            Upgrade
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
