// The answer that is being made, with the questions in it that wait for somebody.

import { Loader, Text } from "@mantine/core";
import { useMemo } from "react";
import { useAnswer } from "../api/use-answer.ts";
import { ApprovalCard } from "../approvals/approval-card.tsx";
import { bytesText } from "../parts/bytes-text.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { plainText } from "../parts/plain-text.ts";
import classes from "./chat.module.css";
import { askedCalls, type Session } from "./run-turns.ts";
import { ShownTurn } from "./turn.tsx";
import type { FollowedRun } from "./use-run.ts";

interface LiveAnswerProps {
  readonly told: FollowedRun;
  readonly session: Pick<Session, "id">;
}

export function LiveAnswer({ told, session }: LiveAnswerProps) {
  const isQuiet = told.turns.length === 0 && told.end === undefined;
  const mayWait = told.approvals.length > 0 && told.end === undefined;
  const approvals = useAnswer("GET /approvals", {}, { isOff: !mayWait });
  const open = useMemo(
    () => (mayWait ? (approvals.data?.approvals ?? []) : []).filter(({ id }) => told.approvals.includes(id)),
    [approvals.data, told.approvals, mayWait],
  );
  const last = told.turns.at(-1);
  const asked = useMemo(
    () =>
      askedCalls(
        last,
        open.flatMap((one) => (one.kind === "call" ? one : [])),
      ),
    [last, open],
  );
  return (
    <>
      {told.hasGap && (
        <li className={classes["turn"] ?? ""}>
          <Text size="sm">The beginning of this answer is shown when it is complete.</Text>
        </li>
      )}
      {told.turns.map((turn, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: turns are only ever added
        <ShownTurn key={index} turn={turn} isLive {...(turn === last ? { asked } : {})} />
      ))}
      {isQuiet && (
        <li className={classes["turn"] ?? ""}>
          <Loader size="sm" type="dots" aria-label="Waiting for the model" />
        </li>
      )}
      {mayWait && approvals.data === undefined && approvals.error !== null && (
        <li className={classes["turn"] ?? ""}>
          <Text size="sm">A call waits for consent. Somebody who may answer for the whole host has to give it.</Text>
        </li>
      )}
      {open.map((approval) => (
        <li key={approval.id} className={classes["turn"] ?? ""}>
          <ApprovalCard approval={approval} level={2} />
        </li>
      ))}
      {told.artifacts.filter(isElsewhere(session)).map(({ filename, size, path }) => (
        <li key={path} className={classes["turn"] ?? ""}>
          <Text size="sm" className="plugin-text">
            {`The agent shared a file that was there: ${plainText(filename)} (${bytesText(size)}), kept as ${plainText(path)}`}
          </Text>
        </li>
      ))}
      {told.refusal !== undefined && (
        <li className={classes["turn"] ?? ""}>
          <ErrorNotice error={told.refusal} />
        </li>
      )}
      {told.isCutOff && told.refusal === undefined && (
        <li className={classes["turn"] ?? ""}>
          <Text size="sm" role="status">
            The connection was cut. The answer goes on, and is shown again as soon as the host is reached.
          </Text>
        </li>
      )}
    </>
  );
}

/** Of files that the conversation has, its own list tells. */
function isElsewhere({ id }: Pick<Session, "id">) {
  return ({ path, filename }: FollowedRun["artifacts"][number]) => !path.endsWith(`/${id}/${filename}`);
}
