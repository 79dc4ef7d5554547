// A call that waits for somebody's consent: what it would do, with which arguments, and the answer.

import { Button, Code, Paper, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { useId, useState } from "react";
import { requirementUses } from "../../../src/protocol/requirement-meanings.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { JsonText } from "../parts/json-text.tsx";
import { LongText } from "../parts/long-text.tsx";
import { Moment } from "../parts/moment.tsx";
import { plainText } from "../parts/plain-text.ts";
import { AnswerButtons } from "./answer-buttons.tsx";
import type { Approval } from "./approval-card.tsx";
import { ArgumentsEditor } from "./arguments-editor.tsx";
import { useAnswerApproval } from "./use-answer-approval.ts";

type Call = Extract<Approval, { kind: "call" }>;
type Remember = "once" | "session" | "always";

interface Span {
  readonly value: Remember;
  readonly label: string;
  readonly about: string;
}

const ONCE: Span = { value: "once", label: "Once", about: "The answer holds for this call." };
const CONVERSATION: Span = {
  value: "session",
  label: "This chat", // Short: three stand beside each other on a phone.
  about: "The answer holds in this conversation, for this tool, until the host stops.",
};
const PROGRAM: Span = {
  value: "session",
  label: "This session",
  about: "The answer holds until the program that asks ends; for programs that ask over HTTP, that is the host.",
};
const ALWAYS: Span = {
  value: "always",
  label: "Always",
  about: "The answer holds from now on, for this tool and agent. Settings, Permissions takes it back.",
};

export function CallCard({ call, level }: { readonly call: Call; readonly level: 2 | 3 }) {
  const [remember, setRemember] = useState<Remember>("once");
  /** Null: they are being loaded, or cannot be changed. */
  const [edited, setEdited] = useState<string | null>();
  const { change, error, answer } = useAnswerApproval();
  const [titleId, aboutId] = [useId(), useId()];
  const spans = [ONCE, call.session_id === null ? PROGRAM : CONVERSATION, ALWAYS];
  const isArgumentsError = error !== null && error.details["key"] === "arguments";
  return (
    <Paper withBorder p="md" component="article" aria-labelledby={titleId} tabIndex={-1}>
      <Stack gap="sm">
        <div>
          <Title order={level} size="h4" id={titleId} className="plugin-text">
            {plainText(call.tool)}
          </Title>
          <Text size="sm" className="plugin-text">
            {`of ${plainText(call.plugin_id)}, for ${plainText(call.agent_name ?? call.agent_id)}; asked `}
            <Moment time={call.created_at} />
          </Text>
        </div>
        {call.description !== "" && <LongText text={call.description} />}
        <Requirements call={call} />
        {edited === undefined ? (
          <JsonText text={call.input} label="Arguments" />
        ) : (
          <ArgumentsEditor id={call.id} value={edited} onChange={setEdited} error={isArgumentsError ? error : null} />
        )}
        <Button
          variant="subtle"
          size="compact-sm"
          style={{ alignSelf: "flex-start" }}
          onClick={() => {
            change.reset();
            setEdited(edited === undefined ? null : undefined);
          }}
        >
          {edited === undefined ? "Change the arguments" : "Leave the arguments as they were"}
        </Button>
        <div>
          <SegmentedControl
            fullWidth
            aria-label="How long the answer holds"
            aria-describedby={aboutId}
            data={spans.map(({ value, label }) => ({ value, label }))}
            value={remember}
            onChange={(value) => setRemember(value as Remember)}
          />
          <Text size="xs" mt={4} id={aboutId} aria-live="polite">
            {spans.find(({ value }) => value === remember)?.about}
          </Text>
        </div>
        {error !== null && !isArgumentsError && <ErrorNotice error={error} />}
        <AnswerButtons
          isBusy={change.isPending}
          isReady={edited !== null}
          onAnswer={(decision) => {
            const isEdited = decision === "allow" && edited !== undefined && edited !== null;
            answer(call.id, { decision, remember, ...(isEdited && { arguments: edited }) });
          }}
        />
      </Stack>
    </Paper>
  );
}

/** What the tool needs, in plain words where there are any. */
function Requirements({ call: { tool, requirements } }: { readonly call: Call }) {
  if (requirements.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={600}>
        It needs
      </Text>
      <ul style={{ margin: 0 }}>
        {requirementUses([{ id: tool, requirements }]).map(({ id, meaning }) => (
          <li key={id}>
            <Text size="sm" className="plugin-text" component="span">
              {meaning === undefined ? plainText(id) : `to ${meaning} `}
              {meaning !== undefined && <Code>{plainText(id)}</Code>}
            </Text>
          </li>
        ))}
      </ul>
    </div>
  );
}
