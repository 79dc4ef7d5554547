// The versions of a plugin that are installed, going back to the one before, and removing all of them.

import { Badge, Button, Checkbox, Group, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useChange } from "../api/use-change.ts";
import { useConfirm } from "../parts/confirm.tsx";
import { plainText } from "../parts/plain-text.ts";
import { RowsTable } from "../parts/rows-table.tsx";
import { StatusBadge } from "../parts/status-badge.tsx";
import { UpgradePlugin } from "./install/upgrade-plugin.tsx";
import { isAt } from "./is-at.ts";
import { pluginAddress } from "./plugin-list.tsx";
import type { PluginDetails } from "./plugin-page.tsx";

export function VersionsTab({ details }: { readonly details: PluginDetails }) {
  return (
    <Stack gap="lg" align="flex-start">
      <RowsTable caption="Installed versions" columns={["Version", "State"]} minWidth={320}>
        {details.versions.map(({ version, is_active, is_dev }) => (
          <Table.Tr key={version}>
            <Table.Td className="plugin-text">{plainText(version)}</Table.Td>
            <Table.Td>
              <Group gap={4}>
                {is_active && <StatusBadge tone="good">In use</StatusBadge>}
                {is_dev && (
                  <Badge color="gray" variant="default">
                    Dev build
                  </Badge>
                )}
              </Group>
            </Table.Td>
          </Table.Tr>
        ))}
      </RowsTable>
      <UpgradePlugin pluginId={details.plugin.plugin_id} />
      <Rollback details={details} />
      <Remove pluginId={details.plugin.plugin_id} />
    </Stack>
  );
}

function Rollback({ details: { plugin, rollback_to } }: { readonly details: PluginDetails }) {
  const confirm = useConfirm();
  const rollback = useChange("POST /plugins/{plugin}/rollback", {
    changes: ["plugins", "tools"],
    done: ({ to }) => `Version ${plainText(to)} is in use`,
  });
  if (rollback_to === null) return <Text size="sm">There is no older version to go back to.</Text>;
  const to = plainText(rollback_to);
  const ask = async () => {
    const isSure = await confirm({
      title: `Go back to ${to}?`,
      text: "Calls that run finish first. The newer version stays installed.",
      action: "Go back",
    });
    if (isSure) rollback.mutate({ params: { plugin: plugin.plugin_id } });
  };
  return (
    <Button variant="default" loading={rollback.isPending} onClick={() => void ask()} className="plugin-text">
      {`Go back to ${to}`}
    </Button>
  );
}

function Remove({ pluginId }: { readonly pluginId: string }) {
  const navigate = useNavigate();
  const confirm = useConfirm();
  const [keepsData, setKeepsData] = useState(false);
  const remove = useChange("DELETE /plugins/{plugin}", {
    changes: ["plugins", "tools", "permissions"],
    done: ({ plugin_id }) => `${plainText(plugin_id)} was removed`,
    onDone: () => void (isAt(pluginAddress(pluginId)) && navigate("/ui/plugins")),
  });
  const ask = async () => {
    const isSure = await confirm({
      title: `Remove ${plainText(pluginId)}?`,
      text: keepsData
        ? "All its versions go. Its settings, its data and what was decided about its tools stay."
        : "All its versions go, with its settings, its data and what was decided about its tools. This cannot be undone.",
      action: "Remove",
    });
    if (isSure) remove.mutate({ params: { plugin: pluginId }, query: { keep_data: keepsData } });
  };
  return (
    <Stack gap="xs" align="flex-start">
      <Checkbox
        label="Keep its settings and data"
        checked={keepsData}
        onChange={({ currentTarget }) => setKeepsData(currentTarget.checked)}
      />
      <Button color="red" variant="outline" loading={remove.isPending} onClick={() => void ask()}>
        Remove this plugin
      </Button>
    </Stack>
  );
}
