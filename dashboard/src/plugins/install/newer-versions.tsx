// Installed plugins that a registry has a newer version of.

import { Button, Table, Text } from "@mantine/core";
import type { Answer } from "../../api/ask.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { Answered } from "../../parts/answered.tsx";
import { plainText } from "../../parts/plain-text.ts";
import { cellOf, ROW, RowsTable } from "../../parts/rows-table.tsx";
import type { Installation } from "./use-installation.ts";

export function NewerVersions({ installation }: { readonly installation: Installation }) {
  return (
    <Answered answer={useAnswer("GET /plugins/outdated", {})}>
      {({ plugins }) =>
        plugins.length === 0 ? (
          <Text>All that is installed from a registry is up to date.</Text>
        ) : (
          <RowsTable
            caption="Plugins with a newer version"
            columns={["Plugin", "Installed", "Newer", "Action"]}
            minWidth={480}
            isStacked
          >
            {plugins.map((row) => (
              <Row key={row.plugin_id} row={row} installation={installation} />
            ))}
          </RowsTable>
        )
      }
    </Answered>
  );
}

interface RowProps {
  readonly row: Answer<"GET /plugins/outdated">["plugins"][number];
  readonly installation: Installation;
}

function Row({ row: { plugin_id, installed, available, error }, installation }: RowProps) {
  return (
    <Table.Tr {...ROW}>
      <Table.Td {...cellOf()} className="plugin-text">
        {plainText(plugin_id)}
      </Table.Td>
      <Table.Td {...cellOf("Installed")} className="plugin-text">
        {plainText(installed)}
      </Table.Td>
      <Table.Td {...cellOf("Newer")} className="plugin-text">
        {plainText(error?.message ?? available ?? "–")}
      </Table.Td>
      <Table.Td {...cellOf()}>
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
