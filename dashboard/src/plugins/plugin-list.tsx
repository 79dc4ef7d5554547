// All plugins that there are, of both kinds, and what is wrong with those that do not work.

import { Anchor, Button, Table, Text, TextInput, Title } from "@mantine/core";
import { Plus, Search } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { useAnswer } from "../api/use-answer.ts";
import { Answered } from "../parts/answered.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { plainText } from "../parts/plain-text.ts";
import { cellOf, ROW, RowsTable } from "../parts/rows-table.tsx";
import { shortName } from "../parts/short-name.ts";
import { type PluginRow, PluginState } from "./plugin-state.tsx";
import { ProcessPluginTable } from "./process-plugin-table.tsx";
import { RetryButton } from "./retry-button.tsx";

export function PluginList() {
  const [filter, setFilter] = useState("");
  return (
    <>
      <PageTitle title="Plugins">
        <Button component={Link} to="/ui/plugins/install" leftSection={<Plus size={16} aria-hidden />}>
          Install a plugin
        </Button>
      </PageTitle>
      <TextInput
        type="search"
        label="Filter"
        placeholder="Name, id, tool or command"
        leftSection={<Search size={16} aria-hidden />}
        value={filter}
        onChange={({ currentTarget }) => setFilter(currentTarget.value)}
        maw={360}
        mb="lg"
      />
      <Title order={2} size="h4" mb="xs">
        Native plugins
      </Title>
      <NativePlugins filter={filter} />
      <Title order={2} size="h4" mt="xl" mb="xs">
        Process plugins
      </Title>
      <ProcessPluginTable filter={filter} />
    </>
  );
}

function NativePlugins({ filter }: { readonly filter: string }) {
  return (
    <Answered answer={useAnswer("GET /plugins", {})}>
      {({ plugins }) => {
        if (plugins.length === 0) return <NothingInstalled />;
        const shown = plugins.filter((plugin) => isMeant(plugin, filter));
        if (shown.length === 0) return <Text>No native plugin is called so.</Text>;
        return (
          <RowsTable
            caption="Native plugins"
            columns={["Plugin", "State", "Version", "Tools"]}
            minWidth={680}
            isStacked
          >
            {shown.map((plugin) => (
              <Row key={plugin.plugin_id} plugin={plugin} />
            ))}
          </RowsTable>
        );
      }}
    </Answered>
  );
}

function Row({ plugin }: { readonly plugin: PluginRow }) {
  const { plugin_id, name = plugin_id, description, version, tools, error } = plugin;
  return (
    <Table.Tr {...ROW}>
      <Table.Td {...cellOf()} maw={420}>
        <Anchor component={Link} to={pluginAddress(plugin_id)} fw={600} className="plugin-text" lineClamp={2}>
          {shortName(name)}
        </Anchor>
        {name !== plugin_id && (
          <Text size="xs" ff="monospace" className="plugin-text" lineClamp={2}>
            {plainText(plugin_id)}
          </Text>
        )}
        {description !== undefined && (
          <Text size="sm" className="plugin-text" lineClamp={2}>
            {plainText(description)}
          </Text>
        )}
      </Table.Td>
      <Table.Td {...cellOf()} maw={360}>
        <PluginState plugin={plugin} />
        {error !== undefined && (
          <Text size="sm" className="plugin-text" lineClamp={4} my={4}>
            {plainText(error.message)}
          </Text>
        )}
        <RetryButton plugin={plugin} />
      </Table.Td>
      <Table.Td {...cellOf()} maw={160}>
        <Text size="sm" className="plugin-text" lineClamp={2}>
          {plainText(version)}
        </Text>
      </Table.Td>
      <Table.Td {...cellOf("Tools")}>{tools.length}</Table.Td>
    </Table.Tr>
  );
}

export function pluginAddress(pluginId: string): string {
  return `/ui/plugins/${encodeURIComponent(pluginId)}`;
}

function NothingInstalled() {
  return (
    <Text>
      No native plugin is installed. Plugins give agents tools, answer at routes of their own and bring web pages.{" "}
      <Anchor component={Link} to="/ui/plugins/install" underline="always">
        Install one
      </Anchor>{" "}
      from a registry or a package.
    </Text>
  );
}

function isMeant({ plugin_id, name = "", description = "", tools }: PluginRow, filter: string): boolean {
  const wanted = filter.trim().toLowerCase();
  return [plugin_id, name, description, ...tools].some((text) => text.toLowerCase().includes(wanted));
}
