// A tool that says something else of itself than what was approved: what changed, and whether it is still wanted.

import { Paper, Stack, Text, Title } from "@mantine/core";
import { useId, useState } from "react";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { Moment } from "../parts/moment.tsx";
import { plainText } from "../parts/plain-text.ts";
import { AnswerButtons } from "./answer-buttons.tsx";
import type { Approval } from "./approval-card.tsx";
import { useAnswerApproval } from "./use-answer-approval.ts";
import { WholeText } from "./whole-text.tsx";

type Change = Extract<Approval, { kind: "definition" }>;

export function DefinitionCard({ change }: { readonly change: Change }) {
  const { change: request, error, answer } = useAnswerApproval();
  const titleId = useId();
  const [isWhole, setIsWhole] = useState(false);
  return (
    <Paper withBorder p="md" component="article" aria-labelledby={titleId} tabIndex={-1}>
      <Stack gap="sm">
        <div>
          <Title order={3} size="h4" id={titleId} className="plugin-text">
            {plainText(change.tool)}
          </Title>
          <Text size="sm" className="plugin-text">
            {`of ${plainText(change.plugin_id)} is not the tool that was approved; noticed `}
            <Moment time={change.created_at} />
          </Text>
        </div>
        <WholeText text={change.diff} label="What changed" onShown={setIsWhole} />
        <Text size="sm">
          Until somebody approves it, the tool does not run for anybody. Lines with + are new, lines with - are gone.
        </Text>
        {error !== null && <ErrorNotice error={error} />}
        <AnswerButtons
          isBusy={request.isPending}
          isReady={isWhole}
          onAnswer={(decision) => answer(change.id, { decision })}
        />
      </Stack>
    </Paper>
  );
}
