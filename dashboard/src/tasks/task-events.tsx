// What happened in a task, the newest last.

import { Text, Timeline, Title } from "@mantine/core";
import { JsonText } from "../parts/json-text.tsx";
import { Moment } from "../parts/moment.tsx";
import { plainText } from "../parts/plain-text.ts";
import { EVENTS_SHOWN_MAX, type Feed, type TaskEvent, textOf } from "./task-feed.ts";

const DETAIL_CHARS_MAX = 2_000;

export function TaskEvents({ feed }: { readonly feed: Feed }) {
  const { events, isCut } = feed;
  return (
    <section aria-label="What happened">
      <Title order={2} size="h4" mb="sm">
        What happened
      </Title>
      {isCut && <Text size="sm" mb="sm">{`The newest ${EVENTS_SHOWN_MAX} are shown.`}</Text>}
      {events.length === 0 && <Text size="sm">Nothing yet.</Text>}
      <Timeline
        bulletSize={14}
        lineWidth={2}
        active={events.length}
        component="ol"
        p={0}
        pl={8}
        m={0}
        style={{ listStyle: "none" }}
      >
        {events.map((event) => (
          <Timeline.Item
            key={event.seq}
            component="li"
            title={<span className="plugin-text">{plainText(titleOf(event))}</span>}
            color={COLORS[wordOf(event)] ?? "gray"}
          >
            <Text size="xs">
              {`${inSentenceCase(plainText(wordOf(event)))} · `}
              <Moment time={event.at} />
            </Text>
            <Detail event={event} />
          </Timeline.Item>
        ))}
      </Timeline>
    </section>
  );
}

function Detail({ event: { kind, payload } }: { readonly event: TaskEvent }) {
  if (kind === "draft") return <JsonText text={JSON.stringify(payload["draft"] ?? payload)} label="Draft" />;
  const text = textOf(payload["detail"]);
  if (text === undefined) return null;
  const shown = text.length <= DETAIL_CHARS_MAX ? text : `${text.slice(0, DETAIL_CHARS_MAX)}…`;
  return (
    <Text size="sm" className="plugin-text">
      {plainText(shown)}
    </Text>
  );
}

const COLORS: Readonly<Record<string, string>> = {
  started: "blue",
  question: "orange",
  completed: "green",
  success: "green",
  failed: "red",
  error: "red",
  cancelled: "orange",
  warning: "orange",
};

function wordOf({ kind, payload }: TaskEvent): string {
  if (kind === "clarification") return "question";
  return kind === "activity" ? (textOf(payload["kind"]) ?? "activity") : kind;
}

function titleOf(event: TaskEvent): string {
  const { kind, payload } = event;
  const text = kind === "clarification" ? payload["question"] : (payload["summary"] ?? payload["title"]);
  return textOf(text) ?? inSentenceCase(wordOf(event));
}

function inSentenceCase(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
