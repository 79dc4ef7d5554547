// A tool that says something else of itself than what was approved: what changed, and whether it is still wanted.

import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useId } from "react";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { JsonText } from "../parts/json-text.tsx";
import { Moment } from "../parts/moment.tsx";
import { plainText } from "../parts/plain-text.ts";
import type { Approval } from "./approval-card.tsx";
import { useAnswerApproval } from "./use-answer-approval.ts";

type Change = Extract<Approval, { kind: "definition" }>;

/** For a screen; the terminal shows all of it. */
const DIFF_CHARS_MAX = 20_000;

export function DefinitionCard({ change }: { readonly change: Change }) {
  const { change: request, error, answer } = useAnswerApproval();
  const titleId = useId();
  const isShort = change.diff.length <= DIFF_CHARS_MAX;
  return (
    <Paper withBorder p="md" component="article" aria-labelledby={titleId}>
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
        <JsonText text={isShort ? change.diff : `${change.diff.slice(0, DIFF_CHARS_MAX)}\n…`} label="What changed" />
        <Text size="sm">
          Until somebody approves it, the tool does not run for anybody. Lines with + are new, lines with - are gone.
        </Text>
        {error !== null && <ErrorNotice error={error} />}
        <Group grow>
          <Button
            variant="default"
            disabled={request.isPending}
            onClick={() => answer(change.id, { decision: "deny" })}
          >
            Deny
          </Button>
          <Button disabled={request.isPending} onClick={() => answer(change.id, { decision: "allow" })}>
            Allow
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}
