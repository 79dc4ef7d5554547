// Whether a plugin is connected to something, connecting it on its own page, and disconnecting it.

import { Badge, Button, Group, Text } from "@mantine/core";
import { useId } from "react";
import { useConfirm } from "../parts/confirm.tsx";
import { plainText } from "../parts/plain-text.ts";
import type { FieldProps } from "./setting-field.tsx";
import { useOpenTab } from "./use-open-tab.ts";

export function StatusField({ pluginId, agent, field, onClear }: FieldProps) {
  const { key, label, is_connected, can_connect, clear_keys = [] } = field;
  const confirm = useConfirm();
  const connect = useOpenTab(pluginId);
  const disconnect = async () => {
    const text = "What the plugin keeps to be connected is removed.";
    if (await confirm({ title: `Disconnect ${plainText(label)}?`, text, action: "Disconnect" })) onClear(clear_keys);
  };
  const labelId = useId();
  return (
    <Group gap="xs" role="group" aria-labelledby={labelId}>
      <Text id={labelId} size="sm" fw={600} className="plugin-text">
        {plainText(label)}
      </Text>
      <Badge variant="outline" color={is_connected ? "green" : "gray"}>
        {is_connected ? "Connected" : "Not connected"}
      </Badge>
      {can_connect === true && !is_connected && (
        <Button
          size="compact-sm"
          variant="default"
          loading={connect.isOpening}
          title={`Connect ${plainText(label)}`}
          onClick={() => connect.open({ agent, field: key })}
        >
          Connect
        </Button>
      )}
      {is_connected && clear_keys.length > 0 && (
        <Button
          size="compact-sm"
          variant="default"
          title={`Disconnect ${plainText(label)}`}
          onClick={() => void disconnect()}
        >
          Disconnect
        </Button>
      )}
    </Group>
  );
}
