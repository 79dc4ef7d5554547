// Which tools run always, when somebody says so, or never: for all agents, or for one; and what is held back.

import { Button, Group, NativeSelect, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useAnswer } from "../api/use-answer.ts";
import { useChange } from "../api/use-change.ts";
import { Answered } from "../parts/answered.tsx";
import { useConfirm } from "../parts/confirm.tsx";
import { plainText } from "../parts/plain-text.ts";
import { HeldBack } from "./held-back.tsx";
import { PrivateHosts } from "./private-hosts.tsx";
import { Section } from "./section.tsx";
import { SessionGrants } from "./session-grants.tsx";
import { ToolPermissions } from "./tool-permissions.tsx";

export function PermissionsSection() {
  const [search, setSearch] = useSearchParams();
  const [filter, setFilter] = useState("");
  const agent = search.get("agent") ?? "";
  const answer = useAnswer("GET /permissions", { query: { agent } }, { keepsPrevious: true });
  const agents = useAnswer("GET /agents", {});
  const nameOf = (id: string) => agents.data?.agents.find((one) => one.id === id)?.name ?? id;
  const whom = (agents.data?.agents ?? []).map(({ id, name }) => ({ value: id, label: `For ${plainText(name)}` }));
  return (
    <Answered answer={answer}>
      {(permissions) => (
        <>
          <HeldBack heldBack={permissions.held_back} />
          <SessionGrants grants={permissions.grants} nameOf={nameOf} />
          <Section
            title="Tools"
            about="What the plugin says counts until somebody decides. A decision for one agent counts more than one for all agents."
            actions={<ResetAll count={permissions.grants.length} />}
          >
            <Group align="end">
              <NativeSelect
                label="Agents"
                data={[{ value: "", label: "For all agents" }, ...whom]}
                value={agent}
                onChange={({ currentTarget: { value } }) =>
                  setSearch(value === "" ? {} : { agent: value }, { replace: true })
                }
              />
              <TextInput
                label="Filter"
                placeholder="Part of a name"
                type="search"
                value={filter}
                onChange={({ currentTarget }) => setFilter(currentTarget.value)}
              />
            </Group>
            <ToolPermissions tools={permissions.tools} agent={agent} filter={filter} />
          </Section>
          <PrivateHosts hosts={permissions.hosts} />
        </>
      )}
    </Answered>
  );
}

function ResetAll({ count }: { readonly count: number }) {
  const confirm = useConfirm();
  const reset = useChange("DELETE /permissions", {
    changes: ["permissions", "plugins", "tools"],
    done: ({ forgotten }) =>
      forgotten.length === 1 ? "1 decision is forgotten" : `${forgotten.length} decisions are forgotten`,
  });
  if (count === 0) return <Text size="sm">Nothing was decided yet</Text>;
  const ask = async () => {
    const text =
      "What was decided about tools, for all agents and for each, is forgotten: what plugins say counts again. What was allowed for a session ends, too.";
    if (await confirm({ title: "Forget all decisions?", text, action: "Forget all" })) reset.mutate({});
  };
  return (
    <Button size="xs" variant="default" loading={reset.isPending} onClick={() => void ask()}>
      {count === 1 ? "Reset 1 decision" : `Reset all ${count} decisions`}
    </Button>
  );
}
