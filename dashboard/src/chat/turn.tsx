// One turn of a conversation: who said what, and which tools were called.

import { Text, VisuallyHidden } from "@mantine/core";
import { memo, useDeferredValue } from "react";
import { Markdown } from "../parts/markdown.tsx";
import { plainText } from "../parts/plain-text.ts";
import { AskedCallCard, CallCard } from "./call-card.tsx";
import classes from "./chat.module.css";
import type { Call, Turn } from "./run-turns.ts";

interface TurnProps {
  readonly turn: Turn;
  readonly isLive?: boolean;
  /** Calls about which somebody is asked now. */
  readonly asked?: ReadonlySet<Call>;
}

const NONE: ReadonlySet<Call> = new Set();

export const ShownTurn = memo(function ShownTurn({ turn, isLive = false, asked = NONE }: TurnProps) {
  return (
    <li className={classes["turn"] ?? ""}>
      <VisuallyHidden>{WHO[turn.role]}</VisuallyHidden>
      {turn.role === "assistant" ? <AgentTurn turn={turn} isLive={isLive} asked={asked} /> : <OtherTurn turn={turn} />}
    </li>
  );
});

const WHO: Readonly<Record<Turn["role"], string>> = {
  user: "You:",
  assistant: "Agent:",
  tool: "Tool:",
  system: "Instructions:",
  developer: "Instructions:",
};

function AgentTurn({ turn: { text, reasoning, calls = [] }, isLive, asked }: Required<TurnProps>) {
  // Drawing a long answer anew with each word would hold up the page: it may be a little behind.
  const shown = useDeferredValue(text);
  return (
    <>
      {reasoning !== undefined && (
        <details className={classes["reasoning"] ?? ""}>
          <summary>Reasoning</summary>
          <div className="plugin-text">{plainText(reasoning)}</div>
        </details>
      )}
      {shown !== "" && <Markdown text={shown} />}
      {calls.map((call) =>
        asked.has(call) ? (
          <AskedCallCard key={call.id} call={call} />
        ) : (
          <CallCard key={call.id} call={call} isLive={isLive} />
        ),
      )}
    </>
  );
}

function OtherTurn({ turn: { role, text } }: { readonly turn: Turn }) {
  return (
    <div className={role === "user" ? (classes["user"] ?? "") : ""}>
      {role !== "user" && (
        <Text size="xs" fw={600}>
          {role === "tool" ? "Tool" : "Instructions"}
        </Text>
      )}
      <div className="plugin-text">{plainText(text)}</div>
    </div>
  );
}
