// The registries that plugins come from: which there are, adding one, forgetting one.

import { Button, Group, Loader, Table, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { REGISTRY_LOCATION_CHARS_MAX } from "../../../../src/protocol/limits.ts";
import type { Answer } from "../../api/ask.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { useChange } from "../../api/use-change.ts";
import { useConfirm } from "../../parts/confirm.tsx";
import { ErrorNotice } from "../../parts/error-notice.tsx";
import { plainText } from "../../parts/plain-text.ts";

export function RegistryList() {
  return (
    <>
      <Registries />
      <AddRegistry />
    </>
  );
}

function Registries() {
  const { data, error, refetch } = useAnswer("GET /registries", {});
  if (error !== null) return <ErrorNotice error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Loader aria-label="Loading the registries" />;
  if (data.registries.length === 0) {
    return <Text>There is none yet. A registry lists plugins, and says whose signature each has to have.</Text>;
  }
  return (
    <Table.ScrollContainer minWidth={520} type="native">
      <Table captionSide="top" verticalSpacing="sm">
        <Table.Caption ta="start">Asked in this order</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Where it is</Table.Th>
            <Table.Th>Plugins</Table.Th>
            <Table.Th aria-label="Remove" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.registries.map((registry) => (
            <Row key={registry.name} registry={registry} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Row({ registry }: { readonly registry: Answer<"GET /registries">["registries"][number] }) {
  const { name, location, entries, broken, error } = registry;
  const confirm = useConfirm();
  const remove = useChange("DELETE /registries/{name}", {
    changes: ["registries", "plugins"],
    done: "Registry removed",
  });
  const ask = async () => {
    const text = "What was installed from it stays, and gets no newer versions from it.";
    if (await confirm({ title: `Remove the registry ${plainText(name)}?`, text, action: "Remove" })) {
      remove.mutate({ params: { name } });
    }
  };
  return (
    <Table.Tr>
      <Table.Td className="plugin-text">{plainText(name)}</Table.Td>
      <Table.Td className="plugin-text">
        {plainText(location)}
        {error !== undefined && (
          <Text size="sm" className="plugin-text">
            {plainText(error.message)}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {entries ?? "–"}
        {broken > 0 && ` (${broken} broken)`}
      </Table.Td>
      <Table.Td ta="end">
        <Button
          size="xs"
          variant="default"
          loading={remove.isPending}
          aria-label={`Remove ${plainText(name)}`}
          onClick={() => void ask()}
        >
          Remove
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}

function AddRegistry() {
  const [location, setLocation] = useState("");
  const add = useChange("POST /registries", {
    changes: ["registries", "plugins"],
    done: ({ name, added }) =>
      added ? `Registry ${plainText(name)} added` : `It was there already: ${plainText(name)}`,
    isFailureShown: true,
    onDone: () => setLocation(""),
  });
  const wanted = location.trim();
  const { error } = add;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted !== "") add.mutate({ body: { location: wanted } });
      }}
    >
      <Group align="flex-end" gap="sm" mt="sm">
        <TextInput
          label="Add a registry"
          description="A web address, or the whole path of a folder on the host's computer"
          placeholder="https://example.org/registry/"
          maxLength={REGISTRY_LOCATION_CHARS_MAX}
          value={location}
          onChange={({ currentTarget }) => setLocation(currentTarget.value)}
          error={error === null ? undefined : `${error.message}${error.hint === undefined ? "" : `: ${error.hint}`}`}
          spellCheck={false}
          autoCapitalize="off"
          inputWrapperOrder={["label", "description", "error", "input"]}
          style={{ flex: "1 1 260px" }}
          maw={640}
        />
        <Button type="submit" variant="default" loading={add.isPending} disabled={wanted === ""}>
          Add
        </Button>
      </Group>
    </form>
  );
}
