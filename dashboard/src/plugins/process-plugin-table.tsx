// The process plugins that were found: programs that offer commands.

import { Anchor, Badge, Group, Loader, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import type { Answer } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { plainText } from "../parts/plain-text.ts";

export type ProcessPluginRow = Answer<"GET /process-plugins">["plugins"][number];

export function ProcessPluginTable({ filter }: { readonly filter: string }) {
  const { data, error, refetch } = useAnswer("GET /process-plugins", {});
  if (error !== null) return <ErrorNotice error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Loader aria-label="Loading the process plugins" />;
  if (data.plugins.length === 0) {
    return (
      <Text>No process plugin was found. They are programs whose names begin with osp-, in the plugins folder.</Text>
    );
  }
  const wanted = filter.trim().toLowerCase();
  const shown = data.plugins.filter(({ plugin_id, commands }) =>
    [plugin_id, ...commands.map(({ name }) => name)].some((text) => text.toLowerCase().includes(wanted)),
  );
  if (shown.length === 0) return <Text>No process plugin is called so.</Text>;
  return (
    <Table.ScrollContainer minWidth={680} type="native">
      <Table aria-label="Process plugins" verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Plugin</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Version</Table.Th>
            <Table.Th>Commands</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown.map((plugin) => (
            <Row key={`${plugin.plugin_id}\n${plugin.path}`} plugin={plugin} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Row({ plugin }: { readonly plugin: ProcessPluginRow }) {
  const { plugin_id, version, issue, commands } = plugin;
  return (
    <Table.Tr>
      <Table.Td maw={300}>
        <Anchor component={Link} to={processPluginAddress(plugin_id)} fw={600} className="plugin-text">
          {plainText(plugin_id)}
        </Anchor>
      </Table.Td>
      <Table.Td maw={360}>
        <ProcessPluginState plugin={plugin} />
        {issue !== null && (
          <Text size="sm" className="plugin-text" lineClamp={4} mt={4}>
            {plainText(issue)}
          </Text>
        )}
      </Table.Td>
      <Table.Td maw={160} className="plugin-text">
        {plainText(version ?? "")}
      </Table.Td>
      <Table.Td maw={300} className="plugin-text">
        {plainText(commands.map(({ name }) => name).join(", "))}
      </Table.Td>
    </Table.Tr>
  );
}

export function ProcessPluginState({ plugin }: { readonly plugin: ProcessPluginRow }) {
  const { healthy, enabled, dev, source } = plugin;
  return (
    <Group gap={4}>
      <Badge color={healthy ? (enabled ? "green" : "gray") : "red"} variant="dot">
        {healthy ? (enabled ? "On" : "Off") : "Broken"}
      </Badge>
      <Badge color="gray" variant="default" title="How it was found">
        {source}
      </Badge>
      {dev === true && (
        <Badge color="gray" variant="default">
          Dev build
        </Badge>
      )}
    </Group>
  );
}

/** Apart from native plugins, which may have the same id. */
function processPluginAddress(pluginId: string): string {
  return `/ui/plugins/process:/${encodeURIComponent(pluginId)}`;
}
