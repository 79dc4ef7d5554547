// Access keys: what lets programs in. A key is shown once, when it is made.

import { Button, Table, Text } from "@mantine/core";
import type { Answer } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { useChange } from "../api/use-change.ts";
import { Answered } from "../parts/answered.tsx";
import { useConfirm } from "../parts/confirm.tsx";
import { Moment } from "../parts/moment.tsx";
import { plainText } from "../parts/plain-text.ts";
import { cellOf, ROW, RowsTable } from "../parts/rows-table.tsx";
import { StatusBadge, type StatusTone } from "../parts/status-badge.tsx";
import { NewKey } from "./new-key.tsx";
import { Section } from "./section.tsx";

type Key = Answer<"GET /keys">["keys"][number];

export function KeysSection() {
  const answer = useAnswer("GET /keys", {});
  const agents = useAnswer("GET /agents", {});
  const nameOf = (id: string) => agents.data?.agents.find((one) => one.id === id)?.name ?? id;
  return (
    <>
      <NewKey />
      <Section
        title="Access keys"
        about="Programs send one of these to use the host over HTTP. The host keeps no key, only how to recognise it."
      >
        <Answered answer={answer}>
          {({ keys }) =>
            keys.length === 0 ? (
              <Text size="sm">There is none: programs cannot use this host over HTTP.</Text>
            ) : (
              <RowsTable
                caption="Access keys"
                columns={["Name", "Begins with", "For", "Made", "Ends", "State", "Action"]}
                minWidth={860}
                isStacked
              >
                {keys.map((key) => (
                  <KeyRow
                    key={key.id}
                    entry={key}
                    whom={key.agent_id === null ? "the whole host" : nameOf(key.agent_id)}
                  />
                ))}
              </RowsTable>
            )
          }
        </Answered>
      </Section>
    </>
  );
}

const STATES: Readonly<Record<Key["state"], readonly [StatusTone, string]>> = {
  valid: ["good", "Valid"],
  expired: ["off", "Expired"],
  revoked: ["off", "Revoked"],
};

function KeyRow({ entry, whom }: { readonly entry: Key; readonly whom: string }) {
  const { id, name, shown, state, created_at: madeAt, expires_at: endsAt } = entry;
  const [tone, word] = STATES[state];
  const confirm = useConfirm();
  const revoke = useChange("DELETE /keys/{key}", { changes: ["keys"], done: `${name} lets nobody in any more` });
  const askAndRevoke = async () => {
    const text = "Programs that use it are refused from now on, and what they have open ends. This cannot be undone.";
    if (await confirm({ title: `Revoke ${name}?`, text, action: "Revoke" })) revoke.mutate({ params: { key: id } });
  };
  return (
    <Table.Tr {...ROW}>
      <Table.Td {...cellOf("Name")} miw={160} className="plugin-text">
        {plainText(name)}
      </Table.Td>
      <Table.Td {...cellOf("Begins with")}>
        <code style={{ whiteSpace: "nowrap" }}>{`${shown}…`}</code>
      </Table.Td>
      <Table.Td {...cellOf("For")} className="plugin-text">
        {plainText(whom)}
      </Table.Td>
      <Table.Td {...cellOf("Made")}>
        <Moment time={madeAt} />
      </Table.Td>
      <Table.Td {...cellOf("Ends")}>{endsAt === null ? "Never" : <Moment time={endsAt} />}</Table.Td>
      <Table.Td {...cellOf("State")}>
        <StatusBadge tone={tone}>{word}</StatusBadge>
      </Table.Td>
      <Table.Td {...cellOf()}>
        {state === "valid" && (
          <Button
            size="xs"
            variant="default"
            loading={revoke.isPending}
            aria-label={`Revoke ${name}`}
            onClick={() => void askAndRevoke()}
          >
            Revoke
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
