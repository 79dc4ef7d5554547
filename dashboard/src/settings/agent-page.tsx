// One agent: making it, changing it, deleting it.

import { Anchor, Text } from "@mantine/core";
import { useState } from "react";
import { flushSync } from "react-dom";
import { Link, useNavigate, useParams } from "react-router";
import { useAnswer } from "../api/use-answer.ts";
import { useChange } from "../api/use-change.ts";
import { Answered } from "../parts/answered.tsx";
import { changeOf, newAgentOf } from "./agent-draft.ts";
import { AgentForm } from "./agent-form.tsx";
import { CopyText } from "./copy-text.tsx";
import { DeleteAgent } from "./delete-agent.tsx";
import { Section } from "./section.tsx";
import { SectionTitle } from "./section-title.tsx";

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
  });
  return (
    <Section title="New agent">
      <SectionTitle name="New agent" />
      <AgentForm
        agent={undefined}
        error={create.error}
        isBusy={create.isPending}
        save={(typed, known, saved) =>
          create.mutate(
            { body: newAgentOf({ ...known, ...typed }) },
            {
              // Not for those who are elsewhere by then.
              onSuccess({ id }) {
                flushSync(saved);
                void navigate(`${LIST}/${id}`);
              },
            },
          )
        }
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
  // With it goes what was typed: nobody is asked about that.
  if (isDeleted) return null;
  return (
    <>
      <SectionTitle name={answer.data?.name ?? "Agent"} />
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
                save={(typed, draft, onSuccess) =>
                  change.mutate({ params: { agent: known.id }, body: changeOf(typed, draft) }, { onSuccess })
                }
              />
            </Section>
            {!known.default && <DeleteAgent id={known.id} name={known.name} onDeleted={() => setDeleted(true)} />}
          </>
        )}
      </Answered>
    </>
  );
}
