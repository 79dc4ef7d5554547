// The page of one process plugin: where it was found, its commands, and trying those that are tools.

import { Code, Stack, Table, Text, Title } from "@mantine/core";
import { useParams } from "react-router";
import { PROCESS_ID_PREFIX } from "../../../src/protocol/process-id.ts";
import { useAnswer } from "../api/use-answer.ts";
import { Answered } from "../parts/answered.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { plainText } from "../parts/plain-text.ts";
import { RowsTable } from "../parts/rows-table.tsx";
import { shortName } from "../parts/short-name.ts";
import { type ProcessPluginRow, ProcessPluginState } from "./process-plugin-table.tsx";
import { ToolList } from "./tool-list.tsx";

export default function ProcessPluginPage() {
  const { plugin = "" } = useParams();
  const answer = useAnswer("GET /process-plugins/{plugin}", { params: { plugin } });
  return (
    <>
      <PageTitle title={shortName(plugin)} />
      <Answered answer={answer} way={{ to: "/ui/plugins", text: "Back to the list" }}>
        {(data) => (
          <Stack gap="lg">
            {data.plugins.map((one) => (
              <FoundPlugin key={one.path} plugin={one} />
            ))}
            <div>
              <Title order={2} size="h4" mb="xs">
                Tools
              </Title>
              {data.tools.length === 0 ? (
                <Text>None of its commands is a tool.</Text>
              ) : (
                <ToolList owner={`${PROCESS_ID_PREFIX}${plugin}`} tools={data.tools} agent={data.agent} />
              )}
            </div>
          </Stack>
        )}
      </Answered>
    </>
  );
}

function FoundPlugin({ plugin }: { readonly plugin: ProcessPluginRow }) {
  const { path, issue, commands } = plugin;
  return (
    <Stack gap="xs">
      <ProcessPluginState plugin={plugin} />
      <Code className="plugin-text">{plainText(path)}</Code>
      {issue !== null && <Text className="plugin-text">{plainText(issue)}</Text>}
      {commands.length > 0 && (
        <RowsTable caption="Commands" columns={["Command", "What it does"]} minWidth={320}>
          {commands.map(({ name, about }) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" className="plugin-text">
                {plainText(name)}
              </Table.Th>
              <Table.Td className="plugin-text">{plainText(about)}</Table.Td>
            </Table.Tr>
          ))}
        </RowsTable>
      )}
    </Stack>
  );
}
