// A newer version of one plugin, where a registry has one.

import { Button, Group, Text } from "@mantine/core";
import { useAnswer } from "../../api/use-answer.ts";
import { plainText } from "../../parts/plain-text.ts";
import { ConsentDialog } from "./consent-dialog.tsx";
import { InstallationNotice } from "./installation-notice.tsx";
import { useInstallation } from "./use-installation.ts";

export function UpgradePlugin({ pluginId }: { readonly pluginId: string }) {
  const installation = useInstallation();
  const { data } = useAnswer("GET /plugins/outdated", {});
  const row = data?.plugins.find(({ plugin_id }) => plugin_id === pluginId);
  return (
    <div>
      {row !== undefined && row.available !== null && row.error === undefined && (
        <Group gap="sm">
          <Text size="sm" className="plugin-text">
            A registry has version {plainText(row.available)}.
          </Text>
          <Button
            size="xs"
            loading={installation.step.at === "asking"}
            onClick={() => installation.start({ kind: "upgrade", plugin: pluginId })}
          >
            Upgrade
          </Button>
        </Group>
      )}
      <InstallationNotice installation={installation} />
      <ConsentDialog installation={installation} />
    </div>
  );
}
