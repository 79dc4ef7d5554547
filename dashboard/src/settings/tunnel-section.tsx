// The tunnel: whether agents have public addresses now, and which.

import { Button, Group, Table, Text } from "@mantine/core";
import type { Answer } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { useChange } from "../api/use-change.ts";
import { Answered } from "../parts/answered.tsx";
import { useConfirm } from "../parts/confirm.tsx";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { plainText } from "../parts/plain-text.ts";
import { RowsTable } from "../parts/rows-table.tsx";
import { StatusBadge, type StatusTone } from "../parts/status-badge.tsx";
import { CopyText } from "./copy-text.tsx";
import { Section } from "./section.tsx";

type Tunnel = Answer<"GET /tunnel">;

type Said = readonly [StatusTone, string];

const STATES: Readonly<Record<Tunnel["state"], Said>> = {
  off: ["off", "Off"],
  connecting: ["busy", "Connecting"],
  connected: ["good", "Connected"],
  waiting: ["waiting", "Waits to try again"],
};

const AGENT_STATES: Readonly<Record<Tunnel["agents"][number]["status"], Said>> = {
  disconnected: ["off", "Not connected"],
  connecting: ["busy", "Connecting"],
  connected: ["good", "Connected"],
  error: ["bad", "Failed"],
};

export function TunnelSection() {
  const answer = useAnswer("GET /tunnel", {});
  return (
    <Section
      title="Tunnel"
      about="Through a relay, each agent gets a public address: requests that reach it go to plugins that have public routes. Nothing is connected before somebody wants it."
    >
      <Answered answer={answer}>{(tunnel) => <TunnelState tunnel={tunnel} />}</Answered>
    </Section>
  );
}

function TunnelState({ tunnel }: { readonly tunnel: Tunnel }) {
  const confirm = useConfirm();
  const connect = useChange("POST /tunnel/connect", {
    changes: ["tunnel"],
    done: "The tunnel is connected",
    isFailureShown: true,
  });
  const disconnect = useChange("POST /tunnel/disconnect", {
    changes: ["tunnel"],
    done: "The tunnel is not connected any more",
  });
  const isOff = tunnel.state === "off";
  const askAndConnect = async () => {
    const text = `Everybody on the internet can reach the public routes of plugins then, for as long as the host runs, over ${tunnel.relay_url}.`;
    if (await confirm({ title: "Connect the tunnel?", text, action: "Connect" })) connect.mutate({});
  };
  return (
    <>
      <Group justify="space-between">
        <Group gap="xs">
          <StatusBadge tone={STATES[tunnel.state][0]}>{STATES[tunnel.state][1]}</StatusBadge>
          <Text size="sm" className="plugin-text">
            {plainText(tunnel.relay_url)}
          </Text>
        </Group>
        {isOff ? (
          <Button size="sm" loading={connect.isPending} onClick={() => void askAndConnect()}>
            Connect
          </Button>
        ) : (
          <Button size="sm" variant="default" loading={disconnect.isPending} onClick={() => disconnect.mutate({})}>
            Disconnect
          </Button>
        )}
      </Group>
      {tunnel.error !== null && (
        <Text size="sm" role="status" className="plugin-text">
          {`What went wrong last: ${plainText(tunnel.error)}`}
        </Text>
      )}
      {connect.error !== null && <ErrorNotice error={connect.error} />}
      <RowsTable
        caption="Agents and their addresses"
        columns={["Agent", "State", "Public URL", "Address"]}
        minWidth={760}
      >
        {tunnel.agents.map(({ id, name, address, status, url, error }) => (
          <Table.Tr key={id}>
            <Table.Td className="plugin-text">{plainText(name)}</Table.Td>
            <Table.Td>
              <StatusBadge tone={AGENT_STATES[status][0]}>{AGENT_STATES[status][1]}</StatusBadge>
              {error !== null && (
                <Text size="sm" className="plugin-text">
                  {plainText(error)}
                </Text>
              )}
            </Table.Td>
            <Table.Td>{url === null ? "None now" : <CopyText text={url} what={`the URL of ${name}`} />}</Table.Td>
            <Table.Td>
              <CopyText text={address} what={`the address of ${name}`} />
            </Table.Td>
          </Table.Tr>
        ))}
      </RowsTable>
    </>
  );
}
