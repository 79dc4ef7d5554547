// What there is to know of an answer besides its text: why it ended, and what the model was not given.

import { Anchor, Text } from "@mantine/core";
import { Link } from "react-router";
import classes from "./chat.module.css";
import type { Run } from "./run-turns.ts";

export function RunNotes({ run }: { readonly run: Run }) {
  const notes = [
    ...(run.is_shortened ? ["The conversation is too long for the model, which was not given its older parts."] : []),
    endText(run),
  ].filter((note) => note !== undefined);
  return (
    <div className={classes["notes"] ?? ""}>
      {notes.map((note) => (
        <Text key={note} size="sm">
          {note}
        </Text>
      ))}
      <Anchor component={Link} size="sm" to={`/ui/insights?trace=${run.trace_id}`}>
        What this answer called
      </Anchor>
    </div>
  );
}

function endText({ finish, ended_by: by, is_kept }: Run): string | undefined {
  // Whatever went wrong for it because of that.
  if (by !== null) return `${ENDED[by]}${is_kept ? " What was said by then is kept." : ""}`;
  if (finish === "cancelled") return "The answer was ended.";
  if (finish === "length") return "The answer was cut off: the model may not say more at once.";
  if (finish === "content_filter") return "The model's server held back a part of the answer.";
  if (finish === "max_iterations") return "The agent went on for as long as it may. Ask it to continue.";
  return undefined;
}

const ENDED: Readonly<Record<NonNullable<Run["ended_by"]>, string>> = {
  stop: "Stopped.",
  host: "The host was stopped in the middle of this answer.",
  key: "The access key that asked for this answer was revoked.",
  agent: "The agent was deleted in the middle of this answer.",
  session: "The conversation was deleted in the middle of this answer.",
};
