// The answer that is being made, with the questions in it that wait for somebody.

import { Loader, Text } from "@mantine/core";
import { useAnswer } from "../api/use-answer.ts";
import { ApprovalCard } from "../approvals/approval-card.tsx";
import { plainText } from "../parts/plain-text.ts";
import classes from "./chat.module.css";
import { ShownTurn } from "./turn.tsx";
import type { FollowedRun } from "./use-run.ts";

export function LiveAnswer({ told }: { readonly told: FollowedRun }) {
  const isQuiet = told.turns.length === 0 && told.end === undefined;
  return (
    <>
      {told.hasGap && (
        <li className={classes["turn"] ?? ""}>
          <Text size="sm">The beginning of this answer is shown when it is complete.</Text>
        </li>
      )}
      {told.turns.map((turn, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: turns are only ever added
        <ShownTurn key={index} turn={turn} isLive />
      ))}
      {isQuiet && (
        <li className={classes["turn"] ?? ""}>
          <Loader size="sm" type="dots" aria-label="Waiting for the model" />
        </li>
      )}
      {told.approvals.length > 0 && told.end === undefined && <Questions ids={told.approvals} />}
      {told.artifacts.map(({ filename, size, path }) => (
        <li key={path} className={classes["turn"] ?? ""}>
          <Text size="sm" className="plugin-text">
            {`The agent shared a file: ${plainText(filename)} (${size} bytes), kept as ${plainText(path)}`}
          </Text>
        </li>
      ))}
      {told.isCutOff && (
        <li className={classes["turn"] ?? ""}>
          <Text size="sm" role="status">
            The connection was cut. The answer goes on, and is shown again as soon as the host is reached.
          </Text>
        </li>
      )}
    </>
  );
}

/** Those of the run that nobody answered yet. */
function Questions({ ids }: { readonly ids: readonly string[] }) {
  const { data, error } = useAnswer("GET /approvals", {});
  if (error !== null && data === undefined) {
    return (
      <li className={classes["turn"] ?? ""}>
        <Text size="sm">A call waits for consent. Somebody who may answer for the whole host has to give it.</Text>
      </li>
    );
  }
  const open = data?.approvals.filter(({ id }) => ids.includes(id)) ?? [];
  return open.map((approval) => (
    <li key={approval.id} className={classes["turn"] ?? ""}>
      <ApprovalCard approval={approval} />
    </li>
  ));
}
