// The first question to an agent.

import { Anchor, Select, Text } from "@mantine/core";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { useAnswer } from "../api/use-answer.ts";
import { useChange } from "../api/use-change.ts";
import { PageTitle } from "../parts/page-title.tsx";
import { plainText } from "../parts/plain-text.ts";
import { AskFailure } from "./ask-failure.tsx";
import { Composer } from "./composer.tsx";
import { endDraft, FIRST_QUESTION, moveDraft } from "./drafts.ts";

export function NewConversation() {
  const navigate = useNavigate();
  const agents = useAnswer("GET /agents", {});
  const [named, setNamed] = useState<string | null>(null);
  const all = agents.data?.agents ?? [];
  const agent = all.find(({ id }) => id === named) ?? all.find((one) => one.default);
  const begin = useChange("POST /sessions", {
    changes: ["sessions"],
    isFailureShown: true,
    // Also for those who are elsewhere by then.
    onDone: (_, { body }) => endDraft(FIRST_QUESTION, body.text),
  });
  const send = (text: string) =>
    new Promise<boolean>((resolve) =>
      begin.mutate(
        { body: { text, ...(agent === undefined ? {} : { agent: agent.id }) } },
        {
          // For those who are here still.
          onSuccess({ session_id }) {
            moveDraft(FIRST_QUESTION, session_id);
            void navigate(`/ui/chat/${session_id}`);
          },
          onSettled: (begun) => resolve(begun !== undefined),
        },
      ),
    );
  return (
    <>
      <PageTitle title="Chat" />
      <Text mb="md">
        Ask an agent something. It answers with a model and, where it needs to, with the tools of your{" "}
        <Anchor component={Link} to="/ui/plugins" underline="always">
          plugins
        </Anchor>
        .
      </Text>
      {begin.error !== null && <AskFailure error={begin.error} />}
      <Composer conversation={FIRST_QUESTION} isAnswering={false} isSending={begin.isPending} send={send}>
        {all.length > 1 && (
          <Select
            aria-label="Agent"
            allowDeselect={false}
            data={all.map(({ id, name }) => ({ value: id, label: plainText(name) }))}
            value={agent?.id ?? null}
            onChange={setNamed}
          />
        )}
        {agent !== undefined && <Text size="sm">{modelText(agent.model)}</Text>}
      </Composer>
    </>
  );
}

function modelText(model: string | null): string {
  return model === null ? "Default model" : `Model ${plainText(model)}`;
}
