// Which hosts in private networks plugins may reach over HTTP: none that is not here.

import { Button, Group, Table, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Answer } from "../api/ask.ts";
import { useChange } from "../api/use-change.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { Moment } from "../parts/moment.tsx";
import { plainText } from "../parts/plain-text.ts";
import { cellOf, ROW, RowsTable } from "../parts/rows-table.tsx";
import { Section } from "./section.tsx";

type Host = Answer<"GET /permissions">["hosts"][number];

export function PrivateHosts({ hosts }: { readonly hosts: readonly Host[] }) {
  return (
    <Section
      title="Private hosts"
      about="Plugins reach nothing in private networks, this machine included, but what is allowed here. A host without a port is allowed with all its ports."
    >
      {hosts.length > 0 && (
        <RowsTable
          caption="Private hosts that plugins may reach"
          columns={["Plugin", "Host", "Since", "Action"]}
          minWidth={480}
          isStacked
        >
          {hosts.map((host) => (
            <HostRow key={`${host.plugin_id} ${host.host} ${host.port}`} host={host} />
          ))}
        </RowsTable>
      )}
      {hosts.length === 0 && <Text size="sm">None is allowed.</Text>}
      <AllowHost />
    </Section>
  );
}

function HostRow({ host: { plugin_id: plugin, host, port, created_at: since } }: { readonly host: Host }) {
  const text = port === null ? host : `${host}:${port}`;
  const revoke = useChange("DELETE /permissions/hosts", {
    changes: ["permissions"],
    done: `${plainText(plugin)} may not reach ${plainText(text)} any more`,
  });
  return (
    <Table.Tr {...ROW}>
      <Table.Td {...cellOf("Plugin")} className="plugin-text">
        {plainText(plugin)}
      </Table.Td>
      <Table.Td {...cellOf("Host")} className="plugin-text">
        {plainText(text)}
      </Table.Td>
      <Table.Td {...cellOf("Since")}>
        <Moment time={since} />
      </Table.Td>
      <Table.Td {...cellOf()}>
        <Button
          size="xs"
          variant="default"
          loading={revoke.isPending}
          aria-label={`Take back ${plainText(text)} from ${plainText(plugin)}`}
          onClick={() => revoke.mutate({ query: { plugin, host: text } })}
        >
          Take back
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}

function AllowHost() {
  const [plugin, setPlugin] = useState("");
  const [host, setHost] = useState("");
  const allow = useChange("PUT /permissions/hosts", {
    changes: ["permissions"],
    isFailureShown: true,
    done: "The host is allowed",
    onDone() {
      setPlugin("");
      setHost("");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    allow.mutate({ body: { plugin, host } });
  };
  return (
    <form onSubmit={submit}>
      <Group align="end">
        <TextInput
          label="Plugin"
          description="Needed: its id"
          required
          placeholder="its.id"
          value={plugin}
          onChange={(event) => setPlugin(event.currentTarget.value)}
        />
        <TextInput
          label="Host"
          description="Needed: a name or an address"
          required
          placeholder="nas.local:8080"
          value={host}
          onChange={(event) => setHost(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={allow.isPending}>
          Allow host
        </Button>
      </Group>
      {allow.error !== null && <ErrorNotice error={allow.error} />}
    </form>
  );
}
