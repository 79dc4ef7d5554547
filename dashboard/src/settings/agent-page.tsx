// One agent: making it, changing it, deleting it.

import { Anchor, Text } from "@mantine/core";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { useAnswer } from "../api/use-answer.ts";
import { useChange } from "../api/use-change.ts";
import { AgentForm } from "./agent-form.tsx";
import { Answered } from "./answered.tsx";
import { CopyText } from "./copy-text.tsx";
import { DeleteAgent } from "./delete-agent.tsx";
import { Section } from "./section.tsx";

const LIST = "/ui/settings/agents";

export function AgentPage() {
  const { agent } = useParams();
  return (
    <>
      <Anchor component={Link} to={LIST} size="sm" mb="sm" display="inline-block">
        All agents
      </Anchor>
      {agent === undefined ? <NewAgent /> : <KnownAgent key={agent} agent={agent} />}
    </>
  );
}

function NewAgent() {
  const navigate = useNavigate();
  const create = useChange("POST /agents", {
    changes: ["agents", "permissions"],
    done: ({ name }) => `${name} is made`,
    isFailureShown: true,
    onDone: ({ id }) => void navigate(`${LIST}/${id}`),
  });
  return (
    <Section title="New agent">
      <AgentForm
        agent={undefined}
        error={create.error}
        isBusy={create.isPending}
        save={(body) => create.mutate({ body })}
      />
    </Section>
  );
}

function KnownAgent({ agent }: { readonly agent: string }) {
  const [isDeleted, setDeleted] = useState(false);
  const answer = useAnswer("GET /agents/{agent}", { params: { agent } }, { isOff: isDeleted });
  const change = useChange("PATCH /agents/{agent}", {
    changes: ["agents", "permissions", "tools"],
    done: ({ name }) => `${name} is saved`,
    isFailureShown: true,
  });
  return (
    <Answered answer={answer}>
      {(known) => (
        <>
          <Section title={known.name}>
            <Text size="sm" component="div">
              Other hosts know this agent by its address:
              <CopyText text={known.address} what="the address" />
            </Text>
            <AgentForm
              agent={known}
              error={change.error}
              isBusy={change.isPending}
              save={(body, onSuccess) => change.mutate({ params: { agent: known.id }, body }, { onSuccess })}
            />
          </Section>
          {!known.default && <DeleteAgent id={known.id} name={known.name} onDeleted={() => setDeleted(true)} />}
        </>
      )}
    </Answered>
  );
}
