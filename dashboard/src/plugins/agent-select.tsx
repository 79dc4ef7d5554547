// Chooses for which agent something is: the default agent until somebody says otherwise.

import { NativeSelect } from "@mantine/core";
import { useAnswer } from "../api/use-answer.ts";
import { plainText } from "../parts/plain-text.ts";

interface AgentSelectProps {
  readonly label: string;
  /** An agent's id; empty for the default agent. */
  readonly value: string;
  onChange(agentId: string): void;
}

/** Nothing where there is one agent. */
export function AgentSelect({ label, value, onChange }: AgentSelectProps) {
  const agents = useAnswer("GET /agents", {}).data?.agents ?? [];
  if (agents.length < 2) return null;
  const options = agents.map(({ id, name, default: isDefault }) => ({
    value: isDefault ? "" : id,
    label: plainText(name),
  }));
  return (
    <NativeSelect
      label={label}
      data={options}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      maw={280}
    />
  );
}
