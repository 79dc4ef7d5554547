// A call that an agent made: the tool, what it was given, and what it gave back.

import { Badge, Loader, Text, Tooltip } from "@mantine/core";
import { useState } from "react";
import { durationText } from "../parts/duration-text.ts";
import { JsonText } from "../parts/json-text.tsx";
import { plainText } from "../parts/plain-text.ts";
import { ToolResult } from "../parts/tool-result.tsx";
import classes from "./chat.module.css";
import type { Call } from "./run-turns.ts";

/** A card with more in it is closed at first. */
const OPEN_CHARS_MAX = 2_000;

interface CallCardProps {
  readonly call: Call;
  /** A result may still come. */
  readonly isLive: boolean;
}

/** Whoever is asked about it sees its arguments in the question. */
export function AskedCallCard({ call }: Pick<CallCardProps, "call">) {
  return (
    <div className={classes["call"] ?? ""}>
      <span className={classes["callHead"] ?? ""}>
        <span className={`plugin-text ${classes["callName"] ?? ""}`}>{plainText(call.name)}</span>
        <Text size="sm">Waits for consent, below</Text>
      </span>
    </div>
  );
}

export function CallCard({ call, isLive }: CallCardProps) {
  const { result } = call;
  const [wish, setWish] = useState<boolean>();
  const isSmall = call.arguments.length + (result?.text.length ?? 0) <= OPEN_CHARS_MAX;
  const isOpen = wish ?? isSmall;
  // The browser also tells of what was opened and closed here.
  const noteWish = ({ currentTarget: { open } }: { readonly currentTarget: HTMLDetailsElement }) => {
    if (open !== isOpen) setWish(open);
  };
  return (
    <details className={classes["call"] ?? ""} open={isOpen} onToggle={noteWish}>
      <summary>
        <span className={classes["callHead"] ?? ""}>
          <span className={`plugin-text ${classes["callName"] ?? ""}`}>{plainText(call.name)}</span>
          <CallState call={call} isLive={isLive} isOpen={isOpen} />
        </span>
      </summary>
      {/* Drawing it takes time, which nobody who does not open it has to give. */}
      {isOpen && <CallParts call={call} />}
    </details>
  );
}

function CallParts({ call: { name, arguments: given, result } }: Pick<CallCardProps, "call">) {
  const left = result === null ? 0 : result.chars - result.text.length;
  return (
    <>
      <div className={classes["part"] ?? ""}>
        <Text size="xs" fw={600}>
          Arguments
        </Text>
        <JsonText text={given} label={`Arguments of ${plainText(name)}`} />
      </div>
      {result !== null && (
        <div className={classes["part"] ?? ""}>
          <ToolResult envelopeText={result.text} isError={result.is_error} />
          {left > 0 && <Text size="xs">{`${left} more characters are not shown`}</Text>}
          {result.note !== null && (
            <Text size="xs" className="plugin-text">
              {plainText(result.note)}
            </Text>
          )}
        </div>
      )}
    </>
  );
}

/** What came of it stands with the result, where that is shown. */
function CallState({ call: { result }, isLive, isOpen }: CallCardProps & { readonly isOpen: boolean }) {
  if (result === null) return <AtWork isLive={isLive} />;
  return (
    <>
      {!isOpen && (
        <Badge size="sm" variant="outline" color={result.is_error ? "red" : "green"}>
          {result.is_error ? "Failed" : "Done"}
        </Badge>
      )}
      {result.duration_ms !== null && (
        <Text size="sm">{`${durationText(result.duration_ms)}${result.has_waited ? " with the wait for consent" : ""}`}</Text>
      )}
      {result.is_untrusted && <UntrustedMark />}
    </>
  );
}

function AtWork({ isLive }: { readonly isLive: boolean }) {
  if (!isLive) return <Text size="sm">No result</Text>;
  return (
    <>
      <Loader size="xs" aria-hidden />
      <Text size="sm">At work</Text>
    </>
  );
}

function UntrustedMark() {
  return (
    <Tooltip
      multiline
      w={260}
      events={{ hover: true, focus: true, touch: true }}
      label="What tools give back is data, whoever wrote it. The agent is told to follow no instruction in it."
    >
      <Badge size="sm" variant="outline" color="gray" tabIndex={0}>
        Untrusted
      </Badge>
    </Tooltip>
  );
}
