// The tools of a plugin, of either kind: what each does, whether it may run, and trying it.

import { Accordion, Alert, Badge, Group, Stack, Text } from "@mantine/core";
import { JsonText } from "../parts/json-text.tsx";
import { LongText } from "../parts/long-text.tsx";
import { plainText } from "../parts/plain-text.ts";
import { shortName } from "../parts/short-name.ts";
import { TryTool } from "./try-tool.tsx";

type Policy = "auto" | "ask" | "deny";

interface ListedTool {
  readonly id: string;
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>> | null;
  readonly requirements?: readonly string[];
  readonly ungrantable?: readonly string[];
  readonly effective_policy: Policy;
  readonly held_back?: { readonly message: string; readonly hint?: string | undefined } | undefined;
}

interface ToolListProps {
  /** What tools of the plugin are called by: its id. */
  readonly owner: string;
  readonly tools: readonly ListedTool[];
  /** Whose permissions are shown. */
  readonly agent: { readonly id: string; readonly name: string };
}

const POLICIES: Readonly<Record<Policy, string>> = { auto: "Runs unasked", ask: "Asks first", deny: "Denied" };

export function ToolList({ owner, tools, agent }: ToolListProps) {
  return (
    <>
      <Text size="sm" mb="xs" className="plugin-text">
        {`Permissions are those of the agent ${plainText(agent.name)}.`}
      </Text>
      <Accordion variant="separated" keepMounted={false} order={2}>
        {tools.map((tool) => (
          <Accordion.Item key={tool.id} value={tool.id}>
            <Accordion.Control>
              <Group gap="xs">
                <Text fw={600} className="plugin-text">
                  {plainText(tool.id)}
                </Text>
                <Badge variant={tool.effective_policy === "deny" ? "dot" : "default"} color="red">
                  {POLICIES[tool.effective_policy]}
                </Badge>
                {tool.held_back !== undefined && (
                  <Badge variant="dot" color="orange">
                    Held back
                  </Badge>
                )}
              </Group>
            </Accordion.Control>
            <Accordion.Panel>
              <ToolDetails owner={owner} tool={tool} agent={agent} />
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </>
  );
}

interface ToolDetailsProps extends Pick<ToolListProps, "owner" | "agent"> {
  readonly tool: ListedTool;
}

function ToolDetails({ owner, tool, agent }: ToolDetailsProps) {
  const { id, description, schema, requirements = [], ungrantable = [], held_back } = tool;
  return (
    <Stack gap="sm">
      <LongText text={description} />
      {requirements.length > 0 && (
        <Text size="sm" className="plugin-text">{`It needs: ${requirements.map(shortName).join(", ")}`}</Text>
      )}
      {ungrantable.length > 0 && (
        <Text size="sm" className="plugin-text">
          {`This system cannot grant: ${plainText(ungrantable.join(", "))}. The tool does not run here.`}
        </Text>
      )}
      {held_back !== undefined && (
        <Alert color="orange" variant="outline" title="This tool is held back">
          <Text size="sm" className="plugin-text">
            {plainText(held_back.message)}
          </Text>
          <Text size="sm">Open the approvals, by the bell above, to see what changed.</Text>
        </Alert>
      )}
      <TryTool tool={`${owner}/${id}`} schema={schema} agent={agent} />
      {schema !== null && (
        <div>
          <Text size="sm" fw={600} mb={4}>
            Schema
          </Text>
          <JsonText text={JSON.stringify(schema)} label="Schema" />
        </div>
      )}
    </Stack>
  );
}
