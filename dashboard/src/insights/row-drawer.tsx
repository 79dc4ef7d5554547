// One row with its request and response, and the trace that it belongs to, beside the list.

import { Anchor, Drawer, Loader, Text, Title } from "@mantine/core";
import { Fragment, type ReactNode } from "react";
import { Link, useSearchParams } from "react-router";
import type { Answer } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { durationText } from "../parts/duration-text.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { JsonText } from "../parts/json-text.tsx";
import { plainText } from "../parts/plain-text.ts";
import { withFilter, withRow } from "./filter.ts";
import classes from "./insights.module.css";
import { TraceWaterfall } from "./waterfall.tsx";

type Row = Answer<"GET /insights/{id}">;

export function RowDrawer({ agentName }: { agentName(id: string): string }) {
  const [search, setSearch] = useSearchParams();
  const id = search.get("row");
  const { data, error, refetch } = useAnswer(
    "GET /insights/{id}",
    { params: { id: id ?? "" } },
    { isOff: id === null },
  );
  return (
    <Drawer
      opened={id !== null}
      onClose={() => setSearch((now) => withRow(now, undefined))}
      position="right"
      size="xl"
      title="Row"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {error !== null && <ErrorNotice error={error} retry={() => void refetch()} />}
      {id !== null && data === undefined && error === null && <Loader aria-label="Loading the row" />}
      {data !== undefined && <RowDetail row={data} agentName={agentName} />}
    </Drawer>
  );
}

interface RowDetailProps {
  readonly row: Row;
  agentName(id: string): string;
}

function RowDetail({ row, agentName }: RowDetailProps) {
  return (
    <>
      <Title order={2} size="h4" mb="sm" className="plugin-text">
        {plainText(`${row.method} ${row.path}`)}
      </Title>
      <Facts row={row} agentName={agentName} />
      <Body title="Request" text={row.request} />
      <Body title="Response" text={row.response} />
      {row.trace_id !== null && (
        <>
          <Title order={3} size="h5" mt="md" mb={4}>
            Trace
          </Title>
          <TraceWaterfall trace={row.trace_id} open={row.id} />
        </>
      )}
    </>
  );
}

function Facts({ row, agentName }: RowDetailProps) {
  const [search] = useSearchParams();
  const facts: readonly (readonly [name: string, value: ReactNode])[] = [
    ["Time", <time key="time" dateTime={row.time}>{`${new Date(row.time).toLocaleString()} (${row.time})`}</time>],
    ["Plugin", row.plugin_id && <bdi>{plainText(row.plugin_id)}</bdi>],
    ["Agent", row.agent_id && <bdi>{plainText(agentName(row.agent_id))}</bdi>],
    ["Kind", row.kind],
    ["Status", String(row.status)],
    ["Duration", durationText(row.duration_ms)],
    ["Error", row.error_code && plainText(row.error_code)],
    [
      "Task",
      row.task_id && (
        <Anchor inherit component={Link} to={`/ui/tasks/${encodeURIComponent(row.task_id)}`}>
          <bdi>{plainText(row.task_id)}</bdi>
        </Anchor>
      ),
    ],
    [
      "Trace",
      row.trace_id && (
        <Anchor
          inherit
          component={Link}
          to={{ search: withRow(withFilter(search, "trace", row.trace_id), undefined).toString() }}
        >
          Only rows of this trace
        </Anchor>
      ),
    ],
  ];
  return (
    <dl className={classes["facts"]}>
      {facts.map(([name, value]) =>
        value === null || value === "" ? null : (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd className="plugin-text">{value}</dd>
          </Fragment>
        ),
      )}
    </dl>
  );
}

function Body({ title, text }: { readonly title: string; readonly text: string | null }) {
  return (
    <>
      <Title order={3} size="h5" mt="sm" mb={4}>
        {title}
      </Title>
      {text === null ? <Text size="sm">Nothing was kept of it.</Text> : <JsonText text={text} label={title} />}
    </>
  );
}
