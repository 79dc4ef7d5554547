// One model provider: where it is, whether it works, and what can be done with it.

import { Badge, Button, Group, Paper, Text, Title } from "@mantine/core";
import { useId } from "react";
import type { Answer } from "../api/ask.ts";
import { useChange } from "../api/use-change.ts";
import { useConfirm } from "../parts/confirm.tsx";
import { plainText } from "../parts/plain-text.ts";
import { ProviderChecks } from "./provider-checks.tsx";

type Provider = Answer<"GET /providers">["providers"][number];

export function ProviderCard({ provider }: { readonly provider: Provider }) {
  const { name } = provider;
  const id = useId();
  const confirm = useConfirm();
  const test = useChange("POST /providers/{name}/test", { changes: ["models"], isFailureShown: true });
  const prefer = useChange("POST /providers/{name}/default", {
    changes: ["providers", "models"],
    done: `Models of ${name} are the defaults now`,
  });
  const remove = useChange("DELETE /providers/{name}", {
    changes: ["providers", "models"],
    done: `${name} is removed`,
  });
  const params = { name };
  const askAndRemove = async () => {
    const text = "The key that is kept for it goes with it. Agents that name one of its models cannot answer any more.";
    if (await confirm({ title: `Remove ${name}?`, text, action: "Remove" })) remove.mutate({ params });
  };
  return (
    <Paper component="article" withBorder p="sm" aria-labelledby={id}>
      <Group justify="space-between" align="start">
        <div>
          <Group gap="xs">
            <Title order={3} size="h5" id={id} className="plugin-text">
              {plainText(name)}
            </Title>
            {provider.default && <Badge variant="default">Default</Badge>}
          </Group>
          <Text size="sm" className="plugin-text">
            {plainText(provider.base_url ?? `script ${provider.script ?? ""}`)}
          </Text>
          <Text size="sm" className="plugin-text">
            {plainText(modelText(provider))}
          </Text>
          <Text size="sm">{keyText(provider)}</Text>
        </div>
        <Group gap="xs">
          <Button size="xs" loading={test.isPending} onClick={() => test.mutate({ params })}>
            Test
          </Button>
          {!provider.default && (
            <Button size="xs" variant="default" loading={prefer.isPending} onClick={() => prefer.mutate({ params })}>
              Make default
            </Button>
          )}
          <Button size="xs" variant="default" loading={remove.isPending} onClick={() => void askAndRemove()}>
            Remove
          </Button>
        </Group>
      </Group>
      <ProviderChecks test={test} />
    </Paper>
  );
}

function modelText({ model, embedding_model: embedding }: Provider): string {
  const named = [model === null ? [] : [`chat with ${model}`], embedding === null ? [] : [`vectors with ${embedding}`]];
  return named.flat().join(", ") || "no model was named: the first that it has is used";
}

function keyText({ api_key: where, api_key_env: variable, key_missing: isMissing }: Provider): string {
  if (where === "none") return "Without a key";
  if (where === "kept") return "Its key is kept, encrypted";
  const name = plainText(variable ?? "");
  return isMissing
    ? `The variable ${name}, which is to have its key, is not set for the host`
    : `Its key is in the variable ${name}`;
}
