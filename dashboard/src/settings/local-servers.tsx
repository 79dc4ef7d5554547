// Servers of models that run on this machine and are not among the providers yet.

import { Button, Group, Text } from "@mantine/core";
import { useAnswer } from "../api/use-answer.ts";
import { plainText } from "../parts/plain-text.ts";
import type { ProviderStart } from "./add-provider.tsx";

export function LocalServers({ choose }: { choose(start: ProviderStart): void }) {
  const { data } = useAnswer("GET /providers/local", {});
  if (data === undefined || data.servers.length === 0) return null;
  return (
    <div>
      <Text size="sm">These run on this machine:</Text>
      <Group gap="xs" mt={4}>
        {data.servers.map(({ name, base_url: baseUrl, models }) => (
          <Button key={baseUrl} size="xs" variant="default" onClick={() => choose({ name, baseUrl })}>
            {`${plainText(name)} at ${plainText(baseUrl)}, ${models.length === 1 ? "1 model" : `${models.length} models`}`}
          </Button>
        ))}
      </Group>
    </div>
  );
}
