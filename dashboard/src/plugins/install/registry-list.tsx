// The registries that plugins come from: which there are, adding one, forgetting one.

import { Button, Group, Table, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { REGISTRY_LOCATION_CHARS_MAX } from "../../../../src/protocol/limits.ts";
import type { ApiError } from "../../api/api-error.ts";
import type { Answer } from "../../api/ask.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { useChange } from "../../api/use-change.ts";
import { Answered } from "../../parts/answered.tsx";
import { useConfirm } from "../../parts/confirm.tsx";
import { plainText } from "../../parts/plain-text.ts";
import { cellOf, ROW, RowsTable } from "../../parts/rows-table.tsx";

export function RegistryList() {
  return (
    <>
      <Registries />
      <AddRegistry />
    </>
  );
}

function Registries() {
  return (
    <Answered answer={useAnswer("GET /registries", {})}>
      {({ registries }) =>
        registries.length === 0 ? (
          <Text>There is none yet. A registry lists plugins, and says whose signature each has to have.</Text>
        ) : (
          <>
            <Text size="sm">They are asked in this order.</Text>
            <RowsTable
              caption="Registries"
              columns={["Name", "Where it is", "Plugins", "Action"]}
              minWidth={520}
              isStacked
            >
              {registries.map((registry) => (
                <Row key={registry.name} registry={registry} />
              ))}
            </RowsTable>
          </>
        )
      }
    </Answered>
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
    <Table.Tr {...ROW}>
      <Table.Td {...cellOf()} className="plugin-text">
        {plainText(name)}
      </Table.Td>
      <Table.Td {...cellOf()} className="plugin-text">
        {plainText(location)}
        {error !== undefined && (
          <Text size="sm" className="plugin-text">
            {plainText(error.message)}
          </Text>
        )}
      </Table.Td>
      <Table.Td {...cellOf("Plugins")}>
        {entries ?? "–"}
        {broken > 0 && ` (${broken} broken)`}
      </Table.Td>
      <Table.Td {...cellOf()}>
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
          error={error === null ? undefined : <span className="plugin-text">{failureText(error)}</span>}
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

function failureText({ message, hint }: ApiError): string {
  return plainText(hint === undefined ? message : `${message}: ${hint}`);
}
