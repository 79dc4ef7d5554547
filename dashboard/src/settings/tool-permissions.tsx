// The tools, each with what counts for it, where that comes from, and the choice of something else.

import { Button, NativeSelect, Table, Text } from "@mantine/core";
import type { Answer } from "../api/ask.ts";
import { useChange } from "../api/use-change.ts";
import { plainText } from "../parts/plain-text.ts";
import { cellOf, ROW, RowsTable } from "../parts/rows-table.tsx";

type Tool = Answer<"GET /permissions">["tools"][number];

interface ToolPermissionsProps {
  readonly tools: readonly Tool[];
  /** Whose; empty: for all agents. */
  readonly agent: string;
  readonly filter: string;
}

/** More than anybody looks through; the filter finds the others. */
const SHOWN_MAX = 200;

const MAY_RUN = "May it run?";
const DECIDED_BY = "Decided by";

export function ToolPermissions({ tools, agent, filter }: ToolPermissionsProps) {
  const wanted = filter.trim().toLowerCase();
  const found = tools.filter(({ tool, name }) => `${tool} ${name}`.toLowerCase().includes(wanted));
  if (tools.length === 0) return <Text size="sm">There are no tools: install a plugin that has some.</Text>;
  return (
    <>
      <Text size="sm" role="status">
        {found.length > SHOWN_MAX
          ? `The first ${SHOWN_MAX} of ${found.length} tools: the filter finds the others`
          : found.length === 1
            ? "1 tool"
            : `${found.length} tools`}
      </Text>
      <RowsTable
        caption="Tools and their permissions"
        columns={["Tool", MAY_RUN, DECIDED_BY, "Action"]}
        minWidth={640}
        isStacked
      >
        {found.slice(0, SHOWN_MAX).map((tool) => (
          <ToolRow key={tool.tool} tool={tool} agent={agent} />
        ))}
      </RowsTable>
    </>
  );
}

const POLICIES = [
  { value: "auto", label: "Always" },
  { value: "ask", label: "Ask first" },
  { value: "deny", label: "Never" },
];

const SOURCES: Readonly<Record<Tool["source"], string>> = {
  plugin: "the plugin",
  all_agents: "you, for all agents",
  agent: "you, for this agent",
  session: "you, for a session",
};

function ToolRow({ tool, agent }: { readonly tool: Tool; readonly agent: string }) {
  const name = plainText(tool.tool);
  const whose = agent === "" ? {} : { agent };
  const set = useChange("PUT /permissions", {
    changes: ["permissions", "plugins", "tools"],
    done({ others }) {
      const rest =
        others.length === 0
          ? ""
          : `; for ${others.length === 1 ? "1 agent" : `${others.length} agents`} it is still otherwise`;
      return `${name} is changed${rest}`;
    },
  });
  const reset = useChange("DELETE /permissions", {
    changes: ["permissions", "plugins", "tools"],
    done: `${name} is as the plugin says`,
  });
  const isOwn = tool.source === (agent === "" ? "all_agents" : "agent");
  return (
    <Table.Tr {...ROW}>
      <Table.Td {...cellOf()}>
        <Text size="sm" fw={600} className="plugin-text">
          {name}
        </Text>
        <Text size="sm" lineClamp={2} className="plugin-text">
          {plainText(tool.description)}
        </Text>
        {tool.requirements.length > 0 && (
          <Text size="sm" className="plugin-text">{`Needs ${plainText(tool.requirements.join(", "))}`}</Text>
        )}
      </Table.Td>
      <Table.Td {...cellOf(MAY_RUN)} miw={130}>
        <NativeSelect
          aria-label={`May ${name} run?`}
          data={POLICIES}
          value={set.isPending ? set.variables.body.policy : tool.policy}
          disabled={set.isPending}
          onChange={({ currentTarget: { value } }) =>
            set.mutate({ body: { tool: tool.tool, policy: value as Tool["policy"], ...whose } })
          }
        />
      </Table.Td>
      <Table.Td {...cellOf(DECIDED_BY)}>{SOURCES[tool.source]}</Table.Td>
      <Table.Td {...cellOf()}>
        {isOwn && (
          <Button
            size="xs"
            variant="default"
            loading={reset.isPending}
            aria-label={`Reset ${name}`}
            onClick={() => reset.mutate({ query: { tool: tool.tool, ...whose } })}
          >
            Reset
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
