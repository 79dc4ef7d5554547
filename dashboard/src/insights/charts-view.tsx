// Calls over time: how many, how many failed, how long they took; and which plugins they were of. Each chart is a table as well.

import "@mantine/charts/styles.css";
import { BarChart, LineChart } from "@mantine/charts";
import { Anchor, Loader, Table, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Link, useSearchParams } from "react-router";
import type { Answer } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { durationText } from "../parts/duration-text.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { plainText } from "../parts/plain-text.ts";
import { type Step, stepsOf } from "./buckets.ts";
import { queryOf, withFilter } from "./filter.ts";
import { FilterBar, isOfField } from "./filter-bar.tsx";
import { countText } from "./row-words.ts";
import { useFilter } from "./use-filter.ts";

type Summary = Answer<"GET /insights/summary">;

const CHART_PX = 220;
/** What is hidden from those who do not see it cannot be reached with the keyboard either. */
const NO_KEYS = { accessibilityLayer: false };
/** There is no half of a call. */
const WHOLE = { allowDecimals: false };
/** Mantine's own is too pale. */
const CAPTION = { caption: { color: "var(--mantine-color-text)" } };
const DAY_MS = 86_400_000;

export default function ChartsView() {
  const { filter, set, clear } = useFilter();
  const { data, error, refetch } = useAnswer(
    "GET /insights/summary",
    { query: queryOf(filter) },
    { keepsPrevious: true },
  );
  return (
    <>
      <FilterBar filter={filter} error={error} set={set} clear={clear} />
      {error !== null && !isOfField(error) && <ErrorNotice error={error} retry={() => void refetch()} />}
      {data === undefined && error === null && <Loader aria-label="Loading" />}
      {data?.calls === 0 && <Text>No call fits the filter. Lines of logs, loads and crashes are no calls.</Text>}
      {data !== undefined && data.calls > 0 && <Figures summary={data} />}
    </>
  );
}

function Figures({ summary }: { readonly summary: Summary }) {
  const steps = stepsOf(summary);
  const isLong = Date.parse(summary.to) - Date.parse(summary.from) > DAY_MS;
  const format = new Intl.DateTimeFormat(undefined, {
    timeStyle: summary.bucket_ms < 60_000 ? "medium" : "short",
    ...(isLong ? { dateStyle: "short" } : {}),
  });
  const data = steps.map((step) => ({ ...step, well: step.calls - step.errors, at: format.format(step.time) }));
  const common = { h: CHART_PX, data, dataKey: "at", withLegend: true } as const;
  return (
    <>
      <Text mb="md">
        {`${countText(summary.calls)} calls, ${countText(summary.errors)} failed. Half of them took at most ${durationText(summary.p50_ms)}, 95 of 100 at most ${durationText(summary.p95_ms)}.`}
      </Text>
      <Chart title="Calls">
        <BarChart
          {...common}
          type="stacked"
          yAxisProps={WHOLE}
          barChartProps={NO_KEYS}
          series={[
            { name: "well", label: "Went well", color: "blue.7" },
            { name: "errors", label: "Failed", color: "red.8" },
          ]}
        />
      </Chart>
      <Chart title="Durations">
        <LineChart
          {...common}
          unit=" ms"
          lineChartProps={NO_KEYS}
          connectNulls={false}
          curveType="linear"
          series={[
            { name: "p50", label: "Half at most", color: "blue.7" },
            { name: "p95", label: "95 of 100 at most", color: "orange.8" },
          ]}
        />
      </Chart>
      <StepTable steps={data} />
      <PluginTable plugins={summary.plugins} />
    </>
  );
}

/** For those who do not see it there is the table. */
function Chart({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        {title}
      </Title>
      <div aria-hidden style={{ minWidth: 0, marginBottom: "var(--mantine-spacing-lg)" }}>
        {children}
      </div>
    </section>
  );
}

function StepTable({ steps }: { readonly steps: readonly (Step & { readonly at: string })[] }) {
  const duration = (ms: number | null) => (ms === null ? "–" : durationText(ms));
  return (
    <details style={{ marginBottom: "var(--mantine-spacing-lg)" }}>
      <summary>The charts as a table</summary>
      <Table.ScrollContainer minWidth={480} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Steps" } }}>
        <Table
          captionSide="top"
          styles={CAPTION}
          data={{
            caption: "Calls and durations over time",
            head: ["Time", "Calls", "Failed", "Half at most", "95 of 100 at most"],
            body: steps.map(({ at, calls, errors, p50, p95 }) => [at, calls, errors, duration(p50), duration(p95)]),
          }}
        />
      </Table.ScrollContainer>
    </details>
  );
}

function PluginTable({ plugins }: { readonly plugins: Summary["plugins"] }) {
  const [search] = useSearchParams();
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        Plugins
      </Title>
      <Table.ScrollContainer
        minWidth={480}
        scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Plugins" } }}
      >
        <Table
          captionSide="top"
          styles={CAPTION}
          data={{
            caption: "The busiest ones first",
            head: ["Plugin", "Calls", "Failed", "Half at most", "95 of 100 at most"],
            body: plugins.map(({ plugin_id: id, calls, errors, p50_ms: p50, p95_ms: p95 }) => [
              id === "" ? (
                "(of no plugin)"
              ) : (
                <Anchor
                  key={id}
                  component={Link}
                  to={{ pathname: "/ui/insights", search: withFilter(search, "plugin", id).toString() }}
                >
                  <bdi>{plainText(id)}</bdi>
                </Anchor>
              ),
              countText(calls),
              countText(errors),
              durationText(p50),
              durationText(p95),
            ]),
          }}
        />
      </Table.ScrollContainer>
    </section>
  );
}
