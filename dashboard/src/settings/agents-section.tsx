// All agents, and the way to each.

import { Anchor, Badge, Button, Group, Table } from "@mantine/core";
import { Link } from "react-router";
import type { Answer } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { Answered } from "../parts/answered.tsx";
import { plainText } from "../parts/plain-text.ts";
import { RowsTable } from "../parts/rows-table.tsx";
import { CopyText } from "./copy-text.tsx";
import { Section } from "./section.tsx";

type Agent = Answer<"GET /agents">["agents"][number];

export function AgentsSection() {
  const answer = useAnswer("GET /agents", {});
  return (
    <Section
      title="Agents"
      about="An agent is a model with instructions, tools, permissions and secrets of its own. Without a name, the default agent is meant."
      actions={
        <Button component={Link} to="new" size="sm">
          New agent
        </Button>
      }
    >
      <Answered answer={answer}>
        {({ agents }) => (
          <RowsTable caption="Agents" columns={["Name", "Model", "Tools", "Address"]} minWidth={640}>
            {agents.map((agent) => (
              <AgentRow key={agent.id} agent={agent} />
            ))}
          </RowsTable>
        )}
      </Answered>
    </Section>
  );
}

function AgentRow({ agent }: { readonly agent: Agent }) {
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="xs">
          <Anchor component={Link} to={agent.id} className="plugin-text">
            {plainText(agent.name)}
          </Anchor>
          {agent.default && <Badge variant="default">Default</Badge>}
        </Group>
      </Table.Td>
      <Table.Td className="plugin-text">{agent.model === null ? "The default model" : plainText(agent.model)}</Table.Td>
      <Table.Td>{toolsText(agent.tools)}</Table.Td>
      <Table.Td>
        <CopyText text={agent.address} what={`the address of ${agent.name}`} />
      </Table.Td>
    </Table.Tr>
  );
}

function toolsText(tools: Agent["tools"]): string {
  if (tools.mode === "all") return "All";
  const { length } = tools.names;
  if (tools.mode === "except") return length === 0 ? "All" : `All but ${length}`;
  return length === 0 ? "None" : `Only ${length}`;
}
