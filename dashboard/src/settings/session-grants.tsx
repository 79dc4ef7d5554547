// What somebody allowed, or refused, "for this session": it is remembered nowhere, and can be ended here.

import { Anchor, Button, Table } from "@mantine/core";
import { Link } from "react-router";
import type { Answer } from "../api/ask.ts";
import { useChange } from "../api/use-change.ts";
import { Moment } from "../parts/moment.tsx";
import { plainText } from "../parts/plain-text.ts";
import { cellOf, ROW, RowsTable } from "../parts/rows-table.tsx";
import { Section } from "./section.tsx";

type Grant = Answer<"GET /permissions">["grants"][number];

interface SessionGrantsProps {
  readonly grants: readonly Grant[];
  nameOf(agentId: string): string;
}

export function SessionGrants({ grants, nameOf }: SessionGrantsProps) {
  const given = grants.filter(({ source }) => source === "session");
  if (given.length === 0) return null;
  return (
    <Section
      title="For a session"
      about="These count more than what stands below, and end by themselves with their conversation or with the host. All of them end whenever a decision is made or reset."
    >
      <RowsTable
        caption="Decisions for a session"
        columns={["Tool", "May it run?", "For", "In", "Since", "Action"]}
        minWidth={640}
        isStacked
      >
        {given.map((grant, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: several sessions may have the same decision
          <GrantRow key={place} grant={grant} whom={grant.agent_id === null ? "All agents" : nameOf(grant.agent_id)} />
        ))}
      </RowsTable>
    </Section>
  );
}

const WORDS: Readonly<Record<Grant["policy"], string>> = { auto: "Always", ask: "Ask first", deny: "Never" };

function GrantRow({ grant, whom }: { readonly grant: Grant; readonly whom: string }) {
  const tool = `${grant.plugin_id}/${grant.tool_id}`;
  const end = useChange("DELETE /permissions", {
    changes: ["permissions", "plugins", "tools"],
    done: `What was decided about ${plainText(tool)} for a session has ended`,
  });
  const query = { tool, ...(grant.agent_id === null ? {} : { agent: grant.agent_id }) };
  return (
    <Table.Tr {...ROW}>
      <Table.Td {...cellOf()} className="plugin-text" fw={600}>
        {plainText(tool)}
      </Table.Td>
      <Table.Td {...cellOf("May it run?")}>{WORDS[grant.policy]}</Table.Td>
      <Table.Td {...cellOf("For")} className="plugin-text">
        {plainText(whom)}
      </Table.Td>
      <Table.Td {...cellOf("In")}>
        <SessionName id={grant.session_id ?? null} />
      </Table.Td>
      <Table.Td {...cellOf("Since")}>
        <Moment time={grant.created_at} />
      </Table.Td>
      <Table.Td {...cellOf()}>
        <Button
          size="xs"
          variant="default"
          loading={end.isPending}
          aria-label={`End what was decided about ${plainText(tool)}`}
          onClick={() => end.mutate({ query })}
        >
          End
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}

function SessionName({ id }: { readonly id: string | null }) {
  if (id === null) return "All but conversations of Chat, until the host stops";
  return (
    <Anchor component={Link} to={`/ui/chat/${encodeURIComponent(id)}`} size="sm">
      A conversation
    </Anchor>
  );
}
