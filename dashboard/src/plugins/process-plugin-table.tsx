// The process plugins that were found: programs that offer commands.

import { Anchor, Badge, Group, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import type { Answer } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { Answered } from "../parts/answered.tsx";
import { plainText } from "../parts/plain-text.ts";
import { cellOf, ROW, RowsTable } from "../parts/rows-table.tsx";
import { StatusBadge } from "../parts/status-badge.tsx";

import { listedNames } from "./listed-names.ts";

export type ProcessPluginRow = Answer<"GET /process-plugins">["plugins"][number];

export function ProcessPluginTable({ filter }: { readonly filter: string }) {
  return (
    <Answered answer={useAnswer("GET /process-plugins", {})}>
      {({ plugins }) => <Found plugins={plugins} filter={filter} />}
    </Answered>
  );
}

function Found({ plugins, filter }: { readonly plugins: readonly ProcessPluginRow[]; readonly filter: string }) {
  if (plugins.length === 0) {
    return (
      <Text>No process plugin was found. They are programs whose names begin with osp-, in the plugins folder.</Text>
    );
  }
  const wanted = filter.trim().toLowerCase();
  const shown = plugins.filter(({ plugin_id, commands }) =>
    [plugin_id, ...commands.map(({ name }) => name)].some((text) => text.toLowerCase().includes(wanted)),
  );
  if (shown.length === 0) return <Text>No process plugin is called so.</Text>;
  return (
    <RowsTable caption="Process plugins" columns={["Plugin", "State", "Version", "Commands"]} minWidth={680} isStacked>
      {shown.map((plugin) => (
        <Row key={`${plugin.plugin_id}\n${plugin.path}`} plugin={plugin} />
      ))}
    </RowsTable>
  );
}

function Row({ plugin }: { readonly plugin: ProcessPluginRow }) {
  const { plugin_id, version, issue, commands } = plugin;
  return (
    <Table.Tr {...ROW}>
      <Table.Td {...cellOf()} maw={300}>
        <Anchor component={Link} to={processPluginAddress(plugin_id)} fw={600} className="plugin-text" lineClamp={2}>
          {plainText(plugin_id)}
        </Anchor>
      </Table.Td>
      <Table.Td {...cellOf()} maw={360}>
        <ProcessPluginState plugin={plugin} />
        {issue !== null && (
          <Text size="sm" className="plugin-text" lineClamp={4} mt={4}>
            {plainText(issue)}
          </Text>
        )}
      </Table.Td>
      <Table.Td {...cellOf()} maw={160}>
        <Text size="sm" className="plugin-text" lineClamp={2}>
          {plainText(version ?? "")}
        </Text>
      </Table.Td>
      <Table.Td {...cellOf()} maw={300}>
        <Text size="sm" className="plugin-text" lineClamp={2}>
          {listedNames(commands.map(({ name }) => name))}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}

const SOURCES: Readonly<Record<string, string>> = {
  explicit: "Named at the start",
  env: "From OSP_PLUGIN_PATH",
  bundled: "Came with Osprey",
  user: "Plugins folder",
  path: "From PATH",
};

export function ProcessPluginState({ plugin }: { readonly plugin: ProcessPluginRow }) {
  const { healthy, enabled, dev, source } = plugin;
  return (
    <Group gap={4}>
      <StatusBadge tone={healthy ? (enabled ? "good" : "off") : "bad"}>
        {healthy ? (enabled ? "On" : "Off") : "Broken"}
      </StatusBadge>
      <Badge color="gray" variant="default" title="How it was found">
        {SOURCES[source] ?? source}
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
